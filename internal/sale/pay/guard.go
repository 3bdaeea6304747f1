package pay

import (
	"context"
	"errors"
	"time"

	"github.com/sony/gobreaker/v2"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
)

// How long a provider is waited for.
const (
	CallTime   = 4 * time.Second        // one attempt
	attempts   = 3                      // of one call
	firstPause = 250 * time.Millisecond // between attempts; it doubles
	mostPause  = 2 * time.Second        // a provider that asks for a longer one is left to the caller
	tripsAfter = 5                      // failed attempts in a row open the breaker
	RestTime   = 10 * time.Second       // for so long
)

// Guard is a provider behind time-outs, retries and a breaker: each attempt ends within CallTime, is repeated after a
// short pause if that may help, and isn't made at all for RestTime after several have failed in a row.
type Guard struct {
	provider Provider
	breaker  *gobreaker.TwoStepCircuitBreaker[struct{}]
	sleep    func(context.Context, time.Duration) error
	rest     time.Duration
	now      func() time.Time
	hear     func(Call)
	spread   func(time.Duration) time.Duration
}

// Call is one attempt to ask the provider, for metrics.
type Call struct {
	Zone    string
	Took    time.Duration
	Failed  bool // the provider did not answer as it should; a refusal is an answer
	Busy    bool // the provider asked for fewer calls
	Shunned bool // the provider was not asked, as the breaker was open
}

// Heard reports every call to hear, with durations measured by now. It must be set before the guard is used.
func (g *Guard) Heard(now func() time.Time, hear func(Call)) *Guard {
	g.now, g.hear = now, hear
	return g
}

// Spread has pauses after a busy answer vary, so that those who were turned away together don't come again together. It
// must be set before the guard is used.
func (g *Guard) Spread(spread func(time.Duration) time.Duration) *Guard {
	g.spread = spread
	return g
}

// observe reports a call that began at since.
func (g *Guard) observe(c Call, since time.Time) {
	if g.hear != nil {
		c.Took = g.now().Sub(since)
		g.hear(c)
	}
}

func (g *Guard) clock() (t time.Time) {
	if g.now != nil {
		t = g.now()
	}
	return t
}

var _ Provider = (*Guard)(nil)

// NewGuard guards a provider. sleep waits, or returns the context's error; changed, if not nil, is called when the
// breaker changes its state.
func NewGuard(p Provider, sleep func(context.Context, time.Duration) error, changed func(from, to string)) *Guard {
	return newGuard(p, sleep, changed, RestTime)
}

func newGuard(
	p Provider, sleep func(context.Context, time.Duration) error, changed func(from, to string), rest time.Duration,
) *Guard {
	settings := gobreaker.Settings{
		Name: "payment provider", Timeout: rest,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= tripsAfter },
	}
	if changed != nil {
		settings.OnStateChange = func(_ string, from, to gobreaker.State) { changed(from.String(), to.String()) }
	}
	breaker := gobreaker.NewTwoStepCircuitBreaker[struct{}](settings)
	return &Guard{provider: p, breaker: breaker, sleep: sleep, rest: rest}
}

// guarded makes a call, at most attempts times. Repeating is safe: providers make each step of an order once. A
// provider that asks for fewer calls is well: it is given the time that it wants, and the breaker stays closed.
func guarded[T any](
	ctx context.Context, g *Guard, zone string, call func(context.Context) (T, error),
) (answer T, err error) {
	for attempt := range attempts {
		if attempt > 0 {
			if sleepErr := g.sleep(ctx, g.pause(err, attempt)); sleepErr != nil {
				return answer, err
			}
		}
		done, refused := g.breaker.Allow()
		began := g.clock()
		if refused != nil {
			g.observe(Call{Zone: zone, Shunned: true}, began)
			return answer, Unavailable(refused, g.rest)
		}
		answer, err = once(ctx, call)
		failed, busy := broken(err), errors.Is(err, ErrBusy)
		g.observe(Call{Zone: zone, Failed: failed, Busy: busy}, began)
		if !failed {
			done(nil)
		} else {
			done(err)
		}
		if !failed && !busy || after(err) > mostPause {
			return answer, err
		}
	}
	return answer, err
}

// pause returns how long to wait before an attempt that follows err: twice as long each time, and as long as a busy
// provider asks for.
func (g *Guard) pause(err error, attempt int) time.Duration {
	d := firstPause << (attempt - 1)
	if !errors.Is(err, ErrBusy) {
		return d
	}
	if g.spread != nil {
		d = g.spread(d)
	}
	return max(d, after(err))
}

// after returns the time that a busy provider asks for.
func after(err error) (d time.Duration) {
	var p *problem.Error
	if errors.Is(err, ErrBusy) && errors.As(err, &p) {
		d = p.RetryAfter
	}
	return d
}

// once makes one attempt. If the attempt ran out of time, its error is Unavailable.
func once[T any](ctx context.Context, call func(context.Context) (T, error)) (T, error) {
	attempt, cancel := context.WithTimeout(ctx, CallTime)
	defer cancel()
	answer, err := call(attempt)
	if err != nil && attempt.Err() != nil {
		err = Unavailable(err, time.Second)
	}
	return answer, err
}

// broken reports whether err shows that the provider has trouble. A repeated answer shows nothing.
func broken(err error) bool {
	if errors.Is(err, ErrBusy) || errors.Is(err, ErrReplayed) {
		return false
	}
	return problem.CodeOf(err) == problem.Provider
}

// Open implements Provider.
func (g *Guard) Open(ctx context.Context, c Checkout) (Session, error) {
	return guarded(ctx, g, c.Order.Zone, func(ctx context.Context) (Session, error) { return g.provider.Open(ctx, c) })
}

// Get implements Provider.
func (g *Guard) Get(ctx context.Context, o order.Order) (order.Payment, error) {
	return g.about(ctx, o, g.provider.Get)
}

// Capture implements Provider.
func (g *Guard) Capture(ctx context.Context, o order.Order) (order.Payment, error) {
	return g.about(ctx, o, g.provider.Capture)
}

// Void implements Provider.
func (g *Guard) Void(ctx context.Context, o order.Order) (order.Payment, error) {
	return g.about(ctx, o, g.provider.Void)
}

// Expire implements Provider.
func (g *Guard) Expire(ctx context.Context, o order.Order) (order.Payment, error) {
	return g.about(ctx, o, g.provider.Expire)
}

// Refund implements Provider.
func (g *Guard) Refund(ctx context.Context, o order.Order) (order.Payment, error) {
	return g.about(ctx, o, g.provider.Refund)
}

// Owner implements Provider.
func (g *Guard) Owner(ctx context.Context, payment string) (string, error) {
	return guarded(ctx, g, "", func(ctx context.Context) (string, error) { return g.provider.Owner(ctx, payment) })
}

// Notice implements Provider. It makes no call, so nothing is guarded.
func (g *Guard) Notice(ctx context.Context, signature string, body []byte) (Notice, error) {
	return g.provider.Notice(ctx, signature, body)
}

func (g *Guard) about(
	ctx context.Context, o order.Order, call func(context.Context, order.Order) (order.Payment, error),
) (order.Payment, error) {
	return guarded(ctx, g, o.Zone, func(ctx context.Context) (order.Payment, error) { return call(ctx, o) })
}
