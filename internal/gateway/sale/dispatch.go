package sale

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"foyer/internal/aws/metrics"
	"foyer/internal/gateway/deadline"
	"foyer/internal/gateway/feed"
	"foyer/internal/sale/dispatch"
	"foyer/internal/sale/order"
)

// JobSender puts bodies into a queue; jobs.Queues is one. It returns an error for each body: nil if it is in the queue.
type JobSender interface {
	Send(ctx context.Context, queue dispatch.Queue, bodies []string) []error
}

// DecodeOrder reads an image of an order as the stream gives it.
type DecodeOrder func(image json.RawMessage) (order.Order, error)

// Dispatch answers the dispatch function's events: records of the orders' stream. Each record goes whole into the
// queues of the work that follows from it.
type Dispatch struct {
	Log     *slog.Logger
	Queues  JobSender
	Order   DecodeOrder
	Metrics *metrics.Recorder
}

// Handle takes a batch and names the records of which some work could not be queued. When they come again, their other
// work is queued twice, which does no harm.
func (h *Dispatch) Handle(ctx context.Context, e feed.StreamEvent) (feed.Failures, error) {
	defer h.Metrics.Flush()
	ctx, cancel := deadline.Within(ctx)
	defer cancel()
	records, failed := make([]feed.Record, len(e.Records)), make([]error, len(e.Records))
	changes := make([]change, len(e.Records))
	work := map[dispatch.Queue][]int{} // indexes of records
	for i, raw := range e.Records {
		if records[i], failed[i] = feed.Parse(raw); failed[i] == nil {
			changes[i], failed[i] = h.change(records[i])
		}
		for _, q := range changes[i].work() {
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
	h.count(changes, failed)
	return feed.Answer(ctx, h.Log, records, failed)
}

// change is an order before and after a record's change; the zero value is no change.
type change struct {
	old, new *order.Order
}

func (c change) work() []dispatch.Queue {
	if c.new == nil {
		return nil
	}
	return dispatch.Work(c.old, *c.new)
}

func (h *Dispatch) change(r feed.Record) (c change, err error) {
	if feed.Absent(r.Change.NewImage) {
		return change{}, nil // no program deletes orders
	}
	o, err := h.Order(r.Change.NewImage)
	if err != nil {
		return change{}, fmt.Errorf("%w: %w", feed.ErrMalformed, err)
	}
	if feed.Absent(r.Change.OldImage) {
		return change{new: &o}, nil
	}
	old, err := h.Order(r.Change.OldImage)
	if err != nil {
		return change{}, fmt.Errorf("%w: old image: %w", feed.ErrMalformed, err)
	}
	return change{&old, &o}, nil
}

// ends are the metrics that count the orders that came into a state.
var ends = map[order.State]metrics.Name{
	order.Paid: metrics.OrdersPaid, order.Expired: metrics.OrdersExpired,
	order.Cancelled: metrics.OrdersCancelled, order.Refunded: metrics.OrdersRefunded,
}

// count counts what became of orders, up to the first record that failed: from there on, all records come again.
func (h *Dispatch) count(changes []change, failed []error) {
	for i, c := range changes {
		if failed[i] != nil {
			return
		}
		if c.new == nil {
			continue
		}
		var old order.Order
		if c.old != nil {
			old = *c.old
		}
		if old.State != c.new.State {
			h.Metrics.Add(c.new.Zone, ends[c.new.State], 1) // without a name, nothing is recorded
		}
		if c.new.Dispute.Threatens() && c.new.Dispute != old.Dispute { // each turn to the worse, and after one that was won
			h.Metrics.Add(c.new.Zone, metrics.OrdersDisputed, 1)
		}
		h.Metrics.Add(c.new.Zone, metrics.RefundsFailed, len(c.new.FailedRefunds)-len(old.FailedRefunds))
		h.Metrics.Add(c.new.Zone, metrics.SeatsRefunded, refundedSeats(*c.new)-refundedSeats(old))
	}
}

// refundedSeats returns how many seats were refunded after they were paid for.
func refundedSeats(o order.Order) int {
	switch {
	case o.PaidAt.IsZero():
		return 0
	case o.State == order.Refunded:
		return o.Seats()
	}
	return o.Seats() - len(o.Remaining())
}
