package viewers_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/socket"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/viewers"
	"foyer/internal/store/memory/memsale"
)

// said is one message that arrived, and when.
type said struct {
	at   time.Time
	conn string
	viewers.SeatsMessage
	Section string `json:"section"`
	Until   int64  `json:"until"`
}

// ears records the messages to every connection.
type ears struct {
	sync.Mutex
	heard []said
	gone  map[string]bool
	deaf  map[string]bool
}

func (e *ears) Push(_ context.Context, conn string, message []byte) error {
	e.Lock()
	defer e.Unlock()
	switch {
	case e.gone[conn]:
		return socket.ErrGone
	case e.deaf[conn]:
		return errors.New("throttled")
	}
	s := said{at: time.Now(), conn: conn}
	if err := json.Unmarshal(message, &s); err != nil {
		return err
	}
	e.heard = append(e.heard, s)
	return nil
}

// of returns the messages to a connection, in order.
func (e *ears) of(conn string) (all []said) {
	e.Lock()
	defer e.Unlock()
	for _, s := range e.heard {
		if s.conn == conn {
			all = append(all, s)
		}
	}
	return all
}

type hall struct {
	*testing.T
	*viewers.Service
	ears  *ears
	store *memsale.Viewers
	seats *seats
	ids   int
	mu    sync.Mutex
}

// seats is every section's seats.
type seats struct {
	sync.Mutex
	of map[string][]seat.Seat
}

func (s *seats) Snapshot(_ context.Context, _, section string) ([]seat.Seat, error) {
	s.Lock()
	defer s.Unlock()
	return slices.Clone(s.of[section]), nil
}

// stand sets the seats of a section.
func (s *seats) stand(section string, all ...seat.Seat) {
	s.Lock()
	defer s.Unlock()
	s.of[section] = all
}

// newHall returns a hall with n connections that look at section A, in the time of a synctest bubble.
func newHall(t *testing.T, n, budget int) *hall {
	h := &hall{
		T:     t,
		ears:  &ears{gone: map[string]bool{}, deaf: map[string]bool{}},
		store: memsale.New().Viewers(),
		seats: &seats{of: map[string][]seat.Seat{}},
	}
	h.Service = h.process(budget)
	for i := range n {
		h.must(h.store.Open(t.Context(), "main", name(i), time.Now()))
		h.must(h.View(t.Context(), name(i), []string{"A"}, time.Now()))
	}
	return h
}

// process returns the service of one more process.
func (h *hall) process(budget int) *viewers.Service {
	return &viewers.Service{
		Store: h.store, Pace: h.store, Seats: h.seats, Pusher: h.ears, Budget: budget, Now: time.Now,
		ID: func() string {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.ids++
			return fmt.Sprint("id", h.ids)
		},
		Sleep: func(ctx context.Context, d time.Duration) error {
			select {
			case <-time.After(d):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		},
	}
}

func name(i int) string { return fmt.Sprintf("conn%03d", i) }

func (h *hall) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// locked returns a seat that was locked just now.
func locked(id string, version int64) seat.Seat {
	now := time.Now()
	return seat.Seat{ID: id, Holder: "somebody", Until: now.Add(time.Minute), Version: version, Changed: now}
}

// change returns a change of a section as the stream delivers it, which no other process has.
func change(section string, version int64) viewers.Changes {
	c := viewers.Changes{Zone: "main"}
	c.Add(section, locked(section+"-1-1", version), time.Now())
	return c
}

func (h *hall) tell(c viewers.Changes) viewers.Result {
	h.Helper()
	r, err := h.Deliver(h.Context(), c)
	h.must(err)
	return r
}

func TestTheFirstChangeIsToldAtOnceAndTheNextWhenASecondHasPassed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, 3, 0)
		start := time.Now()
		for v := range int64(4) {
			if got := h.tell(change("A", v+1)); got.Pushed != 3 {
				t.Errorf("%+v", got)
			}
		}
		for i, s := range h.ears.of(name(1)) {
			if want := start.Add(time.Duration(i) * time.Second); !s.at.Equal(want) {
				t.Errorf("message %d came at %v, not %v", i, s.at.Sub(start), want.Sub(start))
			}
			if m := s.Sections["A"]["A-1-1"]; m.Version != int64(i+1) || m.Status != seat.Locked || m.Until == 0 ||
				s.Type != "seats" {
				t.Errorf("message %d: %+v", i, s)
			}
		}
	})
}

// Ten processes with changes all the time and in all sections, as parallel invocations have, keep one pace: whatever a
// connection looks at, it gets a message a second. All but one of them don't even wait.
func TestManyProcessesKeepOnePaceForEveryConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, 2, 0)
		h.must(h.View(t.Context(), name(0), []string{"A", "B", "C"}, time.Now().Add(time.Millisecond)))
		end := time.Now().Add(9500 * time.Millisecond)
		var wg sync.WaitGroup
		for i := range 10 {
			p := h.process(0)
			wg.Go(func() {
				for v := int64(1); time.Now().Before(end); v++ {
					_, err := p.Deliver(t.Context(), change([]string{"A", "B", "C"}[i%3], 10*v+int64(i)))
					if err != nil {
						t.Error(err)
					}
					time.Sleep(37 * time.Millisecond)
				}
			})
		}
		wg.Wait()
		heard := h.ears.of(name(0))
		for i := 1; i < len(heard); i++ {
			if gap := heard[i].at.Sub(heard[i-1].at); gap < viewers.Every {
				t.Errorf("two messages within %v", gap)
			}
		}
		if len(heard) < 10 {
			t.Errorf("%d messages in ten seconds of changes", len(heard))
		}
	})
}

// The process that waits for the turn sends what has changed until then, in every section; those with changes meanwhile
// needn't wait, and nothing is late by more than a second.
func TestWhatChangesWhileSomebodyWaitsIsToldOnThatTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, 1, 0)
		h.must(h.View(t.Context(), name(0), []string{"A", "B"}, time.Now().Add(time.Millisecond)))
		h.tell(change("A", 1))
		h.tell(change("B", 1)) // so that B was told of a short while ago
		start := time.Now()
		var waiting sync.WaitGroup
		time.Sleep(100 * time.Millisecond)
		waiting.Go(func() { h.tell(change("A", 2)) })
		time.Sleep(500 * time.Millisecond)
		h.seats.stand("A", locked("A-1-2", 1)) // of which nobody was told yet
		early := locked("B-1-2", 1)
		h.seats.stand("B", early)
		before := time.Now()
		if got := h.tell(change("B", 2)); got != (viewers.Result{}) || time.Since(before) > 0 {
			t.Errorf("who needn't wait: %+v after %v", got, time.Since(before))
		}
		h.seats.stand("B", early, locked("B-1-1", 2))
		waiting.Wait()
		heard := h.ears.of(name(0))
		last := heard[len(heard)-1]
		if late := last.at.Sub(start); late != viewers.Every {
			t.Errorf("the turn came after %v", late)
		}
		for section, ids := range map[string][]string{"A": {"A-1-1", "A-1-2"}, "B": {"B-1-1", "B-1-2"}} {
			for _, id := range ids {
				if last.Sections[section][id].Version == 0 {
					t.Errorf("%s was not told: %+v", id, last)
				}
			}
		}
	})
}

// A change that the stream delivers late, or without a time, is sent by the process that it came to.
func TestAnOldChangeIsNotLeftToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, 1, 0)
		h.tell(change("A", 1))
		var waiting sync.WaitGroup
		waiting.Go(func() { h.tell(change("A", 2)) })
		time.Sleep(10 * time.Millisecond)
		for _, made := range []time.Time{time.Now().Add(-time.Minute), {}} {
			old := viewers.Changes{Zone: "main"}
			one := locked("A-9-9", 7)
			one.Changed = made
			old.Add("A", one, time.Now())
			h.ears.heard = nil
			if got := h.tell(old); got.Pushed != 1 {
				t.Errorf("made %v: %+v", made, got)
			}
			heard := h.ears.of(name(0))
			if len(heard) == 0 || heard[len(heard)-1].Sections["A"]["A-9-9"].Version != 7 {
				t.Errorf("made %v: heard %+v", made, heard)
			}
		}
		waiting.Wait()
	})
}

func TestWhereTooMuchChangedTheSnapshotIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, 1, 0)
		c := change("A", 1)
		for i := range viewers.MaxMarks {
			c.Add("A", locked(fmt.Sprint("A-2-", i), 1), time.Now())
		}
		h.tell(c)
		heard := h.ears.of(name(0))
		if len(heard) != 1 || !slices.Equal(heard[0].Read, []string{"A"}) || len(heard[0].Sections) > 0 {
			t.Errorf("%+v", heard)
		}
	})
}

func TestOnlyWhoLooksIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, 2, 0)
		h.must(h.View(t.Context(), name(1), []string{"B"}, time.Now().Add(time.Millisecond)))
		if got := h.tell(change("A", 1)); got.Pushed != 1 {
			t.Errorf("%+v", got)
		}
		if got := h.tell(change("C", 1)); got != (viewers.Result{}) {
			t.Errorf("a section that nobody looks at: %+v", got)
		}
	})
}

func TestAConnectionThatIsGoneIsForgottenAndOneInTroubleIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, 4, 0)
		h.ears.gone[name(1)], h.ears.deaf[name(2)] = true, true
		if got := h.tell(change("A", 1)); got != (viewers.Result{Pushed: 2, Gone: 1, Failed: 1}) {
			t.Errorf("%+v", got)
		}
		a, err := h.store.Of(t.Context(), "main", "A", time.Now())
		h.must(err)
		if want := []string{name(0), name(2), name(3)}; !slices.Equal(a.Conns, want) {
			t.Errorf("still looking: %v", a.Conns)
		}
	})
}

func TestAViewThatCannotBeIsRefused(t *testing.T) {
	h := newHall(t, 1, 0)
	many := make([]string, viewers.MaxSections+1)
	for i := range many {
		many[i] = fmt.Sprint("s", i)
	}
	for what, c := range map[string]struct {
		conn     string
		sections []string
		want     problem.Code
	}{
		"too many":                {name(0), many, problem.Invalid},
		"no name":                 {name(0), []string{""}, problem.Invalid},
		"a name with a separator": {name(0), []string{"A#B"}, problem.Invalid},
		"a name of 17 characters": {name(0), []string{"abcdefghijklmnopq"}, problem.Invalid},
		"before 0":                {name(0), []string{"A/"}, problem.Invalid},
		"behind 9":                {name(0), []string{"A:"}, problem.Invalid},
		"before A":                {name(0), []string{"A@"}, problem.Invalid},
		"behind Z":                {name(0), []string{"A["}, problem.Invalid},
		"before a":                {name(0), []string{"A`"}, problem.Invalid},
		"behind z":                {name(0), []string{"A{"}, problem.Invalid},
		"16 characters":           {name(0), []string{"09azAZ0123456789"}, ""},
		"never opened":            {"stranger", []string{"A"}, problem.Forbidden},
		"as many as may be":       {name(0), many[1:], ""},
		"one named twice is one":  {name(0), append(many[1:], "s1"), ""},
		"nothing at all":          {name(0), nil, ""},
	} {
		if got := problem.CodeOf(h.View(t.Context(), c.conn, c.sections, time.Now())); got != c.want {
			t.Errorf("%s: %q, want %q", what, got, c.want)
		}
	}
}

// closing remembers which connections were closed.
type closing []string

func (c *closing) Close(_ context.Context, conn string) error {
	*c = append(*c, conn)
	return nil
}

// A connection that asks for another view again and again is closed; one whose visitor moves a map with a quick hand
// isn't.
func TestAConnectionThatFloodsIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for often, want := range map[time.Duration]bool{2 * time.Millisecond: true, 950 * time.Millisecond: false} {
			h := newHall(t, 1, 0)
			var closed closing
			h.Closer = &closed
			for n := range 2 * viewers.ViewBurst {
				time.Sleep(often)
				err := h.View(t.Context(), name(0), []string{string(rune('A' + n%2))}, time.Now())
				if len(closed) == 0 {
					h.must(err)
				} else if problem.CodeOf(err) != problem.Forbidden {
					t.Errorf("a flood is answered %v", err)
				}
			}
			if (len(closed) > 0) != want || want && closed[0] != name(0) {
				t.Errorf("a view each %v: closed %q", often, closed)
			}
		}
	})
}

func TestSoManyViewsMayComeAtOnce(t *testing.T) {
	var clock time.Time
	for n := range viewers.ViewBurst + 1 {
		var flood bool
		if clock, flood = viewers.Paced(clock, time.Unix(1000, 0)); flood != (n == viewers.ViewBurst) {
			t.Errorf("view %d: flood %t", n+1, flood)
		}
	}
}

// taken is a Pace whose turns were taken already, by writes whose replies were lost.
type taken struct{ viewers.Pace }

func (p taken) Take(
	ctx context.Context, zone, by string, sections []string, now time.Time,
) (t viewers.Turn, ok bool, err error) {
	t, ok, err = p.Pace.Take(ctx, zone, by, sections, now)
	t.Last = now
	return t, ok, err
}

// A turn tells what has changed since a second before the one before, and never more than the last five seconds.
func TestHowFarBackATurnLooks(t *testing.T) {
	for what, c := range map[string]struct {
		since    time.Duration // the turn before
		repeated bool
		changed  time.Duration // before this turn
		told     bool
	}{
		"since the turn before":     {time.Second, false, 2*time.Second - 1, true},
		"before that":               {time.Second, false, 2 * time.Second, false},
		"long after the one before": {20 * time.Second, false, 5 * time.Second, false},
		"within five seconds":       {20 * time.Second, false, 5*time.Second - 1, true},
		"taken before":              {20 * time.Second, true, 3 * time.Second, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := newHall(t, 1, 0)
			h.tell(change("A", 1))
			time.Sleep(c.since)
			one := locked("A-1-2", 1)
			one.Changed = time.Now().Add(-c.changed)
			h.seats.stand("A", one)
			if c.repeated {
				h.Pace = taken{h.Pace}
			}
			h.tell(change("A", 2))
			heard := h.ears.of(name(0))
			if _, told := heard[len(heard)-1].Sections["A"]["A-1-2"]; told != c.told {
				t.Errorf("%s: told %t", what, told)
			}
		})
	}
}

func TestOfTwoMarksTheHigherVersionStays(t *testing.T) {
	var c viewers.Changes
	now := time.Now()
	for i, v := range []int64{2, 3, 1} {
		c.Add("A", seat.Seat{ID: "A-1-1", Version: v, Changed: now.Add(-time.Duration(i) * time.Second)}, now)
	}
	if c.Sections["A"]["A-1-1"].Version != 3 || !c.Oldest.Equal(now.Add(-2*time.Second)) {
		t.Errorf("%+v", c)
	}
}
