package zones

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"foyer/infra/ctl/cli"
	"foyer/internal/sale/venue"
)

// House holds the commands for seats that the house keeps back.
type House struct {
	Hold    houseHold    `cmd:"" help:"Keep seats back."`
	Release houseRelease `cmd:"" help:"Give seats that were kept back under a label to the sale."`
}

// which says which seats.
type which struct {
	Zone    string   `arg:""`
	Label   string   `arg:"" help:"For whom, such as press: 1 to 32 of a-z, 0-9 and -."`
	Seats   []string `arg:"" optional:"" help:"Seats, such as stalls-A-7."`
	Section string   `help:"All of a section."`
	Row     string   `help:"With --section: one of its rows."`
	cli.Change
}

var labelPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// pick returns the seats that are meant, all of which exist.
func (c which) pick(v venue.Venue) ([]string, error) {
	switch {
	case !labelPattern.MatchString(c.Label):
		return nil, fmt.Errorf("label %q: 1 to 32 of a-z, 0-9 and -, not starting with -", c.Label)
	case (len(c.Seats) > 0) == (c.Section != ""):
		return nil, fmt.Errorf("say which seats: a list of them, or --section, with --row for one of its rows")
	case c.Section == "" && c.Row != "":
		return nil, fmt.Errorf("--row needs --section")
	case c.Section != "":
		seats := v.Select(c.Section, c.Row)
		if len(seats) == 0 {
			return nil, fmt.Errorf("there is no section %q, or no row %q in it", c.Section, c.Row)
		}
		return seats, nil
	}
	var unknown []string
	for _, id := range c.Seats {
		s, _ := v.Section(venue.SectionOf(id))
		if s.CategoryOf(id) == "" {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("there are no seats %s", strings.Join(unknown, ", "))
	}
	return slices.Compact(slices.Sorted(slices.Values(c.Seats))), nil
}

func (c which) run(a *cli.App, release bool, done, left string) error {
	store, err := a.Parts.Seats()
	if err != nil {
		return err
	}
	if err := a.Known(c.Zone); err != nil {
		return err
	}
	stored, err := venue.Read(a.Ctx, store, c.Zone)
	if err != nil {
		return err
	}
	seats, err := c.pick(stored.Venue)
	if err != nil {
		return err
	}
	do := "keep back " + cli.Count(len(seats), "seat") + " of zone " + c.Zone + " for " + c.Label
	if release {
		do = "put on sale " + cli.Count(len(seats), "seat") + " of zone " + c.Zone + " that are kept back for " + c.Label
	}
	if on, err := a.May(c.Change, cli.Harmless, "%s", do); !on {
		return err
	}
	alone, err := store.House(a.Ctx, c.Zone, c.Label, seats, release, a.Now())
	if err != nil {
		return err
	}
	err = a.Result(map[string]any{"zone": c.Zone, "label": c.Label, "changed": len(seats) - len(alone),
		"leftAlone": alone},
		"%d seats "+done, len(seats)-len(alone), c.Label)
	if err != nil {
		return err
	}
	if len(alone) > 0 && !a.JSON {
		a.Say("left alone, because they are "+left+": %s", strings.Join(alone, ", "))
	}
	return nil
}

type houseHold struct{ which }

// Run keeps seats back.
func (c *houseHold) Run(a *cli.App) error {
	return c.run(a, false, "are kept back for %s", "locked, sold or kept back for others")
}

type houseRelease struct{ which }

// Run gives seats to the sale.
func (c *houseRelease) Run(a *cli.App) error {
	return c.run(a, true, "that were kept back for %s are for sale", "not kept back under this label")
}
