package main

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
	exitFailed      = 1
	exitUsage       = 2   // correct the command
	exitNotFound    = 3   // there is no such zone, order, table or stack
	exitRefused     = 4   // not now, or not without --yes
	exitDisagrees   = 5   // the command worked, and what it checked isn't right
	exitUnreachable = 6   // AWS or the payment provider doesn't answer, or is throttled: try again
	exitDenied      = 7   // no credentials, or they may not
	exitInterrupted = 130 // Ctrl-C
)

// disagreement says that what was checked isn't right.
type disagreement struct{ text string }

func (e *disagreement) Error() string { return e.text }

// kinds are errors of AWS by their codes.
var kinds = map[string]struct {
	exit int
	text string
}{
	"ResourceNotFoundException":               {exitNotFound, "there is no such table or secret here: " + rightPlace},
	"AWS.SimpleQueueService.NonExistentQueue": {exitNotFound, "there is no such queue here: " + rightPlace},
	"QueueDoesNotExist":                       {exitNotFound, "there is no such queue here: " + rightPlace},
	"AccessDeniedException":                   {exitDenied, mayNot},
	"AccessDenied":                            {exitDenied, mayNot},
	"UnauthorizedOperation":                   {exitDenied, mayNot},
	"UnrecognizedClientException":             {exitDenied, wrongKey},
	"InvalidClientTokenId":                    {exitDenied, wrongKey},
	"InvalidSignatureException":               {exitDenied, wrongKey},
	"SignatureDoesNotMatch":                   {exitDenied, wrongKey},
	"ExpiredToken":                            {exitDenied, signIn},
	"ExpiredTokenException":                   {exitDenied, signIn},
	"ThrottlingException":                     {exitUnreachable, throttled},
	"Throttling":                              {exitUnreachable, throttled},
	"ProvisionedThroughputExceededException":  {exitUnreachable, throttled},
	"RequestLimitExceeded":                    {exitUnreachable, throttled},
	"TooManyRequestsException":                {exitUnreachable, throttled},
	"LimitExceededException":                  {exitUnreachable, throttled},
	"ServiceUnavailable":                      {exitUnreachable, "AWS has trouble: try again"},
	"InternalServerError":                     {exitUnreachable, "AWS has trouble: try again"},
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
		return service + " refuses: " + api.ErrorCode() + ": " + api.ErrorMessage(), exitFailed
	case errors.As(err, &region), err != nil && strings.Contains(err.Error(), "Missing Region"):
		return noRegion, exitUsage
	case errors.As(err, &call) && (strings.Contains(err.Error(), "get credentials") ||
		strings.Contains(err.Error(), "retrieve credentials")):
		return noKeys, exitDenied
	case errors.As(err, &call) && errors.As(err, &network):
		return noAnswer, exitUnreachable
	}
	return "", exitFailed
}

// explain returns an error in an operator's words: the detail where there is one, each part on a line of its own.
func explain(err error) string {
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var lines []string
		for _, one := range several.Unwrap() {
			lines = append(lines, explain(one))
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
	problem.Invalid: exitUsage, problem.TooLarge: exitUsage,
	problem.NotFound: exitNotFound, problem.UnknownZone: exitNotFound,
	problem.Refused: exitRefused, problem.Conflict: exitRefused, problem.NotOpen: exitRefused,
	problem.Limit:     exitRefused,
	problem.SeatTaken: exitRefused, problem.NoSeats: exitRefused, problem.Paying: exitRefused,
	problem.Unauthorized: exitDisagrees,
	problem.Provider:     exitUnreachable, problem.Busy: exitUnreachable,
}

// exitCode returns the code that the command ends with.
func exitCode(err error) int {
	var (
		usage    *kong.ParseError
		missing  *missingError
		disagree *disagreement
		p        *problem.Error
	)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &disagree):
		return exitDisagrees
	case errors.As(err, &usage), errors.As(err, &missing):
		return exitUsage
	case errors.As(err, &p) && exits[p.Code] != 0:
		return exits[p.Code]
	}
	_, exit := ofAWS(err)
	return exit
}
