package choose_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/sale/choose"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/seatcount"
	"foyer/internal/sale/seatmap"
	"foyer/internal/sale/venue"
)

func (w *world) chose(a token.Access, seats ...string) choose.Held {
	w.Helper()
	held, err := w.Choose(w.Context(), a, seats)
	w.must(err)
	return held
}

func (w *world) refused(err error, code problem.Code, seats ...string) {
	w.Helper()
	var p *problem.Error
	if !errors.As(err, &p) || p.Code != code || !slices.Equal(p.Seats, seats) {
		w.Errorf("error %v, want %s %v", err, code, seats)
	}
}

func TestABuyerChoosesSwapsAndReleases(t *testing.T) {
	w := newWorld(t, inMemory())
	all := w.buyers(2)
	me, you := all[0], all[1]
	held := w.chose(me, "stalls-A-2", "stalls-A-1")
	if !slices.Equal(held.Seats, []string{"stalls-A-1", "stalls-A-2"}) || held.Total != 13000 || held.Currency != "EUR" ||
		!held.Until.Equal(start.Add(choose.LockFor)) {
		t.Errorf("%+v", held)
	}
	_, err := w.Choose(t.Context(), you, []string{"stalls-A-2", "stalls-A-3"})
	w.refused(err, problem.SeatTaken, "stalls-A-2")
	w.pass(time.Minute)
	held = w.chose(me, "stalls-A-2", "balcony-A-1")
	if held.Total != 6500+3200 {
		t.Errorf("%+v", held)
	}
	w.chose(you, "stalls-A-1")
	if again := w.chose(me, "balcony-A-1", "stalls-A-2"); !again.Until.Equal(held.Until) {
		t.Errorf("the same again: %+v, before %+v", again, held)
	}
	if held = w.chose(me); len(held.Seats) != 0 || !held.Until.IsZero() || held.Total != 0 {
		t.Errorf("released: %+v", held)
	}
	w.chose(you, "stalls-A-1", "stalls-A-2")
	w.pass(choose.LockFor)
	if held, err = w.Holds(t.Context(), you); err != nil || len(held.Seats) != 0 {
		t.Errorf("after expiry: %+v %v", held, err)
	}
	w.chose(me, "stalls-A-1")
}

func TestOnlyWhoIsInsideChooses(t *testing.T) {
	w := newWorld(t, inMemory())
	all := w.buyers(5)
	for i, state := range []bucket.State{bucket.Left, bucket.Expired} {
		w.end(all[i], state)
	}
	foreign := all[2]
	foreign.ID = all[3].ID
	nowhere := all[2]
	nowhere.Ref = bucket.Ref{Page: 9}
	for name, a := range map[string]token.Access{
		"left": all[0], "expired": all[1], "another's grant": foreign, "no grant": nowhere,
	} {
		_, err := w.Choose(t.Context(), a, []string{"stalls-A-1"})
		if problem.CodeOf(err) != problem.Ended {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.pass(time.Hour)
	_, err := w.Choose(t.Context(), all[2], []string{"stalls-A-1"})
	w.refused(err, problem.Ended)
	if seats, err := w.seats.Snapshot(t.Context(), "main", "stalls"); err != nil || len(seats) != 0 {
		t.Errorf("%v %v", seats, err)
	}
}

func TestSeatsThatDoNotExistAndTooMany(t *testing.T) {
	w := newWorld(t, inMemory())
	me := w.buyers(1)[0]
	for _, id := range []string{"stalls-A-99", "nowhere-A-1", "stalls", "", "~map", "stalls-A-1#x"} {
		_, err := w.Choose(t.Context(), me, []string{id})
		w.refused(err, problem.NotFound)
	}
	_, err := w.Choose(t.Context(), me, []string{"stalls-A-1", "stalls-A-2", "stalls-A-3", "stalls-A-4", "stalls-A-5"})
	w.refused(err, problem.Limit)
	_, err = w.Choose(t.Context(), me, []string{"stalls-A-1", "stalls-A-1"})
	w.refused(err, problem.Invalid)
	_, err = w.Choose(t.Context(), me, slices.Repeat([]string{"stalls-A-99"}, seat.MaxPerBuyer+1)) // not looked for
	w.refused(err, problem.Invalid)
}

func TestALockEndsWithItsSession(t *testing.T) {
	w := newWorld(t, inMemory())
	me := w.buyers(1)[0]
	w.pass(time.Hour - time.Minute)
	if held := w.chose(me, "stalls-A-1"); !held.Until.Equal(start.Add(time.Hour)) {
		t.Errorf("%+v", held)
	}
}

// A clock that runs behind may plan to give up a seat that is somebody else's by now.
func TestASeatThatWasLostMeanwhileIsNoHindrance(t *testing.T) {
	w := newWorld(t, inMemory())
	all := w.buyers(2)
	w.chose(all[0], "stalls-A-1", "stalls-A-2")
	w.pass(choose.LockFor)
	w.chose(all[1], "stalls-A-1")
	w.pass(-time.Second)
	if held := w.chose(all[0], "stalls-A-3"); !slices.Equal(held.Seats, []string{"stalls-A-3"}) {
		t.Errorf("%+v", held)
	}
	seats, _ := w.seats.Snapshot(t.Context(), "main", "stalls")
	if seats[0].Holder != all[1].ID.String() || seats[1].Holder != "" {
		t.Errorf("%+v", seats)
	}
}

func TestLeavingNeedsNoGrant(t *testing.T) {
	w := newWorld(t, inMemory())
	me := w.buyers(1)[0]
	w.chose(me, "stalls-A-1")
	w.end(me, bucket.Left)
	for range 2 {
		w.must(w.Leave(t.Context(), "main", me.ID))
	}
	if seats, _ := w.seats.Snapshot(t.Context(), "main", "stalls"); seats[0].Status(w.now()) != seat.Available {
		t.Errorf("%+v", seats)
	}
}

func TestPayKeepsSeatsAndVisitOnce(t *testing.T) {
	w := newWorld(t, inMemory())
	me := w.buyers(1)[0]
	_, err := w.Pay(t.Context(), me, "o1")
	w.refused(err, problem.NoSeats)
	w.zone.MaxVisit, w.zone.Version = 2*time.Hour, 2
	w.must(w.zones.SaveSettings(t.Context(), w.zone))
	w.pass(50 * time.Minute)
	w.chose(me, "stalls-A-1")
	held, err := w.Pay(t.Context(), me, "o1")
	w.must(err)
	until := start.Add(50*time.Minute + zone.DefaultPayFor)
	if !held.Until.Equal(until) || !held.Paying {
		t.Errorf("%+v", held)
	}
	w.pass(10 * time.Minute) // the grant would have ended
	again, err := w.Pay(t.Context(), me, "o1")
	if err != nil || !again.Until.Equal(until) {
		t.Errorf("again: %+v %v", again, err)
	}
	_, err = w.Choose(t.Context(), me, []string{"stalls-A-2"})
	w.refused(err, problem.Paying)
	w.pass(5 * time.Minute)
	_, err = w.Pay(t.Context(), me, "o1")
	w.refused(err, problem.Ended)
}

func TestTheZoneSaysHowLongAPaymentMayTake(t *testing.T) {
	w := newWorld(t, inMemory())
	w.zone.PayFor, w.zone.Version = 7*time.Minute, 2
	w.must(w.zones.SaveSettings(t.Context(), w.zone))
	me := w.buyers(1)[0]
	w.chose(me, "stalls-A-1")
	held, err := w.Pay(t.Context(), me, "o1")
	w.must(err)
	if !held.Until.Equal(start.Add(7 * time.Minute)) {
		t.Errorf("until %v", held.Until)
	}
}

func TestBestIsNearTheStage(t *testing.T) {
	w := newWorld(t, inMemory())
	all := w.buyers(3)
	w.Service.Pick = func(int) int { return 0 }
	held, err := w.Best(t.Context(), all[0], venue.Wish{N: 2})
	w.must(err)
	if len(held.Seats) != 2 || held.Seats[0][:9] != "stalls-A-" || held.Total != 13000 {
		t.Errorf("%+v", held)
	}
	if held, err = w.Best(t.Context(), all[1], venue.Wish{N: 4, Category: "C"}); err != nil || held.Total != 4*3200 {
		t.Errorf("%+v %v", held, err)
	}
	if held, err = w.Best(t.Context(), all[2], venue.Wish{N: 2, Accessible: true}); err != nil ||
		held.Seats[0][:9] != "stalls-L-" {
		t.Errorf("%+v %v", held, err)
	}
	for _, wish := range []venue.Wish{
		{N: 2, Category: "Z"}, {N: 2, Section: "roof"}, {N: 2, Section: "boxL", Category: "A"},
	} {
		_, err = w.Best(t.Context(), all[0], wish)
		w.refused(err, problem.NoSeats)
	}
	for _, n := range []int{0, 9} {
		_, err = w.Best(t.Context(), all[0], venue.Wish{N: n})
		w.refused(err, problem.Invalid)
	}
	_, err = w.Best(t.Context(), all[0], venue.Wish{N: 5})
	w.refused(err, problem.Limit)
}

// All buyers ask for the best two at the same time: each gets two, no seat is sold twice, no single seat is left.
func TestACrowdAfterTheBestSeats(t *testing.T) {
	w := newWorld(t, inMemory())
	all := w.buyers(60)
	var mu sync.Mutex
	var wait sync.WaitGroup
	seen := map[string]bool{}
	for i, a := range all {
		wait.Go(func() {
			s := w.service()
			s.Pick = func(n int) int { return (i * 7) % n }
			held, err := s.Best(t.Context(), a, venue.Wish{N: 2})
			mu.Lock()
			defer mu.Unlock()
			if problem.CodeOf(err) == problem.SeatTaken {
				return // told so; trying again is theirs
			}
			if err != nil || len(held.Seats) != 2 {
				t.Errorf("buyer %d: %+v %v", i, held, err)
			}
			for _, id := range held.Seats {
				if seen[id] {
					t.Errorf("%s twice", id)
				}
				seen[id] = true
			}
		})
	}
	wait.Wait()
	if len(seen) < 2*55 {
		t.Errorf("only %d of 60 buyers had seats", len(seen)/2)
	}
}

func TestSeatsLeft(t *testing.T) {
	w := newWorld(t, inMemory())
	c := &seatcount.Counter{Seats: w.seats, Maps: w.Maps, Now: w.now}
	left := func(want int) {
		t.Helper()
		w.pass(seatcount.CountEvery)
		if n, err := c.SeatsLeft(t.Context(), "main"); err != nil || n != want {
			t.Errorf("%d left, want %d, %v", n, want, err)
		}
	}
	left(300)
	me := w.buyers(1)[0]
	w.chose(me, "stalls-A-1", "stalls-A-2")
	left(300) // a lock may end
	_, err := w.Pay(t.Context(), me, "o1")
	w.must(err)
	if n, _ := c.SeatsLeft(t.Context(), "main"); n != 300 {
		t.Error("counted anew before its time")
	}
	left(298)
	w.must(
		w.seats.Settle(
			t.Context(),
			seat.Settlement{Zone: "main", Buyer: me.ID.String(), Order: "o", Seats: []string{"stalls-A-1"}, Limit: 4},
		),
	)
	left(298)
	w.pass(zone.DefaultPayFor)
	left(299)
	_, err = w.seats.House(t.Context(), "main", "press", []string{"boxL-A-1"}, false, w.now())
	w.must(err)
	left(298)
	if n, err := c.SeatsLeft(t.Context(), "other"); err != nil || n != -1 {
		t.Errorf("a zone without a map: %d %v", n, err)
	}
}

// notices is a Board that counts what is saved.
type notices struct {
	seat.Board
	saved []seat.Counts
	fails error
}

func (n *notices) SaveCounts(ctx context.Context, zone string, c seat.Counts) error {
	if n.fails != nil {
		return n.fails
	}
	n.saved = append(n.saved, c)
	return nil
}

// Every section's free seats are saved on the board when they have changed, also by locks that expired, and now and
// then when they have not. An error of the board doesn't fail the count.
func TestWhatIsCountedIsPutOnTheBoard(t *testing.T) {
	w := newWorld(t, inMemory())
	board := &notices{}
	c := &seatcount.Counter{Seats: w.seats, Maps: w.Maps, Board: board, Now: w.now}
	count := func(wait time.Duration, stalls, saved int) {
		t.Helper()
		w.pass(wait)
		if _, err := c.SeatsLeft(t.Context(), "main"); err != nil {
			t.Fatal(err)
		}
		if len(board.saved) != saved {
			t.Fatalf("put on the board %d times, want %d", len(board.saved), saved)
		}
		if last := board.saved[saved-1]; last.Free["stalls"] != stalls || last.Free["boxL"] != 12 || len(last.Free) != 4 {
			t.Errorf("%v", last.Free)
		}
	}
	all := 0
	for _, s := range theatre(t).Sections {
		if s.ID == "stalls" {
			all = s.Size()
		}
	}
	count(0, all, 1)
	count(seatcount.CountEvery, all, 1)
	w.chose(w.buyers(1)[0], "stalls-A-1", "stalls-A-2")
	count(seatcount.CountEvery, all-2, 2)
	count(choose.LockFor, all, 3)
	board.fails = errors.New("no")
	count(time.Minute, all, 3)
	board.fails = nil
	count(seatcount.CountEvery, all, 4)
}

func TestLoadingAMapAgainAndChangingIt(t *testing.T) {
	w := newWorld(t, inMemory())
	load := func(v venue.Venue) (seatmap.Loaded, error) { return w.loader().Load(t.Context(), "main", v) }
	got, err := load(theatre(t))
	if err != nil || got != (seatmap.Loaded{Version: 1, Seats: 300, Unchanged: true}) {
		t.Errorf("again: %+v %v", got, err)
	}
	less := theatre(t)
	less.Sections = less.Sections[:3]
	var faults venue.Faults
	if _, err = load(less); !errors.As(err, &faults) || len(faults) != 1 {
		t.Errorf("less, while the zone is open: %v", err)
	}
	more := theatre(t)
	more.Sections = append(
		more.Sections,
		venue.Section{
			ID:       "floor",
			Name:     "Floor",
			Kind:     venue.Standing,
			Category: "C",
			Capacity: 5,
			Outline:  more.Sections[0].Outline,
		},
	)
	if got, err = load(more); err != nil || got != (seatmap.Loaded{Version: 2, Seats: 305, Added: 5}) {
		t.Errorf("more: %+v %v", got, err)
	}
	w.chose(w.buyers(1)[0], "stalls-A-1")
	w.zone.State, w.zone.Version = zone.Closed, 2
	w.must(w.zones.SaveSettings(t.Context(), w.zone))
	if _, err = load(less); !errors.As(err, &faults) {
		t.Errorf("less, with a seat locked: %v", err)
	}
	w.pass(time.Hour)
	if got, err = load(less); err != nil || got.Seats != 240 {
		t.Errorf("less, when nobody has a seat: %+v %v", got, err)
	}
	if _, err = w.loader().Load(t.Context(), "none", less); problem.CodeOf(err) != problem.UnknownZone {
		t.Errorf("a zone that isn't there: %v", err)
	}
}

// The zone opens while a map is loaded that takes seats away: the map isn't loaded.
func TestAMapThatTakesSeatsAwayLosesToTheOpening(t *testing.T) {
	w := newWorld(t, inDatabase(t))
	w.zone.State, w.zone.Version = zone.Closed, 2
	w.must(w.zones.SaveSettings(t.Context(), w.zone))
	less := theatre(t)
	less.Sections = less.Sections[:3]
	loader := w.loader()
	loader.Seats = opens{w.seats, func() {
		w.zone.State, w.zone.Version = zone.Open, 3
		w.must(w.zones.SaveSettings(t.Context(), w.zone))
	}}
	if _, err := loader.Load(t.Context(), "main", less); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("loaded while the zone opened: %v", err)
	}
	var faults venue.Faults
	if _, err := w.loader().Load(t.Context(), "main", less); !errors.As(err, &faults) {
		t.Errorf("loaded into an open zone: %v", err)
	}
	w.zone.State, w.zone.OpensAt, w.zone.Version = zone.Scheduled, w.now().Add(59*time.Second), 4
	w.must(w.zones.SaveSettings(t.Context(), w.zone))
	if _, err := w.loader().Load(t.Context(), "main", less); !errors.As(err, &faults) {
		t.Errorf("loaded a moment before the zone opens by itself: %v", err)
	}
	stored, err := venue.Read(t.Context(), w.seats, "main")
	if err != nil || stored.Version != 1 || stored.Venue.Size() != 300 {
		t.Errorf("version %d with %d seats, %v", stored.Version, stored.Venue.Size(), err)
	}
}

// opens is seats during whose reading the zone opens.
type opens struct {
	seat.Store
	open func()
}

func (s opens) Snapshot(ctx context.Context, zone, section string) ([]seat.Seat, error) {
	if section == "stalls" {
		s.open()
	}
	return s.Store.Snapshot(ctx, zone, section)
}

func TestLeavingGivesSeatsUpButNotThoseBeingPaid(t *testing.T) {
	w := newWorld(t, inMemory())
	all := w.buyers(2)
	w.chose(all[0], "stalls-A-1")
	w.chose(all[1], "stalls-A-2")
	_, err := w.Pay(t.Context(), all[1], "o1")
	w.must(err)
	status := func() (out []seat.Status) {
		seats, err := w.seats.Snapshot(t.Context(), "main", "stalls")
		w.must(err)
		for _, one := range seats {
			out = append(out, one.Status(w.now()))
		}
		return out
	}
	for range 2 {
		for _, a := range all {
			w.must(w.Leave(t.Context(), "main", a.ID))
		}
		if got := status(); !slices.Equal(got, []seat.Status{seat.Available, seat.Locked}) {
			t.Errorf("%v", got)
		}
	}
}
