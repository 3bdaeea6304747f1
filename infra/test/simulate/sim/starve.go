package sim

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// siege is a world of its own: bots with tokens minted long before take places by HTTP and never enter, again and
// again, before people who would enter at once and stay.
type siege struct {
	bots, people   int
	sockets        bool          // the bots have some, which stay open
	every          time.Duration // how often each bot registers
	capacity, rate int
	lasts          time.Duration
}

// sieges are those that are played, each also without its bots.
var sieges = []siege{
	{0, 2000, false, 30 * time.Second, 100, 600, 9 * time.Minute},
	{200, 2000, false, 30 * time.Second, 100, 600, 9 * time.Minute},
	{200, 2000, false, 5 * time.Second, 100, 600, 9 * time.Minute},
	{0, 2000, false, 30 * time.Second, 100, 600, 25 * time.Minute},
	{1500, 2000, true, 30 * time.Second, 100, 600, 25 * time.Minute},
	{0, 2000, false, 30 * time.Second, 5000, 200, 9 * time.Minute},
	{600, 2000, false, 30 * time.Second, 5000, 200, 9 * time.Minute},
	{1500, 2000, false, 30 * time.Second, 5000, 200, 9 * time.Minute},
	{1500, 2000, false, 5 * time.Second, 5000, 200, 9 * time.Minute},
	{1500, 2000, true, 30 * time.Second, 5000, 200, 9 * time.Minute},
	{100_000, 2000, false, 24 * time.Hour, 5000, 200, 9 * time.Minute}, // each is used once
}

// Siege is what a siege came to.
type Siege struct {
	Bots, People, Capacity, Rate int
	Every, Lasts                 time.Duration // how often each bot registers, and how long it goes on
	Entered, Alone               int           // people who entered, and who enter without bots
	Wasted                       int           // how often a bot was called
	Most                         int           // how often the same bot was, at most
	First                        time.Duration // when the first of the people was inside, since the world began
	Sockets                      bool          // the bots have some
	Failure                      *Failure
}

// Sieges plays every siege by bots, or only the first.
func Sieges(first bool) (all []Siege) {
	alone := 0
	for _, s := range sieges {
		result := s.play(1)
		if s.bots == 0 {
			alone = result.Entered
			continue
		}
		result.Alone = alone
		all = append(all, result)
		if first {
			break
		}
	}
	return all
}

// Starve plays every siege and writes how many people entered.
func Starve(out io.Writer) {
	fmt.Fprintln(out, "2,000 people with sockets, and bots that never enter:")
	fmt.Fprintln(out, "capacity  rate    bots  sockets  each registers  lasts  people in  without bots  first at  calls  "+
		"a bot")
	for _, s := range Sieges(false) {
		fmt.Fprintf(out, "%8d  %4d  %6d  %7v  %14v  %5v  %9d  %12d  %8v  %5d  %5d\n", s.Capacity, s.Rate, s.Bots, s.Sockets,
			s.Every, s.Lasts, s.Entered, s.Alone, s.First.Round(time.Second), s.Wasted, s.Most)
		if s.Failure != nil {
			fmt.Fprintln(out, s.Failure)
		}
	}
}

// play is the siege in one world.
func (s siege) play(seed uint64) Siege {
	w := newWorld(Config{Seed: seed, Visitors: s.bots + s.people, For: s.lasts, Calm: true, siege: &s})
	defer w.end()
	w.at(s.lasts, func() { w.over = true })
	w.play()
	result := Siege{
		Bots: s.bots, People: s.people, Capacity: s.capacity, Rate: s.rate, Every: s.every, Lasts: s.lasts,
		First: s.lasts, Sockets: s.sockets, Failure: w.failed,
	}
	for _, v := range w.visitors {
		switch {
		case v.kind == bot:
			result.Wasted += v.calls
			result.Most = max(result.Most, v.calls)
		case v.visits > 0:
			result.Entered++
			result.First = min(result.First, v.firstIn)
		}
	}
	return result
}

// zone is the besieged zone.
func (s siege) zone(z *zone.Settings) {
	z.Capacity, z.Rate, z.Session, z.Window, z.QueueShards = s.capacity, s.rate, 10*time.Minute, 30*time.Second, 4
	z.OpensAt, z.Renews, z.SeatFactor = epoch.Add(10*time.Second), false, 0
}

// populate makes bots first, and people just before the opening.
func (s siege) populate(w *World) {
	settings, _ := w.cloud.Stands(zoneName)
	for n := range s.bots + s.people {
		v := &visitor{w: w, n: n, kind: sleeper, heardAt: -1, place: n % places}
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
