package lambda

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"time"

	smithytime "github.com/aws/smithy-go/time"

	"foyer/infra/local/aws"
	"foyer/infra/topology"
)

// RunSchedule plays EventBridge Scheduler for one function until ctx ends: once at the start, then somewhere within
// every period, so that two starts can be almost two periods apart or almost none.
func RunSchedule(ctx context.Context, f topology.Function, start func(name string, payload []byte)) {
	for begin := time.Now(); ; {
		payload, _ := json.Marshal(scheduleEvent(f.Name, time.Now()))
		start(f.Name, payload)
		begin = begin.Add(f.Schedule)
		if smithytime.SleepWithContext(ctx, time.Until(begin.Add(rand.N(f.Schedule)))) != nil {
			return
		}
	}
}

// scheduleEvent returns what the scheduler sends when a schedule declares no input of its own.
func scheduleEvent(name string, now time.Time) map[string]any {
	return map[string]any{
		"version": "0", "id": aws.UUID(), "detail-type": "Scheduled Event", "source": "aws.scheduler",
		"account": aws.Account, "time": now.UTC().Format(time.RFC3339), "region": aws.Region,
		"resources": []string{aws.ARN("scheduler", "schedule/default/"+name)},
		"detail":    "{}",
	}
}
