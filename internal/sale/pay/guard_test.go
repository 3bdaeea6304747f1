package pay

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
)

// moody answers with the given errors, call by call, and then that all is well.
type moody struct {
	Provider
	calls int
	say   []func(context.Context) error
}

func (m *moody) Get(ctx context.Context, _ order.Order) (order.Payment, error) {
	m.calls++
	if m.calls <= len(m.say) {
		if err := m.say[m.calls-1](ctx); err != nil {
			return order.Payment{}, err
		}
	}
	return order.Payment{ID: "pi"}, nil
}

func down(context.Context) error { return Unavailable(errors.New("500"), time.Second) }
func off(context.Context) error  { return Unavailable(errors.New("503"), time.Minute) }
func no(context.Context) error   { return &RefusedError{Code: "no"} }
func hang(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestAttempts(t *testing.T) {
	type say = []func(context.Context) error
	for _, c := range []struct {
		name  string
		say   say
		calls int
		took  time.Duration
		want  problem.Code
	}{
		{"well", nil, 1, 0, ""},
		{"down once", say{down}, 2, firstPause, ""},
		{"down twice", say{down, down}, 3, 3 * firstPause, ""},
		{"down", say{down, down, down}, 3, 3 * firstPause, problem.Provider},
		{"hangs once", say{hang}, 2, CallTime + firstPause, ""},
		{"hangs", say{hang, hang, hang}, 3, 3*CallTime + 3*firstPause, problem.Provider},
		{"down for a minute, as it says", say{off, off, off}, 3, 3 * firstPause, problem.Provider},
		{"refuses", say{no}, 1, 0, problem.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, began := &moody{say: c.say}, time.Now()
				_, err := NewGuard(m, sleep, nil).Get(t.Context(), order.Order{})
				if problem.CodeOf(err) != c.want || m.calls != c.calls || time.Since(began) != c.took {
					t.Errorf("%d calls in %v, error %v; want %d in %v, %q", m.calls, time.Since(began), err, c.calls, c.took, c.want)
				}
			})
		})
	}
}

func TestTheBreakerRestsAndTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var states []string
		m := &moody{}
		for range tripsAfter {
			m.say = append(m.say, down)
		}
		g := NewGuard(m, sleep, func(_, to string) { states = append(states, to) })
		for range 5 { // two calls of three attempts trip it
			if _, err := g.Get(t.Context(), order.Order{}); problem.CodeOf(err) != problem.Provider {
				t.Fatal(err)
			}
		}
		if m.calls != tripsAfter {
			t.Errorf("%d calls before it rested", m.calls)
		}
		time.Sleep(RestTime - time.Second)
		if _, err := g.Get(t.Context(), order.Order{}); problem.CodeOf(err) != problem.Provider || m.calls != tripsAfter {
			t.Errorf("asked while resting: %d calls, error %v", m.calls, err)
		}
		time.Sleep(2 * time.Second)
		if _, err := g.Get(t.Context(), order.Order{}); err != nil || m.calls != tripsAfter+1 {
			t.Errorf("after the rest: %d calls, error %v", m.calls, err)
		}
		if len(states) != 3 || states[0] != "open" || states[1] != "half-open" || states[2] != "closed" {
			t.Errorf("states %q", states)
		}
	})
}

func TestRefusalsDoNotTripTheBreaker(t *testing.T) {
	m := &moody{}
	for range 3 * tripsAfter {
		m.say = append(m.say, no)
	}
	g := NewGuard(m, sleep, nil)
	for range 3 * tripsAfter {
		var refused *RefusedError
		if _, err := g.Get(t.Context(), order.Order{}); !errors.As(err, &refused) {
			t.Fatal(err)
		}
	}
	if _, err := g.Get(t.Context(), order.Order{}); err != nil {
		t.Error(err)
	}
}

func busy(after time.Duration) func(context.Context) error {
	return func(context.Context) error { return Unavailable(ErrBusy, after) }
}

func replay(context.Context) error {
	return Unavailable(errors.Join(ErrAnswered, ErrReplayed), time.Second)
}

// A provider that asks for fewer calls is well: it is given time, and nobody else is kept from it. An answer that it
// repeats is as good as none.
func TestBusyAndRepeatedAnswers(t *testing.T) {
	type say = []func(context.Context) error
	for _, c := range []struct {
		name  string
		say   say
		calls int
		took  time.Duration
		want  error
	}{
		{"busy once", say{busy(0)}, 2, firstPause, nil},
		{"busy, and doesn't say for how long", say{func(context.Context) error { return ErrBusy }}, 2, firstPause, nil},
		{"busy for a second", say{busy(time.Second)}, 2, time.Second, nil},
		{"busy for as long as is waited", say{busy(mostPause)}, 2, mostPause, nil},
		{"busy for long: the caller waits", say{busy(time.Minute)}, 1, 0, ErrBusy},
		{"busy", say{busy(0), busy(0), busy(0)}, 3, 3 * firstPause, ErrBusy},
		{"a repeated answer is not asked for again", say{replay}, 1, 0, ErrReplayed},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, began := &moody{say: c.say}, time.Now()
				_, err := NewGuard(m, sleep, nil).Get(t.Context(), order.Order{})
				if !errors.Is(err, c.want) || m.calls != c.calls || time.Since(began) != c.took {
					t.Errorf("%d calls in %v, error %v; want %d in %v, %v", m.calls, time.Since(began), err, c.calls, c.took, c.want)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		m := &moody{}
		for range 10 * tripsAfter {
			m.say = append(m.say, busy(0))
		}
		g := NewGuard(m, sleep, func(_, to string) { t.Errorf("of busy answers alone the breaker is %s", to) })
		for range 10 * tripsAfter / attempts {
			_, _ = g.Get(t.Context(), order.Order{})
		}
		if m.calls != 10*tripsAfter/attempts*attempts {
			t.Errorf("%d calls", m.calls)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		m := &moody{}
		for range 10 * tripsAfter {
			m.say = append(m.say, busy(0), replay)
		}
		var spread int
		half := func(d time.Duration) time.Duration { spread++; return d / 2 }
		g := NewGuard(m, sleep, func(_, to string) { t.Errorf("the breaker is %s", to) }).Spread(half)
		for range 10 * tripsAfter {
			_, _ = g.Get(t.Context(), order.Order{})
		}
		if m.calls != 20*tripsAfter || spread != 10*tripsAfter {
			t.Errorf("%d calls, %d pauses", m.calls, spread)
		}
	})
}

func TestTheCallersDeadlineEndsItAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		m, began := &moody{say: []func(context.Context) error{hang, hang, hang}}, time.Now()
		if _, err := NewGuard(m, sleep, nil).Get(ctx, order.Order{}); err == nil || time.Since(began) != time.Second ||
			m.calls != 1 {
			t.Errorf("%d calls in %v, error %v", m.calls, time.Since(began), err)
		}
	})
}

func TestEveryCallIsToldToWhoMeasures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var heard []Call
		m := &moody{say: []func(context.Context) error{hang, no}}
		for range tripsAfter {
			m.say = append(m.say, down)
		}
		g := NewGuard(m, sleep, nil).Heard(time.Now, func(c Call) { heard = append(heard, c) })
		for range 5 {
			_, _ = g.Get(t.Context(), order.Order{Zone: "main"})
		}
		want := []Call{{Took: CallTime, Failed: true}, {}}
		for range tripsAfter {
			want = append(want, Call{Failed: true})
		}
		for range len(heard) - len(want) {
			want = append(want, Call{Shunned: true})
		}
		for i := range want {
			want[i].Zone = "main"
		}
		if !slices.Equal(heard, want) || !heard[len(heard)-1].Shunned {
			t.Errorf("heard %v, want %v", heard, want)
		}
	})
}
