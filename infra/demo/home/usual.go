package home

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"sync"
	"time"

	"foyer/infra/demo/crowd"
	"foyer/internal/problem"
	"foyer/internal/room/zone"
)

// MaxUsual is the most people that may be kept in line.
const MaxUsual = 2000

// topUp is the time between two waves of newcomers, who replace the visitors that went in; fewer than least aren't
// worth a wave.
const (
	topUp = 2 * time.Second
	least = 5
)

// Usual describes the crowd that keeps coming by itself, so that there is a line to join.
type Usual struct {
	People  int `json:"people"` // to be kept in line
	Waiting int `json:"waiting"`
	Inside  int `json:"inside"`

	Buy crowd.Buy `json:"buy"` // what they do about seats
}

// usualBuy is what the usual crowd buys by default: a hall of 5,000 lasts it for about an hour.
var usualBuy = crowd.Buy{Share: 0.15, Seats: 4, DropOut: 0.1, Decline: 0.1, Trouble: 0.05}

// usual keeps some people in line while the zone is open: wave after wave of a simulated crowd, each as large as what
// is missing.
type usual struct {
	front string
	zone  string
	seed  uint64

	mu     sync.Mutex
	people int
	buy    crowd.Buy
	waves  []*crowd.Crowd
}

// keep sets how many to keep in line. With nobody to keep, the present visitors close their tabs.
func (u *usual) keep(people int) {
	u.mu.Lock()
	u.people = people
	var gone []*crowd.Crowd
	if people == 0 {
		gone, u.waves = u.waves, nil
	}
	u.mu.Unlock()
	for _, wave := range gone {
		wave.Stop()
	}
}

// want sets what visitors who come from now on do about seats.
func (u *usual) want(b crowd.Buy) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.buy = b
}

func (u *usual) stats() Usual {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := Usual{People: u.people, Buy: u.buy}
	for _, wave := range u.waves {
		s := wave.Stats()
		now.Waiting, now.Inside = now.Waiting+s.Waiting, now.Inside+s.Inside
	}
	return now
}

// run tops the line up until ctx ends; open reports whether the zone is.
func (u *usual) run(ctx context.Context, open func() bool) {
	tick := time.NewTicker(topUp)
	defer tick.Stop()
	for {
		if open() {
			u.topUp(ctx)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// topUp sends a wave of as many as are missing, spread over the time until the next.
func (u *usual) topUp(ctx context.Context) {
	u.mu.Lock()
	defer u.mu.Unlock()
	missing := u.people
	u.waves = slices.DeleteFunc(u.waves, func(wave *crowd.Crowd) bool { return !wave.Stats().Running })
	for _, wave := range u.waves {
		s := wave.Stats()
		missing -= s.Waiting + s.Planned - s.Arrived
	}
	if missing < least {
		return
	}
	u.seed++
	wave, err := crowd.New(crowd.Options{FrontDoor: u.front, Zone: u.zone, Seed: u.seed})
	if err != nil {
		return // the front door was good enough for the other crowd
	}
	plan := crowd.Plan{
		Visitors: missing, PerSecond: math.Max(float64(missing)/topUp.Seconds()/2, 1),
		Gone: 0.05, HTTPOnly: 0.1, Apps: 0.1, Buy: u.buy,
	}
	if wave.Start(ctx, plan) == nil {
		u.waves = append(u.waves, wave)
	}
}

// Usual keeps so many people in line from now on, 0 to MaxUsual.
func (d *Demo) Usual(people int) error {
	if people < 0 || people > MaxUsual {
		return fmt.Errorf("the usual crowd must be 0 to %d people", MaxUsual)
	}
	d.stage().usual.keep(people)
	return nil
}

func (d *Demo) setUsual(w http.ResponseWriter, r *http.Request) {
	var what struct {
		People *int
		Buy    *crowd.Buy
	}
	err := read(w, r, &what)
	if err == nil && what.Buy != nil {
		err = what.Buy.Validate()
	}
	if err == nil && what.People != nil {
		err = d.Usual(*what.People)
	}
	if err != nil {
		fail(w, problem.New(problem.Invalid, "%v", err))
		return
	}
	usual := d.stage().usual
	if what.Buy != nil {
		usual.want(*what.Buy)
	}
	send(w, usual.stats())
}

// open reports whether the zone was open at the last look, with something left to buy.
func (d *Demo) open() bool {
	z := d.watch.now().Zone
	return z.State == string(zone.Open) && !z.SoldOut
}
