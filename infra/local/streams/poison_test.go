package streams

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"foyer/infra/topology"
)

// For every stream as it is declared: a record on which its function always fails holds up the others of its batch for
// less than a minute, and ends in the queue of what was given up. Lambda waits between retries, longer each time; here
// it begins with a second and doubles that.
func TestAPoisonRecordDelaysOthersForLessThanAMinute(t *testing.T) {
	for _, f := range topology.Functions {
		if f.Stream == nil {
			continue
		}
		for name, report := range map[string]bool{"it reports the record": true, "it crashes": false} {
			for _, at := range []int{0, f.Stream.Batch / 2} {
				t.Run(fmt.Sprintf("%s, %s, record %d", f.Name, name, at), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { poisoned(t, *f.Stream, report, fmt.Sprint(at)) })
				})
			}
		}
	}
}

// poisoned sees a full batch through in which the function fails on one record.
func poisoned(t *testing.T, trigger topology.Trigger, report bool, bad string) {
	done := map[string]bool{}
	c := &consumer{answer: func(_ int, sequences []string) (string, string, error) {
		time.Sleep(300 * time.Millisecond)
		at := slices.Index(sequences, bad)
		if at >= 0 && !report {
			return "{}", "Unhandled", nil
		}
		for i, s := range sequences {
			if at < 0 || i < at {
				done[s] = true
			}
		}
		if at >= 0 {
			return failed(bad), "", nil
		}
		return failed(), "", nil
	}}
	s := New(nil, c.invoke, Options{Backoff: time.Second})
	m, err := s.newMapping("f", trigger, "arn:aws:dynamodb:::table/x/stream/1")
	if err != nil {
		t.Fatal(err)
	}
	var batch []record
	for i := range trigger.Batch {
		sequence := fmt.Sprint(i)
		batch = append(batch, record{
			sequence: sequence, written: time.Now(), shard: "shard-1",
			event: map[string]any{"dynamodb": map[string]any{"SequenceNumber": sequence}},
		})
	}
	begin := time.Now()
	m.deliver(context.Background(), batch)
	if took := time.Since(begin); took >= time.Minute || len(done) != trigger.Batch-1 {
		t.Errorf("%d of %d others done after %v", len(done), trigger.Batch-1, took)
	}
	given := s.Discarded("f")
	var letter struct {
		DDBStreamBatchInfo struct{ StartSequenceNumber, EndSequenceNumber string }
	}
	if len(given) != 1 || json.Unmarshal(given[0], &letter) != nil {
		t.Fatalf("given up: %s", given)
	}
	if info := letter.DDBStreamBatchInfo; info.StartSequenceNumber != bad || info.EndSequenceNumber != bad {
		t.Errorf("given up: %s to %s, want %s alone", info.StartSequenceNumber, info.EndSequenceNumber, bad)
	}
}
