package dynsale

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/problem"
	"foyer/internal/store/dynamo"
)

// maxTransacts is how often a transaction is tried that only met others.
const maxTransacts = 6

// Codes of a cancelled transaction's reasons.
const (
	reasonCondition = "ConditionalCheckFailed"
	reasonConflict  = "TransactionConflict"
)

// later holds the reasons for which a transaction may be tried again: nothing was decided.
var later = map[string]bool{
	reasonConflict: true, "ThrottlingError": true, "ProvisionedThroughputExceeded": true, "RequestLimitExceeded": true,
}

// transact makes one transaction. Where a condition failed it returns the reasons, one for each item, and no error:
// that is never tried again. On a conflict it retries after a pause; before each retry, met says whether that can still
// succeed. The SDK sends one token along with all its own repetitions of one try, so that the database recognises them.
func (s *Seats) transact(
	ctx context.Context, doing string, items []types.TransactWriteItem, met func() error,
) ([]types.CancellationReason, error) {
	for try := 1; ; try++ {
		_, err := s.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: items})
		var cancelled *types.TransactionCanceledException
		var inProgress *types.TransactionInProgressException
		switch {
		case errors.As(err, &cancelled):
			if hasReason(cancelled.CancellationReasons, func(code string) bool { return code == reasonCondition }) {
				return cancelled.CancellationReasons, nil
			}
			if !hasReason(cancelled.CancellationReasons, func(code string) bool { return later[code] }) {
				return nil, dynamo.Failed(err, doing)
			}
		case !errors.As(err, &inProgress):
			return nil, dynamo.Failed(err, doing)
		}
		if lost := met(); lost != nil {
			return nil, lost
		}
		if try == maxTransacts {
			cause := fmt.Errorf("dynamo: %s: others were in the way %d times: %w", doing, try, err)
			return nil, &problem.Error{Code: problem.Busy, RetryAfter: time.Second, Cause: cause}
		}
		if s.Pause == nil {
			continue
		}
		if err := s.Pause(ctx, try); err != nil {
			return nil, err
		}
	}
}

func hasReason(reasons []types.CancellationReason, is func(code string) bool) bool {
	for _, r := range reasons {
		if is(aws.ToString(r.Code)) {
			return true
		}
	}
	return false
}

// conditionFailed reports whether the i-th item's condition failed, and returns the item that stood in its way. There
// is a reason for each item of the transaction.
func conditionFailed(reasons []types.CancellationReason, i int) (dynamo.Item, bool) {
	if aws.ToString(reasons[i].Code) != reasonCondition {
		return nil, false
	}
	return reasons[i].Item, true
}

// nobody is the met of a transaction that can always succeed.
func nobody() error { return nil }
