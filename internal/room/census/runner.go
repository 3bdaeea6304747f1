package census

import (
	"context"
	"slices"
	"sync"
	"time"

	"foyer/internal/parallel"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// How often a zone is counted, and how often a run looks for zones and asks whether it still owns the lease.
const (
	MinInterval = 5 * time.Second
	Share       = 10 // a count takes at most one part in so many of the time
	Glance      = 5 * time.Second
)

// LeaseName is the lease of the run that counts.
const LeaseName = "census"

// Interval is the time from the beginning of one count to that of the next, by how long the one took.
func Interval(took time.Duration) time.Duration { return max(MinInterval, Share*took) }

// Pass is the outcome of one count of one zone.
type Pass struct {
	Zone   string
	Census zone.Census
	Saved  bool
	Err    error
}

// Runner counts all zones in turn, while it owns the lease.
type Runner struct {
	Queue   queue.Store
	Zones   zone.Store
	Now     func() time.Time
	Sleep   func(ctx context.Context, d time.Duration) error // ends early, with an error, when ctx ends
	Readers int                                              // shards of a zone read at once; 0: DefaultReaders
	Report  func(Pass)                                       // may be nil; called from several goroutines
}

// Run counts every zone that takes visitors, each at its own Interval and side by side, until the time until, ctx ends,
// or a run that started later owns the lease; once where no zone runs. Counts under way are finished. Trouble with one
// zone, the lease or the list of zones doesn't stop the rest: two runs at once are harmless, none is not. It returns an
// error only when the list could never be read.
func (r *Runner) Run(ctx context.Context, run string, until time.Time) error {
	started := r.Now()
	desks := map[string]*desk{}
	var zones []zone.Settings
	var fault error
	var counting sync.WaitGroup
	defer counting.Wait()
	for ctx.Err() == nil && r.Now().Before(until) {
		if stands, err := r.Zones.Lease(ctx, LeaseName, run, started, r.Now()); err == nil && stands.Owner != run {
			break
		}
		listed, err := r.Zones.List(ctx)
		if fault = err; err == nil {
			zones = listed
		}
		for _, s := range zones {
			if d := r.desk(desks, s.Zone); s.Registers(r.Now()) && d.take(r.Now()) {
				parallel.Go(ctx, &counting, func() { d.pass(ctx, s) })
			}
		}
		if fault == nil && !slices.ContainsFunc(zones, func(s zone.Settings) bool { return s.Runs(r.Now()) }) {
			break // counted once, until the next run
		}
		_ = r.Sleep(ctx, min(r.untilNext(desks), until.Sub(r.Now())))
	}
	if len(zones) > 0 {
		return nil
	}
	return fault
}

func (r *Runner) desk(desks map[string]*desk, name string) *desk {
	if desks[name] == nil {
		desks[name] = &desk{runner: r, counter: Counter{Queue: r.Queue, Now: r.Now, Readers: r.Readers}}
	}
	return desks[name]
}

// untilNext is how long nothing is due, at most a Glance.
func (r *Runner) untilNext(desks map[string]*desk) time.Duration {
	wait := Glance
	for _, d := range desks {
		if due := d.dueIn(r.Now()); due > 0 {
			wait = min(wait, due)
		}
	}
	return wait
}

// desk is where one zone is counted, one count at a time.
type desk struct {
	runner  *Runner
	counter Counter
	stored  zone.Census
	settled bool // stored was counted twice with the same outcome

	mu   sync.Mutex
	busy bool
	due  time.Time
}

// take reserves the desk when a count is due.
func (d *desk) take(now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.busy || now.Before(d.due) {
		return false
	}
	d.busy = true
	return true
}

func (d *desk) dueIn(now time.Time) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.busy {
		return Glance
	}
	return d.due.Sub(now)
}

func (d *desk) release(due time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busy, d.due = false, due
}

// pass counts once. The first time, it finds out what another run counted last, and leaves it at that for the rest of
// its interval: a hand-over every minute must not count a million anew.
func (d *desk) pass(ctx context.Context, s zone.Settings) {
	if d.stored.At.IsZero() {
		if due, wait := d.catchUp(ctx, s); wait {
			d.release(due)
			return
		}
	}
	began := d.runner.Now()
	c, err := d.counter.Count(ctx, s)
	saved := false
	if err == nil {
		saved, err = d.save(ctx, s.Zone, c)
	}
	d.release(began.Add(Interval(d.runner.Now().Sub(began))))
	if d.runner.Report != nil {
		d.runner.Report(Pass{s.Zone, c, saved, err})
	}
}

func (d *desk) catchUp(ctx context.Context, s zone.Settings) (due time.Time, wait bool) {
	status, err := d.runner.Zones.Status(ctx, s.Zone)
	if err != nil {
		return due, false // counting meets the same error and reports it
	}
	d.stored = status.Census
	due = d.stored.At.Add(Interval(d.stored.Duration))
	return due, d.runner.Now().Before(due)
}

// save stores c, unless visitors would see no difference: whatever is saved goes on to the edge, and each write there
// costs. An outcome is saved twice: a page of a visitor who arrived during a count uses only a census that began after
// that. An empty queue has no such page.
func (d *desk) save(ctx context.Context, name string, c zone.Census) (bool, error) {
	same := !d.stored.At.IsZero() && c.Knots == d.stored.Knots // which end at the total
	if same && (d.settled || c.Total == 0) {
		return false, nil
	}
	if err := d.runner.Zones.SaveCensus(ctx, name, c); err != nil {
		return false, err
	}
	d.stored, d.settled = c, same
	return true, nil
}
