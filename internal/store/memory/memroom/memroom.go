// Package memroom is the waiting room's stores in memory, with the promises of the real ones and with faults on demand.
//
// It serves tests and simulations: it must never hold anything that would be missed.
package memroom

import (
	"context"
	"sync"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/event"
	"foyer/internal/room/queue"
	"foyer/internal/room/rules"
	"foyer/internal/room/zone"
)

// Fault is what goes wrong with one call. The zero Fault: nothing.
type Fault struct {
	Before error  // the call fails without having done anything
	Repeat bool   // the call is made twice and the second answer returned, as by a client that retries a lost reply
	Lost   error  // the call does its work, and this is returned in place of its answer
	Then   func() // runs after the work and before the answer returns, outside every lock
}

// Cloud is one memory with every store. It is safe for concurrent use; every call but Queue.Scan is atomic.
type Cloud struct {
	// Fault is asked before each call, outside every lock, with the call's name ("queue.Register", "log.Append",
	// "zones.Lease" and so on). It may block or yield, so that other calls come between at every call.
	// Set it before the stores are used; nil: no faults.
	Fault func(op string) Fault

	// Stream hears of every change. Set it before the stores are used.
	Stream Stream

	mu       sync.Mutex
	places   map[shard][]queue.Entry  // in key order
	pages    map[string][]bucket.Page // in order
	indexes  map[string]*index
	settings map[string]zone.Settings
	events   map[string]event.Event
	status   map[string]zone.Status
	census   map[string]zone.Census
	leases   map[string]lease
	woken    map[string]int64
	rules    rules.Set
}

// Stream hears of each change as it is written, in order, as a database's stream does. Its functions are called under
// the lock: they must not call the stores. Any may be nil.
type Stream struct {
	Page   func(zone string, old *bucket.Page, page bucket.Page) // old is nil for a new page
	Place  func(zone string, old, place *queue.Entry)            // old is nil for a new place, place for one that went
	Status func(zone string)                                     // settings, event, status, census; of rules.Name, rules
}

func (s Stream) page(zone string, old *bucket.Page, page bucket.Page) {
	if s.Page != nil {
		s.Page(zone, old, page)
	}
}

func (s Stream) place(zone string, old, place *queue.Entry) {
	if s.Place != nil {
		s.Place(zone, old, place)
	}
}

func (s Stream) status(zone string) {
	if s.Status != nil {
		s.Status(zone)
	}
}

// New returns an empty memory.
func New() *Cloud {
	return &Cloud{
		places:   map[shard][]queue.Entry{},
		pages:    map[string][]bucket.Page{},
		indexes:  map[string]*index{},
		settings: map[string]zone.Settings{},
		events:   map[string]event.Event{},
		status:   map[string]zone.Status{},
		census:   map[string]zone.Census{},
		leases:   map[string]lease{},
		woken:    map[string]int64{},
	}
}

// Queue returns the queue of every zone.
func (c *Cloud) Queue() queue.Store { return queueStore{c} }

// Log returns the grant pages of every zone.
func (c *Cloud) Log() bucket.Log { return logStore{c} }

// Index returns the index of every zone's log.
func (c *Cloud) Index() bucket.Index { return indexStore{c} }

// Zones returns the settings, status, census and leases of every zone.
func (c *Cloud) Zones() zone.Store { return zoneStore{c} }

// Wakes returns what tells exchangers of visitors who register in idle zones.
func (c *Cloud) Wakes() zone.Wakes { return zoneStore{c} }

// Rules returns the rules of all hosts.
func (c *Cloud) Rules() rules.Store { return zoneStore{c} }

// Do makes one call: work runs under the lock, once or, where the fault repeats it, twice.
func (c *Cloud) Do(ctx context.Context, op string, work func() error) error {
	var f Fault
	if c.Fault != nil {
		f = c.Fault(op)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if f.Before != nil {
		return f.Before
	}
	if f.Repeat {
		_ = c.Locked(work)
	}
	err := c.Locked(work)
	if f.Then != nil {
		f.Then()
	}
	if f.Lost != nil {
		return f.Lost
	}
	return err
}

// Locked runs work under the lock that every call takes.
func (c *Cloud) Locked(work func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return work()
}

// Millis returns t as a database gives it back: in UTC, to the millisecond, zero as zero.
func Millis(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}
