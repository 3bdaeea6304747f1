package home

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"foyer/infra/demo/crowd"
	"foyer/infra/topology"
	"foyer/internal/problem"
	"foyer/internal/room/zone"
)

// stage is one sale: a zone, its protected page, and the crowds before it.
type stage struct {
	number int // from 1
	zone   string
	page   string // URL
	crowd  *crowd.Crowd
	usual  *usual
	life   context.Context
	end    context.CancelFunc
}

// newStage is the sale of that number. The zone has to exist before anybody comes.
func newStage(ctx context.Context, cloud Cloud, number int, now func() time.Time) (*stage, error) {
	s := &stage{number: number, zone: topology.DefaultZone, page: cloud.FrontDoor() + "/"}
	if number > 1 {
		s.zone = fmt.Sprintf("night-%d", number)
		s.page += "z/" + s.zone + "/"
	}
	seed := uint64(now().UnixNano())
	c, err := crowd.New(crowd.Options{FrontDoor: s.page, Zone: s.zone, Seed: seed, Now: now})
	if err != nil {
		return nil, err
	}
	s.crowd, s.usual = c, &usual{front: s.page, zone: s.zone, seed: seed + 1<<32}
	s.life, s.end = context.WithCancel(ctx)
	return s, nil
}

// close sends the crowds home.
func (s *stage) close() {
	s.end()
	s.usual.keep(0)
	s.crowd.Stop()
}

// night stands between a sale's title and its number.
const night = ", night "

// next begins the next sale, with that seat map, in a zone of its own that is otherwise as the last one was. The last
// one closes, and its crowd goes over to the new one: a zone is one on-sale, and its seats are sold once.
func (d *Demo) next(ctx context.Context, venue string) error {
	if !slices.Contains(d.cloud.Venues(), venue) {
		return problem.New(problem.Invalid, "there is no seat map %.40q", venue)
	}
	d.begins.Lock()
	defer d.begins.Unlock()
	last := d.stage()
	d.begun = max(d.begun, last.number) + 1 // one that failed to begin may have left a zone behind
	next, err := newStage(d.life, d.cloud, d.begun, d.now)
	if err != nil {
		return err
	}
	s, err := d.cloud.Zones().Settings(ctx, last.zone)
	if err != nil {
		return err
	}
	title, _, _ := strings.Cut(s.Title, night)
	s.Zone, s.Version, s.State, s.Title = next.zone, 1, zone.Open, title+night+strconv.Itoa(next.number)
	if err := d.cloud.Zones().SaveSettings(ctx, s); err != nil {
		return err
	}
	e, err := d.cloud.Zones().Event(ctx, last.zone)
	if err != nil {
		return err
	}
	if e.Version > 0 {
		e.Zone, e.Version, e.Name = next.zone, 1, s.Title
		for _, at := range []*time.Time{&e.Begin, &e.Doors, &e.End} {
			*at = at.AddDate(0, 0, 1)
		}
		if err := d.cloud.Zones().SaveEvent(ctx, e); err != nil {
			return err
		}
	}
	if err := d.cloud.Sell(ctx, next.zone, venue); err != nil {
		return err
	}
	d.mu.Lock()
	d.plays, d.sale = next, nil
	d.mu.Unlock()
	d.watch.forget()
	usual := last.usual.stats()
	next.usual.want(usual.Buy)
	next.usual.keep(usual.People)
	go next.usual.run(next.life, d.open)
	go last.close()
	closed := zone.Closed
	return d.save(ctx, last.zone, change{State: &closed})
}

func (d *Demo) nextSale(w http.ResponseWriter, r *http.Request) {
	var what struct{ Venue string }
	err := read(w, r, &what)
	if err == nil {
		err = d.next(r.Context(), what.Venue)
	}
	answer(w, d.moment(r.Context()), err)
}
