package exchange

import (
	"cmp"
	"context"
	"sync"
	"time"

	"foyer/internal/parallel"
	"foyer/internal/room/zone"
)

// LeaseName is the lease by which an older run learns that a newer one has taken over.
const LeaseName = "exchange"

// The runner's times.
const (
	RunFor    = 130 * time.Second // longer than a minute plus the scheduler's delay, so that runs overlap
	TickEvery = time.Second
	listEvery = 2 * time.Second  // how soon changed settings take effect
	listKept  = 10 * time.Second // how old the settings may be that a run begins with
	tickLimit = 10 * time.Second
)

// Runner ticks every zone every second, zones side by side. Kept from run to run in one process, it keeps what it
// remembers of each zone. Its runs must not overlap.
type Runner struct {
	Exchange *Exchange
	For      time.Duration // how long a run lasts; 0: RunFor
	Every    time.Duration // 0: TickEvery
	// Sleep waits for d; it ends early, with an error, when ctx ends.
	Sleep func(ctx context.Context, d time.Duration) error
	// Observe is called after every tick, possibly from several goroutines at once; nil: not at all. A panic comes as an
	// error.
	Observe func(Result, error)

	mu       sync.Mutex
	memories map[string]*Memory
	busy     map[string]bool
	ticks    sync.WaitGroup
	zones    []zone.Settings
	listedAt time.Time
}

// Run ticks until its time is over, ctx ends, or a run that started later holds the lease; ticks under way are finished
// first. The id must be the run's own. Trouble with one zone, the lease or the list of zones doesn't stop the rest. It
// returns an error only when the list of zones could never be read.
func (r *Runner) Run(ctx context.Context, id string) error {
	defer r.ticks.Wait()
	now := r.Exchange.Now
	started, every := now(), cmp.Or(r.Every, TickEvery)
	end := started.Add(cmp.Or(r.For, RunFor))
	if started.Sub(r.listedAt) > listKept {
		r.zones = nil // of an earlier run: a pause since then must be obeyed
	}
	var listErr error
	for due := started; ctx.Err() == nil && now().Before(end); due = due.Add(every) {
		if r.superseded(ctx, id, started) {
			break
		}
		listErr = r.list(ctx)
		for _, s := range r.zones {
			r.start(ctx, s)
		}
		due = latest(due, now().Add(-every)) // a slow round is not made up for by a burst
		_ = r.Sleep(ctx, due.Add(every).Sub(now()))
	}
	if len(r.zones) > 0 {
		return nil
	}
	return listErr
}

// superseded reports whether a newer run holds the lease. When the lease can't be read the run goes on: two at once are
// harmless, none is not.
func (r *Runner) superseded(ctx context.Context, id string, started time.Time) bool {
	owner, err := r.Exchange.Zones.Lease(ctx, LeaseName, id, started)
	return err == nil && owner != id
}

// list reads the zones' settings every few seconds, and keeps the old ones when it can't.
func (r *Runner) list(ctx context.Context) error {
	now := r.Exchange.Now()
	if now.Sub(r.listedAt) < listEvery {
		return nil
	}
	zones, err := r.Exchange.Zones.List(ctx)
	if err != nil {
		return err
	}
	r.zones, r.listedAt = zones, now
	return nil
}

// start begins a zone's tick, unless its last one is still under way.
func (r *Runner) start(ctx context.Context, s zone.Settings) {
	m, free := r.claim(s.Zone)
	if !free {
		return
	}
	parallel.Go(ctx, &r.ticks, func() {
		defer r.release(s.Zone)
		result, err := r.tick(ctx, s, m)
		if r.Observe != nil {
			r.Observe(result, err)
		}
	})
}

// tick runs one tick, which survives the end of ctx and can't bring the others down.
func (r *Runner) tick(ctx context.Context, s zone.Settings, m *Memory) (result Result, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tickLimit)
	defer cancel()
	result.Zone = s.Zone
	panicked := true
	err = guarded(func() (err error) {
		result, err = r.Exchange.Tick(ctx, s, m)
		panicked = false
		return err
	})
	if panicked {
		r.forget(s.Zone) // what is remembered may be what made it panic
	}
	return result, err
}

func (r *Runner) claim(name string) (m *Memory, free bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.memories == nil {
		r.memories, r.busy = map[string]*Memory{}, map[string]bool{}
	}
	if r.busy[name] {
		return nil, false
	}
	if r.memories[name] == nil {
		r.memories[name] = &Memory{}
	}
	r.busy[name] = true
	return r.memories[name], true
}

func (r *Runner) release(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy[name] = false
}

// forget drops what is remembered of a zone.
func (r *Runner) forget(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.memories, name)
}
