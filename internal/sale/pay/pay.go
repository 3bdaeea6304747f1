// Package pay is the way to a payment provider: one small interface for any provider with a hosted page and separate
// authorisation and capture, and a guard for all of them, with time-outs, bounded retries and a breaker.
//
// Package order decides what a provider's answers mean. This package never holds card data, and it must never log an
// address, a name or a key.
package pay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
)

// Checkout is what the provider's page is opened with. It must be the same every time the page of an order is opened.
type Checkout struct {
	Order  order.Order
	Return string // where the buyer is sent after paying
	Back   string // and after giving up
}

// Session is an open checkout at the provider.
type Session struct{ ID, URL string }

// Notice is what a webhook is about. It is only a reason to ask the provider: nothing else in a webhook is believed.
type Notice struct {
	Order    string // empty: see Payment
	Session  string // may be empty
	Payment  string // if Order is empty: the payment whose Owner it is about; empty too: it is about no order of ours
	Declined bool   // it says that a card was declined; for counting only
}

// Provider takes payments. Every call may be repeated: a step of an order is made once, whatever reply is lost. Errors
// are *RefusedError if the provider refused, so that the call changed nothing; problem.Provider if it is unknown
// whether the call changed anything; and the context's.
type Provider interface {
	// Open makes the checkout of an order, to authorise its amount without capturing it. The same order always gets
	// the same checkout, until it has used up its idempotency key: see order.Order.UsedKeys.
	Open(ctx context.Context, c Checkout) (Session, error)

	// Get returns how the money of an order stands. The order must have a session.
	Get(ctx context.Context, o order.Order) (order.Payment, error)

	// Capture charges what was authorised.
	Capture(ctx context.Context, o order.Order) (order.Payment, error)

	// Void releases what was authorised and not captured.
	Void(ctx context.Context, o order.Order) (order.Payment, error)

	// Expire ends the checkout's page, so that nobody can pay on it any more.
	Expire(ctx context.Context, o order.Order) (order.Payment, error)

	// Refund makes the refund that the order needs next: a partial one, or all that remains. See order.Order.NextRefund.
	Refund(ctx context.Context, o order.Order) (order.Payment, error)

	// Owner returns the id of the order that a payment was made for; empty if it is none of ours.
	Owner(ctx context.Context, payment string) (order string, err error)

	// Notice checks the signature of a webhook and returns what it is about. It returns problem.Forbidden for one that
	// isn't the provider's, or too old.
	Notice(ctx context.Context, signature string, body []byte) (Notice, error)
}

// RefusedError means that the provider refused: trying the same again won't help.
type RefusedError struct {
	Code  string // the provider's
	Param string // the provider's name of the parameter that it refused; may be empty
	Cause error
}

func (e *RefusedError) Error() string { return fmt.Sprintf("pay: refused (%s): %v", e.Code, e.Cause) }

// Unwrap gives the cause to errors.Is and errors.As.
func (e *RefusedError) Unwrap() error { return e.Cause }

// Errors of a provider that can't do a call now. They are causes of problem.Provider.
var (
	// ErrAnswered says that the provider answered with an error of its own. It may repeat that answer for the same
	// idempotency key, so that only another key helps.
	ErrAnswered = errors.New("the provider answered with an error of its own")

	// ErrReplayed says that it did repeat an answer: nothing was tried, and the same key won't ever help.
	ErrReplayed = errors.New("the provider repeated an earlier answer")

	// ErrBusy says that the provider asked for fewer calls. It is well, and the call changed nothing.
	ErrBusy = errors.New("the provider asks for fewer calls")
)

// Unavailable returns the error of a provider that can't do a call now.
func Unavailable(cause error, after time.Duration) error {
	return &problem.Error{Code: problem.Provider, RetryAfter: after, Cause: cause}
}
