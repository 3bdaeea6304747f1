// Package zones holds the commands of those who run a sale: zones, invites, seat maps, and seats that the house keeps
// back.
package zones

import (
	"strings"
	"time"

	"foyer/infra/ctl/cli"
	"foyer/internal/problem"
	"foyer/internal/room/zone"
)

// Zone holds the commands for zones.
type Zone struct {
	List   zoneList   `cmd:"" help:"Name every zone and its state."`
	Show   zoneShow   `cmd:"" help:"Show a zone's settings and its status."`
	Create zoneCreate `cmd:"" help:"Make a zone. It is scheduled for --opens, or else closed until it is opened."`
	Set    zoneSet    `cmd:"" help:"Change what is given and nothing else."`
	Open   zoneOpen   `cmd:"" help:"Open a zone now, or end its pause."`
	Pause  zonePause  `cmd:"" help:"Call nobody any more; visitors inside stay."`
	Close  zoneClose  `cmd:"" help:"Close a zone: nobody waits or enters; who is inside can finish."`
	Reset  zoneReset  `cmd:"" help:"After a rehearsal: remove all that happened in a closed zone. May be repeated."`
	Delete zoneDelete `cmd:"" help:"After a sale: remove a closed zone and all it has but its orders. May be repeated."`
	Seed   zoneSeed   `cmd:"" help:"The secret number that a draw ranks by."`
	Sale   zoneSale   `cmd:"" help:"off ends the sale: nobody chooses seats or starts an order; on goes on with it."`

	LetThrough zoneLetThrough `cmd:"" help:"Emergency: on drops the queue and lets everybody through, off restores it."`
}

// settings are the flags of settings that may be changed; nil: as it is.
type settings struct {
	Title         *string        `help:"What visitors read, up to 60 characters."`
	Opens         *opening       `help:"Opening, as 2030-05-01T10:00:00+02:00; a draw's only later; none: no time."`
	PastOpening   bool           `help:"Take an opening that has passed: the zone is open at once."`
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
	Probe         *string        `help:"Address that answers 2xx while the site is well: the zone pauses while not; none."`
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
		s.OpensAt = f.Opens.at
	}
	if f.Policy != nil {
		s.Policy = zone.Policy(*f.Policy)
	}
	if f.FailMode != nil {
		s.FailMode = zone.FailMode(*f.FailMode)
	}
	if f.Probe != nil {
		s.Probe = strings.TrimPrefix(*f.Probe, "none")
		s.PausedByProbe = s.PausedByProbe && s.Probe != ""
	}
	return s
}

func set[T any](field *T, to *T) {
	if to != nil {
		*field = *to
	}
}

// timely makes sure that an opening lies ahead, unless another is asked for: a wrong year opens a sale at once.
func (f settings) timely(a *cli.App) error {
	if f.Opens == nil || f.Opens.at.IsZero() || f.PastOpening || a.Now().Before(f.Opens.at) {
		return nil
	}
	return problem.New(problem.Invalid,
		"--opens %s has passed, so the zone would be open at once: if that is meant, add "+
			"--past-opening", a.Clock(f.Opens.at))
}

type zoneCreate struct {
	Zone string `arg:"" help:"Its name: 1 to 32 of a-z, 0-9 and -."`
	settings
	QueueShards *int `help:"Partitions of the queue, 1 to 256; fixed for good."`
	GrantShards *int `help:"Partitions of the grants, one for each 20,000 inside; fixed for good."`
	cli.Change
}

// Run makes the zone, unless there is one of that name.
func (c *zoneCreate) Run(a *cli.App) error {
	store, err := a.Parts.Zones()
	if err != nil {
		return err
	}
	s := zone.New(c.Zone)
	s.State = zone.Closed
	if c.Opens != nil && !c.Opens.at.IsZero() {
		s.State = zone.Scheduled
	}
	s = c.apply(s)
	if s.Policy == zone.Draw { // a zone of that name may have been deleted, and its seed be known
		s.DrawNumber = int(a.Now().Unix())
	}
	set(&s.QueueShards, c.QueueShards)
	set(&s.GrantShards, c.GrantShards)
	if err := s.Validate(); err != nil {
		return err
	}
	if err := c.timely(a); err != nil {
		return err
	}
	there := problem.New(problem.Conflict, "there is a zone %q already: change it by zone set", c.Zone)
	if _, err := store.Settings(a.Ctx, c.Zone); err == nil {
		return there
	} else if problem.CodeOf(err) != problem.UnknownZone {
		return err
	}
	if err := unsold(a, c.Zone, c.Change); err != nil {
		return err
	}
	if on, err := a.May(c.Change, cli.Harmless, "make the zone %s, %s", c.Zone, life(a, s)); !on {
		return err
	}
	err = store.SaveSettings(a.Ctx, s)
	switch {
	case problem.CodeOf(err) == problem.Conflict:
		return there
	case err != nil:
		return err
	}
	return a.Result(changed{s.Zone, life(a, s), s.Version}, "zone %s is %s", s.Zone, life(a, s))
}

// changed is what came of a change to a zone.
type changed struct {
	Zone    string `json:"zone"`
	State   string `json:"state"`
	Version int64  `json:"version"`
}

// maxSaves bounds how often a change is made anew because somebody else changed the zone first.
const maxSaves = 5

// alter changes a zone's settings as they are. It says what that does, and asks where it shuts people out.
func alter(a *cli.App, name string, c cli.Change, how func(zone.Settings) (zone.Settings, error)) error {
	store, err := a.Parts.Zones()
	if err != nil {
		return err
	}
	agreed := ""
	for range maxSaves {
		before, err := store.Settings(a.Ctx, name)
		if err != nil {
			return err
		}
		if err := before.BeingCleared(); err != nil {
			return err
		}
		after, err := how(before)
		if err != nil {
			return err
		}
		if after == before {
			return a.Result(changed{name, life(a, before), before.Version}, "zone %s is as it was", name)
		}
		after.Version++
		if err := before.CheckChange(after, a.Now()); err != nil {
			return err
		}
		what, r := effect(a, before, after)
		if what != agreed { // else somebody else changed something that doesn't matter here
			if on, err := a.May(c, r, "change zone %s: %s", name, what); !on {
				return err
			}
		}
		agreed = what
		err = store.SaveSettings(a.Ctx, after)
		if err == nil {
			return a.Result(changed{name, life(a, after), after.Version}, "zone %s is %s, version %d", name,
				life(a, after),
				after.Version)
		}
		if problem.CodeOf(err) != problem.Conflict {
			return err
		}
	}
	return problem.New(problem.Conflict, "zone %q is being changed all the time: try again", name)
}

type zoneSet struct {
	Zone string `arg:""`
	settings
	cli.Change
}

// Run changes what is given.
func (c *zoneSet) Run(a *cli.App) error {
	return alter(a, c.Zone, c.Change, func(s zone.Settings) (zone.Settings, error) {
		if c.Policy != nil && zone.Policy(*c.Policy) != s.Policy {
			return s, problem.New(problem.Refused, "the policy is fixed when the zone is made: order keys follow it")
		}
		return c.apply(s), c.timely(a)
	})
}

type zoneOpen struct {
	Zone string `arg:""`
	cli.Change
}

// Run opens the zone now, also one that is scheduled. Only a draw waits for its opening: moving it would change who
// takes part.
func (c *zoneOpen) Run(a *cli.App) error {
	return alter(a, c.Zone, c.Change, func(s zone.Settings) (zone.Settings, error) {
		early := a.Now().Before(s.OpensAt)
		if early && s.Policy == zone.Draw && s.StateAt(a.Now()) == zone.Scheduled {
			return s, problem.New(problem.NotOpen, "zone %s draws at %s, and can't open before", s.Zone,
				a.Clock(s.OpensAt))
		}
		if early && s.Policy != zone.Draw {
			s.OpensAt = a.Now().UTC().Truncate(time.Millisecond)
		}
		if s.StateAt(a.Now()) != zone.Open { // one whose time has come is open already
			s.State = zone.Open
		}
		s.PausedByProbe = false
		return s, nil
	})
}

type zonePause struct {
	Zone string `arg:""`
	cli.Change
}

// Run pauses the zone.
func (c *zonePause) Run(a *cli.App) error { return enter(a, c.Zone, c.Change, zone.Paused) }

type zoneClose struct {
	Zone string `arg:""`
	cli.Change
}

// Run closes the zone.
func (c *zoneClose) Run(a *cli.App) error { return enter(a, c.Zone, c.Change, zone.Closed) }

func enter(a *cli.App, name string, c cli.Change, state zone.State) error {
	return alter(a, name, c, func(s zone.Settings) (zone.Settings, error) {
		s.State, s.PausedByProbe = state, false // the operator's own pause is not the probe's to end
		return s, nil
	})
}

type zoneLetThrough struct {
	Zone string `arg:""`
	Now  string `arg:"" name:"on|off" enum:"on,off" help:"on or off."`
	cli.Change
}

// Run drops the queue, or puts it back.
func (c *zoneLetThrough) Run(a *cli.App) error {
	return alter(a, c.Zone, c.Change, func(s zone.Settings) (zone.Settings, error) {
		s.LetThrough = c.Now == "on"
		return s, nil
	})
}

type zoneSale struct {
	Zone string `arg:""`
	Now  string `arg:"" name:"on|off" enum:"on,off" help:"on or off."`
	cli.Change
}

// Run ends the sale, also for visitors inside, or goes on with it. Orders that were started can be paid either way.
func (c *zoneSale) Run(a *cli.App) error {
	return alter(a, c.Zone, c.Change, func(s zone.Settings) (zone.Settings, error) {
		s.SaleEnded = c.Now == "off"
		return s, nil
	})
}
