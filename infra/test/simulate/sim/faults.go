package sim

import (
	"errors"
	"time"

	"foyer/internal/problem"
	"foyer/internal/store/memory/memroom"
	"foyer/internal/store/memory/memsale"
)

// weather is how much goes wrong in a world. Chances are of a thousand calls.
type weather struct {
	calm    bool
	latency time.Duration // of a usual call, on average
	skew    time.Duration // the most that a clock is off

	before, lost, repeat, slow, throttle int // a call of a store or of the provider
	net, twice                           int // a request of a page: lost on the way or on the way back; sent twice
	lease                                int // asking for the lease, so that several runs go on at once
	crash                                int // a machine, while it serves a request
	redeliver, late                      int // a record or a message: comes again; comes late

	bankDown      [2]time.Duration // from when until when the provider doesn't answer
	exchangerDies time.Duration    // how often, about; 0: never
}

// forecast is the seed's weather: fair for a third of the worlds, so that what needs a long quiet time is seen too.
func (w *World) forecast() weather {
	f := weather{latency: 6 * time.Millisecond}
	if w.Calm {
		f.calm = true
		return f
	}
	if w.Visitors > smallest {
		f.skew, f.before, f.lost, f.repeat, f.throttle, f.net, f.crash = 100*time.Millisecond, 1, 1, 1, 1, 2, 1
		f.redeliver, f.late, f.exchangerDies = 5, 5, 10*time.Minute
		return f
	}
	kind := w.rng.IntN(3)
	f.skew = []time.Duration{0, 150 * time.Millisecond, 2 * time.Second}[w.rng.IntN(3)]
	f.late, f.redeliver = 20, 50
	if kind == 0 {
		return f
	}
	some := func(n int) int { return w.rng.IntN(n * kind) }
	f.before, f.lost, f.repeat, f.slow, f.throttle = some(15), some(15), some(20), some(8), some(10)
	f.net, f.twice, f.crash, f.redeliver, f.late = some(30), some(30), some(8), some(100), some(80)
	if w.rng.IntN(2) == 0 {
		f.lease = 700
	}
	if w.rng.IntN(6) == 0 {
		from := w.jitter(w.For)
		f.bankDown = [2]time.Duration{from, from + 7*time.Minute}
	}
	f.exchangerDies = time.Duration(30+w.rng.IntN(60)) * time.Second
	return f
}

var (
	errDown = errors.New("sim: the call came to nothing")
	errLost = errors.New("sim: the answer was lost")
)

var (
	emptyStream  = memroom.Stream{}
	emptyChanges = memsale.Changes{}
)

// chance is true n times of a thousand.
func (w *World) chance(n int) bool { return n > 0 && w.rng.IntN(1000) < n }

// about is a random duration around d.
func (w *World) about(d time.Duration) time.Duration {
	return d/2 + time.Duration(w.rng.Int64N(int64(d)+1))
}

// delay is how long a call is under way.
func (w *World) delay() time.Duration {
	if w.chance(w.weather.slow) {
		return time.Duration(w.rng.Int64N(int64(3 * time.Second)))
	}
	return w.about(w.weather.latency)
}

// fault is what goes wrong with a call of a store. Every call is a point at which others come between: before the work
// and, in small worlds, after it.
func (w *World) fault(op string) memroom.Fault {
	t := w.current
	if t == nil {
		return memroom.Fault{}
	}
	if t.on == nil { // the world's own look, on nobody's behalf
		return memroom.Fault{}
	}
	if t.on.dead {
		return memroom.Fault{Before: errOver}
	}
	t.wait(w.delay())
	if w.over || t.on.dead {
		return memroom.Fault{Before: errOver}
	}
	f := w.trouble(op)
	if w.Visitors <= smallest {
		f.Then = func() { t.wait(w.about(w.weather.latency / 2)) }
	}
	return f
}

// trouble throws the dice for one call.
func (w *World) trouble(op string) memroom.Fault {
	f, n := memroom.Fault{}, w.rng.IntN(1000)
	take := func(chance int) bool { n -= chance; return n < 0 }
	switch {
	case op == "zones.Lease" && w.chance(w.weather.lease):
		f.Before = errDown
		return f
	case take(w.weather.before):
		f.Before = errDown
	case take(w.weather.throttle):
		f.Before = &problem.Error{Code: problem.Busy, RetryAfter: time.Second}
	case take(w.weather.lost):
		f.Lost = errLost
	case take(w.weather.repeat):
		f.Repeat = true
	default:
		return f
	}
	w.result.Faults++
	if w.Story {
		t := w.current
		w.say(t.of, t.on.name, "%s: %s", t.on.name, faultText(f, op))
	}
	return f
}

func faultText(f memroom.Fault, op string) string {
	switch {
	case f.Repeat:
		return op + " is sent twice"
	case f.Lost != nil:
		return "the answer of " + op + " is lost"
	case problem.CodeOf(f.Before) == problem.Busy:
		return op + " is throttled"
	}
	return op + " fails"
}

// call is a call of something that isn't a store in memory: work is done unless it fails before.
func (w *World) call(op string, work func() error) error {
	f := w.fault(op)
	if f.Before != nil {
		return f.Before
	}
	if f.Repeat {
		_ = work()
	}
	err := work()
	if f.Then != nil {
		f.Then()
	}
	if f.Lost != nil {
		return f.Lost
	}
	return err
}
