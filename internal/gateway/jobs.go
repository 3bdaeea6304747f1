package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/aws/aws-lambda-go/events"

	"foyer/internal/sale/order"
)

// JobEvent is a batch of jobs from a queue.
type JobEvent = events.SQSEvent

// JobFailures names the jobs of a batch that failed; they alone come again.
type JobFailures = events.SQSEventResponse

// eachJob works on every job of a batch, several at a time. A job's body is a record of the orders' stream, whole; it
// is of the order as it was then.
func eachJob(ctx context.Context, log *slog.Logger, e JobEvent, decode DecodeOrder, work func(context.Context, order.Order) error) (JobFailures, error) {
	failed := make([]error, len(e.Records))
	turns := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for i, job := range e.Records {
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			o, err := orderOf(job.Body, decode)
			if err == nil {
				err = work(ctx, o)
			}
			failed[i] = err
		})
	}
	wg.Wait()
	out := JobFailures{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for i, err := range failed {
		if err == nil {
			continue
		}
		job := e.Records[i]
		log.LogAttrs(ctx, slog.LevelError, "job failed",
			slog.String("messageId", job.MessageId), slog.String("tries", job.Attributes["ApproximateReceiveCount"]),
			slog.Bool("malformed", errors.Is(err, errMalformed)), slog.String("cause", err.Error()))
		out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: job.MessageId})
	}
	return out, nil
}

func orderOf(body string, decode DecodeOrder) (order.Order, error) {
	r, err := parse(json.RawMessage(body))
	if err == nil && absent(r.Change.NewImage) {
		err = fmt.Errorf("%w: no new image", errMalformed)
	}
	if err != nil {
		return order.Order{}, err
	}
	o, err := decode(r.Change.NewImage)
	if err != nil {
		return order.Order{}, fmt.Errorf("%w: %w", errMalformed, err)
	}
	return o, nil
}
