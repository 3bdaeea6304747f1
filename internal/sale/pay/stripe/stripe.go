// Package stripe is the payment provider Stripe: Checkout, hosted by Stripe, for cards and the wallets that go with
// them, authorised first and captured later.
//
// Every writing request carries an idempotency key made of the order and the step, so that no step is made twice; every
// answer is reduced to order.Payment. The package uses stripe-go; none of its types leave it.
package stripe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	sdk "github.com/stripe/stripe-go/v83"

	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
)

// KeySource reads the JSON of Keys. again asks for it as it is now, not as remembered.
type KeySource interface {
	Value(ctx context.Context, again bool) (string, error)
}

// Keys is the content of the provider's secret. Two webhook secrets are live while one is being replaced.
type Keys struct {
	Key      string   `json:"key"`      // sk_… or rk_…
	Webhooks []string `json:"webhooks"` // whsec_…, the newest first
}

// Provider is Stripe. It is safe for use by several goroutines.
type Provider struct {
	Keys   KeySource
	URL    string       // of the API; empty: Stripe's own
	Client *http.Client // nil: http.DefaultClient. The caller's contexts bound every request
	Now    func() time.Time

	mu     sync.Mutex
	key    string
	client *sdk.Client
}

var _ pay.Provider = (*Provider)(nil)

func (p *Provider) keys(ctx context.Context, again bool) (s Keys, err error) {
	text, err := p.Keys.Value(ctx, again)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal([]byte(text), &s); err != nil || s.Key == "" {
		return s, errors.New("stripe: the secret is not the JSON that is wanted, with a key") // never quoted
	}
	return s, nil
}

// api returns the SDK's client with the current key.
func (p *Provider) api(ctx context.Context) (*sdk.Client, error) {
	s, err := p.keys(ctx, false)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.client == nil || p.key != s.Key {
		p.key, p.client = s.Key, sdk.NewClient(s.Key, sdk.WithBackends(p.backends()))
	}
	return p.client, nil
}

// backends returns the SDK's backends without its own retries, log and telemetry: pay.Guard retries, and errors hold
// what the log needs.
func (p *Provider) backends() *sdk.Backends {
	config := &sdk.BackendConfig{
		HTTPClient: p.Client, MaxNetworkRetries: sdk.Int64(0), EnableTelemetry: sdk.Bool(false),
		LeveledLogger: &sdk.LeveledLogger{Level: sdk.LevelNull},
	}
	if p.URL != "" {
		config.URL = sdk.String(p.URL)
	}
	return sdk.NewBackendsWithConfig(config)
}

// stepKey returns the idempotency key of a step. Stripe keeps a key for a day, with whatever it answered first, a 500
// too. Opening keeps its key until Stripe has answered so, since two checkouts could be paid twice: nobody has the
// address of one that was answered with a 500. The other steps get a new key with every look of the sweeper: by
// themselves they can't happen twice, and each follows a look at how the money stands.
func stepKey(o order.Order, step string) *string {
	if step == "open" {
		return sdk.String(fmt.Sprintf("%s-open-%d", o.ID, o.UsedKeys))
	}
	return sdk.String(fmt.Sprintf("%s-%s-%d-%d", o.ID, step, o.UsedKeys, o.Tries))
}

// failure turns an error of the SDK into ours.
func failure(err error) error {
	var api *sdk.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return err
	case !errors.As(err, &api): // no answer, or one that couldn't be read
		return pay.Unavailable(err, 2*time.Second)
	case api.HTTPStatusCode == http.StatusTooManyRequests, api.HTTPStatusCode == http.StatusConflict:
		return pay.Unavailable(errors.Join(pay.ErrBusy, brief(api)), retryAfter(api))
	case api.HTTPStatusCode >= 500 && replayed(api):
		return pay.Unavailable(errors.Join(pay.ErrAnswered, pay.ErrReplayed, brief(api)), 2*time.Second)
	case api.HTTPStatusCode >= 500:
		return pay.Unavailable(errors.Join(pay.ErrAnswered, brief(api)), 2*time.Second)
	case api.HTTPStatusCode == http.StatusUnauthorized, api.HTTPStatusCode == http.StatusForbidden,
		api.Type == sdk.ErrorTypeIdempotency:
		// An unauthorised call is our own fault, not the order's: once the key is right again, the order goes on.
		return pay.Unavailable(brief(api), 2*time.Second)
	}
	return &pay.RefusedError{Code: string(api.Code), Param: api.Param, Cause: brief(api)}
}

// replayed reports whether an answer is the one that the idempotency key was answered with before.
func replayed(e *sdk.Error) bool {
	return e.LastResponse != nil && e.LastResponse.Header.Get("Idempotent-Replayed") == "true"
}

// retryAfter returns how long Stripe asks to be left alone; 0: it doesn't say.
func retryAfter(e *sdk.Error) time.Duration {
	if e.LastResponse == nil {
		return 0
	}
	seconds, err := strconv.Atoi(e.LastResponse.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// brief returns the parts of an error that may be logged: Stripe's messages can quote what was sent.
func brief(e *sdk.Error) error {
	return fmt.Errorf("stripe: status %d, type %s, code %s, parameter %s, request %s",
		e.HTTPStatusCode, e.Type, e.Code, e.Param, e.RequestID)
}
