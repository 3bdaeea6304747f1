package dynroom_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/internal/room/bucket"
	"foyer/internal/testkit/dynamotest"
	"foyer/internal/testkit/meter"
)

// between answers the first query of one partition, does something, and lets queries of the others through after that.
type between struct {
	client dynamodb.HTTPClient
	part   string
	do     func()
	first  sync.Once
	done   chan struct{}
}

func (b *between) Do(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.Header.Get("X-Amz-Target"), "Query") {
		return b.client.Do(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if !strings.Contains(string(body), `"`+b.part+`"`) {
		<-b.done
		return b.client.Do(r)
	}
	answer, err := b.client.Do(r)
	b.first.Do(func() {
		b.do()
		close(b.done)
	})
	return answer, err
}

// Partitions are read side by side: one before pages are appended to it, another after the page that followed.
func TestPagesThatAreAppendedWhileOthersAreReadLeaveNoGap(t *testing.T) {
	t.Parallel()
	cloud := dynamotest.New(t)
	for zone, c := range map[string]struct {
		there, come []int64
		early       string // the partition that is read before they come
		back        bool
		want        string
	}{
		"bottom":      {nil, []int64{1, 2}, "#1", false, "[1 2]"},
		"bottom-back": {nil, []int64{1, 2}, "#1", true, "[2 1]"},
		"middle":      {[]int64{1}, []int64{2, 3}, "#0", false, "[1 2 3]"},
		"middle-back": {[]int64{1}, []int64{2, 3}, "#0", true, "[3 2 1]"},
	} {
		of := bucket.Of{Zone: zone, Shards: 2}
		write := func(numbers []int64) {
			for _, number := range numbers {
				must(t, cloud.Log().Append(t.Context(), of, fullPage(number, "")))
			}
		}
		write(c.there)
		log := cloud.With(func(o *dynamodb.Options) {
			come := func() { write(c.come) }
			o.HTTPClient = &between{client: o.HTTPClient, part: zone + c.early, do: come, done: make(chan struct{})}
		}).Log()
		read := log.Read
		if c.back {
			read = func(ctx context.Context, of bucket.Of, _ int64) ([]bucket.Page, error) {
				return log.ReadBack(ctx, of, 0, 9)
			}
		}
		pages, err := read(t.Context(), of, 1)
		must(t, err)
		if got := fmt.Sprint(numbers(pages)); got != c.want {
			t.Errorf("%s: read %s, want %s", zone, got, c.want)
		}
	}
}

// A log without a gap is read once: a query for each partition.
func TestAWholeLogIsReadOnce(t *testing.T) {
	t.Parallel()
	of, used := bucket.Of{Zone: "main", Shards: 2}, &meter.Meter{}
	log := dynamotest.New(t).With(used.Option).Log()
	for number := range int64(3) {
		must(t, log.Append(t.Context(), of, fullPage(number+1, "")))
	}
	for name, read := range map[string]func() ([]bucket.Page, error){
		"all":             func() ([]bucket.Page, error) { return log.Read(t.Context(), of, 1) },
		"the last":        func() ([]bucket.Page, error) { return log.Read(t.Context(), of, 3) },
		"back to the end": func() ([]bucket.Page, error) { return log.ReadBack(t.Context(), of, 0, 9) },
		"two of them":     func() ([]bucket.Page, error) { return log.ReadBack(t.Context(), of, 0, 2) },
	} {
		used.Reset()
		if _, err := read(); err != nil || used.Total().Requests != 2 {
			t.Errorf("%s: %v, %d queries", name, err, used.Total().Requests)
		}
	}
}
