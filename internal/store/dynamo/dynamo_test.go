package dynamo_test

import (
	"context"
	"errors"
	"testing"

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
	for _, err := range []error{nil, context.Canceled, context.DeadlineExceeded} {
		if got := dynamo.Failed(err, "read a place"); got != err {
			t.Errorf("%v became %v", err, got)
		}
	}
}
