package exchange_test

import (
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// missedBefore gives visitors as many turns that they missed, an hour ago.
func (w *world) missedBefore(t *testing.T, all []token.Visitor, turns int) {
	t.Helper()
	next, last := int64(len(w.pages()))+1, policy.Keys(all[len(all)-1], w.zone, "")[0]
	for range turns {
		var p bucket.Page
		for i, v := range all {
			p.Grants = append(p.Grants, bucket.Grant{
				Key: policy.Keys(v, w.zone, "")[0], State: bucket.Missed, Until: w.now().Add(-time.Hour),
			})
			if len(p.Grants) < bucket.PageSize && i+1 < len(all) {
				continue
			}
			p.Number, p.At, p.Called = next, w.now().Add(-time.Hour), last
			is(t, w.cloud.Log().Append(ctx, w.zone.Grants(), p), "")
			next, p = next+1, bucket.Page{}
		}
	}
}

// 100,000 visitors who missed too often keep registering again at the front of the line: a tick reads some of their
// places only, people behind them are called all the same, and so is who among them is there.
func TestTicksPassOverThoseWhoRest(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	const resting = 100_000
	w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Rate, s.QueueShards = 5000, 6000, 16 })
	var bots, people []token.Visitor
	for n := range resting {
		bots = append(bots, w.visitor(n, epoch.Add(-100*time.Hour+time.Duration(n)*time.Millisecond)))
		w.register(bots[n], "")
	}
	w.missedBefore(t, bots, 2)
	once := w.visitor(resting+1, epoch.Add(-100*time.Hour+time.Minute)) // in the middle
	w.missedBefore(t, []token.Visitor{once}, 1)
	for n := range 500 {
		people = append(people, w.visitor(resting+2+n, epoch))
		w.register(people[n], "there")
	}
	m := &exchange.Memory{}
	for whole := false; !whole; {
		var err error
		_, whole, err = w.x.Warm(ctx, w.zone, m)
		is(t, err, "")
	}
	calledAt := map[queue.VisitorID]int{}
	for second, seen := 0, int64(len(w.pages())); second < 100; second++ {
		if second == 20 {
			w.register(once, "there")
			asks := bots[resting/3]
			_, err := w.reg.Ask(ctx, asks)
			is(t, err, "")
		}
		if second > 0 && second%30 == 0 {
			for _, v := range bots {
				w.register(v, "")
			}
		}
		w.advance(time.Second)
		r := w.tick(m)
		if most := 4000; second > 10 && r.EntriesRead > most {
			t.Fatalf("second %d: %d places were read, more than %d", second, r.EntriesRead, most)
		}
		for _, p := range w.pages()[seen:] {
			for _, g := range p.Grants {
				calledAt[g.Key.Visitor()] = second
			}
			seen = p.Number
		}
	}
	for _, v := range people {
		if at, called := calledAt[v.ID]; !called || at > 20 {
			t.Fatalf("somebody behind those who rest was called %v, in second %d", called, at)
		}
	}
	for _, v := range []token.Visitor{once, bots[resting/3]} {
		if at, called := calledAt[v.ID]; !called || at > 80 {
			t.Errorf("somebody who was there among those who rest was called %v, in second %d", called, at)
		}
	}
	if n := len(calledAt); n != len(people)+2 {
		t.Errorf("%d were called", n)
	}
}

// The place of a visitor who missed too often stays for two minutes, and a place that the line has passed, of a visitor
// who isn't seen, for four.
func TestHowLongPlacesStayThatAreNotCalled(t *testing.T) {
	for name, c := range map[string]struct {
		missed bool
		stays  time.Duration
	}{"missed too often": {true, 2 * time.Minute}, "passed by the line": {false, 4 * time.Minute}} {
		w, m := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Session = 100, time.Hour }), &exchange.Memory{}
		v := w.visitor(1, epoch)
		if c.missed {
			w.missedBefore(t, []token.Visitor{v}, 2)
			w.register(v, "there")
		} else {
			w.register(v, "")
			w.advance(2 * time.Minute)
			other := w.visitor(2, epoch.Add(time.Second))
			w.register(other, "there")
			w.tick(m)
			_, err := w.admit.Enter(ctx, other, bucket.Ref{Page: 1})
			is(t, err, "")
			w.tick(m) // notes how far the line has come
		}
		for _, step := range []struct {
			after time.Duration
			there bool
		}{{c.stays, true}, {time.Millisecond, false}} {
			w.advance(step.after)
			w.tick(m)
			_, there, err := w.cloud.Queue().Get(ctx, w.zone.Queue(), policy.Keys(v, w.zone, "")[0])
			if err != nil || there != step.there {
				t.Errorf("%s, %v later: there %v, %v", name, step.after, there, err)
			}
		}
	}
}

// The index notes where the grant is of a called visitor who asks again, or who takes a place again after having been
// inside: they didn't find it.
func TestWhoDidNotFindTheGrantIsNoted(t *testing.T) {
	for name, c := range map[string]struct {
		comes func(*world, token.Visitor)
		noted int
	}{
		"waits for the turn": {func(*world, token.Visitor) {}, 0},
		"asks": {func(w *world, v token.Visitor) {
			_, err := w.reg.Ask(ctx, v)
			is(t, err, "")
		}, 1},
		"was inside": {func(w *world, v token.Visitor) {
			_, err := w.admit.Enter(ctx, v, bucket.Ref{Page: 1})
			is(t, err, "")
			w.register(v, "there")
		}, 1},
	} {
		w, m, noted := newWorld(t, nil), &exchange.Memory{}, 0
		v := w.visitor(1, epoch)
		w.register(v, "there")
		w.tick(m)
		c.comes(w, v)
		w.cloud.Fault = func(op string) memroom.Fault {
			if op == "index.NoteLate" {
				noted++
			}
			return memroom.Fault{}
		}
		if w.tick(m); noted != c.noted {
			t.Errorf("%s: noted %d times", name, noted)
		}
	}
}
