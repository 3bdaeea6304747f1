package keyring

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sm "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// Life is how long a secret is remembered.
const Life = 5 * time.Minute

// Pause is the least time between two early reads, so that forged key ids can't cause a call for each request; and
// between two attempts when the secret can't be read.
const Pause = 10 * time.Second

// API is the part of the SDK's client in use.
type API interface {
	GetSecretValue(context.Context, *sm.GetSecretValueInput, ...func(*sm.Options)) (*sm.GetSecretValueOutput, error)
}

// Secret is one remembered secret. It may be used by several goroutines.
type Secret struct {
	Client API
	ID     string
	Now    func() time.Time

	mu    sync.Mutex
	text  string
	until time.Time // when it is to be read again
	asked time.Time // when it was last asked for, with or without success
	made  time.Time // when its value was made; zero: nobody said
}

// Value returns the secret: the remembered one while it is fresh; with again set, as it is now, unless it was read a
// moment ago. While it can't be read, the old one serves on.
func (s *Secret) Value(ctx context.Context, again bool) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now()
	due := !now.Before(s.until) || again
	if s.text != "" && (!due || now.Before(s.asked.Add(Pause))) {
		return s.text, nil
	}
	return s.read(ctx, now)
}

// Made returns when the secret's value was made; zero when nobody said.
func (s *Secret) Made(ctx context.Context) (time.Time, error) {
	if _, err := s.Value(ctx, false); err != nil {
		return time.Time{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.made, nil
}

func (s *Secret) read(ctx context.Context, now time.Time) (string, error) {
	s.asked = now
	out, err := s.Client.GetSecretValue(ctx, &sm.GetSecretValueInput{SecretId: &s.ID})
	if err == nil && aws.ToString(out.SecretString) == "" {
		err = fmt.Errorf("it is empty")
	}
	if err != nil {
		if s.text != "" {
			return s.text, nil
		}
		return "", fmt.Errorf("keyring: secret %s: %w", s.ID, err)
	}
	s.text, s.until, s.made = aws.ToString(out.SecretString), now.Add(Life), aws.ToTime(out.CreatedDate)
	return s.text, nil
}
