// Package pay is the way to a payment provider: one small interface that any provider with a hosted page and separate
// authorisation and capture fits behind, and the care that is taken with all of them: time-outs, bounded retries and a
// breaker.
//
// A provider is only ever asked; what its answers mean is decided by package order. It never holds card data, and it
// must never log an address, a name or a key.
package pay

import (
	"context"
	"fmt"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
)

// Checkout is what the provider's page is opened with. It must be the same whenever it is asked for again.
type Checkout struct {
	Order  order.Order
	Return string // where the buyer is sent after paying
	Back   string // and after giving up
}

// Session is an open checkout at the provider.
type Session struct{ ID, URL string }

// Notice is what a webhook is about. It is only a reason to ask: nothing else in a webhook is believed.
type Notice struct {
	Order    string // empty: see Payment
	Session  string // may be empty
	Payment  string // where Order is empty: whose Owner is to be asked for; empty as well: it is about nothing of ours
	Declined bool   // it says that a card was declined; for counting only
}

// Provider takes payments. Every call may be repeated: a step of an order is made once, whatever is lost. Errors are
// *RefusedError when the provider said no, so that the call changed nothing; problem.Provider when it can't be told
// whether it did; and the context's.
type Provider interface {
	// Open makes the checkout of an order, to authorise its amount without capturing it. The same order always gets
	// the same checkout.
	Open(ctx context.Context, c Checkout) (Session, error)

	// Get tells how the money of an order stands. The order must have a session.
	Get(ctx context.Context, o order.Order) (order.Payment, error)

	// Capture charges what was authorised.
	Capture(ctx context.Context, o order.Order) (order.Payment, error)

	// Void gives back what was authorised and not captured.
	Void(ctx context.Context, o order.Order) (order.Payment, error)

	// Expire ends the checkout's page, so that nobody can pay on it any more.
	Expire(ctx context.Context, o order.Order) (order.Payment, error)

	// Refund makes the refund that the order needs next, see order.Order.Back: of one return, or of all that is left.
	Refund(ctx context.Context, o order.Order) (order.Payment, error)

	// Owner is the order that a payment was made for; empty when it is none of ours.
	Owner(ctx context.Context, payment string) (order string, err error)

	// Notice checks the signature of a webhook and tells what it is about. It returns problem.Invalid for one that
	// isn't the provider's, or too old.
	Notice(ctx context.Context, signature string, body []byte) (Notice, error)
}

// RefusedError says that the provider won't: trying the same again won't help.
type RefusedError struct {
	Code  string // the provider's
	Cause error
}

func (e *RefusedError) Error() string { return fmt.Sprintf("pay: refused (%s): %v", e.Code, e.Cause) }

// Unwrap gives the cause to errors.Is and errors.As.
func (e *RefusedError) Unwrap() error { return e.Cause }

// Unavailable says that the provider doesn't answer as it should.
func Unavailable(cause error, after time.Duration) error {
	return &problem.Error{Code: problem.Provider, RetryAfter: after, Cause: cause}
}
