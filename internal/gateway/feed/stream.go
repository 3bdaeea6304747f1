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

// Failures names the records of a batch that failed, so that Lambda tries from the first of them on again.
type Failures = events.DynamoDBEventResponse

// StreamEvent is a batch of a DynamoDB stream. Records are decoded one by one, so that a malformed one fails alone.
type StreamEvent struct {
	Records []json.RawMessage
}

// record is what is read of a stream record.
type Record struct {
	EventID   string `json:"eventID"`
	EventName string `json:"eventName"`
	Change    struct {
		Keys               map[string]struct{ S string }
		NewImage, OldImage json.RawMessage
		SequenceNumber     string
	} `json:"dynamodb"`
}

// errMalformed marks a record that no retry will mend: after the mapping's retries it ends where it can be looked at.
var ErrMalformed = errors.New("gateway: malformed record")

// parse decodes one record. Even of one that can't be used, the sequence number is told if there is any.
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

// atOnce is how many records of a batch are worked on at a time.
const atOnce = 8

// each works on every record of a batch, several at a time, and lists those that failed in the order they came. A
// record without a sequence number can't be named: then the whole batch fails, and bisecting finds it.
func Each(ctx context.Context, log *slog.Logger, e StreamEvent, work func(context.Context, Record) error) (Failures, error) {
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

// answer names the failed records to Lambda and says in the log why they failed.
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

// absent tells an image that the record does not have.
func Absent(image json.RawMessage) bool {
	return len(image) == 0 || strings.TrimSpace(string(image)) == "null"
}
