package clear_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/sale/clear"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/store/memory/memsale"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// stage is a closed zone with something of every kind that a rehearsal leaves, and its clearing.
type stage struct {
	*testing.T
	cloud   *memsale.Cloud
	service *clear.Service
	slept   time.Duration
	during  func() // runs while everybody is waited for
	notes   []string
}

func newStage(t *testing.T, change func(*zone.Settings)) *stage {
	s := &stage{T: t, cloud: memsale.New(), during: func() {}}
	s.service = &clear.Service{
		Zones: s.cloud.Zones(), Store: s.cloud.Left(), Now: func() time.Time { return noon },
		Sleep: func(_ context.Context, d time.Duration) error {
			s.slept += d
			s.during()
			return nil
		},
		Note: func(format string, args ...any) { s.notes = append(s.notes, fmt.Sprintf(format, args...)) },
	}
	settings := zone.New("main")
	settings.State = zone.Closed
	change(&settings)
	s.must(s.cloud.Zones().SaveSettings(t.Context(), settings))
	s.must(s.cloud.Zones().SaveStatus(t.Context(), zone.Status{
		Zone: "main", Version: 1, At: noon, State: zone.Closed, Called: key(9), Inside: 3, Waiting: 2,
	}))
	s.must(s.cloud.Zones().SaveCensus(t.Context(), "main", zone.Census{At: noon.Add(-time.Minute), Total: 2, Knots: "x"}))
	for n := range 5 {
		s.register(n)
	}
	s.must(s.cloud.Log().Append(t.Context(), settings.Grants(), bucket.Page{
		Number: 1, At: noon, Called: key(9), Grants: []bucket.Grant{{Key: key(9), State: bucket.Inside, Until: noon}},
	}))
	return s
}

func key(n int) queue.Key { return queue.NewKey(8, 0, uint64(n+1), queue.VisitorID{15: byte(n)}) }

func (s *stage) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *stage) register(n int) {
	_, err := s.cloud.Queue().Register(s.Context(), queue.Of{Zone: "main", Shards: 4}, queue.Entry{Key: key(n)})
	s.must(err)
}

// order makes an order that waits for money, or with events was paid.
func (s *stage) order(id string, events ...order.Event) {
	o, err := order.New(order.Draft{
		ID: id, Zone: "main", Email: id + "@example.com", Name: "Ada", Currency: "eur", Limit: 4, PayBy: noon.Add(time.Hour),
		Buyer: queue.VisitorID{1}, Lines: []order.Line{{Section: "A", Seat: "A-1-1", Price: 100}},
	}, noon)
	s.must(err)
	h, err := s.cloud.Seats().Hold(s.Context(), "main", o.Buyer.String())
	s.must(err)
	plan, err := h.Choose([]string{"A-1-1"}, seat.Rules{PerBuyer: 4, LockFor: time.Hour, HoldMost: time.Hour,
		Session: noon.Add(time.Hour)}, noon)
	s.must(err)
	s.must(s.cloud.Seats().Lock(s.Context(), plan))
	s.must(s.cloud.Orders().Create(s.Context(), o))
	for _, e := range events {
		next, _, err := order.Step(o, e, noon)
		s.must(err)
		s.must(s.cloud.Orders().Save(s.Context(), o, next))
		o = next
	}
}

var paid = []order.Event{{Kind: order.Settled}, {Kind: order.PaymentSeen,
	Payment: order.Payment{ID: "pi", State: order.PaymentCaptured, Amount: 100, Currency: "eur"}}}

// clear clears the zone, and returns the error.
func (s *stage) clear(why zone.Clearing, opensAt time.Time) error {
	p, err := s.service.Plan(s.Context(), "main", why, opensAt)
	if err != nil {
		return err
	}
	return s.service.Clear(s.Context(), p)
}

// left counts what is left of the zone.
func (s *stage) left() (n int) {
	for _, kind := range clear.Kinds {
		one, err := s.cloud.Left().Left(s.Context(), "main", kind, zone.Deleting)
		s.must(err)
		n += one
	}
	return n
}

func (s *stage) settings() zone.Settings {
	s.Helper()
	settings, err := s.cloud.Zones().Settings(s.Context(), "main")
	s.must(err)
	return settings
}

func TestAZoneIsResetAfterARehearsalAndUsedAgain(t *testing.T) {
	s := newStage(t, func(z *zone.Settings) { z.Rate, z.SaleEnded = 77, true })
	s.during = func() {
		if z := s.settings(); z.Clearing != zone.Resetting || z.State != zone.Closed || !z.SaleEnded || s.left() == 0 {
			t.Errorf("while everybody is waited for: %+v, %d items", z, s.left())
		}
		s.register(6) // by who hadn't heard yet
	}
	s.must(s.clear(zone.Resetting, time.Time{}))
	if z := s.settings(); z.State != zone.Closed || z.Clearing != "" || z.SaleEnded || z.Rate != 77 || z.Version != 3 {
		t.Errorf("its settings: %+v", z)
	}
	if s.left() != 0 || s.slept != zone.ClearAfter {
		t.Errorf("%d items are left, after %v", s.left(), s.slept)
	}
	st, err := s.cloud.Zones().Status(t.Context(), "main")
	want := zone.Status{Zone: "main", Version: 2, At: noon, State: zone.Closed, SeatsLeft: -1}
	want.Census.At = noon
	if s.must(err); st != want {
		t.Errorf("its status: %+v", st)
	}
}

func TestAZoneThatIsDeletedIsGone(t *testing.T) {
	s := newStage(t, func(*zone.Settings) {})
	s.order("o1", paid...)
	s.must(s.clear(zone.Deleting, time.Time{}))
	_, err := s.cloud.Zones().Settings(t.Context(), "main")
	if problem.CodeOf(err) != problem.UnknownZone || s.left() != 0 {
		t.Errorf("%v; %d items are left", err, s.left())
	}
	if _, err := s.cloud.Orders().Get(t.Context(), "o1"); err != nil {
		t.Errorf("its order: %v", err)
	}
}

func TestClearingThatStoppedGoesOn(t *testing.T) {
	for _, why := range []zone.Clearing{zone.Resetting, zone.Deleting} {
		s, calls := newStage(t, func(*zone.Settings) {}), 0
		for stop := 1; ; stop++ {
			calls = 0
			s.cloud.Fault = func(op string) memsale.Fault {
				if calls++; calls == stop {
					return memsale.Fault{Before: errors.New("cut off")}
				}
				return memsale.Fault{}
			}
			err := s.clear(why, time.Time{})
			s.cloud.Fault = nil
			if z, gone := s.cloud.Zones().Settings(t.Context(), "main"); err != nil && gone == nil && z.Clearing != "" {
				other := map[zone.Clearing]zone.Clearing{zone.Resetting: zone.Deleting, zone.Deleting: zone.Resetting}[why]
				if err := s.clear(other, time.Time{}); problem.CodeOf(err) != problem.Refused {
					t.Errorf("%s while %s is under way: %v", other, why, err)
				}
			}
			if err == nil {
				break
			}
		}
		if s.left() != 0 {
			t.Errorf("%s: %d items are left", why, s.left())
		}
	}
}

func TestAZoneThatIsNeededIsNotCleared(t *testing.T) {
	for name, c := range map[string]struct {
		why     zone.Clearing
		change  func(*zone.Settings)
		before  func(*stage)
		opensAt time.Time
		says    string
	}{
		"open": {why: zone.Deleting, change: func(z *zone.Settings) { z.State = zone.Open }, says: "close it first"},
		"an order waits": {why: zone.Deleting, before: func(s *stage) { s.order("o1") },
			says: "1 orders of zone main wait for money"},
		"an order begins meanwhile": {why: zone.Deleting, before: func(s *stage) { s.during = func() { s.order("o1") } },
			says: "1 orders of zone main wait for money"},
		"an order has seats": {why: zone.Resetting, before: func(s *stage) { s.order("o1", paid...) },
			says: "1 orders of zone main have seats, which would be sold twice"},
		"a draw without a time": {why: zone.Resetting, says: "say when the draw of zone main opens next",
			change: func(z *zone.Settings) { z.Policy, z.OpensAt = zone.Draw, noon.Add(-time.Hour) }},
		"a draw that opens now": {why: zone.Resetting, opensAt: noon, says: "say when the draw of zone main opens next",
			change: func(z *zone.Settings) { z.Policy, z.OpensAt = zone.Draw, noon.Add(-time.Hour) }},
		"a time that no clock shows": {why: zone.Resetting, opensAt: time.Unix(-1, 0), says: "must be a time after 1970"},
		"somebody goes on writing": {why: zone.Deleting, says: "somebody goes on writing", before: func(s *stage) {
			s.cloud.Fault = func(op string) memsale.Fault {
				if op == "left.Remove" {
					return memsale.Fault{Then: func() { s.register(7) }}
				}
				return memsale.Fault{}
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change == nil {
				c.change = func(*zone.Settings) {}
			}
			s := newStage(t, c.change)
			if c.before != nil {
				c.before(s)
			}
			err := s.clear(c.why, c.opensAt)
			s.cloud.Fault = nil
			if err == nil || !strings.Contains(err.Error(), c.says) || s.left() == 0 {
				t.Errorf("%v; %d items are left", err, s.left())
			}
		})
	}
}

// What the house keeps back was set up before the rehearsal; what came back to it in the rehearsal was sold there.
func TestASeatThatTheHouseKeepsBackIsKept(t *testing.T) {
	for _, c := range []struct {
		holder, order string
		why           zone.Clearing
		want          bool
	}{
		{seat.House + "press", "", zone.Resetting, true}, {seat.House + seat.Returned, "", zone.Resetting, false},
		{seat.House + "press", "", zone.Deleting, false}, {seat.House + "press", "o1", zone.Resetting, false},
		{"somebody", "", zone.Resetting, false}, {"", "", zone.Resetting, false},
	} {
		if got := clear.KeepsSeat(c.holder, c.order, c.why); got != c.want {
			t.Errorf("%+v: %t", c, got)
		}
	}
}

func TestAPlanSaysWhatItDoes(t *testing.T) {
	const (
		items = "remove 1 pages of grants, 2 places in the queue, 0 viewers of maps, 0 holds of buyers, 0 seats of zone main"
		maps  = ", its seat map, event and settings: its requests go to the site, as if it had never been made"
	)
	counts := map[clear.Kind]int{clear.Grants: 1, clear.Places: 2}
	main, draw := zone.Settings{Zone: "main"}, zone.Settings{Zone: "main", Policy: zone.Draw}
	for want, p := range map[string]clear.Plan{
		items:                                  {Zone: main, Why: zone.Resetting},
		items + maps:                           {Zone: draw, Why: zone.Deleting},
		items + "; the draw gets another seed": {Zone: draw, Why: zone.Resetting},
		items + "; 3 visitors inside lose their visit; 4 orders stay until their time is over": {Zone: main,
			Why: zone.Resetting, Inside: 3, Orders: clear.Orders{All: 4}},
	} {
		if p.Counts = counts; p.String() != want {
			t.Errorf("%q, want %q", p, want)
		}
	}
}

// A draw that was rehearsed has shown its seed.
func TestADrawThatIsResetHasAnotherSeed(t *testing.T) {
	s := newStage(t, func(z *zone.Settings) { z.Policy, z.OpensAt = zone.Draw, noon.Add(-time.Hour) })
	was := s.settings().DrawName()
	s.must(s.clear(zone.Resetting, noon.Add(time.Hour)))
	z := s.settings()
	if z.DrawName() == was || z.State != zone.Scheduled || !z.OpensAt.Equal(noon.Add(time.Hour)) {
		t.Errorf("%+v", z)
	}
}
