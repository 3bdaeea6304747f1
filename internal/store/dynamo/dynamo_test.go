package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"foyer/internal/problem"
	"foyer/internal/store/dynamo"
)

func TestAFailureSaysWhatWasBeingDone(t *testing.T) {
	for code, want := range map[string]problem.Code{
		"ThrottlingException":          problem.Busy,
		"TransactionConflictException": problem.Conflict,
		"ValidationException":          problem.Internal,
	} {
		cause := &smithy.GenericAPIError{Code: code, Message: "m"}
		err := dynamo.Failed(cause, "read a place")
		if problem.CodeOf(err) != want || !errors.Is(err, cause) {
			t.Errorf("%s became %v", code, err)
		}
		if text := string(want) + ": dynamo: read a place: " + cause.Error(); err.Error() != text {
			t.Errorf("%q, want %q", err, text)
		}
		if seen := problem.Describe(err, "id"); seen.Detail != "" {
			t.Errorf("the caller sees %q", seen.Detail)
		}
	}
	if err := dynamo.Failed(errors.New("cut off"), "read a place"); problem.CodeOf(err) != problem.Internal {
		t.Errorf("a connection that ended: %v", err)
	}
	spent := fmt.Errorf("no more tries: %w", ratelimit.QuotaExceededError{})
	if err := dynamo.Failed(spent, "read a place"); problem.CodeOf(err) != problem.Busy {
		t.Errorf("a client that has tried too much: %v", err)
	}
	for _, err := range []error{nil, context.Canceled, context.DeadlineExceeded} {
		if got := dynamo.Failed(err, "read a place"); got != err {
			t.Errorf("%v became %v", err, got)
		}
	}
}

func TestOnlyAFailedConditionIsARefusal(t *testing.T) {
	stands := dynamo.Item{"o": dynamo.Text("o1")}
	refusal := fmt.Errorf("put: %w", &types.ConditionalCheckFailedException{Item: stands})
	if got, is := dynamo.Refused(refusal); !is || len(got) != 1 {
		t.Errorf("%v, %v", got, is)
	}
	for _, err := range []error{nil, errors.New("cut off"), &types.TransactionCanceledException{}} {
		if got, is := dynamo.Refused(err); is || got != nil {
			t.Errorf("%v: %v, %v", err, got, is)
		}
	}
}
