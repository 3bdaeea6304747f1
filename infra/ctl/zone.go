package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/zone"
)

// zoneCmd holds the commands for zones.
type zoneCmd struct {
	List   zoneList   `cmd:"" help:"Name every zone and its state."`
	Show   zoneShow   `cmd:"" help:"Show a zone's settings and its status."`
	Create zoneCreate `cmd:"" help:"Make a zone. It is scheduled for --opens, or else closed until it is opened."`
	Set    zoneSet    `cmd:"" help:"Change what is given and nothing else."`
	Open   zoneOpen   `cmd:"" help:"Open a zone now, or end its pause."`
	Pause  zonePause  `cmd:"" help:"Call nobody any more; visitors inside stay."`
	Close  zoneClose  `cmd:"" help:"Close a zone: nobody waits, enters or chooses seats."`

	LetThrough zoneLetThrough `cmd:"" help:"Emergency: on drops the queue and lets everybody through, off restores it."`
}

// settings are the flags of settings that may be changed; nil: as it is.
type settings struct {
	Title         *string        `help:"What visitors read, up to 60 characters."`
	Opens         *time.Time     `help:"Opening, as 2026-05-01T10:00:00Z; only later." format:"2006-01-02T15:04:05Z07:00"`
	Policy        *string        `help:"first-come, draw, reject or passthrough."`
	Capacity      *int           `help:"How many may be inside at once."`
	Rate          *int           `help:"How many may enter a minute."`
	Window        *time.Duration `help:"How long a called visitor has to come, such as 30s."`
	Session       *time.Duration `help:"How long a visit lasts, such as 10m."`
	Renews        *bool          `help:"Activity renews the visit." negatable:""`
	MaxVisit      *time.Duration `help:"The longest that a renewed visit may last; 0: four sessions."`
	SeatsPerBuyer *int           `help:"Seats that one buyer may have, 1 to 8."`
	SeatFactor    *float64       `help:"Visitors inside for every seat left, at most; 0: off."`
	PayFor        *time.Duration `help:"How long a payment may take, from checking out on, 30s to 30m; 0: 15m."`
	FailMode      *string        `help:"What the edge does when it has no state of the zone: closed or open."`
}

func (f settings) apply(s zone.Settings) zone.Settings {
	set(&s.Title, f.Title)
	set(&s.Capacity, f.Capacity)
	set(&s.Rate, f.Rate)
	set(&s.Window, f.Window)
	set(&s.Session, f.Session)
	set(&s.Renews, f.Renews)
	set(&s.MaxVisit, f.MaxVisit)
	set(&s.SeatsPerBuyer, f.SeatsPerBuyer)
	set(&s.SeatFactor, f.SeatFactor)
	set(&s.PayFor, f.PayFor)
	if f.Opens != nil {
		s.OpensAt = f.Opens.UTC().Truncate(time.Millisecond)
	}
	if f.Policy != nil {
		s.Policy = zone.Policy(*f.Policy)
	}
	if f.FailMode != nil {
		s.FailMode = zone.FailMode(*f.FailMode)
	}
	return s
}

func set[T any](field *T, to *T) {
	if to != nil {
		*field = *to
	}
}

type zoneCreate struct {
	Zone string `arg:"" help:"Its name: 1 to 32 of a-z, 0-9 and -."`
	settings
	QueueShards *int `help:"Partitions of the queue, 1 to 256; fixed for good."`
	GrantShards *int `help:"Partitions of the grants, one for each 20,000 inside; fixed for good."`
}

// Run makes the zone, unless there is one of that name.
func (c *zoneCreate) Run(a *app) error {
	store, err := a.parts.zones()
	if err != nil {
		return err
	}
	s := zone.New(c.Zone)
	s.State = zone.Closed
	if c.Opens != nil {
		s.State = zone.Scheduled
	}
	s = c.apply(s)
	set(&s.QueueShards, c.QueueShards)
	set(&s.GrantShards, c.GrantShards)
	if err := s.Validate(); err != nil {
		return err
	}
	err = store.SaveSettings(a.ctx, s)
	if problem.CodeOf(err) == problem.Conflict {
		return fmt.Errorf("there is a zone %q already: change it by zone set", c.Zone)
	}
	if err == nil {
		a.say("zone %s is %s", s.Zone, s.State)
	}
	return err
}

// maxSaves bounds how often a change is made anew because somebody else changed the zone first.
const maxSaves = 5

// change changes a zone's settings as they are.
func (a *app) change(name string, how func(zone.Settings) zone.Settings) error {
	store, err := a.parts.zones()
	if err != nil {
		return err
	}
	for range maxSaves {
		before, err := store.Settings(a.ctx, name)
		if err != nil {
			return err
		}
		after := how(before)
		if after == before {
			a.say("zone %s is as it was", name)
			return nil
		}
		after.Version++
		if err := before.CheckChange(after, a.now()); err != nil {
			return err
		}
		err = store.SaveSettings(a.ctx, after)
		if err == nil {
			a.say("zone %s is %s, version %d", name, life(after, a.now()), after.Version)
			return nil
		}
		if problem.CodeOf(err) != problem.Conflict {
			return err
		}
	}
	return fmt.Errorf("zone %q is being changed all the time: try again", name)
}

type zoneSet struct {
	Zone string `arg:""`
	settings
}

// Run changes what is given.
func (c *zoneSet) Run(a *app) error { return a.change(c.Zone, c.apply) }

type zoneOpen struct {
	Zone string `arg:""`
}

// Run opens the zone.
func (c *zoneOpen) Run(a *app) error { return a.state(c.Zone, zone.Open) }

type zonePause struct {
	Zone string `arg:""`
}

// Run pauses the zone.
func (c *zonePause) Run(a *app) error { return a.state(c.Zone, zone.Paused) }

type zoneClose struct {
	Zone string `arg:""`
}

// Run closes the zone.
func (c *zoneClose) Run(a *app) error { return a.state(c.Zone, zone.Closed) }

func (a *app) state(name string, state zone.State) error {
	return a.change(name, func(s zone.Settings) zone.Settings {
		s.State = state
		return s
	})
}

type zoneLetThrough struct {
	Zone string `arg:""`
	Now  string `arg:"" name:"on|off" enum:"on,off" help:"on or off."`
}

// Run drops the queue, or puts it back.
func (c *zoneLetThrough) Run(a *app) error {
	return a.change(c.Zone, func(s zone.Settings) zone.Settings {
		s.LetThrough = c.Now == "on"
		return s
	})
}

// life is the zone's state in an operator's words: that everybody is let through matters more than any other.
func life(s zone.Settings, now time.Time) string {
	if s.LetThrough {
		return string(s.StateAt(now)) + " and lets everybody through"
	}
	return string(s.StateAt(now))
}

type zoneList struct{}

// Run lists the zones.
func (c *zoneList) Run(a *app) error {
	store, err := a.parts.zones()
	if err != nil {
		return err
	}
	all, err := store.List(a.ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ZONE\tSTATE\tPOLICY\tTITLE")
	for _, s := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.Zone, life(s, a.now()), s.Policy, s.Title)
	}
	return w.Flush()
}

type zoneShow struct {
	Zone string `arg:""`
}

// Run shows the zone.
func (c *zoneShow) Run(a *app) error {
	store, err := a.parts.zones()
	if err != nil {
		return err
	}
	s, err := store.Settings(a.ctx, c.Zone)
	if err != nil {
		return err
	}
	st, err := store.Status(a.ctx, c.Zone)
	if err != nil {
		return err
	}
	opens := "no time is set"
	if !s.OpensAt.IsZero() {
		opens = s.OpensAt.Format(time.RFC3339)
	}
	left := "sells no seats"
	if st.SeatsLeft >= 0 {
		left = fmt.Sprint(st.SeatsLeft)
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, row := range [][2]any{
		{"zone", s.Zone}, {"version", s.Version}, {"title", s.Title}, {"state", life(s, a.now())}, {"opens", opens},
		{"policy", s.Policy}, {"capacity", s.Capacity}, {"rate, a minute", s.Rate}, {"window", s.Window},
		{"session", s.Session}, {"renews", s.Renews}, {"max visit", s.VisitLimit()}, {"pay for", s.PayLimit()},
		{"seats per buyer", s.SeatsPerBuyer}, {"seat factor", s.SeatFactor}, {"queue shards", s.QueueShards},
		{"grant shards", s.GrantShards}, {"fail mode", s.FailMode},
		{"waiting", st.Waiting}, {"inside", st.Inside}, {"seats left", left}, {"status of", when(st.At)},
	} {
		fmt.Fprintf(w, "%s\t%v\n", row[0], row[1])
	}
	return w.Flush()
}

func when(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format(time.RFC3339)
}
