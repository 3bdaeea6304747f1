package lambda

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"foyer/infra/topology"
)

func TestScheduleStartsSomewhereInEveryMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
		defer cancel()
		begin := time.Now()
		var starts []time.Duration
		RunSchedule(ctx, topology.Function{Name: "exchange", Schedule: time.Minute}, func(name string, payload []byte) {
			var event struct{ Source string }
			if json.Unmarshal(payload, &event); name != "exchange" || event.Source != "aws.scheduler" {
				t.Errorf("%s started with %s", name, payload)
			}
			starts = append(starts, time.Since(begin))
		})
		if starts[0] != 0 {
			t.Errorf("first start after %s, want at once", starts[0])
		}
		for i, at := range starts[1:] {
			if minute := time.Duration(i+1) * time.Minute; at < minute || at >= minute+time.Minute {
				t.Errorf("start %d at %s, want within the minute after %s", i+1, at, minute)
			}
		}
		if len(starts) < 29 {
			t.Errorf("%d starts in 30 minutes", len(starts))
		}
	})
}
