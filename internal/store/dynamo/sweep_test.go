package dynamo_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/infra/topology"
	"foyer/internal/problem"
	"foyer/internal/store/dynamo"
	"foyer/internal/testkit/dynamotest"
)

// sparing is a database of three items that takes so many of each batch and leaves the rest, which DynamoDB Local never
// does.
type sparing struct {
	takes int
	mu    sync.Mutex
	taken []string
}

func (s *sparing) Do(r *http.Request) (*http.Response, error) {
	type item map[string]map[string]string
	type request struct{ DeleteRequest struct{ Key item } }
	var in struct {
		Segment      int
		RequestItems map[string][]request
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	out := map[string]any{}
	if in.RequestItems == nil && in.Segment == 0 {
		var all []item
		for _, name := range []string{"a", "b", "c"} {
			all = append(all, item{"part": {"S": "main#1"}, "seat": {"S": name}})
		}
		out["Items"] = all
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for table, requests := range in.RequestItems {
		n := min(s.takes, len(requests))
		for _, one := range requests[:n] {
			s.taken = append(s.taken, one.DeleteRequest.Key["seat"]["S"])
		}
		if n < len(requests) {
			out["UnprocessedItems"] = map[string][]request{table: requests[n:]}
		}
	}
	body, err := json.Marshal(out)
	return &http.Response{
		StatusCode: http.StatusOK, Request: r, Body: io.NopCloser(strings.NewReader(string(body))),
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
	}, err
}

func TestASweepGoesOnUntilTheDatabaseHasTakenAll(t *testing.T) {
	table := topology.Table{Hash: topology.Attribute{Name: "part"}, Range: topology.Attribute{Name: "seat"}}
	for takes, want := range map[int]problem.Code{3: "", 1: "", 0: problem.Busy} {
		database := &sparing{takes: takes}
		sweep := dynamo.Sweep{
			Client: dynamotest.Client("http://database.invalid", func(o *dynamodb.Options) { o.HTTPClient = database }),
			Name:   "seats", Table: table, Pause: func(context.Context, time.Duration) error { return nil },
		}
		n, err := sweep.Remove(t.Context(), "main", func(int) {})
		all := slices.Equal(database.taken, []string{"a", "b", "c"})
		if problem.CodeOf(err) != want || all != (want == "") || n != 3 {
			t.Errorf("by %d: %d found, %q removed, %v", takes, n, database.taken, err)
		}
	}
}
