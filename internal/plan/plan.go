// Package plan works out what a sale needs before it begins: quotas to raise, throughput to warm, how a zone's queue
// and log should be split, how long sockets take to connect, and what it costs. It is arithmetic on the figures that
// the operator expects, on budgets that `make bench` measures, and on AWS's prices; it makes no request.
//
// It errs on the dear side: every visitor waits and enters, as long as there are seats where seats are sold. What the
// protected site itself needs and what the payment provider takes are not in it.
package plan

import (
	"cmp"
	"fmt"
	"math"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/exchange"
	"foyer/internal/room/zone"
	"foyer/internal/sale/viewers"
)

// Sale is what the operator expects.
type Sale struct {
	Visitors            int           // in all
	PeakMinute          int           // visitors arriving in the busiest minute
	Capacity            int           // live grants
	Rate                int           // entries a minute
	Session             time.Duration // how long somebody is inside, on average
	Wait                time.Duration // how long somebody waits, on average; 0: half the time that the line takes
	ReservedConcurrency int           // Lambda concurrency that functions have reserved
	Seats               int           // for sale here; 0: none
	PerOrder            int           // seats of an order, on average; 0: 2
	Zones               int           // such zones on sale at the same time; 0: 1
	Concurrency         int           // that the account has; 0: AWS's default
	Requests            int           // a second that its APIs may take; 0: AWS's default
}

// What is assumed; `make bench` measures most of it.
const (
	burst           = 2.0                 // the busiest second of the busiest minute, as a multiple of its average
	perTick         = exchange.MaxPerTick // there is a tick a second
	loadRequests    = 8.0                 // requests of an arriving visitor: redirects, page, status, register, socket
	pollsPerMinute  = 25.0 / 20           // status requests of a waiting page
	renewEvery      = 90.0                // seconds between an inside page's renewals
	pingEvery       = 5.0                 // minutes between an open socket's pings
	announced       = 10.0                // changes of a zone that are pushed to those nearest in line
	announcers      = 2.0                 // announcements under way at once: the function's concurrency
	shardWrites     = 500.0               // writes a second that a shard is planned for, half of what a partition takes
	partWrites      = 500.0               // the same for a partition of the log
	writesEntering  = 2 + 1.0/12          // of the log: a page's share, claim, leave
	settingsEvery   = 2.0                 // seconds that a process remembers a zone's settings
	itemReads       = 3000.0              // reads a second that one item takes
	readsPerGrant   = 1.0 / 30            // of a tick, for each live grant, after random stays
	readsPerWaiting = 0.011               // of a census, for each visitor waiting
	countsPerSecond = 40_000.0            // visitors that a census counts
	censusReads     = 10_000.0            // read units a second while a census runs
)

// Plan is what the sale needs.
type Plan struct {
	Sale     Sale     `json:"-"`
	Line     Line     `json:"line"`
	Buying   Buying   `json:"buying"`
	Zone     Zone     `json:"zone"`
	Quotas   []Quota  `json:"quotas"`
	Tables   []Table  `json:"tables"`
	Costs    []Cost   `json:"costs"`
	Total    float64  `json:"totalDollars"`
	Prices   string   `json:"prices"`
	Warnings []string `json:"warnings"`
}

// Line is how the sale goes.
type Line struct {
	PeakSecond float64 `json:"arrivalsInTheBusiestSecond"`
	Rate       float64 `json:"entriesAMinute"`   // that rate, capacity and ticks allow together
	Bound      string  `json:"boundBy"`          // which of them binds
	Minutes    float64 `json:"minutes"`          // until the last one is in, or the seats are gone
	Wait       float64 `json:"averageMinutes"`   // of waiting
	Waiting    float64 `json:"mostWaiting"`      // at one moment, each with a socket
	Connecting float64 `json:"minutesToConnect"` // until all have a socket, at the quota as it is by default
	ByHTTP     float64 `json:"shareRegisteringOverHTTP"`
}

// Zone is the advice on settings that are fixed when a zone is made.
type Zone struct {
	QueueShards int `json:"queueShards"`
	GrantShards int `json:"grantShards"`
}

// New plans a sale. It returns problem.Invalid naming what makes no sense.
func New(s Sale) (Plan, error) {
	if err := s.check(); err != nil {
		return Plan{}, err
	}
	s.PerOrder, s.Zones = cmp.Or(s.PerOrder, 2), cmp.Or(s.Zones, 1)
	s.Concurrency, s.Requests = cmp.Or(s.Concurrency, concurrency), cmp.Or(s.Requests, apiRequests)
	p := Plan{Sale: s, Line: s.line(), Prices: pricesOf()}
	p.Buying = s.buying(p.Line)
	p.Zone = s.zone(p.Line)
	load := p.Buying.load(s.load(p.Line))
	p.Tables = tables(s, p.Line, p.Zone, p.Buying, load)
	p.Quotas = append(quotas(s, p.Line, p.Buying, load), tableQuotas(p.Tables)...)
	p.Costs = append(costs(s, p.Line, p.Zone, p.Tables), p.Buying.costs(s, p.Line)...)
	for i := range p.Costs {
		c := &p.Costs[i]
		if c.What != warming { // the tables are warmed once for all zones, and their needs are of all
			c.Quantity, c.Dollars = c.Quantity*float64(s.Zones), c.Dollars*float64(s.Zones)
		}
		p.Total += c.Dollars
	}
	p.Warnings = p.warnings(load)
	return p, nil
}

func (s Sale) check() error {
	for _, rule := range []struct {
		ok   bool
		text string
	}{
		{s.Visitors >= 1 && s.Visitors <= 1_000_000_000, "visitors must be 1 to 1,000,000,000"},
		{s.PeakMinute >= 1 && s.PeakMinute <= s.Visitors, "peak-minute must be 1 to the number of visitors"},
		{s.Capacity >= 1 && s.Capacity <= zone.MaxCapacityPerShard*zone.MaxGrantShards, "capacity must be 1 to 320,000"},
		{s.Rate >= 1 && s.Rate <= 1_000_000, "rate must be 1 to 1,000,000 a minute"},
		{s.Session >= zone.MinSession && s.Session <= zone.MaxSession, "session must be 30s to 12h"},
		{s.Wait >= 0 && s.Wait <= 48*time.Hour, "wait must be 0 to 48h"},
		{s.Seats >= 0 && s.Seats <= 10_000_000, "seats must be 0 to 10,000,000"},
		{s.PerOrder >= 0 && s.PerOrder <= zone.MaxSeatsPerBuyer, "seats-per-order must be 1 to 8"},
		{s.Zones >= 0 && s.Zones <= 1_000, "zones must be 1 to 1,000"},
		{s.ReservedConcurrency >= 0, "reserved concurrency can't be negative"},
	} {
		if !rule.ok {
			return problem.New(problem.Invalid, "%s", rule.text)
		}
	}
	return nil
}

// line works out how the sale goes: everybody comes at the pace of the busiest minute until all are there.
func (s Sale) line() Line {
	l := Line{PeakSecond: burst * float64(s.PeakMinute) / 60, Rate: float64(s.Rate), Bound: "rate"}
	if byCapacity := float64(s.Capacity) / s.Session.Minutes(); byCapacity < l.Rate {
		l.Rate, l.Bound = byCapacity, "capacity"
	}
	if l.Rate > perTick*60 {
		l.Rate, l.Bound = perTick*60, "ticks"
	}
	all, in := float64(s.Visitors), s.entering()
	l.Minutes = in / l.Rate
	l.Wait = l.Minutes * (1 - in/all/2) // a visitor who doesn't get in waits to the end
	if s.Wait > 0 {
		l.Wait = s.Wait.Minutes()
	}
	arriving := float64(s.Visitors) / float64(s.PeakMinute)
	l.Waiting = max(0, float64(s.Visitors)-l.Rate*arriving)
	l.Connecting = max(arriving, float64(s.Visitors)/(socketConnects*60))
	l.ByHTTP = max(0, 1-socketConnects*60/float64(s.PeakMinute))
	return l
}

// zone splits the queue by its writes, and the log by its capacity and its writes.
func (s Sale) zone(l Line) Zone {
	shards := up((l.PeakSecond*(1+l.ByHTTP) + l.Rate/60) / shardWrites)
	parts := max(up(float64(s.Capacity)/zone.MaxCapacityPerShard), up(l.Rate/60*writesEntering/partWrites),
		up(float64(min(s.Rate, zone.MaxRate))/zone.MaxRatePerShard))
	return Zone{min(max(shards, 4), zone.MaxQueueShards), min(max(parts, 1), zone.MaxGrantShards)}
}

// load is requests a second in the busiest second.
type load struct {
	functions float64 // of Lambda, by requests of visitors
	callbacks float64 // @connections
	pings     float64 // of open sockets
	waiting   float64 // Lambda executions that wait for the payment provider
	edge      float64 // of CloudFront
}

func (s Sale) load(l Line) load {
	entering, inside := l.Rate/60, float64(s.Capacity)
	return load{
		// Registrations and handshakes of arriving visitors, enter and leave of entering ones, renewals of those inside.
		functions: l.PeakSecond*(1+l.ByHTTP) + 2*entering + inside/renewEvery,
		callbacks: entering, // the push of a turn; look-ups have a budget of their own, for all zones
		pings:     l.Waiting / (pingEvery * 60),
		edge:      l.PeakSecond*loadRequests + l.Waiting*pollsPerMinute/60 + 2*entering + inside/renewEvery,
	}
}

func (p Plan) warnings(l load) (all []string) {
	say := func(when bool, format string, args ...any) {
		if when {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	s, z := p.Sale, p.Zone
	say(p.Line.Bound == "capacity", "capacity binds: %d places for %s each let %.0f a minute in, less than the rate of %d",
		s.Capacity, s.Session, p.Line.Rate, s.Rate)
	say(p.Line.Bound == "ticks", "a zone's exchange calls at most %d a second, %d a minute: a higher rate doesn't help",
		perTick, perTick*60)
	say(p.Line.Minutes > 12*60, "the line takes %.0f hours at this rate: close the waiting room earlier, or let more in",
		p.Line.Minutes/60)
	say(z.QueueShards == zone.MaxQueueShards,
		"even %d shards take no more than %d registrations a second safely: spread the arrivals",
		z.QueueShards, int(z.QueueShards)*int(shardWrites))
	say(l.functions/10/settingsEvery > itemReads/2,
		"some %.0f processes read the zone's settings every %.0f s, an item that takes %.0f reads a second",
		l.functions/10, settingsEvery, itemReads)
	say(p.Buying.Hushed, "%.0f maps are open, and %d messages a second are for them: "+
		"the others read each section's snapshot from the CDN, a second old", p.Buying.Maps, viewers.Budget)
	say(p.Buying.Sections > 1, "seats change so fast that %.0f sections or more must be on sale at once: "+
		"each takes some 1,000 write units a second", p.Buying.Sections)
	say(p.Line.ByHTTP > 0, "%.0f %% can't have a socket at once and register over HTTP first; their place is the same",
		100*p.Line.ByHTTP)
	return all
}

// up is the next whole number.
func up(x float64) int { return int(math.Ceil(x - 1e-9)) }
