package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"

	"github.com/aws/aws-lambda-go/events"
)

// JobEvent is a batch of jobs from a queue.
type JobEvent = events.SQSEvent

// JobFailures names the jobs of a batch that failed. They alone come again.
type JobFailures = events.SQSEventResponse

// EachJob works on every job of a batch, several at a time; one that panics has failed. A job's body is a complete
// record of a stream, and decode reads the new image in it: the item as it was when the record was written.
func EachJob[T any](
	ctx context.Context, log *slog.Logger, e JobEvent,
	decode func(image json.RawMessage) (T, error), work func(context.Context, T) error,
) (JobFailures, error) {
	failed := make([]error, len(e.Records))
	turns := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for i, job := range e.Records {
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			defer func() {
				if p := recover(); p != nil { // this job comes again, and harms no other
					failed[i] = fmt.Errorf("panic: %v at %s", p, debug.Stack())
				}
			}()
			item, err := newImage(job.Body, decode)
			if err == nil {
				err = work(ctx, item)
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
			slog.Bool("malformed", errors.Is(err, ErrMalformed)), slog.String("cause", err.Error()))
		out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: job.MessageId})
	}
	return out, nil
}

// newImage decodes the new image of the record that is a job's body.
func newImage[T any](body string, decode func(image json.RawMessage) (T, error)) (item T, err error) {
	r, err := Parse(json.RawMessage(body))
	if err == nil && Absent(r.Change.NewImage) {
		err = fmt.Errorf("%w: no new image", ErrMalformed)
	}
	if err != nil {
		return item, err
	}
	if item, err = decode(r.Change.NewImage); err != nil {
		return item, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return item, nil
}
