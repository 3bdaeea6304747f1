package live

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

	"foyer/infra/test/bench/measure"
	"foyer/internal/room/zone"
	"foyer/internal/sale/venue"
	"foyer/internal/sale/viewers"
	"foyer/internal/store/dynamo/dynsale"
)

// What a change of a seat may take until it is on every open map, p95, seconds; and what a map may receive, messages a
// second.
const (
	mapBudget  = 1.0
	toldBudget = 1.0
	steady     = 2 * time.Second        // between changes, on average, in the whole hall
	rush       = 250 * time.Millisecond // the same, in the first minutes of a sale
)

// maps lets buyers lock and swap seats of a hall at random times, as fast as a sale goes, and measures how long until
// each change is on every one of many open maps that show the whole hall. The time runs from the sending of the
// request.
func (c *running) maps(ctx context.Context) ([]measure.Row, error) {
	looking, buying := measure.Pick(c.Env, 50, 4), measure.Pick(c.Env, 40, 4)
	s, err := c.open(ctx, "maps", func(s *zone.Settings) { s.Capacity, s.Rate, s.SeatFactor = looking+buying, 24_000, 0 })
	if err != nil {
		return nil, err
	}
	hall, err := c.hall(ctx, s.Zone)
	if err != nil {
		return nil, err
	}
	inside, err := c.gather(ctx, s.Zone, looking+buying,
		func(ctx context.Context, w *walker) error { return w.connect(ctx) })
	defer hangUp(inside)
	if err != nil {
		return nil, err
	}
	if err := goIn(ctx, inside); err != nil {
		return nil, err
	}
	seen := &sightings{of: map[string]map[int]time.Time{}, messages: map[int]*heard{}}
	for i, w := range inside[:looking] {
		socket, err := w.look(ctx, hall)
		if err != nil {
			return nil, err
		}
		defer func() { _ = socket.CloseNow() }()
		go seen.watch(i, socket)
	}
	views := dynsale.NewViewers(c.cloud.Dynamo, c.cloud.Prefix+"viewers")
	if err := until(ctx, "every map to be looked at",
		func() bool { return looks(ctx, views, s.Zone, hall) == looking }); err != nil {
		return nil, err
	}
	seats := spread(hall)
	var rows []measure.Row
	for _, pace := range []struct {
		every   time.Duration
		changes int
	}{{steady, measure.Pick(c.Env, 60, 3)}, {rush, measure.Pick(c.Env, 120, 6)}} {
		asked, err := lockSeats(ctx, inside[looking:], seats[:pace.changes], pace.every)
		if err != nil {
			return rows, err
		}
		seats = seats[pace.changes:]
		err = until(ctx, "every map to show every change", func() bool { return seen.all(asked, looking) })
		rows = append(rows, seen.row(asked, looking, pace.every))
		rows = append(rows, missed(err)...)
	}
	return append(rows, seen.busiest()), nil
}

// missed returns nothing, or a row which says that some map missed a change.
func missed(err error) []measure.Row {
	if err == nil {
		return nil
	}
	return []measure.Row{{What: "changes that a map never received", Measured: "some", Verdict: measure.NotMet,
		Note: err.Error()}}
}

// hall loads the map of 5,000 seats into a zone.
func (c *running) hall(ctx context.Context, zone string) (venue.Venue, error) {
	raw, err := os.ReadFile(filepath.Join(c.Root, "testdata", "venues", "hall-5000.json"))
	if err != nil {
		return venue.Venue{}, err
	}
	hall, err := venue.Parse(raw)
	if err != nil {
		return venue.Venue{}, err
	}
	hall.Sections = slices.DeleteFunc(hall.Sections, func(s venue.Section) bool { return s.Kind != venue.Seated })
	hall.Sections = hall.Sections[:min(len(hall.Sections), viewers.MaxSections)]
	return hall, dynsale.NewSeats(c.cloud.Dynamo, c.cloud.Prefix+"seats", c.cloud.Prefix+"holds").SaveMap(ctx, zone, hall,
		0)
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
	socket, _, err := websocket.Dial(ctx, strings.Replace(w.base, "http", "ws", 1)+"/ws?zone="+w.zone+"&for=map",
		w.dialing())
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

// looks returns the number of connections that look at the least viewed section.
func looks(ctx context.Context, views *dynsale.Viewers, zone string, hall venue.Venue) int {
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

// spread is the hall's seats that are sold one by one, each once, in an order that goes all over it.
func spread(hall venue.Venue) (ids []string) {
	for _, section := range hall.Sections {
		for _, row := range section.Rows {
			for _, one := range row.Seats {
				if !one.Companion {
					ids = append(ids, one.ID)
				}
			}
		}
	}
	rand.New(rand.NewPCG(5, 5)).Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	return ids
}

// lockSeats lets one buyer after the other lock a seat, or swap the one they have for it, at random times. Nobody waits
// for anybody else's answer.
func lockSeats(ctx context.Context, buyers []*walker, seats []string, every time.Duration) ([]asking, error) {
	random := rand.New(rand.NewPCG(6, 6))
	asked := make([]asking, len(seats))
	group, within := errgroup.WithContext(ctx)
	next := time.Now()
	for i, id := range seats {
		next = next.Add(time.Duration(random.ExpFloat64() * float64(every)))
		select {
		case <-within.Done():
			return nil, group.Wait()
		case <-time.After(time.Until(next)):
		}
		asked[i] = asking{id, time.Now()}
		group.Go(func() error { return buyers[i%len(buyers)].post(within, "seats", fmt.Sprintf(`{"seats":[%q]}`, id)) })
	}
	return asked, group.Wait()
}

// sightings are the times at which each map first learned of each seat.
type sightings struct {
	mu       sync.Mutex
	of       map[string]map[int]time.Time // seat → map → when
	messages map[int]*heard               // by map
}

// heard counts a map's messages, with the times of the first and the last.
type heard struct {
	n           int
	first, last time.Time
}

// watch notes a map's messages, until its socket ends.
func (s *sightings) watch(who int, socket *websocket.Conn) {
	for {
		_, text, err := socket.Read(context.Background())
		if err != nil {
			return
		}
		var m viewers.SeatsMessage
		if json.Unmarshal(text, &m) != nil || m.Type != "seats" {
			continue
		}
		s.note(who, m, time.Now())
	}
}

func (s *sightings) note(who int, m viewers.SeatsMessage, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.messages[who] == nil {
		s.messages[who] = &heard{first: now}
	}
	s.messages[who].n++
	s.messages[who].last = now
	for _, marks := range m.Sections {
		for id := range marks {
			if s.of[id] == nil {
				s.of[id] = map[int]time.Time{}
			}
			if _, found := s.of[id][who]; !found {
				s.of[id][who] = now
			}
		}
	}
}

// all reports whether every map learned of every change.
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

// row says how long the changes took. With changes all the time, many of them come right after a message and wait for
// the next one, a second later: then p95 can't be much below a second, so that such a rush has no budget.
func (s *sightings) row(asked []asking, maps int, every time.Duration) measure.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	var took []float64
	for _, a := range asked {
		for _, at := range s.of[a.seat] {
			took = append(took, at.Sub(a.at).Seconds())
		}
	}
	if len(took) == 0 {
		return measure.Row{What: "seat change to every open map, p95", Measured: "none came", Verdict: measure.NotMet}
	}
	slices.Sort(took)
	at := func(percent int) float64 { return took[(len(took)-1)*percent/100] }
	row := measure.FigureOnly(fmt.Sprintf("… with %d changes a second", time.Second/every), at(95), " s")
	if every == steady {
		row = measure.AtMost("seat change to every open map, p95", mapBudget, at(95), " s")
	}
	return row.With("%d maps of a whole hall, %d locks and swaps all over it, one each %v on average; p50 %.2f s, "+
		"longest %.2f s, from the sending of the request; a map gets a message a second at most, and what comes right "+
		"after one waits for the next",
		maps, len(asked), every, at(50), took[len(took)-1])
}

// busiest returns how many messages a second the map received that received the most.
func (s *sightings) busiest() measure.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	most, n := 0.0, 0
	for _, h := range s.messages {
		if span := h.last.Sub(h.first).Seconds(); span > 0 {
			most = max(most, float64(h.n-1)/span)
		}
		n += h.n
	}
	return measure.AtMost("messages a second to one map", toldBudget, most,
		"").With("the map with the most, of %d messages in all; every map looks at all sections", n)
}
