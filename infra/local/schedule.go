package local

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"time"

	"foyer/infra/topology"
)

// RunSchedule plays EventBridge Scheduler for one function until ctx ends: once at the start, then somewhere within
// every period, so that two starts can be almost two periods apart or almost none.
func RunSchedule(ctx context.Context, f topology.Function, start func(name string, payload []byte)) {
	for begin := time.Now(); ; {
		payload, _ := json.Marshal(scheduleEvent(f.Name, time.Now()))
		start(f.Name, payload)
		begin = begin.Add(f.Schedule)
		if !sleep(ctx, time.Until(begin.Add(rand.N(f.Schedule)))) {
			return
		}
	}
}

// scheduleEvent is what the scheduler sends when a schedule declares no input of its own.
func scheduleEvent(name string, now time.Time) map[string]any {
	return map[string]any{
		"version": "0", "id": uuid(), "detail-type": "Scheduled Event", "source": "aws.scheduler",
		"account": Account, "time": now.UTC().Format(time.RFC3339), "region": Region,
		"resources": []string{"arn:aws:scheduler:" + Region + ":" + Account + ":schedule/default/" + name},
		"detail":    "{}",
	}
}
