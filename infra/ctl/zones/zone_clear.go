package zones

import (
	"errors"
	"time"

	"foyer/infra/ctl/cli"
	"foyer/internal/problem"
	"foyer/internal/room/zone"
	"foyer/internal/sale/clear"
)

type zoneReset struct {
	Zone  string   `arg:""`
	Opens *opening `help:"When it opens next, as 2030-05-01T10:00:00+02:00; without it the zone stays closed."`
	cli.Change
}

// Run makes a closed zone one in which nothing has happened: its settings, event, seat map and the seats that the house
// keeps back stay.
func (c *zoneReset) Run(a *cli.App) error {
	var opens time.Time
	if c.Opens != nil {
		opens = c.Opens.at
		if err := (settings{Opens: c.Opens}).timely(a); err != nil {
			return err
		}
	}
	return clearZone(a, c.Zone, c.Change, zone.Resetting, opens)
}

type zoneDelete struct {
	Zone string `arg:""`
	cli.Change
}

// Run removes a closed zone and all that it has but its orders.
func (c *zoneDelete) Run(a *cli.App) error {
	if err := unruled(a, c.Zone); err != nil {
		return err
	}
	return clearZone(a, c.Zone, c.Change, zone.Deleting, time.Time{})
}

// unruled makes sure that no rule sends requests to the zone: they would go to the site.
func unruled(a *cli.App, name string) error {
	store, err := a.Parts.Rules()
	if err != nil {
		return err
	}
	set, err := store.Rules(a.Ctx)
	if err != nil {
		return err
	}
	for host, list := range set.Hosts {
		for _, r := range list {
			if r.Zone == name {
				return problem.New(problem.Refused, "a rule of host %s names zone %s: take it out first (foyerctl rules set)",
					host, name)
			}
		}
	}
	return nil
}

func clearZone(a *cli.App, name string, c cli.Change, why zone.Clearing, opens time.Time) error {
	zones, err := a.Parts.Zones()
	if err != nil {
		return err
	}
	left, err := a.Parts.Left()
	if err != nil {
		return err
	}
	s := &clear.Service{Zones: zones, Store: left, Now: a.Now, Sleep: a.Parts.Sleep, Note: a.Note}
	p, err := s.Plan(a.Ctx, name, why, opens)
	if err != nil {
		return err
	}
	if on, err := a.May(c, cli.Asked, "%s", p); !on {
		return err
	}
	if err := s.Clear(a.Ctx, p); err != nil {
		a.Note("zone %s isn't clear yet: foyerctl zone %s %s goes on", name, why, name)
		return err
	}
	done, state := "is as if it had never been made", "none"
	if why == zone.Resetting {
		settings, err := zones.Settings(a.Ctx, name)
		if err != nil {
			return err
		}
		state = life(a, settings)
		done = "is " + state + ", and nothing has happened in it"
	}
	return a.Result(map[string]any{"zone": name, "state": state, "removed": p.Counts, "ordersKept": p.Orders.All},
		"zone %s %s", name, done)
}

// unsold makes sure that no order has seats of a zone of that name, which was deleted: they would be sold twice. What
// its orders left behind since, when their money was given back, is removed.
func unsold(a *cli.App, name string, c cli.Change) error {
	left, err := a.Parts.Left()
	var missing *cli.MissingError
	if errors.As(err, &missing) {
		return nil // this command was told of the zones only
	}
	if err != nil {
		return err
	}
	n, err := left.Orders(a.Ctx, name)
	if err != nil || n.All == 0 {
		return err
	}
	if n.Sold > 0 {
		return problem.New(problem.Refused, "%d orders have seats of a zone %s that was deleted: take another name",
			n.Sold, name)
	}
	for _, kind := range clear.Kinds {
		if c.DryRun {
			break
		}
		if _, err := left.Remove(a.Ctx, name, kind, zone.Deleting, func(int) {}); err != nil {
			return err
		}
	}
	return nil
}
