package exchange_test

import (
	"errors"
	"fmt"
	"maps"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
)

// What must never happen.
var (
	errOverCapacity = errors.New("more live grants than the capacity")
	errTwice        = errors.New("a visitor holds two live grants, or was inside twice")
	errLostVisitor  = errors.New("a registered visitor was lost")
	errOrder        = errors.New("a lower key was passed over")
	errWaste        = errors.New("a visitor who missed a turn was given as long a window again")
)

// book is what the model knows of the truth from step to step.
type book struct {
	w        *world
	entries  map[queue.Key]queue.Entry
	eligible map[queue.Key]int // places that may be called → since which step
	known    int               // pages
	ticks    map[int]span
	leaving  map[queue.VisitorID]bool // asked to leave
	untold   map[bucket.Ref]bool      // grants of visitors who had no connection at some time
	nextTick int
}

// span is a tick: the steps at which it began and ended; ended is 0 while it runs.
type span struct{ began, ended int }

func newBook(w *world) *book {
	return &book{
		w: w, entries: map[queue.Key]queue.Entry{}, eligible: map[queue.Key]int{},
		ticks: map[int]span{}, leaving: map[queue.VisitorID]bool{}, untold: map[bucket.Ref]bool{},
	}
}

// snapshot reads everything as it stands, past the scheduler.
func (m *model) snapshot() (map[queue.Key]queue.Entry, []bucket.Page) {
	m.mu.Lock()
	m.calm = true
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		m.calm = false
		m.mu.Unlock()
	}()
	entries := map[queue.Key]queue.Entry{}
	for shard := range m.zone.QueueShards {
		head, _ := m.cloud.Queue().Head(ctx, m.zone.Zone, shard, queue.Key{}, 1000)
		for _, e := range head {
			if !e.Key.IsMarker() {
				entries[e.Key] = e
			}
		}
	}
	pages, _ := m.cloud.Log().Read(ctx, bucket.Of{Zone: m.zone.Zone, Shards: 1}, 1)
	return entries, pages
}

// check compares the stores with what must hold, and brings the book up to date.
func (m *model) check() error {
	entries, pages := m.snapshot()
	last := map[queue.VisitorID]bucket.Grant{}
	err := checkGrants(pages, m.zone.Capacity, last)
	err = errors.Join(err, m.checkWaste(pages))
	err = errors.Join(err, m.checkRemovals(entries, last), m.checkOrder(pages))
	m.entries, m.known = entries, len(pages)
	m.updateEligible(last, missesOf(pages))
	maps.DeleteFunc(m.ticks, func(_ int, s span) bool { return s.ended > 0 })
	return err
}

// checkGrants checks capacity and uniqueness, and finds each visitor's newest grant.
func checkGrants(pages []bucket.Page, capacity int, last map[queue.VisitorID]bucket.Grant) error {
	live, lives, visits := 0, map[queue.VisitorID]int{}, map[queue.VisitorID]int{}
	for _, p := range pages {
		for _, g := range p.Grants {
			v := g.Key.Visitor()
			last[v] = g
			if g.State.Live() {
				live++
				lives[v]++
			}
			if g.State != bucket.Reserved && g.State != bucket.Missed {
				visits[v]++
			}
			if lives[v] > 1 || visits[v] > 1 {
				return fmt.Errorf("%w: %v, page %d", errTwice, v, p.Number)
			}
		}
	}
	if live > capacity {
		return fmt.Errorf("%w: %d of %d", errOverCapacity, live, capacity)
	}
	return nil
}

// checkRemovals checks that every place that vanished since the last step had a reason to.
func (m *model) checkRemovals(entries map[queue.Key]queue.Entry, last map[queue.VisitorID]bucket.Grant) error {
	for key, e := range m.entries {
		v := key.Visitor()
		g, called := last[v]
		switch _, there := entries[key]; {
		case there, m.leaving[v], e.Conn != "" && !m.conns[e.Conn]:
		case called && (g.State == bucket.Inside || g.State == bucket.Left || g.State == bucket.Expired):
		case called && g.Conn == e.Conn: // missed; or called again while a slow process removes what was missed before
		case called && e.Conn == "": // the same, for one who polls, finds its turn has come, and registers again
		default:
			return fmt.Errorf("%w: %v on %q, grant %c on %q", errLostVisitor, v, e.Conn, g.State, g.Conn)
		}
	}
	return nil
}

// checkOrder checks that no page called a visitor past one with a lower key who had been there since before any tick
// that may have made the page.
func (m *model) checkOrder(pages []bucket.Page) error {
	began := m.step
	for _, s := range m.ticks {
		began = min(began, s.began)
	}
	for _, p := range pages[min(m.known, len(pages)):] {
		in := map[queue.VisitorID]bool{}
		for _, g := range p.Grants {
			in[g.Key.Visitor()] = true
		}
		for _, g := range p.Grants {
			for key, since := range m.eligible {
				if since < began && key.Compare(g.Key) < 0 && !in[key.Visitor()] {
					return fmt.Errorf("%w: %v by %v on page %d", errOrder, key, g.Key, p.Number)
				}
			}
		}
	}
	return nil
}

// missesOf counts the turns that each visitor missed.
func missesOf(pages []bucket.Page) map[queue.VisitorID]int {
	misses := map[queue.VisitorID]int{}
	for _, p := range pages {
		for _, g := range p.Grants {
			if g.State == bucket.Missed {
				misses[g.Key.Visitor()]++
			}
		}
	}
	return misses
}

// checkWaste checks that nobody takes two windows of slot time without coming: the second turn's is half as long, and
// there is no third for a visitor who doesn't ask.
func (m *model) checkWaste(pages []bucket.Page) error {
	misses := map[queue.VisitorID]int{}
	for _, p := range pages {
		for slot, g := range p.Grants {
			v := g.Key.Visitor()
			if misses[v] > bucket.Forgiven && (g.State == bucket.Reserved || g.State == bucket.Missed) {
				return fmt.Errorf("%w: %v is called once more, on page %d", errWaste, v, p.Number)
			}
			at := bucket.Ref{Page: p.Number, Slot: slot}
			if g.Conn == "" {
				m.untold[at] = true // it may be given more time, once the status can show it
			}
			if g.State == bucket.Reserved && !m.untold[at] && g.Until.Sub(p.At) > bucket.WindowAfter(m.zone.Window, misses[v]) {
				return fmt.Errorf("%w: %v has missed %d, and may take %v", errWaste, v, misses[v], g.Until.Sub(p.At))
			}
			if g.State == bucket.Missed {
				misses[v]++
			}
		}
	}
	return nil
}

func (m *model) updateEligible(last map[queue.VisitorID]bucket.Grant, misses map[queue.VisitorID]int) {
	for key, e := range m.entries {
		g, called := last[key.Visitor()]
		// Without a connection, only one who asks must be called.
		reachable := m.conns[e.Conn] || e.Conn == "" && m.clock.Sub(e.AskedAt) < bucket.AskedFor-10*time.Second
		mayAgain := g.State == bucket.Missed && misses[key.Visitor()] < 2
		may := reachable && (!called || mayAgain) && !m.leaving[key.Visitor()]
		if _, already := m.eligible[key]; may && !already {
			m.eligible[key] = m.step
		} else if !may {
			delete(m.eligible, key)
		}
	}
	maps.DeleteFunc(m.eligible, func(k queue.Key, _ int) bool { _, there := m.entries[k]; return !there })
}

// began notes a tick, and ended its end. The scheduler stands still meanwhile.
func (m *model) began() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.nextTick++
	m.ticks[m.nextTick] = span{began: m.step}
	return m.nextTick
}

func (m *model) ended(id int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ticks[id] = span{m.ticks[id].began, m.step + 1}
}
