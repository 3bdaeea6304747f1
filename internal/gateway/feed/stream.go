// Package feed takes batches of stream records and of queued jobs apart and names those that failed to Lambda, so that
// they alone come again. It knows nothing of what the records are about.
package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/aws/aws-lambda-go/events"
)

// Failures names the records of a batch that failed. Lambda tries again from the first of them on.
type Failures = events.DynamoDBEventResponse

// StreamEvent is a batch of a DynamoDB stream. Records are decoded one by one, so that a malformed one fails alone.
type StreamEvent struct {
	Records []json.RawMessage
}

// Record is the part of a stream record that the handlers read.
type Record struct {
	EventID   string `json:"eventID"`
	EventName string `json:"eventName"`
	Change    struct {
		Keys               map[string]struct{ S string }
		NewImage, OldImage json.RawMessage
		SequenceNumber     string
	} `json:"dynamodb"`
}

// ErrMalformed marks a record that no retry will mend. After its retries, Lambda sends it to the mapping's destination
// for failures.
var ErrMalformed = errors.New("gateway: malformed record")

// Parse decodes one record. With an error it returns at least the sequence number, if there is one.
func Parse(raw json.RawMessage) (Record, error) {
	var r Record
	err := json.Unmarshal(raw, &r)
	if r.Change.SequenceNumber == "" {
		var least struct {
			Change struct{ SequenceNumber string } `json:"dynamodb"`
		}
		_ = json.Unmarshal(raw, &least)
		r.Change.SequenceNumber = least.Change.SequenceNumber
	}
	if err != nil {
		return r, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return r, nil
}

// atOnce is the most records of a batch that are worked on at a time.
const atOnce = 8

// Each works on every record of a batch, several at a time, and lists those that failed in the order they came. A
// failed record without a sequence number can't be named: then the whole batch fails, and bisecting finds it.
func Each(
	ctx context.Context, log *slog.Logger, e StreamEvent, work func(context.Context, Record) error,
) (Failures, error) {
	failed := make([]error, len(e.Records))
	records := make([]Record, len(e.Records))
	turns := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for i, raw := range e.Records {
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			if records[i], failed[i] = Parse(raw); failed[i] == nil {
				failed[i] = work(ctx, records[i])
			}
		})
	}
	wg.Wait()
	return Answer(ctx, log, records, failed)
}

// Answer names the failed records to Lambda and logs why each failed.
func Answer(ctx context.Context, log *slog.Logger, records []Record, failed []error) (Failures, error) {
	out := Failures{BatchItemFailures: []events.DynamoDBBatchItemFailure{}}
	for i, err := range failed {
		if err == nil {
			continue
		}
		number := records[i].Change.SequenceNumber
		log.LogAttrs(ctx, slog.LevelError, "record failed",
			slog.String("eventId", records[i].EventID), slog.String("sequenceNumber", number),
			slog.Bool("malformed", errors.Is(err, ErrMalformed)), slog.String("cause", err.Error()))
		if number == "" {
			return Failures{}, fmt.Errorf("a record without a sequence number failed: %w", err)
		}
		out.BatchItemFailures = append(out.BatchItemFailures, events.DynamoDBBatchItemFailure{ItemIdentifier: number})
	}
	return out, nil
}

// Absent reports whether the record lacks the image.
func Absent(image json.RawMessage) bool {
	return len(image) == 0 || strings.TrimSpace(string(image)) == "null"
}
