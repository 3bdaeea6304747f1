// Package jobs puts work into SQS queues.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"foyer/internal/sale/dispatch"
)

// What SQS takes in one call.
const (
	maxEntries = 10
	maxBytes   = 256 << 10 // the least that any queue takes
)

// Queues sends to queues by their URLs.
type Queues struct {
	Client *sqs.Client
	URLs   map[dispatch.Queue]string
}

// Send puts each body into the queue as a message of its own. It returns an error for each body: nil, or why the
// message isn't in the queue as far as is known. One that failed keeps no other back.
func (q Queues) Send(ctx context.Context, queue dispatch.Queue, bodies []string) []error {
	errs := make([]error, len(bodies))
	for from := 0; from < len(bodies); {
		to, size := from, 0
		for to < len(bodies) && to-from < maxEntries && (to == from || size+len(bodies[to]) <= maxBytes) {
			size += len(bodies[to])
			to++
		}
		q.batch(ctx, queue, bodies[from:to], errs[from:to])
		from = to
	}
	return errs
}

// batch makes one call and records the outcome of each body.
func (q Queues) batch(ctx context.Context, queue dispatch.Queue, bodies []string, errs []error) {
	in := &sqs.SendMessageBatchInput{QueueUrl: aws.String(q.URLs[queue])}
	for i, body := range bodies {
		id := strconv.Itoa(i)
		in.Entries = append(in.Entries, types.SendMessageBatchRequestEntry{Id: &id, MessageBody: &body})
		errs[i] = errUnanswered
	}
	out, err := q.Client.SendMessageBatch(ctx, in)
	if err != nil {
		for i := range errs {
			errs[i] = fmt.Errorf("jobs: queue %s: %w", queue, err)
		}
		return
	}
	for _, done := range out.Successful {
		if i, ok := index(done.Id, errs); ok {
			errs[i] = nil
		}
	}
	for _, failed := range out.Failed {
		if i, ok := index(failed.Id, errs); ok {
			errs[i] = fmt.Errorf("jobs: queue %s: %s", queue, aws.ToString(failed.Code))
		}
	}
}

var errUnanswered = errors.New("jobs: SQS did not say what became of the message")

func index(id *string, errs []error) (int, bool) {
	i, err := strconv.Atoi(aws.ToString(id))
	return i, err == nil && i >= 0 && i < len(errs)
}
