package dynroom_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/testkit/dynamotest"
	"foyer/internal/testkit/meter"
)

// soon is in a time to come, since DynamoDB Local deletes what has expired.
var soon = time.Date(2096, 5, 1, 10, 0, 0, 0, time.UTC)

func fullPage(number int64, connection string) bucket.Page {
	p := bucket.Page{Number: number, At: soon, By: "a3f09c12"}
	for slot := range bucket.PageSize {
		key := queue.NewKey(8, 0, uint64(soon.UnixMilli()), queue.VisitorID{0xff, 15: byte(slot)})
		p.Called = key
		p.Grants = append(p.Grants, bucket.Grant{Key: key, State: bucket.Reserved, Until: soon, Conn: connection})
	}
	return p
}

func TestAFullPageCostsOneWriteUnit(t *testing.T) {
	t.Parallel()
	cloud, used := dynamotest.New(t), &meter.Meter{}
	log := cloud.With(used.Option).Log()
	zone := strings.Repeat("z", 32) // the longest name
	for i, connection := range []string{"L0SM9cOFvHcCIhw=", "L0SM9cOFvHcCIhw=abcd"} {
		p := fullPage(int64(i+1)*1_000_000, connection)
		must(t, log.Append(t.Context(), bucket.Of{Zone: zone, Shards: 16}, p))
		if got := used.Table(cloud.Table("grants")); got != (meter.Units{Write: 1, Requests: 1}) {
			t.Errorf("with connections of %d characters: %+v", len(connection), got)
		}
		if size := sizeOf(dynroom.EncodePage(bucket.Of{Zone: zone, Shards: 16}, p)); size > 1024 {
			t.Errorf("with connections of %d characters: %d bytes", len(connection), size)
		}
		used.Reset()
	}
}

// sizeOf is an item's size as DynamoDB counts it: names and values, 3 bytes for a list or map and 1 for each of
// its elements, a number 1 byte for two digits and 1 more.
func sizeOf(it map[string]types.AttributeValue) (size int) {
	for name, v := range it {
		size += len(name) + valueSize(v)
	}
	return size
}

func valueSize(v types.AttributeValue) int {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberB:
		return len(v.Value)
	case *types.AttributeValueMemberBOOL:
		return 1
	case *types.AttributeValueMemberN:
		return (len(v.Value)+1)/2 + 1
	case *types.AttributeValueMemberM:
		return 3 + len(v.Value) + sizeOf(v.Value)
	case *types.AttributeValueMemberL:
		size := 3 + len(v.Value)
		for _, e := range v.Value {
			size += valueSize(e)
		}
		return size
	}
	panic(fmt.Sprintf("%T", v))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestPagesDeletedByTimeToLiveHideNoOthers(t *testing.T) {
	t.Parallel()
	cloud := dynamotest.New(t)
	log := cloud.Log()
	for number := int64(1); number <= 12; number++ {
		must(t, log.Append(t.Context(), bucket.Of{Zone: "main", Shards: 4}, fullPage(number, "")))
	}
	for _, gone := range []int64{1, 2, 5, 7, 8} {
		_, err := cloud.Client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
			TableName: aws.String(cloud.Table("grants")),
			Key: map[string]types.AttributeValue{
				"part": &types.AttributeValueMemberS{Value: fmt.Sprintf("main#%d", gone%4)},
				"page": &types.AttributeValueMemberN{Value: fmt.Sprint(gone)},
			},
		})
		must(t, err)
	}
	pages, err := log.Read(t.Context(), bucket.Of{Zone: "main", Shards: 4}, 1)
	must(t, err)
	if got := fmt.Sprint(numbers(pages)); got != "[3 4 6 9 10 11 12]" {
		t.Errorf("read %s", got)
	}
	pages, err = log.ReadBack(t.Context(), bucket.Of{Zone: "main", Shards: 4}, 0, 6)
	must(t, err)
	if got := fmt.Sprint(numbers(pages)); got != "[12 11 10 9 6 4]" {
		t.Errorf("read backwards %s", got)
	}
}

func numbers(pages []bucket.Page) (out []int64) {
	for _, p := range pages {
		out = append(out, p.Number)
	}
	return out
}

var mainQueue, mainLog = queue.Of{Zone: "main", Shards: 1}, bucket.Of{Zone: "main", Shards: 1}

// answering is a database that answers everything with one error.
type answering struct{ kind string }

func (a answering) Do(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	body := fmt.Sprintf(`{"__type":"com.amazonaws.dynamodb.v20120810#%s","message":"m"}`, a.kind)
	return &http.Response{
		StatusCode: http.StatusBadRequest, Request: r,
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Body: io.NopCloser(strings.NewReader(body)),
	}, nil
}

func TestErrorsOfTheDatabaseBecomeOurs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind  string
		want  problem.Code
		retry bool
	}{
		{"ProvisionedThroughputExceededException", problem.Busy, true},
		{"ThrottlingException", problem.Busy, true},
		{"RequestLimitExceeded", problem.Busy, true},
		{"TransactionConflictException", problem.Conflict, true},
		{"ResourceNotFoundException", problem.Internal, false},
		{"AccessDeniedException", problem.Internal, false},
		{"ValidationException", problem.Internal, false},
	} {
		client := dynamotest.Client("http://database.invalid", func(o *dynamodb.Options) {
			o.HTTPClient, o.Retryer = answering{c.kind}, aws.NopRetryer{}
		})
		q, l, z := dynroom.NewQueue(client, "q"), dynroom.NewLog(client, "g"), dynroom.NewZones(client, "z")
		x, ctx := dynroom.NewIndex(client, "g", time.Now), t.Context()
		for name, call := range map[string]func() error{
			"Register":  func() error { _, err := q.Register(ctx, mainQueue, queue.Entry{}); return err },
			"Reconnect": func() error { _, err := q.Reconnect(ctx, mainQueue, queue.Entry{}); return err },
			"Head":      func() error { _, err := q.Head(ctx, "main", 0, queue.Key{}, 1); return err },
			"Get":       func() error { _, _, err := q.Get(ctx, mainQueue, queue.Key{}); return err },
			"Remove":    func() error { return q.Remove(ctx, mainQueue, queue.Key{}) },
			"RemoveConn": func() error {
				_, err := q.RemoveConn(ctx, mainQueue, queue.Key{}, "c")
				return err
			},
			"Scan":     func() error { return q.Scan(ctx, "main", 0, func([]queue.Key) error { return nil }) },
			"Read":     func() error { _, err := l.Read(ctx, bucket.Of{Zone: "main", Shards: 2}, 1); return err },
			"Back":     func() error { _, err := l.ReadBack(ctx, bucket.Of{Zone: "main", Shards: 2}, 0, 1); return err },
			"Append":   func() error { return l.Append(ctx, mainLog, fullPage(1, "")) },
			"Apply":    func() error { return l.Apply(ctx, mainLog, bucket.Change{}) },
			"Note":     func() error { return x.Note(ctx, mainLog, bucket.Note{Tops: []queue.Key{{}}}) },
			"NoteLate": func() error { return x.NoteLate(ctx, mainLog, queue.VisitorID{}, bucket.Ref{}) },
			"Settings": func() error { _, err := z.Settings(ctx, "main"); return err },
			"List":     func() error { _, err := z.List(ctx); return err },
			"Status":   func() error { _, err := z.Status(ctx, "main"); return err },
			"Lease":    func() error { _, err := z.Lease(ctx, "exchange", "r", soon, soon); return err },
		} {
			err := call()
			var p *problem.Error
			if !errors.As(err, &p) || p.Code != c.want || (p.RetryAfter > 0) != c.retry || p.Detail != "" ||
				!strings.Contains(err.Error(), c.kind) || !strings.Contains(err.Error(), ": dynamo: ") {
				t.Errorf("%s on %s: %v", name, c.kind, err)
			}
		}
	}
}

func TestRulesThatAreNoneAreAnError(t *testing.T) {
	t.Parallel()
	cloud := dynamotest.New(t)
	for _, hosts := range []string{"", "{", `{"a":["no rule"]}`} {
		_, err := cloud.Client.PutItem(t.Context(), &dynamodb.PutItemInput{
			TableName: aws.String(cloud.Table("zones")),
			Item: map[string]types.AttributeValue{
				"zone": &types.AttributeValueMemberS{Value: "~rules"}, "item": &types.AttributeValueMemberS{Value: "rules"},
				"version": &types.AttributeValueMemberN{Value: "1"}, "hosts": &types.AttributeValueMemberS{Value: hosts},
			},
		})
		must(t, err)
		if set, err := cloud.Zones().Rules(t.Context()); err == nil {
			t.Errorf("%q was read as %v", hosts, set)
		}
	}
}

func TestAContextsErrorStaysAsItIs(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	client := dynamotest.Client("http://database.invalid", func(o *dynamodb.Options) { o.HTTPClient = answering{} })
	_, err := dynroom.NewQueue(client, "q").Register(ctx, mainQueue, queue.Entry{})
	if !errors.Is(err, context.Canceled) || problem.CodeOf(err) != problem.Internal {
		t.Errorf("got %v", err)
	}
}

func TestDecodePageRefusesWhatIsNoPage(t *testing.T) {
	for name, spoil := range map[string]func(map[string]types.AttributeValue){
		"no zone":   func(it map[string]types.AttributeValue) { delete(it, "part") },
		"no number": func(it map[string]types.AttributeValue) { delete(it, "page") },
		"no grants": func(it map[string]types.AttributeValue) { delete(it, "g") },
		"a short key": func(it map[string]types.AttributeValue) {
			it["called"] = &types.AttributeValueMemberB{Value: []byte{1}}
		},
		"a wrong grant": func(it map[string]types.AttributeValue) {
			it["g"].(*types.AttributeValueMemberL).Value[3] = it["at"]
		},
		"no state": func(it map[string]types.AttributeValue) {
			delete(it["g"].(*types.AttributeValueMemberL).Value[3].(*types.AttributeValueMemberM).Value, "s")
		},
		"a connection that is a number": func(it map[string]types.AttributeValue) {
			it["g"].(*types.AttributeValueMemberL).Value[3].(*types.AttributeValueMemberM).Value["c"] = it["at"]
		},
	} {
		it := dynroom.EncodePage(mainLog, fullPage(1, ""))
		spoil(it)
		if _, p, err := dynroom.DecodePage(it); err == nil {
			t.Errorf("%s: read as %+v", name, p)
		}
	}
	it := dynroom.EncodePage(bucket.Of{Zone: "a-zone", Shards: 3}, fullPage(4, ""))
	if zone, _, err := dynroom.DecodePage(it); zone != "a-zone" || err != nil {
		t.Errorf("zone %q, %v", zone, err)
	}
}

func TestOnlyWhatAVisitorMustBeToldIsMarkedForTheNotifier(t *testing.T) {
	cloud := dynamotest.New(t)
	ctx, log, at := context.Background(), cloud.Log(), time.UnixMilli(3_976_214_400_000)
	key := queue.NewKey(8, 0, 7, queue.VisitorID{1})
	conn := "newer="
	marked := func() bool {
		t.Helper()
		out, err := cloud.Client.GetItem(ctx, &dynamodb.GetItemInput{
			TableName: aws.String(cloud.Table("grants")), ConsistentRead: aws.Bool(true),
			Key: map[string]types.AttributeValue{
				"part": &types.AttributeValueMemberS{Value: "z#0"},
				"page": &types.AttributeValueMemberN{Value: "1"},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.Item["n"] != nil
	}
	step := func(what string, want bool, c bucket.Change) {
		t.Helper()
		c.Ref, c.Key, c.Until = bucket.Ref{Page: 1}, key, at
		if err := log.Apply(ctx, bucket.Of{Zone: "z", Shards: 1}, c); err != nil {
			t.Fatal(err)
		}
		if marked() != want {
			t.Errorf("%s: marked %v", what, !want)
		}
	}
	grant := bucket.Grant{Key: key, State: bucket.Reserved, Until: at, Conn: "older="}
	page := bucket.Page{Number: 1, At: at, Called: key, Grants: []bucket.Grant{grant}}
	if err := log.Append(ctx, bucket.Of{Zone: "z", Shards: 1}, page); err != nil || !marked() {
		t.Fatalf("a new page: %v, marked %v", err, marked())
	}
	step("a new connection", true, bucket.Change{From: bucket.Reserved, To: bucket.Reserved, Conn: &conn})
	step("a claim", false, bucket.Change{From: bucket.Reserved, To: bucket.Inside})
	step("an ending", false, bucket.Change{From: bucket.Inside, To: bucket.Left})
}
