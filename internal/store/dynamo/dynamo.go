// Package dynamo is what Foyer's stores on DynamoDB share: attribute values and their reader, tables made as the
// topology declares them, and DynamoDB's errors in Foyer's terms. The stores themselves are in dynroom and dynsale.
//
// A store turns each promise of its domain's interface into one conditional write, one transaction or one consistent
// read. It decides nothing: the domain packages say what a failed condition means. The SDK may send a write again whose
// reply was lost, so every conditional write asks for the item that stood in its way and recognises its own.
package dynamo

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"foyer/internal/problem"
)

// How long things are kept: a place a day longer than a visitor token lives unless it is renewed; a grant longer than
// any token of its visitor can live, so that nobody who was inside is ever first in line again; what was sold longer
// than a sale lasts and its money can move.
const (
	KeepPlace = 8 * 24 * time.Hour
	KeepGrant = 400 * 24 * time.Hour
	KeepSale  = 800 * 24 * time.Hour
)

// busyFor is the advice given with problem.Busy: a partition recovers within a second or two.
const busyFor = 2 * time.Second

// busy holds the error codes of a database that is asked too much.
var busy = map[string]bool{
	"ProvisionedThroughputExceededException": true,
	"RequestLimitExceeded":                   true,
	"ThrottlingException":                    true,
	"LimitExceededException":                 true,
}

// Get reads an item consistently: nil when there is none.
func Get(ctx context.Context, client *dynamodb.Client, table string, key Item) (Item, error) {
	out, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &table, Key: key, ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, err
	}
	return out.Item, nil
}

// Failed turns an error of the SDK into Foyer's vocabulary, with what was being done for the log: problem.Busy when
// throttled, problem.Conflict when a transaction was in the way, else problem.Internal. A context's error stays as it
// is.
func Failed(err error, doing string) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var api smithy.APIError
	var quota ratelimit.QuotaExceededError
	switch {
	case errors.As(err, &api) && busy[api.ErrorCode()], errors.As(err, &quota):
		return &problem.Error{Code: problem.Busy, RetryAfter: busyFor, Cause: &doingError{doing, err}}
	case errors.As(err, &api) && api.ErrorCode() == "TransactionConflictException":
		return &problem.Error{Code: problem.Conflict, RetryAfter: time.Second, Cause: &doingError{doing, err}}
	}
	return &problem.Error{Code: problem.Internal, Cause: &doingError{doing, err}}
}

// Busy returns the error of a write that others came before each time it was tried.
func Busy(doing string) error {
	cause := &doingError{doing, errors.New("others wrote first each time")}
	return &problem.Error{Code: problem.Busy, RetryAfter: busyFor, Cause: cause}
}

// doingError says what was being done, for the log.
type doingError struct {
	doing string
	cause error
}

func (e *doingError) Error() string { return "dynamo: " + e.doing + ": " + e.cause.Error() }
func (e *doingError) Unwrap() error { return e.cause }

// Refused reports whether err is a failed condition, and returns the item that stood in the way: nil when there is
// none.
func Refused(err error) (Item, bool) {
	var condition *types.ConditionalCheckFailedException
	if !errors.As(err, &condition) {
		return nil, false
	}
	return condition.Item, true
}
