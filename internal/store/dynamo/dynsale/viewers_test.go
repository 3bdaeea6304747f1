package dynsale_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/internal/problem"
	"foyer/internal/sale/viewers"
	"foyer/internal/store/dynamo/dynsale"
	"foyer/internal/testkit/dynamotest"
	"foyer/internal/testkit/meter"
)

// before does something before the nth request of a kind.
type before struct {
	client dynamodb.HTTPClient
	kind   string
	n      *atomic.Int32
	do     func()
}

func (b before) Do(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), b.kind) && b.n.Add(-1) == 0 {
		b.do()
	}
	return b.client.Do(r)
}

// interrupted is the cloud for somebody whom something else comes before, at the nth request of a kind.
func interrupted(cloud *dynamotest.Cloud, kind string, n int32, do func()) *dynamotest.Cloud {
	left := &atomic.Int32{}
	left.Store(n)
	return cloud.With(func(o *dynamodb.Options) { o.HTTPClient = before{o.HTTPClient, kind, left, do} })
}

func view(t *testing.T, v *dynsale.Viewers, at time.Time, sections ...string) {
	t.Helper()
	_, err := v.View(t.Context(), "c", sections, at)
	must(t, err)
}

// Two views of one connection are handled at once, and the one that was sent later is written first.
func TestAViewThatALaterOneCameBeforeChangesNothing(t *testing.T) {
	t.Parallel()
	cloud := dynamotest.New(t)
	must(t, cloud.Viewers().Open(t.Context(), "main", "c", soon))
	overtaken := interrupted(cloud, "TransactWriteItems", 1, func() {
		view(t, cloud.Viewers(), soon.Add(2*time.Second), "B")
	})
	view(t, overtaken.Viewers(), soon.Add(time.Second), "A")
	for section, want := range map[string]int{"A": 0, "B": 1} {
		a, err := cloud.Viewers().Of(t.Context(), "main", section, soon.Add(3*time.Second))
		must(t, err)
		if len(a.Conns) != want {
			t.Errorf("%s is looked at by %q", section, a.Conns)
		}
	}
}

// Who finds somebody waiting notes beside them, unless they take their turn just then: nobody would see that.
func TestAChangeIsNeverNotedForNobody(t *testing.T) {
	t.Parallel()
	cloud := dynamotest.New(t)
	took := func(by string, at time.Time) {
		if _, taken, err := cloud.Viewers().Take(t.Context(), "main", by, nil, at); err != nil || !taken {
			t.Errorf("%s takes no turn: %v", by, err)
		}
	}
	took("first", soon)
	if _, mine, err := cloud.Viewers().Wait(t.Context(), "main", "second", nil, soon); err != nil || !mine {
		t.Fatalf("the second doesn't wait: %v", err)
	}
	late := interrupted(cloud, "UpdateItem", 2, func() { took("second", soon.Add(viewers.Every)) })
	if _, mine, err := late.Viewers().Wait(t.Context(), "main", "third", []string{"A"}, soon); err != nil || !mine {
		t.Errorf("nobody waits with what is new: %v", err)
	}
}

// A view costs 2 write units for its connection, and 2 for each section that is new or left.
func TestWhatAViewCosts(t *testing.T) {
	t.Parallel()
	used := &meter.Meter{}
	v := dynamotest.New(t).With(used.Option).Viewers()
	must(t, v.Open(t.Context(), "main", "c", soon))
	for n, c := range []struct {
		sections []string
		want     float64
	}{{[]string{"A", "B"}, 6}, {[]string{"B", "C"}, 6}, {[]string{"B", "C"}, 2}} {
		used.Reset()
		view(t, v, soon.Add(time.Duration(n+1)*time.Second), c.sections...)
		if got := used.Total().Write; got != c.want {
			t.Errorf("view %d, of %q: %v write units", n, c.sections, got)
		}
	}
}

// Only a view that met another one is tried again.
func TestAViewThatFailsIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	cloud, tries := dynamotest.New(t), &atomic.Int64{}
	must(t, cloud.Viewers().Open(t.Context(), "main", "c", soon))
	v := cloud.With(func(o *dynamodb.Options) {
		o.HTTPClient, o.Retryer = cancelling{o.HTTPClient, "InProgress", 99, tries}, aws.NopRetryer{}
	}).Viewers()
	_, err := v.View(t.Context(), "c", []string{"A"}, soon.Add(time.Second))
	if problem.CodeOf(err) != problem.Internal || tries.Load() != 1 {
		t.Errorf("%v after %d tries", err, tries.Load())
	}
}
