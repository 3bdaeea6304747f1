package sim

import (
	"context"
	"fmt"
	"time"

	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/census"
	"foyer/internal/room/exchange"
	"foyer/internal/room/notify"
	"foyer/internal/room/register"
	"foyer/internal/room/relay"
	"foyer/internal/room/socket"
	"foyer/internal/room/zone"
	"foyer/internal/sale/choose"
	"foyer/internal/sale/seatcount"
	"foyer/internal/sale/seatmap"
)

// drawSeed is the seed of every draw.
const drawSeed = "5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed"

func seedOf(context.Context, string) (string, error) { return drawSeed, nil }

// roomMachines is the functions of the waiting room.
type roomMachines struct {
	w          *World
	registers  *pool[*register.Service]
	admitters  *pool[*admit.Service]
	relays     *pool[*relay.Relay]
	notifiers  *pool[*notify.Service]
	exchangers []*exchanger
	runs       int

	relaying, relayAgain bool
}

// exchanger is a machine on which runs of the exchanger follow one another.
type exchanger struct {
	*machine
	runner *exchange.Runner
	busy   bool
}

func newRoomMachines(w *World) *roomMachines {
	r := &roomMachines{w: w}
	s := w.stores
	r.registers = newPool(w, "register", func(m *machine) *register.Service {
		s := r.register(m)
		if w.Seed%2 == 0 { // in other worlds the ticks alone see to it that nobody comes in again
			s.Ended = r.admit(m).Ended
		}
		return s
	})
	r.admitters = newPool(w, "admit", r.admit)
	r.relays = newPool(w, "relay", func(m *machine) *relay.Relay {
		return &relay.Relay{
			Zones: s.zones, Edge: w.edge, Keys: keys{}, Now: w.clock(m), Sleep: w.sleep, Jitter: w.jitter,
		}
	})
	r.notifiers = newPool(w, "notify", func(m *machine) *notify.Service {
		return &notify.Service{
			Settings: w.settings(m), Queue: s.queue, Log: s.log, Pusher: (*sockets)(w), Now: w.clock(m),
		}
	})
	w.at(w.about(time.Second), r.startExchanger)
	w.at(w.about(2*time.Second), r.startCensus)
	if d := w.weather.exchangerDies; d > 0 {
		w.every(d, r.killExchanger)
	}
	w.wakeRelay()
	return r
}

func (w *World) settings(m *machine) zone.Reader {
	return &zone.Cache{Store: w.stores.zones, Now: w.clock(m)}
}

func (w *World) jitter(most time.Duration) time.Duration {
	return time.Duration(w.rng.Int64N(int64(most) + 1))
}

func (r *roomMachines) admit(m *machine) *admit.Service {
	w, s := r.w, r.w.stores
	return &admit.Service{
		Settings: w.settings(m), Queue: s.queue, Log: s.log, Index: w.cloud.Index(), Zones: s.zones, Seed: seedOf,
		Now: w.clock(m), Sleep: w.sleep, Register: r.register(m), GiveUp: w.chooser(m).Leave,
	}
}

func (r *roomMachines) register(m *machine) *register.Service {
	return &register.Service{
		Settings: r.w.settings(m), Queue: r.w.stores.queue, Seed: seedOf, Now: r.w.clock(m),
		Waker: &zone.Waker{Wakes: r.w.cloud.Wakes(), Now: r.w.clock(m)},
	}
}

func (w *World) exchange(m *machine, seats exchange.Seats) *exchange.Exchange {
	return &exchange.Exchange{
		Queue: w.stores.queue, Log: w.stores.log, Index: w.cloud.Index(), Zones: w.stores.zones, Wakes: w.cloud.Wakes(),
		Liveness: (*sockets)(w), Seats: seats, Seed: seedOf, Now: w.clock(m),
	}
}

func (w *World) maps(m *machine) *seatmap.Maps {
	return &seatmap.Maps{Store: w.cloud.Seats(), Now: w.clock(m)}
}

func (w *World) chooser(m *machine) *choose.Service {
	return &choose.Service{
		Settings: w.settings(m), Log: w.stores.log, Seats: w.stores.seats, Maps: w.maps(m), Pick: w.rng.IntN,
		Now: w.clock(m),
	}
}

// startExchanger starts the run that is due, on a machine that is free or on a new one, and sees to the next.
func (r *roomMachines) startExchanger() {
	w := r.w
	every := time.Minute
	if w.Visitors <= smallest {
		every = w.about(30 * time.Second)
	}
	w.at(every, r.startExchanger)
	var x *exchanger
	for _, old := range r.exchangers {
		if !old.busy && !old.dead {
			x = old
		}
	}
	if x == nil {
		m := w.machine("exchanger", len(r.exchangers)+1)
		seats := &seatcount.Counter{Seats: w.stores.seats, Maps: w.maps(m), Now: w.clock(m)}
		x = &exchanger{machine: m, runner: &exchange.Runner{
			Exchange: w.exchange(m, seats), Sleep: w.sleep, Observe: w.book.ticked,
		}}
		r.exchangers = append(r.exchangers, x)
	}
	r.runs++
	id := fmt.Sprint("run ", r.runs)
	x.busy = true
	w.say(nil, x.name, "%s starts", x.name)
	w.start(nil, func(t *thread) {
		t.on = x.machine
		_ = x.runner.Run(x.ctx, id)
		x.busy = false
	})
}

// killExchanger ends any exchanger that runs, in the middle of whatever it does.
func (r *roomMachines) killExchanger() {
	if r.w.weather.calm {
		return
	}
	for _, x := range r.exchangers {
		if x.busy && !x.dead {
			r.w.result.Crashes++
			r.w.book.crashed = r.w.now
			r.w.say(nil, "", "%s crashes", x.name)
			x.die()
			return
		}
	}
}

// startCensus counts for a minute and a bit, every minute.
func (r *roomMachines) startCensus() {
	w := r.w
	w.at(time.Minute, r.startCensus)
	r.runs++
	id := fmt.Sprint("census ", r.runs)
	m := w.machine("census", r.runs)
	c := &census.Runner{Queue: w.stores.queue, Zones: w.stores.zones, Now: w.clock(m), Sleep: w.sleep}
	w.start(nil, func(t *thread) {
		t.on = m
		_ = c.Run(m.ctx, id, c.Now().Add(65*time.Second))
		m.die()
	})
}

// wakeRelay is a record of the zones' stream. Records that come while a machine is at it are one more round.
func (w *World) wakeRelay() {
	r := w.room
	if r == nil || r.relaying && !w.chance(3*w.weather.redeliver) {
		if r != nil {
			r.relayAgain = true
		}
		return
	}
	r.relaying = true
	w.message(nil, func(t *thread) error {
		r.relayAgain = false
		err := r.relays.serve(t, func(ctx context.Context, s *relay.Relay) error {
			return s.Sync(ctx, zoneName).Failed[zoneName]
		})
		if err == nil && r.relayAgain {
			err = errDown
		}
		r.relaying = err != nil
		return err
	}, func() {})
}

// pageWritten is a record of the grants' stream.
func (w *World) pageWritten(old *bucket.Page, page bucket.Page) {
	due := false
	for _, g := range page.Grants {
		due = due || g.State == bucket.Reserved && g.Conn != ""
	}
	if !due {
		return
	}
	w.book.untold[page.Number]++
	w.message(nil, func(t *thread) error {
		return w.room.notifiers.serve(t, func(ctx context.Context, s *notify.Service) error {
			_, err := s.Notify(ctx, zoneName, old, page)
			return err
		})
	}, func() { w.book.untold[page.Number]-- })
}

// sockets is the platform's side of the connections: exchange.Liveness and socket.Pusher.
type sockets World

// Alive implements exchange.Liveness.
func (s *sockets) Alive(_ context.Context, id string) (there bool, err error) {
	w := (*World)(s)
	err = w.call("socket.Alive", func() error {
		c := w.conns[id]
		there = c != nil && c.alive
		return nil
	})
	return there, err
}

// Push implements socket.Pusher.
func (s *sockets) Push(_ context.Context, id string, message []byte) error {
	w := (*World)(s)
	return w.call("socket.Push", func() error {
		c := w.conns[id]
		if c == nil || !c.alive {
			return fmt.Errorf("sim: push: %w", socket.ErrGone)
		}
		w.deliver(c, message)
		return nil
	})
}
