package demo

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"sync"
	"time"

	"foyer/infra/local/crowd"
	"foyer/internal/problem"
	"foyer/internal/zone"
)

// MaxUsual is the most people that may be kept in line.
const MaxUsual = 2000

// topUp is how often newcomers make up for those who went in; fewer than least aren't worth a wave.
const (
	topUp = 2 * time.Second
	least = 5
)

// Usual is the people who keep coming by themselves, so that there is a line to join.
type Usual struct {
	People  int `json:"people"` // to be kept in line
	Waiting int `json:"waiting"`
	Inside  int `json:"inside"`
}

// usual keeps some people in line while the zone is open: wave after wave of a simulated crowd, each as large as what
// is missing.
type usual struct {
	front string
	zone  string
	seed  uint64

	mu     sync.Mutex
	people int
	waves  []*crowd.Crowd
}

// keep sets how many to keep in line. Nobody: those who are about close their tabs.
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

func (u *usual) stats() Usual {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := Usual{People: u.people}
	for _, wave := range u.waves {
		s := wave.Stats()
		now.Waiting, now.Inside = now.Waiting+s.Waiting, now.Inside+s.Inside
	}
	return now
}

// run tops the line up until ctx ends; open tells whether the zone is.
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

// topUp sends a wave of those who are missing, spread over the time until the next.
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
		Gone: 0.05, HTTPOnly: 0.1, Apps: 0.1,
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
	var what struct{ People int }
	err := read(w, r, &what)
	if err == nil {
		if fault := d.Usual(what.People); fault != nil {
			err = problem.New(problem.Invalid, "%v", fault)
		}
	}
	answer(w, d.stage().usual.stats(), err)
}

// open tells whether the zone was open a moment ago, and had something to come for.
func (d *Demo) open() bool {
	z := d.watch.now().Zone
	return z.State == string(zone.Open) && !z.SoldOut
}
