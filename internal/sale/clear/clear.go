// Package clear removes everything of a zone, after a rehearsal or when its sale is over. Orders stay: they are kept as
// long as the books ask for, and go by their own time to live.
//
// A zone is marked first, and nothing is removed before every process has heard of it. What was removed is removed, so
// a clearing that stopped half-way goes on when it is started again.
package clear

import (
	"context"
	"fmt"
	"strings"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/zone"
	"foyer/internal/sale/seat"
)

// Kind is a kind of thing that a zone leaves behind.
type Kind string

// The kinds.
const (
	Grants  Kind = "pages of grants" // and the notes that find them
	Places  Kind = "places in the queue"
	Viewers Kind = "viewers of maps"
	Holds   Kind = "holds of buyers" // and what counts against their limits
	Seats   Kind = "seats"           // and, of a zone that is deleted, its maps
)

// Kinds are all kinds, in the order in which they are removed: without a grant nobody gets a hold, and without a hold
// no seat.
var Kinds = []Kind{Grants, Places, Viewers, Holds, Seats}

// Orders counts a zone's orders.
type Orders struct {
	Open int // wait for a payment, or for money to be given back
	Sold int // have seats
	All  int
}

// Add counts one more order.
func (n *Orders) Add(sold, open bool) {
	n.All++
	if sold {
		n.Sold++
	}
	if open {
		n.Open++
	}
}

// Store finds and removes what is left of zones.
type Store interface {
	// Left counts the items of a kind that are to be removed.
	Left(ctx context.Context, name string, kind Kind, why zone.Clearing) (int, error)

	// Remove removes them, at a pace that leaves room for sales, and returns how many there were. It calls done after
	// each part, possibly from several goroutines at once. Repeating it does no harm.
	Remove(ctx context.Context, name string, kind Kind, why zone.Clearing, done func(n int)) (int, error)

	// Orders counts the zone's orders, consistently.
	Orders(ctx context.Context, zone string) (Orders, error)
}

// KeepsSeat reports whether a seat is kept when its zone is reset: one that the house keeps back is part of how the
// sale was set up.
func KeepsSeat(holder, order string, why zone.Clearing) bool {
	kept := strings.HasPrefix(holder, seat.House) && holder != seat.House+seat.Returned
	return why == zone.Resetting && order == "" && kept
}

// Service clears zones.
type Service struct {
	Zones zone.Store
	Store Store
	Now   func() time.Time
	// Sleep waits, or returns the context's error.
	Sleep func(ctx context.Context, d time.Duration) error
	// Note tells an operator how far the work is. It may be called from several goroutines at once.
	Note func(format string, args ...any)
}

// Plan is what clearing a zone would remove.
type Plan struct {
	Zone    zone.Settings
	Why     zone.Clearing
	OpensAt time.Time // of the zone when it is reset; zero: it stays closed
	Inside  int       // visitors who are inside
	Orders  Orders    // which stay
	Counts  map[Kind]int
}

// String says it in an operator's words.
func (p Plan) String() string {
	var parts []string
	for _, kind := range Kinds {
		parts = append(parts, fmt.Sprintf("%d %s", p.Counts[kind], kind))
	}
	text := "remove " + strings.Join(parts, ", ") + " of zone " + p.Zone.Zone
	if p.Why == zone.Deleting {
		text += ", its seat map, event and settings: its requests go to the site, as if it had never been made"
	}
	if p.Inside > 0 {
		text += fmt.Sprintf("; %d visitors inside lose their visit", p.Inside)
	}
	if p.Orders.All > 0 {
		text += fmt.Sprintf("; %d orders stay until their time is over", p.Orders.All)
	}
	if p.Why == zone.Resetting && p.Zone.Policy == zone.Draw {
		text += "; the draw gets another seed"
	}
	return text
}

// Plan looks what there is to remove. It changes nothing. It returns problem.Refused when the zone isn't closed or has
// orders that need it.
func (s *Service) Plan(ctx context.Context, name string, why zone.Clearing, opensAt time.Time) (Plan, error) {
	p := Plan{Why: why, OpensAt: opensAt, Counts: map[Kind]int{}}
	settings, err := s.Zones.Settings(ctx, name)
	if err != nil {
		return p, err
	}
	if _, err := settings.Clear(why); err != nil {
		return p, err
	}
	p.Zone = settings
	if why == zone.Resetting {
		if settings.Policy == zone.Draw && !s.Now().Before(opensAt) {
			return p, problem.New(problem.Invalid, "say when the draw of zone %s opens next: --opens", name)
		}
		if err := settings.Cleared(opensAt).Validate(); err != nil {
			return p, err
		}
	}
	if p.Orders, err = s.orders(ctx, name, why); err != nil {
		return p, err
	}
	st, err := s.Zones.Status(ctx, name)
	if err != nil {
		return p, err
	}
	p.Inside = st.Inside
	for _, kind := range Kinds {
		if p.Counts[kind], err = s.Store.Left(ctx, name, kind, why); err != nil {
			return p, err
		}
	}
	return p, nil
}

// orders counts the orders that stay, and refuses where one needs what would be removed.
func (s *Service) orders(ctx context.Context, name string, why zone.Clearing) (Orders, error) {
	n, err := s.Store.Orders(ctx, name)
	switch {
	case err != nil:
		return n, err
	case n.Open > 0:
		return n, problem.New(problem.Refused, "%d orders of zone %s wait for money: they end by themselves; try again when "+
			"its payments are over (%v at most)", n.Open, name, zone.MaxPayFor)
	case n.Sold > 0 && why == zone.Resetting:
		return n, problem.New(problem.Refused, "%d orders of zone %s have seats, which would be sold twice: give them back "+
			"first (foyerctl refund), or delete the zone and sell under another name", n.Sold, name)
	}
	return n, nil
}

// maxPasses bounds how often the tables are looked at again for what was written meanwhile.
const maxPasses = 5

// Clear does what was planned. It may be repeated after a failure, and goes on from where it was.
func (s *Service) Clear(ctx context.Context, p Plan) error {
	name := p.Zone.Zone
	marked, err := p.Zone.Clear(p.Why)
	if err != nil {
		return err
	}
	if err := s.Zones.SaveSettings(ctx, marked); err != nil {
		return err
	}
	s.Note("zone %s is closed and being cleared: waiting %v until everybody has heard", name, zone.ClearAfter)
	if err := s.Sleep(ctx, zone.ClearAfter); err != nil {
		return err
	}
	if _, err := s.orders(ctx, name, p.Why); err != nil {
		return err
	}
	for pass := 1; ; pass++ {
		removed, err := s.pass(ctx, name, p.Why)
		if err != nil {
			return err
		}
		if removed == 0 {
			break
		}
		if pass == maxPasses {
			return problem.New(problem.Conflict, "somebody goes on writing to zone %q: try again", name)
		}
	}
	if p.Why == zone.Deleting {
		return s.Zones.Remove(ctx, marked)
	}
	if err := s.blank(ctx, name); err != nil {
		return err
	}
	return s.Zones.SaveSettings(ctx, marked.Cleared(p.OpensAt))
}

// pass removes everything once, and returns how much there was.
func (s *Service) pass(ctx context.Context, name string, why zone.Clearing) (all int, err error) {
	for _, kind := range Kinds {
		n, err := s.Store.Remove(ctx, name, kind, why, func(n int) { s.Note("%d %s are removed", n, kind) })
		if all += n; err != nil {
			return all, err
		}
	}
	return all, nil
}

// blank makes the status and the census those of a zone in which nothing has happened. Their versions go on, so that
// the edge takes them.
func (s *Service) blank(ctx context.Context, name string) error {
	st, err := s.Zones.Status(ctx, name)
	if err != nil {
		return err
	}
	now := s.Now()
	next := zone.Status{Zone: name, Version: st.Version + 1, At: now, State: zone.Closed, SeatsLeft: -1}
	if err := s.Zones.SaveStatus(ctx, next); err != nil {
		return err
	}
	return s.Zones.SaveCensus(ctx, name, zone.Census{At: now})
}
