package exchange_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// errLost is a request that came to nothing, or an answer that was lost.
var errLost = errors.New("lost")

// model runs exchangers, admitters, notifiers and visitors against one zone, one store call at a time in random
// order, and checks what must always hold after each.
type model struct {
	*world
	rng    *rand.Rand
	parked []parkedCall
	crash  []context.CancelFunc
	calm   bool // no faults, and checks pass through
	step   int
	*book

	arrivals [people]time.Time
	failed   error
}

// parkedCall is a store call that waits to be let through.
type parkedCall struct {
	op   string
	pass chan memroom.Fault
}

// play runs one random interleaving to its end and returns the first thing that went wrong.
func play(t *testing.T, seed uint64, change func(*zone.Settings), sabotage func(*world)) (err error) {
	synctest.Test(t, func(t *testing.T) {
		m := &model{world: newWorld(t, func(s *zone.Settings) {
			s.Capacity, s.Rate, s.QueueShards, s.Window, s.Session = 3, 6000, 2, 10*time.Second, 30*time.Second
			if change != nil {
				change(s)
			}
		})}
		m.rng = rand.New(rand.NewPCG(seed, 7))
		m.book = newBook(m.world)
		m.x.Liveness = m.world
		if sabotage != nil {
			sabotage(m.world)
		}
		m.cloud.Fault = m.park
		actors := m.cast()
		running := len(actors)
		done := make(chan struct{}, running)
		for _, act := range actors {
			ctx, cancel := context.WithCancel(context.Background())
			m.crash = append(m.crash, cancel)
			go func() {
				defer func() { done <- struct{}{} }()
				act(ctx)
			}()
		}
		m.schedule(&running, done)
		if m.failed == nil {
			m.calm = true
			m.failed = m.settle()
		}
		err = m.failed
	})
	return err
}

// park holds a call until the scheduler lets it through, with the fault it is dealt.
func (m *model) park(op string) memroom.Fault {
	m.mu.Lock()
	if m.calm {
		m.mu.Unlock()
		return memroom.Fault{}
	}
	call := parkedCall{op, make(chan memroom.Fault)}
	m.parked = append(m.parked, call)
	m.mu.Unlock()
	return <-call.pass
}

// schedule lets one call through at a time until all actors are done.
func (m *model) schedule(running *int, done chan struct{}) {
	for {
		synctest.Wait()
		for len(done) > 0 {
			<-done
			*running--
		}
		if *running == 0 {
			return
		}
		if m.failed == nil {
			m.failed = m.check()
		}
		m.step++
		m.chance()
		i := m.rng.IntN(len(m.parked))
		call := m.parked[i]
		m.parked = append(m.parked[:i], m.parked[i+1:]...)
		call.pass <- m.fault()
	}
}

// chance lets time pass, kills a process or cuts a connection now and then.
func (m *model) chance() {
	if m.rng.IntN(10) == 0 {
		m.advance(time.Duration(m.rng.IntN(3000)) * time.Millisecond)
	}
	if m.rng.IntN(150) == 0 {
		m.crash[m.rng.IntN(len(m.crash))]()
	}
}

func (m *model) fault() memroom.Fault {
	if m.failed != nil {
		return memroom.Fault{Before: errLost} // let it end quickly
	}
	switch n := m.rng.IntN(100); {
	case n < 3:
		return memroom.Fault{Before: errLost}
	case n < 7:
		return memroom.Fault{Lost: errLost}
	case n < 10:
		return memroom.Fault{Repeat: true}
	}
	return memroom.Fault{}
}

// interleavings is how many the model plays.
func interleavings() int {
	if testing.Short() {
		return 50
	}
	return 1000
}

func TestTheModelHolds(t *testing.T) {
	draw := func(s *zone.Settings) { s.Policy, s.OpensAt = zone.Draw, epoch.Add(time.Second-zone.DrawGrace) }
	for name, c := range map[string]struct {
		change func(*zone.Settings)
		world  func(*world)
	}{
		"first come": {},
		"draw":       {change: draw},
		"first come, who claims late is called anew": {world: overcalled},
		"draw, who claims late is called anew":       {draw, overcalled},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range interleavings() / 2 {
				if err := play(t, uint64(seed), c.change, c.world); err != nil {
					t.Fatalf("interleaving %d: %v", seed, err)
				}
			}
		})
	}
}

// overcalled makes every claim that isn't soon a late one in a crowd of ghosts.
func overcalled(w *world) {
	w.x.Zones = alwaysOvercalled{w.x.Zones}
	w.admit.Zones = alwaysOvercalled{w.admit.Zones}
}

type alwaysOvercalled struct{ zone.Store }

func (z alwaysOvercalled) Status(ctx context.Context, name string) (zone.Status, error) {
	st, err := z.Store.Status(ctx, name)
	st.Overcalled = true
	return st, err
}

// Each guard is taken away in turn, and the model must notice.
func TestTheModelNoticesEveryMissingGuard(t *testing.T) {
	for name, c := range map[string]struct {
		sabotage func(*world)
		want     []error
	}{
		"a page may be appended twice":        {unguardedAppend, []error{errOverCapacity, errTwice}},
		"a change doesn't ask for the state":  {unguardedApply, []error{errOverCapacity, errTwice}},
		"a miss deletes whatever connection":  {unguardedRemove, []error{errLostVisitor}},
		"the head of one shard is overlooked": {blindHead, []error{errOrder}},
	} {
		t.Run(name, func(t *testing.T) {
			var other error
			for seed := range uint64(400) {
				err := play(t, seed, nil, c.sabotage)
				for _, want := range c.want {
					if errors.Is(err, want) {
						t.Logf("interleaving %d: %v", seed, err)
						return
					}
				}
				if err != nil {
					other = err
				}
			}
			t.Errorf("nobody noticed; another failure: %v", other)
		})
	}
}
