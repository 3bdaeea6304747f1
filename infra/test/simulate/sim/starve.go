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
	every          time.Duration // how often each bot registers
	capacity, rate int
	lasts          time.Duration
}

// sieges are those that are played, each also without its bots.
var sieges = []siege{
	{0, 2000, 30 * time.Second, 100, 600, 9 * time.Minute},
	{200, 2000, 30 * time.Second, 100, 600, 9 * time.Minute},
	{200, 2000, 5 * time.Second, 100, 600, 9 * time.Minute},
	{0, 2000, 30 * time.Second, 5000, 200, 9 * time.Minute},
	{600, 2000, 30 * time.Second, 5000, 200, 9 * time.Minute},
	{1500, 2000, 30 * time.Second, 5000, 200, 9 * time.Minute},
	{1500, 2000, 5 * time.Second, 5000, 200, 9 * time.Minute},
}

// Starve plays every siege and writes how many people entered.
func Starve(out io.Writer) {
	fmt.Fprintln(out, "2000 people with sockets, and bots that never enter, for 9 minutes:")
	fmt.Fprintln(out, "capacity  rate  bots  each registers  people entered  calls of bots")
	for _, s := range sieges {
		entered, wasted, failure := s.play(1)
		fmt.Fprintf(out, "%8d  %4d  %4d  %14v  %14d  %13d\n", s.capacity, s.rate, s.bots, s.every, entered, wasted)
		if failure != nil {
			fmt.Fprintln(out, failure)
		}
	}
}

// play is the siege in one world. It gives the people who entered, and how often a bot was called.
func (s siege) play(seed uint64) (entered, wasted int, failure *Failure) {
	w := newWorld(Config{Seed: seed, Visitors: s.bots + s.people, For: s.lasts, Calm: true, siege: &s})
	defer w.end()
	w.at(s.lasts, func() { w.over = true })
	w.play()
	for _, v := range w.visitors {
		if v.kind == bot {
			wasted += v.calls
		} else {
			entered += min(v.visits, 1)
		}
	}
	return entered, wasted, w.failed
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
			v.kind, v.http, v.token.Arrived = bot, true, epoch.Add(-6*24*time.Hour)
		}
		binary.BigEndian.PutUint64(v.token.ID[:8], w.rng.Uint64())
		binary.BigEndian.PutUint64(v.token.ID[8:], uint64(n)+1)
		v.keys = policy.Keys(v.token, settings, drawSeed)
		w.join(v)
		v.open(at)
	}
}
