package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/sync/errgroup"

	"foyer/internal/dynamo"
	"foyer/internal/venue"
	"foyer/internal/viewers"
	"foyer/internal/zone"
)

// What a change of a seat may take until it is on every open map, p95, seconds; and what a connection may be told, messages a second.
const (
	mapBudget    = 1.0
	changesEvery = 250 * time.Millisecond // on average, in the whole hall
	closest      = 0.9                    // seconds between two messages as they are heard: what is sent a second apart may come a little closer
)

// maps lets buyers lock and swap seats of a hall at random times, as fast as a sale goes, and measures how long until
// each change is on every one of many open maps that show the whole hall. The time runs from the sending of the request.
func (c *running) maps(ctx context.Context) ([]Row, error) {
	looking, buying, changes := pick(c.Env, 50, 4), pick(c.Env, 40, 4), pick(c.Env, 200, 8)
	s, err := c.open(ctx, "maps", func(s *zone.Settings) { s.Capacity, s.Rate, s.SeatFactor = looking+buying, 60_000, 0 })
	if err != nil {
		return nil, err
	}
	hall, err := c.hall(ctx, s.Zone)
	if err != nil {
		return nil, err
	}
	inside, err := c.gather(ctx, s.Zone, looking+buying, func(ctx context.Context, w *walker) error { return w.connect(ctx) })
	defer hangUp(inside)
	if err != nil {
		return nil, err
	}
	if err := goIn(ctx, inside); err != nil {
		return nil, err
	}
	seen := &sightings{of: map[string]map[int]time.Time{}}
	for i, w := range inside[:looking] {
		socket, err := w.look(ctx, hall)
		if err != nil {
			return nil, err
		}
		defer func() { _ = socket.CloseNow() }()
		go seen.watch(i, socket)
	}
	views := dynamo.NewViewers(c.cloud.Dynamo, c.cloud.Prefix+"viewers")
	if err := until(ctx, "every map to be looked at", func() bool { return looks(ctx, views, s.Zone, hall) == looking }); err != nil {
		return nil, err
	}
	asked, err := pickSeats(ctx, inside[looking:], hall, changes)
	if err != nil {
		return nil, err
	}
	err = until(ctx, "every map to show every change", func() bool { return seen.all(asked, looking) })
	return append(seen.rows(asked, looking), missed(err)...), nil
}

// missed is nothing, or a row that says that some map was never told.
func missed(err error) []Row {
	if err == nil {
		return nil
	}
	return []Row{{What: "changes that a map was never told", Measured: "some", Verdict: notMet, Note: err.Error()}}
}

// hall gives a zone the map of 5,000 seats.
func (c *running) hall(ctx context.Context, zone string) (venue.Venue, error) {
	raw, err := os.ReadFile(filepath.Join(c.root, "testdata", "venues", "hall-5000.json"))
	if err != nil {
		return venue.Venue{}, err
	}
	hall, err := venue.Parse(raw)
	if err != nil {
		return venue.Venue{}, err
	}
	hall.Sections = slices.DeleteFunc(hall.Sections, func(s venue.Section) bool { return s.Kind != venue.Seated })
	hall.Sections = hall.Sections[:min(len(hall.Sections), viewers.MaxSections)]
	return hall, dynamo.NewSeats(c.cloud.Dynamo, c.cloud.Prefix+"seats", c.cloud.Prefix+"holds").SaveMap(ctx, zone, hall, 0)
}

// goIn lets everybody enter at their turn.
func goIn(ctx context.Context, walkers []*walker) error {
	group, within := errgroup.WithContext(ctx)
	for _, w := range walkers {
		group.Go(func() error {
			select {
			case t := <-w.turns:
				return w.enter(within, t)
			case <-within.Done():
				return within.Err()
			}
		})
	}
	return group.Wait()
}

// look opens a map on all sections.
func (w *walker) look(ctx context.Context, hall venue.Venue) (*websocket.Conn, error) {
	socket, _, err := websocket.Dial(ctx, strings.Replace(w.base, "http", "ws", 1)+"/ws?zone="+w.zone+"&for=map", w.dialing())
	if err != nil {
		return nil, err
	}
	socket.SetReadLimit(1 << 20)
	view := map[string]any{"action": "view", "sections": names(hall)}
	text, err := json.Marshal(view)
	if err == nil {
		err = socket.Write(ctx, websocket.MessageText, text)
	}
	return socket, err
}

func names(hall venue.Venue) (ids []string) {
	for _, s := range hall.Sections {
		ids = append(ids, s.ID)
	}
	return ids
}

// looks is how many connections look at the section that the fewest look at.
func looks(ctx context.Context, views *dynamo.Viewers, zone string, hall venue.Venue) int {
	least := -1
	for _, s := range hall.Sections {
		a, err := views.Of(ctx, zone, s.ID, time.Now())
		if err != nil || len(a.Conns) == 0 {
			return 0
		}
		if least < 0 || len(a.Conns) < least {
			least = len(a.Conns)
		}
	}
	return least
}

// asking is a seat that was asked for, and when.
type asking struct {
	seat string
	at   time.Time
}

// pickSeats lets buyers lock seats at random times all over the hall; who has one already swaps it. Nobody waits for
// anybody else's answer.
func pickSeats(ctx context.Context, buyers []*walker, hall venue.Venue, n int) ([]asking, error) {
	random := rand.New(rand.NewPCG(5, 5))
	asked := make([]asking, n)
	group, within := errgroup.WithContext(ctx)
	next := time.Now()
	for i := range n {
		next = next.Add(time.Duration(random.ExpFloat64() * float64(changesEvery)))
		section := hall.Sections[random.IntN(len(hall.Sections))]
		row := section.Rows[i%len(section.Rows)]
		wanted := row.Seats[i/len(section.Rows)%len(row.Seats)].ID
		select {
		case <-within.Done():
			return nil, group.Wait()
		case <-time.After(time.Until(next)):
		}
		asked[i] = asking{wanted, time.Now()}
		group.Go(func() error {
			return buyers[i%len(buyers)].post(within, "seats", fmt.Sprintf(`{"seats":[%q]}`, wanted))
		})
	}
	return asked, group.Wait()
}

// sightings is when each map was first told of each seat.
type sightings struct {
	mu       sync.Mutex
	of       map[string]map[int]time.Time // seat → map → when
	messages int
	gaps     []float64 // between two messages to one connection, s
}

// watch notes what a map is told, until its socket ends.
func (s *sightings) watch(who int, socket *websocket.Conn) {
	var last time.Time
	for {
		_, text, err := socket.Read(context.Background())
		if err != nil {
			return
		}
		now := time.Now()
		var m viewers.SeatsMessage
		if json.Unmarshal(text, &m) != nil || m.Type != "seats" {
			continue
		}
		s.note(who, m, now, last)
		last = now
	}
}

func (s *sightings) note(who int, m viewers.SeatsMessage, now, last time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages++
	if !last.IsZero() {
		s.gaps = append(s.gaps, now.Sub(last).Seconds())
	}
	for _, marks := range m.Sections {
		for id := range marks {
			if s.of[id] == nil {
				s.of[id] = map[int]time.Time{}
			}
			if _, told := s.of[id][who]; !told {
				s.of[id][who] = now
			}
		}
	}
}

// all tells whether every map was told of every change.
func (s *sightings) all(asked []asking, maps int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range asked {
		if len(s.of[a.seat]) < maps {
			return false
		}
	}
	return true
}

func (s *sightings) rows(asked []asking, maps int) []Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	var took []float64
	for _, a := range asked {
		for _, at := range s.of[a.seat] {
			took = append(took, at.Sub(a.at).Seconds())
		}
	}
	slices.Sort(took)
	slices.Sort(s.gaps)
	at := func(of []float64, percent int) float64 { return of[(len(of)-1)*percent/100] }
	return []Row{
		atMost("seat change to every open map, p95", mapBudget, at(took, 95), " s").with(
			"%d maps of a whole hall, %d locks and swaps all over it, one each %v on average; p50 %.2f s, longest %.2f s, from the sending of the request",
			maps, len(asked), changesEvery, at(took, 50), took[len(took)-1]),
		atLeast("between two messages to one map, shortest", closest, at(s.gaps, 0), " s").with("%d messages; p5 %.2f s, median %.2f s, as they are heard", s.messages, at(s.gaps, 5), at(s.gaps, 50)),
	}
}
