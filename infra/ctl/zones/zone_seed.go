package zones

import (
	"encoding/hex"
	"time"

	"foyer/infra/ctl/cli"
	"foyer/internal/problem"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// zoneSeed holds the commands for a draw's seed.
type zoneSeed struct {
	Replace zoneSeedReplace `cmd:"" help:"Draw by another seed, before the opening, if this one leaked. May be repeated."`
}

type zoneSeedReplace struct {
	Zone string `arg:""`
	cli.Change
}

// redrawIn is how long before its opening a draw's seed may be replaced: every place is written anew.
const redrawIn = 15 * time.Minute

// Run replaces the seed, and gives every place that there is its new rank.
func (c *zoneSeedReplace) Run(a *cli.App) error {
	store, err := a.Parts.Zones()
	if err != nil {
		return err
	}
	before, err := store.Settings(a.Ctx, c.Zone)
	if err != nil {
		return err
	}
	if err := redrawable(a, before); err != nil {
		return err
	}
	after := before
	after.DrawNumber++
	after.Version++
	keys, err := a.Parts.Keys()
	if err != nil {
		return err
	}
	seedOf := func(s zone.Settings) string {
		raw := keys.Seed(s.DrawName())
		return hex.EncodeToString(raw[:])
	}
	was, is := policy.Commit(c.Zone, seedOf(before)), policy.Commit(c.Zone, seedOf(after))
	places, err := a.Parts.Queue()
	if err != nil {
		return err
	}
	on, err := a.May(c.Change, cli.Asked, "draw zone %s by another seed: its public commitment changes from %s to %s, "+
		"and every place in the draw gets another rank, which nobody has seen", c.Zone, was, is)
	if !on {
		return err
	}
	if err := store.SaveSettings(a.Ctx, after); err != nil {
		return err
	}
	a.Note("waiting %v until everybody draws by the new seed", zone.ClearAfter)
	if err := a.Parts.Sleep(a.Ctx, zone.ClearAfter); err != nil {
		return err
	}
	moved, err := redraw(a, places, after, seedOf(after))
	if err != nil {
		a.Note("%d places are drawn anew, not all: foyerctl zone seed replace %s begins again", moved, c.Zone)
		return err
	}
	return a.Result(map[string]any{"zone": c.Zone, "commitment": is, "before": was, "places": moved},
		"zone %s draws by another seed, %d places are drawn anew; publish its commitment: %s", c.Zone, moved, is)
}

// redrawable makes sure that a zone's seed can be replaced now.
func redrawable(a *cli.App, s zone.Settings) error {
	switch {
	case s.Policy != zone.Draw:
		return problem.New(problem.Refused, "zone %s doesn't draw", s.Zone)
	case s.Clearing != "":
		return s.BeingCleared()
	case !a.Now().Add(redrawIn).Before(s.OpensAt):
		return problem.New(problem.Refused, "zone %s draws at %s: its seed can be replaced until %v before; move the "+
			"opening first (foyerctl zone set %s --opens …)", s.Zone, a.Clock(s.OpensAt), redrawIn, s.Zone)
	}
	return nil
}

// redraw gives every place its new rank. A place that was taken by the old seed meanwhile is found by another look.
func redraw(a *cli.App, places queue.Store, s zone.Settings, seed string) (all int, err error) {
	for {
		n, err := policy.Redraw(a.Ctx, places, s, seed, func() {
			if all++; all%1000 == 0 {
				a.Note("%d places are drawn anew", all)
			}
		})
		if err != nil || n == 0 {
			return all, err
		}
	}
}
