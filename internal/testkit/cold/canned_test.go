package cold_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/testkit/known"
)

// canned is a DynamoDB that answers from memory: N pages of the log, 1 MB a query, nothing else. So that only our own CPU counts.
type canned struct {
	pages  [][]byte // JSON of each page's item
	size   []int
	units  float64
	delay  time.Duration
	counts map[string]int
}

func jsonOf(v types.AttributeValue) any {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return map[string]any{"S": v.Value}
	case *types.AttributeValueMemberN:
		return map[string]any{"N": v.Value}
	case *types.AttributeValueMemberB:
		return map[string]any{"B": base64.StdEncoding.EncodeToString(v.Value)}
	case *types.AttributeValueMemberBOOL:
		return map[string]any{"BOOL": v.Value}
	case *types.AttributeValueMemberL:
		var l []any
		for _, e := range v.Value {
			l = append(l, jsonOf(e))
		}
		return map[string]any{"L": l}
	case *types.AttributeValueMemberM:
		m := map[string]any{}
		for k, e := range v.Value {
			m[k] = jsonOf(e)
		}
		return map[string]any{"M": m}
	}
	panic("?")
}

func newCanned(n int, at time.Time, live int) *canned {
	c := &canned{counts: map[string]int{}}
	rank := uint64(at.UnixMilli()) - 1000000
	for i := range n {
		p := bucket.Page{Number: int64(i + 1), At: at.Add(time.Duration(i) * 100 * time.Millisecond)}
		for s := range 12 {
			rank++
			var id queue.VisitorID
			binary.BigEndian.PutUint64(id[:8], rank*0x9E3779B97F4A7C15)
			binary.BigEndian.PutUint64(id[8:], rank)
			k := queue.NewKey(8, 0, rank, id)
			st, until := bucket.Left, p.At.Add(time.Minute)
			if i == 0 && s == 0 || i >= n-live {
				st, until = bucket.Inside, time.Now().Add(6*time.Hour)
			}
			p.Called = k
			p.Grants = append(p.Grants, bucket.Grant{Key: k, State: st, Until: until, Conn: "L0SM9cOFvHcCIhw="})
		}
		it := dynroom.EncodePage(bucket.Of{Zone: "main", Shards: 1}, p)
		m := map[string]any{}
		for k, v := range it {
			m[k] = jsonOf(v)
		}
		b, _ := json.Marshal(m)
		c.pages = append(c.pages, b)
	}
	return c
}

const itemBytes = 900 // what DynamoDB counts for a page, about

func (c *canned) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	op := r.Header.Get("X-Amz-Target")
	op = op[strings.IndexByte(op, '.')+1:]
	c.counts[op]++
	var in struct {
		TableName                 string
		Key                       map[string]map[string]string
		ExclusiveStartKey         map[string]map[string]string
		ExpressionAttributeValues map[string]map[string]any
	}
	_ = json.Unmarshal(body, &in)
	var out bytes.Buffer
	switch {
	case op == "Query" && in.TableName == "grants":
		from, _ := strconv.Atoi(fmt.Sprint(in.ExpressionAttributeValues[":from"]["N"]))
		if s, ok := in.ExclusiveStartKey["page"]; ok {
			from, _ = strconv.Atoi(s["N"])
			from++
		}
		out.WriteString(`{"Items":[`)
		n := 0
		for i := from - 1; i < len(c.pages) && n*itemBytes < 1<<20; i++ {
			if n > 0 {
				out.WriteByte(',')
			}
			out.Write(c.pages[i])
			n++
		}
		c.units += float64(n*itemBytes) / 4096
		out.WriteString(`]`)
		if from-1+n < len(c.pages) {
			fmt.Fprintf(&out, `,"LastEvaluatedKey":{"part":{"S":"main#0"},"page":{"N":"%d"}}`, from-1+n)
		}
		out.WriteString(`}`)
	case op == "GetItem" && in.TableName == "grants":
		n, _ := strconv.Atoi(in.Key["page"]["N"])
		c.units++
		if n >= 1 && n <= len(c.pages) {
			fmt.Fprintf(&out, `{"Item":%s}`, c.pages[n-1])
		} else {
			out.WriteString(`{}`)
		}
	default:
		out.WriteString(`{"Items":[]}`)
	}
	if c.delay > 0 {
		time.Sleep(c.delay)
	}
	return &http.Response{
		StatusCode: 200,
		Header:     http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body:       io.NopCloser(&out),
		Request:    r,
	}, nil
}

func (c *canned) client() *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("http://canned"), HTTPClient: &http.Client{Transport: c},
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
	})
}

func TestKnownCanned(t *testing.T) {
	known.Fault(t, "canned")
	runtime.GOMAXPROCS(1)
	if v := os.Getenv("GOMEM"); v != "" {
		n, _ := strconv.Atoi(v)
		debug.SetMemoryLimit(int64(n) << 20)
	}
	for _, f := range strings.Fields(os.Getenv("PAGES_LIST")) {
		n, _ := strconv.Atoi(f)
		c := newCanned(n, time.Now().Add(-5*time.Hour), 400)
		db := c.client()
		s := zone.New("main")
		s.Capacity, s.Rate, s.SeatFactor, s.Session = 5000, 1200, 0, 6*time.Hour
		x := &exchange.Exchange{
			Queue: dynroom.NewQueue(db, "queue"),
			Log:   dynroom.NewLog(db, "grants"),
			Zones: dynroom.NewZones(db, "zones"),
			Now:   time.Now,
		}
		mem := &exchange.Memory{}
		runtime.GC()
		var base runtime.MemStats
		runtime.ReadMemStats(&base)
		var peak uint64
		stop := make(chan struct{})
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				select {
				case <-stop:
					return
				case <-time.After(20 * time.Millisecond):
					var ms runtime.MemStats
					runtime.ReadMemStats(&ms)
					peak = max(peak, ms.HeapAlloc)
				}
			}
		}()
		used := cpu()
		r, err := x.Tick(context.Background(), s, mem)
		spent := cpu() - used
		close(stop)
		<-done
		runtime.GC()
		var ms runtime.MemStats
		runtime.ReadMemStats(&ms)
		fmt.Printf(
			"%6d pages = %7d admissions: CPU %6.2fs (%.0f µs a page); at 512 MB ≈ %5.1fs; heap peak +%d MB, kept +%d MB; %d pages read, %.0f RCU, %v; err %v\n",
			n,
			n*12,
			spent.Seconds(),
			float64(spent.Microseconds())/float64(n),
			spent.Seconds()/0.289,
			(peak-base.HeapAlloc)>>20,
			(ms.HeapAlloc-base.HeapAlloc)>>20,
			r.PagesRead,
			c.units,
			c.counts,
			err,
		)
		runtime.KeepAlive(mem)
		used = cpu()
		c.units = 0
		r, err = x.Tick(context.Background(), s, mem)
		fmt.Printf(
			"       second tick: CPU %v, %d pages read, %.0f RCU, err %v\n",
			(cpu() - used).Round(time.Microsecond),
			r.PagesRead,
			c.units,
			err,
		)
	}
}
