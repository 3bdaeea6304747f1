package exchange

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"foyer/internal/parallel"
	"foyer/internal/room/zone"
)

// LeaseName is the lease by which an older run learns that a newer one has taken over, and whether that one is there.
const LeaseName = "exchange"

// The runner's times.
const (
	RunFor    = 130 * time.Second // longer than a minute plus the scheduler's delay, so that runs overlap
	TickEvery = time.Second
	listEvery = 2 * time.Second  // how soon changed settings take effect
	listKept  = 10 * time.Second // how old the settings may be that a run begins with
	tickLimit = 10 * time.Second
	// A run takes the lease when it has read the logs. When that takes longer than wholeFor, it takes it as soon as it
	// knows which grants are live, and after readyFor in any case: by then the run before it is about to end.
	wholeFor = 20 * time.Second
	readyFor = 65 * time.Second
	// aloneAfter is how long the lease must have stood still before a run leads as soon as it knows the live grants:
	// nobody else calls anybody.
	aloneAfter = 3 * time.Second
	// standInFor is how much longer than its time a run goes on that stands in for one that is gone.
	standInFor = 15 * time.Second
	// provenAfter is how long a run must have gone on to stand by for the one after it.
	provenAfter = 30 * time.Second
	// warmTries is how often a zone whose log can't be read is tried before the run goes on without.
	warmTries = 3
	// maxBy is how much of a run's id pages name it by.
	maxBy = 8
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
	by       string // what its pages name it by
	memories map[string]*Memory
	busy     map[string]bool
	ticks    sync.WaitGroup
	zones    []zone.Settings
	listedAt time.Time
	alone    zone.Lease       // as a run that reads found it first
	aloneAt  time.Time        // when it did
	askedAt  time.Time        // when a run that reads last asked
	stands   zone.Lease       // as another run holds it
	stoodAt  time.Time        // since when it stands so
	crowded  bool             // somebody waited or was inside when this run last ticked
	woken    map[string]int64 // how often each zone was woken
	resting  map[string]rest
	empty    map[string]bool // zones in which nobody was inside, or called, when this run last ticked
}

// Run reads the logs, takes the lease and ticks until its time is over or ctx ends; ticks under way are finished first.
// When a run that started later takes the lease, it ends, or while visitors wait or are inside, it stands by with the
// end of the logs in mind, and ticks again when that run is heard of no more. The id must be the run's own. Trouble
// with one zone, the lease or the list of zones doesn't stop the rest. When it has ticked and no zone runs, with nobody
// inside, it ends before its time: to be started again in a minute, or when settings change. It returns an error only
// when the list of zones could never be read.
func (r *Runner) Run(ctx context.Context, id string) error {
	defer r.ticks.Wait()
	now := r.Exchange.Now
	r.by = cmp.Or(r.by, id[:min(len(id), maxBy)])
	if now().Sub(r.listedAt) > listKept {
		r.zones = nil // of an earlier run: a pause since then must be obeyed
	}
	listErr := r.relist(ctx) // not what an earlier run knew: a zone that has just opened may be why this one was started
	// Only now, since a process's clock may go by the database's answers.
	started, every := now(), cmp.Or(r.Every, TickEvery)
	end := started.Add(cmp.Or(r.For, RunFor))
	r.alone, r.aloneAt, r.askedAt = zone.Lease{}, started, time.Time{}
	r.stands, r.crowded, r.empty = zone.Lease{}, false, map[string]bool{}
	r.listen(ctx)
	r.doubt(ctx)
	r.warm(ctx, id, started)
	leads := false
	for due := now(); ctx.Err() == nil && (now().Before(end) || r.standsIn(leads, end)); due = due.Add(every) {
		leads = r.leads(ctx, id, started)
		if !leads && !r.standsBy(started) {
			break
		}
		listErr = r.list(ctx)
		r.listen(ctx)
		for _, s := range r.zones {
			if r.rests(s) {
				continue
			}
			if leads {
				r.start(ctx, s)
			} else {
				r.follow(ctx, s)
			}
		}
		due = latest(due, now().Add(-every)) // a slow round is not made up for by a burst
		_ = r.Sleep(ctx, due.Add(every).Sub(now()))
		if leads && listErr == nil && r.idle() {
			break
		}
	}
	if len(r.zones) > 0 {
		return nil
	}
	return listErr
}

// leads reports whether this run is to tick: it holds the lease, or the run that holds it hasn't said so since this one
// last asked. When the lease can't be read it ticks: two at once are harmless, none is not.
func (r *Runner) leads(ctx context.Context, id string, started time.Time) bool {
	now := r.Exchange.Now()
	stands, err := r.Exchange.Zones.Lease(ctx, LeaseName, id, started, now)
	if err != nil || stands.Owner == id {
		r.stands = zone.Lease{}
		return true
	}
	if stands != r.stands {
		r.stands, r.stoodAt = stands, now
		return false
	}
	return now.Sub(r.stoodAt) >= cmp.Or(r.Every, TickEvery)
}

// idle reports whether nothing needs a tick before the next run.
func (r *Runner) idle() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !slices.ContainsFunc(r.zones, func(s zone.Settings) bool {
		_, rests := r.resting[s.Zone] // nobody is inside then, and it wasn't ticked
		return s.Runs(r.Exchange.Now()) || !r.empty[s.Zone] && !rests
	})
}

// standsIn reports whether a run whose time is over at end goes on a little: it leads in the place of another.
func (r *Runner) standsIn(leads bool, end time.Time) bool {
	return leads && r.stands != (zone.Lease{}) && r.Exchange.Now().Before(end.Add(standInFor))
}

// standsBy reports whether a run that doesn't lead is worth keeping: it has led for a while, and there are visitors.
func (r *Runner) standsBy(started time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.crowded && r.Exchange.Now().Sub(started) >= provenAfter
}

// isAlone reports whether no other run has said for a while that it leads. It takes no lease from a run that does: it
// asks as one that started before every other.
func (r *Runner) isAlone(ctx context.Context, id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.Exchange.Now()
	if now.Sub(r.askedAt) < TickEvery {
		return now.Sub(r.aloneAt) >= aloneAfter
	}
	r.askedAt = now
	stands, err := r.Exchange.Zones.Lease(ctx, LeaseName, id, time.UnixMilli(0), now)
	if err != nil || stands != r.alone {
		r.alone, r.aloneAt = stands, now
	}
	return now.Sub(r.aloneAt) >= aloneAfter
}

// warm reads the zones' logs, side by side, before the run leads.
func (r *Runner) warm(ctx context.Context, id string, started time.Time) {
	_ = sideBySide(ctx, len(r.zones), func(i int) error {
		s := r.zones[i]
		m, free := r.claim(s.Zone)
		if !free {
			return nil
		}
		defer r.release(s.Zone)
		if r.rests(s) {
			return nil
		}
		for failed := 0; ctx.Err() == nil && failed < warmTries; {
			ready, whole, err := r.read(ctx, s, m)
			waited := r.Exchange.Now().Sub(started)
			if whole || ready && (waited >= wholeFor || r.isAlone(ctx, id)) || waited >= readyFor {
				return nil
			}
			if failed++; err == nil {
				failed = 0
				continue
			}
			_ = r.Sleep(ctx, TickEvery)
		}
		return nil
	})
}

// read reads one part of a zone's log.
func (r *Runner) read(ctx context.Context, s zone.Settings, m *Memory) (ready, whole bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tickLimit)
	defer cancel()
	err = parallel.Guarded(func() (err error) {
		ready, whole, err = r.Exchange.Warm(ctx, s, m)
		return err
	})
	return ready, whole, err
}

// follow keeps in mind what another run does in a zone.
func (r *Runner) follow(ctx context.Context, s zone.Settings) {
	m, free := r.claim(s.Zone)
	if !free {
		return
	}
	parallel.Go(ctx, &r.ticks, func() {
		defer r.release(s.Zone)
		_, _, _ = r.read(ctx, s, m) // what fails is read when this run leads
	})
}

// list reads the zones' settings every few seconds, and keeps the old ones when it can't.
func (r *Runner) list(ctx context.Context) error {
	if r.Exchange.Now().Sub(r.listedAt) < listEvery {
		return nil
	}
	return r.relist(ctx)
}

func (r *Runner) relist(ctx context.Context) error {
	now := r.Exchange.Now()
	zones, err := r.Exchange.Zones.List(ctx)
	if err != nil {
		return err
	}
	r.zones = slices.DeleteFunc(zones, func(s zone.Settings) bool { return s.Clearing != "" })
	r.listedAt = now
	r.forgetOthers()
	return nil
}

// forgetOthers drops what is remembered of zones that are gone, or are being cleared: nothing of it is true any more.
func (r *Runner) forgetOthers() {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.memories, func(name string, _ *Memory) bool {
		return !slices.ContainsFunc(r.zones, func(s zone.Settings) bool { return s.Zone == name })
	})
}

// start begins a zone's tick, unless its last one is still under way.
func (r *Runner) start(ctx context.Context, s zone.Settings) {
	m, free := r.claim(s.Zone)
	if !free {
		return
	}
	stood := r.restOf(s, r.Exchange.Now())
	parallel.Go(ctx, &r.ticks, func() {
		defer r.release(s.Zone)
		result, err := r.tick(ctx, s, m)
		r.rested(stood, result, err)
		r.mu.Lock()
		r.crowded = r.crowded || result.Waiting+result.Reserved+result.Inside > 0
		r.empty[s.Zone] = err == nil && result.Reserved+result.Inside == 0
		r.mu.Unlock()
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
	err = parallel.Guarded(func() (err error) {
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
		r.memories[name] = &Memory{By: r.by}
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
