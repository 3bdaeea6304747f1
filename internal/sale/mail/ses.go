package mail

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

// How hard the mail service is tried within one job. A sale ends in more mails at once than the account may send a
// second, which is answered by "too many requests"; what still isn't sent then comes again with its job.
const (
	sesAttempts = 6
	sesPause    = 4 * time.Second // the longest between two attempts
)

// SES sends by Amazon SES, version 2. It keeps the one operation, not the client: beside templates, which look methods
// up by name, the linker would keep all the client's hundred, three megabytes to load at every start.
type SES struct {
	send func(context.Context, *sesv2.SendEmailInput, ...func(*sesv2.Options)) (*sesv2.SendEmailOutput, error)
}

// NewSES is SES with retries that fit a burst of mails.
func NewSES(cfg aws.Config) *SES {
	client := sesv2.NewFromConfig(cfg, func(o *sesv2.Options) {
		o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
			r.MaxAttempts, r.MaxBackoff = sesAttempts, sesPause
			r.RateLimiter = unlimited{} // the default one gives up retrying when many calls are throttled
			r.Retryables = append(r.Retryables, retry.RetryableErrorCode{Codes: map[string]struct{}{"TooManyRequestsException": {}, "LimitExceededException": {}}})
		})
	})
	return &SES{client.SendEmail}
}

type unlimited struct{}

func (unlimited) GetToken(context.Context, uint) (func() error, error) {
	return func() error { return nil }, nil
}
func (unlimited) AddTokens(uint) error { return nil }

// refusal is a refusal without the service's words, which may hold an address.
func refusal(err error) error {
	var told smithy.APIError
	if errors.As(err, &told) {
		return fmt.Errorf("mail: SES: %s", told.ErrorCode())
	}
	return fmt.Errorf("mail: SES: %w", err)
}

// Send implements Sender.
func (s *SES) Send(ctx context.Context, from, to string, raw []byte) (string, error) {
	out, err := s.send(ctx, &sesv2.SendEmailInput{
		FromEmailAddress: &from, Destination: &types.Destination{ToAddresses: []string{to}},
		Content: &types.EmailContent{Raw: &types.RawMessage{Data: raw}},
	})
	if err != nil {
		return "", refusal(err)
	}
	return aws.ToString(out.MessageId), nil
}
