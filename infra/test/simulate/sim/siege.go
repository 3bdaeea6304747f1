package sim

import (
	"encoding/binary"
	"fmt"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// habit is what the bots of a siege do again and again with the places that they take.
type habit string

// The habits. Bots never enter, but by claiming late.
const (
	stay      habit = "stay"      // register, over the same socket if they have one
	reconnect habit = "reconnect" // over a new socket
	leave     habit = "leave"     // leave, when it is their turn at the latest, and register
	late      habit = "late"      // claim when their time is just over, and register; once inside they leave
)

// siege is a world of its own: bots with tokens minted long before take places, again and again, before people who
// enter at once and stay. Every twentieth of those is away at the first turn, and comes back.
type siege struct {
	bots, people   int
	does           habit
	sockets        bool          // the bots have some, which stay open
	every          time.Duration // how often each bot does it
	capacity, rate int
	lasts          time.Duration
}

// Siege is what a siege came to.
type Siege struct {
	Bots, People, Capacity, Rate int
	Does                         string
	Sockets                      bool          // the bots have some
	Every, Lasts                 time.Duration // how often each bot does it, and how long it goes on
	Bound                        time.Duration // how long bots may hold people up, once
	Entered, Alone               int           // people who entered, and who enter without bots in what Bound leaves
	First                        time.Duration // when the first of the people was inside, since the world began
	Calls, Most                  int           // of bots, and of the same one at most
	Wasted                       time.Duration // by one bot at most: what its slots were reserved for
	Passed                       int           // people passed over while they were there
	Failure                      *Failure      // of the world, or a promise that didn't hold; nil: all held

	entries []time.Duration
}

const (
	besiegedWindow = 30 * time.Second
	besiegedOpens  = 10 * time.Second
	learning       = 2 * time.Minute  // until the exchange knows how many of those called come, and has let places rest
	callSoon       = 10 * time.Second // until somebody who is there must be called before everybody behind
)

// play is the siege in one world. Alone is what it comes to without bots; zero: this is it.
func (s siege) play(seed uint64, alone Siege) Siege {
	w := newWorld(Config{Seed: seed, Visitors: s.bots + s.people, For: s.lasts, Calm: true, siege: &s})
	defer w.end()
	w.at(s.lasts, func() { w.over = true })
	w.play()
	result := Siege{
		Bots: s.bots, People: s.people, Capacity: s.capacity, Rate: s.rate, Does: string(s.does), Every: s.every,
		Lasts: s.lasts, First: s.lasts, Sockets: s.sockets, Failure: w.failed, Bound: s.bound(),
	}
	for _, v := range w.visitors {
		switch {
		case v.kind == bot:
			result.Calls += v.calls
			result.Most, result.Wasted = max(result.Most, v.calls), max(result.Wasted, v.wasted)
		case v.visits > 0:
			result.entries = append(result.entries, v.firstIn)
			result.First = min(result.First, v.firstIn)
		}
	}
	result.Entered, result.Passed = len(result.entries), w.passedOver()
	for _, at := range alone.entries {
		if at <= s.lasts-result.Bound {
			result.Alone++
		}
	}
	w.judge(&result)
	result.Failure = w.failed
	return result
}

// bound is how long the bots may hold people up: while they come, until the exchange has learned, for a window and a
// half of slot time each if they can be taken to be there, and for their part of the rate if they enter.
func (s siege) bound() time.Duration {
	bots := time.Duration(s.bots)
	bound := learning + bots*time.Millisecond
	if s.sockets {
		bound += bots * besiegedWindow * 3 / 2 / time.Duration(s.capacity)
	}
	if s.does == late {
		bound += bots * time.Minute / time.Duration(s.rate)
	}
	return bound
}

// judge checks what is promised of every siege.
func (w *World) judge(s *Siege) {
	if s.Entered*10 < s.Alone*9 {
		w.fail(fmt.Sprintf("%d people entered, and %d would without bots", s.Entered, s.Alone), nil)
	}
	if s.Wasted > 2*besiegedWindow {
		w.fail(fmt.Sprintf("a bot wasted %v of slot time", s.Wasted), nil)
	}
	if s.Passed > 0 {
		w.fail(fmt.Sprintf("%d people were there, and were passed over", s.Passed), nil)
	}
}

// passedOver counts people who were there when somebody behind them was called, and who weren't called before.
func (w *World) passedOver() (n int) {
	const never = time.Duration(1<<63 - 1)
	calledAt := make([]time.Duration, len(w.visitors))
	for i, v := range w.visitors {
		if calledAt[i] = never; v.called() && v.newest.State != bucket.Missed {
			calledAt[i] = w.book.at[v.newest.ref.Page].Sub(epoch)
		}
	}
	for i, v := range w.visitors {
		if v.kind == bot || v.thereAt == 0 {
			continue
		}
		for j, other := range w.visitors {
			if at := calledAt[j]; other.kind != bot && at < never && at > v.thereAt+callSoon && at < calledAt[i] &&
				v.keys[0].Compare(other.keys[0]) < 0 {
				n++
				break
			}
		}
	}
	return n
}

// zone is the besieged zone.
func (s siege) zone(z *zone.Settings) {
	z.Capacity, z.Rate, z.Session, z.Window, z.QueueShards = s.capacity, s.rate, 10*time.Minute, besiegedWindow, 4
	z.OpensAt, z.Renews, z.SeatFactor = epoch.Add(besiegedOpens), false, 0
}

// populate makes bots first, and people behind them.
func (s siege) populate(w *World) {
	settings, _ := w.cloud.Stands(zoneName)
	for n := range s.bots + s.people {
		v := &visitor{w: w, n: n, kind: sleeper, heardAt: -1, place: n % places, dozes: n%20 == 0}
		at := 2*time.Second + time.Duration(n)*time.Millisecond
		v.token = token.Visitor{Zone: zoneName, Arrived: epoch.Add(at), Priority: queue.DefaultPriority}
		if n < s.bots {
			v.kind, v.http, v.token.Arrived = bot, !s.sockets, epoch.Add(-6*24*time.Hour)
		}
		binary.BigEndian.PutUint64(v.token.ID[:8], w.rng.Uint64())
		binary.BigEndian.PutUint64(v.token.ID[8:], uint64(n)+1)
		v.keys = policy.Keys(v.token, settings, drawSeed)
		w.join(v)
		v.open(at)
	}
}

// besiege is what a bot does whose habit isn't to stay.
func (p *tab) besiege(t *thread) {
	s := p.w.siege
	for !p.w.over && !p.ended {
		p.register(t)
		t.listen(p.w.about(s.every))
		turn := p.turn
		p.turn = bucket.Ref{}
		switch {
		case s.does == leave:
			p.leave(t)
		case s.does == late && !turn.IsZero():
			t.wait(p.until.Sub(p.w.time()) + p.w.about(time.Second))
			if in, err := p.claim(t, turn); err == nil {
				p.grant = in.Ref
				p.leave(t)
				return
			}
		}
	}
}

// doze is being away at the first turn: the page comes back when that is over.
func (p *tab) doze(t *thread) {
	p.dozes, p.thereAt = false, 0
	p.drop()
	t.wait(besiegedWindow + 5*time.Second)
	p.turn, p.registered = bucket.Ref{}, false
}
