package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"foyer/internal/dispatch"
	"foyer/internal/order"
)

// Sending puts bodies into a queue and tells for each what became of it: nil, or why it isn't there.
type Sending interface {
	Send(ctx context.Context, queue dispatch.Queue, bodies []string) []error
}

// DecodeOrder reads an image of an order as the stream gives it.
type DecodeOrder func(image json.RawMessage) (order.Order, error)

// Dispatch answers the dispatch function's events: records of the orders' stream, each of which goes whole to the
// queues of the work that follows from it.
type Dispatch struct {
	Log    *slog.Logger
	Queues Sending
	Order  DecodeOrder
}

// Handle takes a batch and names the records of which some work is not in its queue. Their other work may be queued
// twice, which does no harm.
func (h *Dispatch) Handle(ctx context.Context, e StreamEvent) (Failures, error) {
	ctx, cancel := within(ctx)
	defer cancel()
	records, failed := make([]record, len(e.Records)), make([]error, len(e.Records))
	work := map[dispatch.Queue][]int{} // indexes of records
	for i, raw := range e.Records {
		var queues []dispatch.Queue
		if records[i], failed[i] = parse(raw); failed[i] == nil {
			queues, failed[i] = h.work(records[i])
		}
		for _, q := range queues {
			work[q] = append(work[q], i)
		}
	}
	for queue, indexes := range work {
		bodies := make([]string, len(indexes))
		for n, i := range indexes {
			bodies[n] = string(e.Records[i])
		}
		for n, err := range h.Queues.Send(ctx, queue, bodies) {
			if err != nil {
				failed[indexes[n]] = err
			}
		}
	}
	return answer(ctx, h.Log, records, failed)
}

func (h *Dispatch) work(r record) ([]dispatch.Queue, error) {
	if absent(r.Change.NewImage) {
		return nil, nil // nobody deletes orders but a person who must
	}
	o, err := h.Order(r.Change.NewImage)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	if absent(r.Change.OldImage) {
		return dispatch.Work(nil, o), nil
	}
	old, err := h.Order(r.Change.OldImage)
	if err != nil {
		return nil, fmt.Errorf("%w: old image: %w", errMalformed, err)
	}
	return dispatch.Work(&old, o), nil
}
