// Package ses sends mails by Amazon SES, version 2.
//
// It must never log or return in an error the address that a mail goes to.
package ses

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go"
)

// Bounds of the attempts within one job. A sale ends in more mails at once than the account may send a second, which
// SES answers by "too many requests"; what still isn't sent then comes again with its job.
const (
	sesAttempts = 6
	sesPause    = 4 * time.Second // the longest between two attempts
)

// Sender sends by Amazon SES, version 2. It keeps the one operation, not the client: beside templates, which look
// methods up by name, the linker would keep all the client's hundred, three megabytes to load at every start.
type Sender struct {
	send func(context.Context, *sesv2.SendEmailInput, ...func(*sesv2.Options)) (*sesv2.SendEmailOutput, error)
}

// New returns a Sender with retries that fit a burst of mails.
func New(cfg aws.Config) *Sender {
	client := sesv2.NewFromConfig(cfg, func(o *sesv2.Options) {
		o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
			r.MaxAttempts, r.MaxBackoff = sesAttempts, sesPause
			r.RateLimiter = unlimited{} // the default one gives up retrying when many calls are throttled
			r.Retryables = append(r.Retryables, retry.RetryableErrorCode{
				Codes: map[string]struct{}{"TooManyRequestsException": {}, "LimitExceededException": {}},
			})
		})
	})
	return &Sender{client.SendEmail}
}

type unlimited struct{}

func (unlimited) GetToken(context.Context, uint) (func() error, error) {
	return func() error { return nil }, nil
}
func (unlimited) AddTokens(uint) error { return nil }

// refusal returns err without the service's words, which may hold an address.
func refusal(err error) error {
	var answer smithy.APIError
	if errors.As(err, &answer) {
		return fmt.Errorf("ses: %s", answer.ErrorCode())
	}
	return fmt.Errorf("ses: %w", err)
}

// Send implements mail.Sender.
func (s *Sender) Send(ctx context.Context, from, to string, raw []byte) (string, error) {
	out, err := s.send(ctx, &sesv2.SendEmailInput{
		FromEmailAddress: &from, Destination: &types.Destination{ToAddresses: []string{to}},
		Content: &types.EmailContent{Raw: &types.RawMessage{Data: raw}},
	})
	if err != nil {
		return "", refusal(err)
	}
	return aws.ToString(out.MessageId), nil
}
