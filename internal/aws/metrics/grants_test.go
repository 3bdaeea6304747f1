package metrics_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"foyer/internal/aws/metrics"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/store/memory/memroom"
)

func TestGrantsAreCountedOnceTheyAreWritten(t *testing.T) {
	ctx, now := context.Background(), time.UnixMilli(4_000_000_000_000)
	var out bytes.Buffer
	recorder := &metrics.Recorder{Out: &out, Now: func() time.Time { return now }}
	log := metrics.Grants{Log: memroom.New().Log(), Recorder: recorder}
	key := queue.NewKey(8, 0, 7, queue.VisitorID{1})
	page := bucket.Page{
		Number: 1,
		At:     now,
		Called: key,
		Grants: []bucket.Grant{{Key: key, State: bucket.Reserved, Until: now}},
	}
	if err := log.Append(ctx, bucket.Of{Zone: "z", Shards: 1}, page); err != nil {
		t.Fatal(err)
	}
	step := func(from, to bucket.State, until time.Time) error {
		return log.Apply(ctx, bucket.Of{Zone: "z", Shards: 1}, bucket.Change{Ref: bucket.Ref{Page: 1}, Key: key, From: from,
			To: to, Until: until})
	}
	if err := step(bucket.Reserved, bucket.Inside, now.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := step(bucket.Inside, bucket.Inside, now.Add(time.Hour)); err != nil { // a renewal is no claim
		t.Fatal(err)
	}
	if err := step(bucket.Reserved, bucket.Missed, now); err == nil {
		t.Fatal("a claimed grant was missed")
	}
	recorder.Flush()
	if got := out.String(); !strings.Contains(got, `"Claimed":1,`) || strings.Contains(got, `"Missed"`) {
		t.Fatalf("recorded %s", got)
	}
}
