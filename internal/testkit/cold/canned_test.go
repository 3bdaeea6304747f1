// Package cold holds what a process costs that starts with a long log behind it: processor time, memory, read units.
package cold_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
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
		ProjectionExpression                              string
		ScanIndexForward                                  *bool
		Limit                                             int
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
		from, to := in.ExpressionAttributeValues.number(":from"), in.ExpressionAttributeValues.number(":to")
		from, to = max(from, 1), min(to, len(c.pages))
		up := in.ScanIndexForward == nil || *in.ScanIndexForward
		answer = c.query(from, to, in.ExclusiveStartKey.number("page"), in.Limit, up, in.ProjectionExpression != "")
	}
	body, err := json.Marshal(answer)
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body: io.NopCloser(bytes.NewReader(body)), Request: r,
	}, err
}

// query returns the pages of a range, up or down, after a given one, as many as fit into an answer; or their numbers
// only.
func (c *canned) query(from, to, after, limit int, up, numbers bool) map[string]any {
	most := 1 << 20 / pageBytes
	if limit > 0 {
		most = min(most, limit)
	}
	last, more := 0, false
	if up {
		from = max(from, after+1)
		more, to = to-from+1 > most, min(to, from+most-1)
		last = to
	} else {
		if after > 0 {
			to = min(to, after-1)
		}
		more, from = to-from+1 > most, max(from, to-most+1)
		last = from
	}
	items := slices.Clone(c.pages[from-1 : max(to, from-1)])
	if numbers {
		for i := range items {
			items[i] = fmt.Appendf(nil, `{"page":{"N":"%d"}}`, from+i)
		}
	}
	if !up {
		slices.Reverse(items)
	}
	c.units += float64(len(items)*pageBytes) / 4096
	answer := map[string]any{"Items": items}
	if more {
		answer["LastEvaluatedKey"] = attributes{"part": {"S": "main#0"}, "page": {"N": fmt.Sprint(last)}}
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

// processor is the processor time that this process has used.
func processor() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
