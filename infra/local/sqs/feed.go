package sqs

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	smithytime "github.com/aws/smithy-go/time"

	"foyer/infra/local/aws"
	"foyer/infra/topology"
)

// pollers is how many batches of a queue are worked on at once when its trigger sets no limit.
const pollers = 4

// Feed gives the queue's messages to the function until ctx ends, by Lambda's rules: it deletes what a batch's answer
// doesn't name as failed; the rest is visible again after its visibility time-out.
func (q *Service) Feed(ctx context.Context, name string, trigger topology.QueueTrigger, invoke aws.Invoke) error {
	q.mu.Lock()
	one := q.queues[trigger.Queue]
	q.mu.Unlock()
	if one == nil {
		return errNoQueue
	}
	for range cmp.Or(trigger.Concurrency, pollers) {
		q.tasks.Go(func() {
			for ctx.Err() == nil {
				if batch := q.gather(ctx, one, trigger); len(batch) > 0 {
					q.deliver(ctx, one, name, batch, invoke)
				}
			}
		})
	}
	return nil
}

// gather waits for a message, and for more until the window is over or the batch is full.
func (q *Service) gather(ctx context.Context, one *queue, trigger topology.QueueTrigger) (batch []message) {
	var until time.Time
	for ctx.Err() == nil {
		q.mu.Lock()
		got := q.receive(one, max(trigger.Batch, 1)-len(batch), one.visibility)
		moved := q.moved
		q.mu.Unlock()
		if batch = append(batch, got...); len(batch) > 0 && until.IsZero() {
			until = time.Now().Add(trigger.Window)
		}
		if len(batch) >= max(trigger.Batch, 1) || len(batch) > 0 && !time.Now().Before(until) {
			return batch
		}
		wait(ctx, moved)
	}
	return batch
}

// wait waits for a change, or a moment: messages become visible without one.
func wait(ctx context.Context, moved <-chan struct{}) {
	select {
	case <-moved:
	case <-ctx.Done():
	case <-time.After(50 * time.Millisecond):
	}
}

// deliver gives one batch to the function. A call that was throttled is tried again while the batch is hidden.
func (q *Service) deliver(ctx context.Context, one *queue, name string, batch []message, invoke aws.Invoke) {
	payload, err := json.Marshal(newEvent(one.name, batch))
	if err != nil {
		return
	}
	for {
		result, functionError, err := invoke(ctx, name, payload)
		if err != nil {
			if smithytime.SleepWithContext(ctx, 100*time.Millisecond) == nil && q.opts.Now().Before(batch[0].visible) {
				continue
			}
			return
		}
		if q.again(one) {
			result, functionError, _ = invoke(ctx, name, payload)
		}
		if functionError == "" {
			q.finish(one, batch, result)
		}
		return
	}
}

// again reports whether to deliver this batch twice.
func (q *Service) again(one *queue) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	one.batches++
	return one.duplicate > 0 && one.batches%one.duplicate == 0
}

// finish deletes what the function has done. An answer that names a message outside of the batch fails all of it.
func (q *Service) finish(one *queue, batch []message, result []byte) {
	var out struct {
		BatchItemFailures []struct {
			ItemIdentifier string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if len(result) > 0 && result[0] == '{' && json.Unmarshal(result, &out) != nil {
		return
	}
	failed := map[string]bool{}
	for _, failure := range out.BatchItemFailures {
		if !slices.ContainsFunc(batch, func(m message) bool { return m.id == failure.ItemIdentifier }) {
			return
		}
		failed[failure.ItemIdentifier] = true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range batch {
		if !failed[m.id] {
			one.delete(m.receipt)
		}
	}
}

// newEvent returns Lambda's event for messages.
func newEvent(queue string, batch []message) map[string]any {
	records := make([]map[string]any, len(batch))
	for i, m := range batch {
		attributes := m.attributes
		if attributes == nil {
			attributes = map[string]any{}
		}
		records[i] = map[string]any{
			"messageId": m.id, "receiptHandle": m.receipt, "body": m.body, "md5OfBody": digest(m.body),
			"attributes": m.system(), "messageAttributes": attributes,
			"eventSource": "aws:sqs", "eventSourceARN": aws.ARN("sqs", queue), "awsRegion": aws.Region,
		}
	}
	return map[string]any{"Records": records}
}
