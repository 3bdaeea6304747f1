// Package dynamo is Foyer's stores on DynamoDB.
//
// It turns each promise of queue.Store, bucket.Log and zone.Store into one conditional write or one consistent
// read, and DynamoDB's errors into Foyer's. A write that the SDK retried may meet itself: every conditional write
// asks for the item that stood in its way and recognises its own. It decides nothing: what a failed condition
// means is said by the domain packages.
package dynamo

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"foyer/internal/problem"
)

// keep is how long places and pages are kept: a day longer than a visitor token lives, so that who has been inside
// is known as long as the token is good.
const keep = 8 * 24 * time.Hour

// busyFor is the advice given with problem.Busy: a partition recovers within a second or two.
const BusyFor = 2 * time.Second

// busy are the error codes of a database that is asked too much.
var busy = map[string]bool{
	"ProvisionedThroughputExceededException": true,
	"RequestLimitExceeded":                   true,
	"ThrottlingException":                    true,
	"LimitExceededException":                 true,
}

// failed turns an error of the SDK into Foyer's vocabulary: problem.Busy when throttled, problem.Conflict when a
// transaction was in the way, else problem.Internal. A context's error stays as it is.
func Failed(err error, doing string) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var api smithy.APIError
	var quota ratelimit.QuotaExceededError
	switch {
	case errors.As(err, &api) && busy[api.ErrorCode()], errors.As(err, &quota):
		return &problem.Error{Code: problem.Busy, RetryAfter: BusyFor, Cause: &doingError{doing, err}}
	case errors.As(err, &api) && api.ErrorCode() == "TransactionConflictException":
		return &problem.Error{Code: problem.Conflict, RetryAfter: time.Second, Cause: &doingError{doing, err}}
	}
	return &problem.Error{Code: problem.Internal, Cause: &doingError{doing, err}}
}

// doingError says what was being done, for the log.
type doingError struct {
	doing string
	cause error
}

func (e *doingError) Error() string { return "dynamo: " + e.doing + ": " + e.cause.Error() }
func (e *doingError) Unwrap() error { return e.cause }

// refused reports whether err is a failed condition, and gives the item that stood in the way: nil when there is none.
func Refused(err error) (Item, bool) {
	var condition *types.ConditionalCheckFailedException
	if !errors.As(err, &condition) {
		return nil, false
	}
	return condition.Item, true
}
