package announce_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"foyer/internal/room/announce"
	"foyer/internal/room/event"
	"foyer/internal/room/queue"
	"foyer/internal/room/socket"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// hall is a zone over memory with a line, and a platform that takes 40 ms for a push, or up to 400.
type hall struct {
	*testing.T
	*announce.Service
	cloud *memroom.Cloud

	mu     sync.Mutex
	heard  map[string]time.Time // by connection
	asked  []time.Time
	last   []byte
	denies func(conn string) error
}

func newHall(t *testing.T, change func(*zone.Settings)) *hall {
	h := &hall{T: t, cloud: memroom.New(), heard: map[string]time.Time{}, denies: func(string) error { return nil }}
	h.Service = &announce.Service{
		Zones: h.cloud.Zones(), Queue: h.cloud.Queue(), Post: h.post, Now: time.Now, Sleep: sleep,
	}
	s := zone.New("main")
	s.QueueShards, s.State = 16, zone.Paused
	change(&s)
	if err := h.cloud.Zones().SaveSettings(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return h
}

func sleep(_ context.Context, d time.Duration) error {
	time.Sleep(d)
	return nil
}

func (h *hall) post(_ context.Context, conn string, message []byte) error {
	h.mu.Lock()
	h.asked = append(h.asked, time.Now())
	slow := len(h.asked)%50 == 0
	h.mu.Unlock()
	time.Sleep(40 * time.Millisecond)
	if slow {
		time.Sleep(360 * time.Millisecond)
	}
	if err := h.denies(conn); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard[conn], h.last = time.Now(), message
	return nil
}

// lines up n visitors, in the order of their connections' numbers; every tenth came over HTTP and has none.
func (h *hall) lineUp(n int) {
	s, _ := h.cloud.Stands("main")
	dice := rand.New(rand.NewPCG(1, 1))
	for i := range n {
		var id queue.VisitorID
		for b := range id {
			id[b] = byte(dice.Uint32())
		}
		e := queue.Entry{Key: queue.NewKey(8, 0, uint64(i+1), id), RegisteredAt: time.Now()}
		if i%10 != 9 {
			e.Conn, e.ConnAt = fmt.Sprint(i), time.Now()
		}
		if _, err := h.Queue.Register(h.Context(), s.Queue(), e); err != nil {
			h.Fatal(err)
		}
	}
}

func (h *hall) announces() announce.Result {
	r, err := h.Announce(h.Context(), "main")
	if err != nil {
		h.Fatal(err)
	}
	return r
}

func TestTheFiveThousandNearestHearWithinTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, func(*zone.Settings) {})
		h.lineUp(12_000)
		h.denies = func(conn string) error {
			switch {
			case conn[len(conn)-1] == '3':
				return fmt.Errorf("410: %w", socket.ErrGone)
			case conn == "0", conn == "44":
				return errors.New("throttled")
			}
			return nil
		}
		start := time.Now()
		r := h.announces()
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("it took %v", took)
		}
		if want := (announce.Result{Pushed: 3998, Gone: 500, Failed: 2}); r != want {
			t.Errorf("%+v, want %+v", r, want)
		}
		for i := range 12_000 {
			_, heard := h.heard[fmt.Sprint(i)]
			if want := i < 5000 && i%10 != 9 && i%10 != 3 && i != 0 && i != 44; heard != want {
				t.Fatalf("number %d in line heard: %v", i, heard)
			}
		}
		slices.SortFunc(h.asked, time.Time.Compare)
		for i := range len(h.asked) - announce.PerSecond - 1 {
			if h.asked[i+announce.PerSecond+1].Sub(h.asked[i]) < time.Second {
				t.Fatalf("more than %d requests in a second", announce.PerSecond)
			}
		}
	})
}

// One shard may hold all who are first: the others' share of the line is not theirs.
func TestTheNearestAreFoundWhereverTheyLie(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, func(s *zone.Settings) { s.QueueShards = 4 })
		s, _ := h.cloud.Stands("main")
		for i := range 9000 {
			var id queue.VisitorID
			for n := 0; ; n++ {
				id[0], id[1], id[2], id[3] = byte(i), byte(i>>8), byte(n), byte(n>>8)
				if id.Shard(4) == min(i/6000, 1) {
					break
				}
			}
			e := queue.Entry{Key: queue.NewKey(8, 0, uint64(i+1), id), Conn: fmt.Sprint(i), ConnAt: time.Now()}
			if _, err := h.Queue.Register(t.Context(), s.Queue(), e); err != nil {
				t.Fatal(err)
			}
		}
		if r := h.announces(); r.Pushed != announce.Nearest || !h.heard["4999"].After(h.heard["0"]) {
			t.Errorf("%+v", r)
		}
		if !h.heard["5000"].IsZero() {
			t.Error("somebody beyond heard")
		}
	})
}

func TestAnAnnouncementSaysWhatTheStatusWillSay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opens := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
		h := newHall(t, func(s *zone.Settings) { s.OpensAt, s.Title = opens, "The concert" })
		h.lineUp(1)
		if err := h.cloud.Zones().SaveStatus(t.Context(), zone.Status{Zone: "main", Version: 1, SoldOut: true}); err != nil {
			t.Fatal(err)
		}
		e := event.Event{Status: event.Postponed, Message: "See you soon."}.Replace(event.Event{Zone: "main"}, opens)
		if err := h.cloud.Zones().SaveEvent(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		h.announces()
		var m announce.Message
		if err := json.Unmarshal(h.last, &m); err != nil {
			t.Fatal(err)
		}
		told := m.Told
		m.Told = nil
		want := announce.Change{State: zone.Paused, SoldOut: true, OpensAt: opens.UnixMilli(), Event: 1}
		if m.Type != "status" || m.Zone != "main" || m.Version != 3 || *m.Change != want {
			t.Errorf("%s, want %+v", h.last, want)
		}
		if told == nil || told.Message != "See you soon." || told.Name != "The concert" || told.Status != event.Postponed {
			t.Errorf("told of %+v", told)
		}
	})
}

func TestWhereEverybodyIsLetThroughPagesAreToldToAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, func(s *zone.Settings) { s.LetThrough = true })
		h.lineUp(1)
		h.announces()
		if want := `{"type":"status","zone":"main","version":1}`; string(h.last) != want {
			t.Errorf("%s, want %s", h.last, want)
		}
	})
}

// Who is first in a draw is a secret until the seed is out, and a zone without a line has nobody to tell.
func TestNobodyIsNearestWhereTheOrderIsSecretOrNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, change := range map[string]func(*zone.Settings){
			"a draw before its opening": func(s *zone.Settings) { s.Policy, s.OpensAt = zone.Draw, time.Now().Add(time.Hour) },
			"a draw in its grace": func(s *zone.Settings) {
				s.Policy, s.OpensAt = zone.Draw, time.Now().Add(-time.Second)
			},
			"no queue": func(s *zone.Settings) { s.Policy = zone.Reject },
		} {
			h := newHall(t, change)
			h.lineUp(5)
			if r := h.announces(); r != (announce.Result{}) || len(h.asked) > 0 {
				t.Errorf("%s: %+v", name, r)
			}
		}
		h := newHall(t, func(s *zone.Settings) { s.Policy, s.OpensAt = zone.Draw, time.Now().Add(-zone.DrawGrace) })
		h.lineUp(5)
		if r := h.announces(); r.Pushed != 5 {
			t.Errorf("a draw that is over: %+v", r)
		}
		if r, err := h.Announce(t.Context(), "gone"); err != nil || r != (announce.Result{}) {
			t.Errorf("a zone that was deleted: %+v, %v", r, err)
		}
	})
}
