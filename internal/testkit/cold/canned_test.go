// Package cold holds what a process costs that starts with a long log behind it: processor time, memory, read units.
package cold_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/store/dynamo/dynroom"
)

// pageBytes is about what DynamoDB counts for a full page.
const pageBytes = 900

// canned is a DynamoDB that answers from memory, 1 MB a query: it keeps pages of one log and nothing else. What a
// process spends against it is the process's own.
type canned struct {
	pages []json.RawMessage // items, from page 1
	units float64           // read so far
}

type attributes map[string]map[string]any

func (a attributes) number(name string) int {
	n, _ := strconv.Atoi(fmt.Sprint(a[name]["N"]))
	return n
}

func (c *canned) RoundTrip(r *http.Request) (*http.Response, error) {
	var in struct {
		TableName                                         string
		Item                                              json.RawMessage
		Key, ExclusiveStartKey, ExpressionAttributeValues attributes
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	answer := any(map[string]any{"Items": []any{}})
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	switch in.TableName + " " + operation {
	case "grants PutItem":
		c.pages = append(c.pages, in.Item)
	case "grants GetItem":
		c.units++
		answer = map[string]any{"Item": c.pages[in.Key.number("page")-1]}
	case "grants Query":
		answer = c.query(max(in.ExpressionAttributeValues.number(":from"), in.ExclusiveStartKey.number("page")+1))
	}
	body, err := json.Marshal(answer)
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body: io.NopCloser(bytes.NewReader(body)), Request: r,
	}, err
}

func (c *canned) query(from int) map[string]any {
	to := min(from-1+1<<20/pageBytes, len(c.pages))
	c.units += float64((to-from+1)*pageBytes) / 4096
	answer := map[string]any{"Items": c.pages[from-1 : to]}
	if to < len(c.pages) {
		answer["LastEvaluatedKey"] = attributes{"part": {"S": "main#0"}, "page": {"N": fmt.Sprint(to)}}
	}
	return answer
}

// newCanned holds a log of n full pages made ten a second since at. All visitors have left, but the first one and those
// of the last live pages.
func newCanned(t *testing.T, n, live int, at time.Time) *canned {
	c := &canned{}
	log := dynroom.NewLog(c.client(c), "grants")
	rank := uint64(at.UnixMilli()) - 1_000_000
	for i := range n {
		p := bucket.Page{Number: int64(i + 1), At: at.Add(time.Duration(i) * 100 * time.Millisecond)}
		for slot := range bucket.PageSize {
			rank++
			var id queue.VisitorID
			binary.BigEndian.PutUint64(id[:8], rank*0x9E3779B97F4A7C15)
			binary.BigEndian.PutUint64(id[8:], rank)
			p.Called = queue.NewKey(queue.DefaultPriority, 0, rank, id)
			g := bucket.Grant{Key: p.Called, State: bucket.Left, Until: p.At.Add(time.Minute), Conn: "L0SM9cOFvHcCIhw="}
			if i+slot == 0 || i >= n-live {
				g.State, g.Until = bucket.Inside, time.Now().Add(6*time.Hour)
			}
			p.Grants = append(p.Grants, g)
		}
		must(t, log.Append(t.Context(), bucket.Of{Zone: "main", Shards: 1}, p))
	}
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// client is the real client of DynamoDB, answered by way of a transport.
func (c *canned) client(by http.RoundTripper) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("http://canned"), HTTPClient: &http.Client{Transport: by},
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
	})
}

// slow gives the process a share of one processor, as Lambda does: at each request it rests for what was used too much.
type slow struct {
	*canned
	share float64

	mu    sync.Mutex
	since time.Time
	used  time.Duration
}

func (s *slow) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.since.IsZero() {
		s.since, s.used = time.Now(), processor()
	}
	due := s.since.Add(time.Duration(float64(processor()-s.used) / s.share))
	switch wait := time.Until(due); {
	case wait > 0:
		select {
		case <-time.After(wait):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	case wait < -time.Second: // no saving up
		s.since, s.used = time.Now(), processor()
	}
	return s.canned.RoundTrip(r)
}

// processor is the processor time that this process has used.
func processor() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
