package cli

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"foyer/internal/problem"
)

// The exit codes, by what to do about them. docs/operate.md lists them.
const (
	ExitFailed      = 1
	ExitUsage       = 2   // correct the command
	ExitNotFound    = 3   // there is no such zone, order, table or stack
	ExitRefused     = 4   // not now, or not without --yes
	ExitDisagrees   = 5   // the command worked, and what it checked isn't right
	ExitUnreachable = 6   // AWS or the payment provider doesn't answer, or is throttled: try again
	ExitDenied      = 7   // no credentials, or they may not
	ExitInterrupted = 130 // Ctrl-C
)

// DisagreementError says that what was checked isn't right.
type DisagreementError struct{ Text string }

func (e *DisagreementError) Error() string { return e.Text }

// kinds are errors of AWS by their codes.
var kinds = map[string]struct {
	exit int
	text string
}{
	"ResourceNotFoundException":               {ExitNotFound, "there is no such table or secret here: " + rightPlace},
	"AWS.SimpleQueueService.NonExistentQueue": {ExitNotFound, "there is no such queue here: " + rightPlace},
	"QueueDoesNotExist":                       {ExitNotFound, "there is no such queue here: " + rightPlace},
	"AccessDeniedException":                   {ExitDenied, mayNot},
	"AccessDenied":                            {ExitDenied, mayNot},
	"UnauthorizedOperation":                   {ExitDenied, mayNot},
	"UnrecognizedClientException":             {ExitDenied, wrongKey},
	"InvalidClientTokenId":                    {ExitDenied, wrongKey},
	"InvalidSignatureException":               {ExitDenied, wrongKey},
	"SignatureDoesNotMatch":                   {ExitDenied, wrongKey},
	"ExpiredToken":                            {ExitDenied, signIn},
	"ExpiredTokenException":                   {ExitDenied, signIn},
	"ThrottlingException":                     {ExitUnreachable, throttled},
	"Throttling":                              {ExitUnreachable, throttled},
	"ProvisionedThroughputExceededException":  {ExitUnreachable, throttled},
	"RequestLimitExceeded":                    {ExitUnreachable, throttled},
	"TooManyRequestsException":                {ExitUnreachable, throttled},
	"LimitExceededException":                  {ExitUnreachable, throttled},
	"ServiceUnavailable":                      {ExitUnreachable, "AWS has trouble: try again"},
	"InternalServerError":                     {ExitUnreachable, "AWS has trouble: try again"},
}

const (
	rightPlace = "is this the right stage, account and Region?"
	mayNot     = "these credentials may not do that: use others (AWS_PROFILE), or have it allowed"
	wrongKey   = "AWS doesn't know these credentials: is this the right profile?"
	signIn     = "the credentials have run out: sign in again (aws sso login), or renew them"
	throttled  = "AWS is throttling these requests: try again in a moment"
	noRegion   = "say which Region: --region, or the variable AWS_REGION"
	noKeys     = "there are no AWS credentials: set AWS_PROFILE, or sign in (aws sso login)"
	noAnswer   = "AWS doesn't answer at this address: is the network there, and is it the right Region?"
)

// ofAWS returns what an error of AWS or of its SDK means for an operator. It is "" for any other.
func ofAWS(err error) (text string, exit int) {
	var (
		api     smithy.APIError
		network net.Error
		region  *aws.MissingRegionError
		call    *smithy.OperationError
	)
	switch {
	case errors.As(err, &api):
		if k, known := kinds[api.ErrorCode()]; known {
			return k.text, k.exit
		}
		service := "AWS"
		if errors.As(err, &call) {
			service = call.Service()
		}
		return service + " refuses: " + api.ErrorCode() + ": " + api.ErrorMessage(), ExitFailed
	case errors.As(err, &region), err != nil && strings.Contains(err.Error(), "Missing Region"):
		return noRegion, ExitUsage
	case errors.As(err, &call) && (strings.Contains(err.Error(), "get credentials") ||
		strings.Contains(err.Error(), "retrieve credentials")):
		return noKeys, ExitDenied
	case errors.As(err, &call) && errors.As(err, &network):
		return noAnswer, ExitUnreachable
	}
	return "", ExitFailed
}

// Explain returns an error in an operator's words: the detail where there is one, each part on a line of its own.
func Explain(err error) string {
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var lines []string
		for _, one := range several.Unwrap() {
			lines = append(lines, Explain(one))
		}
		return strings.Join(lines, "\n")
	}
	var p *problem.Error
	if errors.As(err, &p) && p.Detail != "" {
		detail := strings.ReplaceAll(p.Detail, "; ", "\n  ")
		if around := err.Error(); strings.Contains(around, p.Error()) {
			return strings.Replace(around, p.Error(), detail, 1)
		}
		return detail
	}
	if text, _ := ofAWS(err); text != "" {
		return text
	}
	return err.Error()
}

// exits are the exit codes of our own errors.
var exits = map[problem.Code]int{
	problem.Invalid: ExitUsage, problem.TooLarge: ExitUsage,
	problem.NotFound: ExitNotFound, problem.UnknownZone: ExitNotFound,
	problem.Refused: ExitRefused, problem.Conflict: ExitRefused, problem.NotOpen: ExitRefused,
	problem.Limit:     ExitRefused,
	problem.SeatTaken: ExitRefused, problem.NoSeats: ExitRefused, problem.Paying: ExitRefused,
	problem.Unauthorized: ExitDisagrees,
	problem.Provider:     ExitUnreachable, problem.Busy: ExitUnreachable,
}

// ExitCode returns the code that the command ends with.
func ExitCode(err error) int {
	var (
		usage    *kong.ParseError
		missing  *MissingError
		disagree *DisagreementError
		p        *problem.Error
	)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled):
		return ExitInterrupted
	case errors.As(err, &disagree):
		return ExitDisagrees
	case errors.As(err, &usage), errors.As(err, &missing):
		return ExitUsage
	case errors.As(err, &p) && exits[p.Code] != 0:
		return exits[p.Code]
	}
	_, exit := ofAWS(err)
	return exit
}
