// Package rehearse sends a crowd to one's own staging stage, or to the local cloud, and reports how it fared: how long
// people took at each step, and which layer the errors are of.
//
// A crowd is a weapon. Its target proves itself by its stack's outputs; there is no way to name another.
package rehearse

import (
	"context"
	"fmt"
	"math"
	"os"
	"time"

	"foyer/infra/ctl/cli"
	"foyer/infra/demo/crowd"
	"foyer/internal/plan"
	"foyer/internal/problem"
	"foyer/internal/room/zone"
)

// Rehearse is the command that rehearses a sale.
type Rehearse struct {
	Zone      string        `arg:"" optional:"" default:"main" help:"The zone to come to; it is open, or opens soon."`
	People    int           `default:"100" help:"How many come, 1 to 20,000."`
	PerSecond float64       `default:"10" help:"How many come a second at most, 0.1 to 500."`
	Ramp      time.Duration `default:"30s" help:"Until they come that fast; it grows evenly from nothing."`
	For       time.Duration `default:"10m" help:"When everybody who is still there goes away, 5s to 1h."`
	Stay      time.Duration `default:"20s" help:"How long one stays inside, on average, 1s to 10m."`
	ByHTTP    float64       `name:"without-socket" default:"0.1" help:"Share of those who can't have a socket, 0 to 1."`
	Report    string        `short:"o" default:"rehearsal.html" type:"path" help:"Where the report goes, one HTML file."`
	cli.Change
}

// Bounds of a rehearsal beside the crowd's own.
const (
	mostPerSecond = 500.0 // new sockets a second, by API Gateway's quota
	leastFor      = 5 * time.Second
	mostFor       = time.Hour
	leastStay     = time.Second
	mostStay      = 10 * time.Minute
)

func (c *Rehearse) check() error {
	for _, rule := range []struct {
		ok   bool
		text string
	}{
		{c.People >= 1 && c.People <= crowd.MaxVisitors, fmt.Sprintf("--people must be 1 to %d", crowd.MaxVisitors)},
		{c.PerSecond >= 0.1 && c.PerSecond <= mostPerSecond, "--per-second must be 0.1 to 500"},
		{c.For >= leastFor && c.For <= mostFor, "--for must be 5s to 1h"},
		{c.Ramp >= 0 && c.Ramp <= c.For, "--ramp must be 0s to what --for says"},
		{c.Stay >= leastStay && c.Stay <= mostStay, "--stay must be 1s to 10m"},
		{c.ByHTTP >= 0 && c.ByHTTP <= 1, "--without-socket must be 0 to 1"},
	} {
		if !rule.ok {
			return problem.New(problem.Invalid, "%s", rule.text)
		}
	}
	return nil
}

// Run rehearses, and writes the report. It ends with a disagreement where people lost their way.
func (c *Rehearse) Run(a *cli.App) error {
	if err := c.check(); err != nil {
		return err
	}
	to, err := prove(a)
	if err != nil {
		return err
	}
	s, err := c.ready(a)
	if err != nil {
		return err
	}
	price, err := c.price(s, to)
	if err != nil {
		return err
	}
	if c.requests() > to.ipLimit {
		a.Note("All of them come from this machine's address, some %d requests in five minutes, of which the firewall takes "+
			"%d: raise ip-limit in the stage's file first, or take fewer", c.requests(), to.ipLimit)
	}
	on, err := a.May(c.Change, cli.Asked, "send %d people to %s, zone %s, up to %g a second after %s, for %s at most; %s",
		c.People, to.url, c.Zone, c.PerSecond, c.Ramp, c.For, price)
	if !on {
		return err
	}
	if err := to.knows(a, c.Zone); err != nil {
		return err
	}
	r, err := c.rehearse(a, to, s)
	if err != nil {
		return err
	}
	r.Price = price.String()
	return c.tell(a, r)
}

// ready returns the zone's settings, if people can wait and enter there in time.
func (c *Rehearse) ready(a *cli.App) (zone.Settings, error) {
	zones, err := a.Parts.Zones()
	if err != nil {
		return zone.Settings{}, err
	}
	s, err := zones.Settings(a.Ctx, c.Zone)
	if err != nil {
		return s, err
	}
	switch now := a.Now(); {
	case s.Gate() == zone.Passthrough:
		return s, problem.New(problem.Refused, "zone %s lets everybody through, so nobody would wait or enter", c.Zone)
	case s.StateAt(now) != zone.Open && s.StateAt(now.Add(c.For/2)) != zone.Open:
		return s, problem.New(problem.Refused,
			"zone %s is %s: open it first (foyerctl zone open %s), or let it open within %s",
			c.Zone, s.StateAt(now), c.Zone, c.For/2)
	case s.Capacity == 0:
		return s, problem.New(problem.Refused, "zone %s has a capacity of 0, so nobody would enter", c.Zone)
	}
	return s, nil
}

// price is what a rehearsal costs, in dollars.
type price struct {
	dollars float64
	of      string // which prices
}

func (p price) String() string {
	if p.of == "" {
		return "it costs nothing"
	}
	return fmt.Sprintf("it costs some $%.2f (prices of %s)", math.Max(p.dollars, 0.01), p.of)
}

// price works out what the rehearsal costs on AWS, by the plan of a sale of its size.
func (c *Rehearse) price(s zone.Settings, to target) (price, error) {
	if to.local {
		return price{}, nil
	}
	sale := plan.Sale{
		Visitors: c.People, PeakMinute: min(c.People, int(math.Ceil(60*c.PerSecond))), Capacity: s.Capacity, Rate: s.Rate,
		Session: max(c.Stay, zone.MinSession), Wait: min(c.For, zone.MaxSession),
	}
	if to.sells {
		sale.Seats = c.People * s.SeatsPerBuyer
	}
	p, err := plan.New(sale)
	return price{p.Total, p.Prices}, err
}

// requests returns how many the crowd makes in its busiest five minutes, about.
func (c *Rehearse) requests() int {
	const each = 12 // arriving, registering, polls, entering, looking around, seats, leaving
	return int(math.Min(float64(c.People), c.PerSecond*300) * each)
}

// seats returns how many seats a visitor takes and gives back.
func seats(s zone.Settings) int { return min(max(s.SeatsPerBuyer, 1), 2) }

// rehearse sends the crowd and watches it until everybody has gone.
func (c *Rehearse) rehearse(a *cli.App, to target, s zone.Settings) (*Report, error) {
	m := newMeter(a.Now)
	people, err := crowd.New(crowd.Options{
		FrontDoor: to.page(c.Zone), Zone: c.Zone, Host: to.host, Seed: uint64(a.Now().UnixNano()), Now: a.Now,
		Watch: m.watch, Moment: m.moment,
	})
	if err != nil {
		return nil, err
	}
	within, done := context.WithTimeout(a.Ctx, c.For)
	defer done()
	if err := people.Start(within, crowd.Plan{
		Visitors: c.People, PerSecond: c.PerSecond, Ramp: c.Ramp, Stay: c.Stay, HTTPOnly: c.ByHTTP,
		Buy: crowd.Buy{Share: 1, Seats: seats(s), GiveBack: true},
	}); err != nil {
		return nil, err
	}
	last := m.follow(people.Stats, func(at time.Duration, s crowd.Stats) {
		a.Note("%5s  %d came, %d wait, %d inside, %d left, %d failed; errors: %d", at.Round(time.Second), s.Arrived,
			s.Waiting, s.Inside, s.Left, s.Failed, m.errors())
	})
	r := m.report(last)
	r.Where, r.Zone, r.Cut = to.name, c.Zone, a.Ctx.Err() != nil
	r.Asked = Asked{c.People, c.PerSecond, c.Ramp.String(), c.For.String(), c.Stay.String(), c.ByHTTP}
	r.Settings = Settings{s.Capacity, s.Rate, s.Session.String()}
	r.judge()
	return r, nil
}

// tell writes the report's file, and says what came of it.
func (c *Rehearse) tell(a *cli.App, r *Report) error {
	page, err := r.HTML()
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.Report, page, 0o644); err != nil {
		return problem.New(problem.Invalid, "write the report: %v", err)
	}
	if a.JSON {
		err = a.Encode(r)
	} else {
		err = r.Print(a.Out)
	}
	a.Note("The report is in %s", c.Report)
	switch {
	case err != nil:
		return err
	case r.Cut:
		return a.Ctx.Err()
	case len(r.Wrong) > 0:
		return &cli.DisagreementError{Text: "not everybody found their way: see the report"}
	}
	return nil
}
