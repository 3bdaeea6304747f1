package zones

import (
	"errors"
	"os"

	"foyer/infra/ctl/cli"
	"foyer/internal/problem"
	"foyer/internal/sale/seatmap"
	"foyer/internal/sale/venue"
)

// Venue holds the commands for seat maps.
type Venue struct {
	Validate venueValidate `cmd:"" help:"Say everything that is wrong with a seat map."`
	Load     venueLoad     `cmd:"" help:"Put a seat map into a zone; under a running sale it may only add."`
}

// readVenue reads a valid seat map.
func readVenue(file string) (venue.Venue, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return venue.Venue{}, err
	}
	v, err := venue.Parse(raw)
	var faults venue.Faults
	if errors.As(err, &faults) {
		return v, problem.New(problem.Invalid, "%s is not a seat map:\n%v", file, faults)
	}
	return v, err
}

type venueValidate struct {
	File string `arg:"" type:"existingfile"`
}

// Run checks the file.
func (c *venueValidate) Run(a *cli.App) error {
	v, err := readVenue(c.File)
	if err != nil {
		return err
	}
	return a.Result(map[string]any{"name": v.Name, "seats": v.Size(), "sections": len(v.Sections)},
		"%s: %d seats in %d sections", v.Name, v.Size(), len(v.Sections))
}

type venueLoad struct {
	Zone string `arg:""`
	File string `arg:"" type:"existingfile"`
	cli.Change
}

// Run loads the map.
func (c *venueLoad) Run(a *cli.App) error {
	v, err := readVenue(c.File)
	if err != nil {
		return err
	}
	zones, err := a.Parts.Zones()
	if err != nil {
		return err
	}
	store, err := a.Parts.Seats()
	if err != nil {
		return err
	}
	loader := &seatmap.Loader{Zones: zones, Seats: store, Maps: store, Now: a.Now, DryRun: true}
	got, err := loader.Load(a.Ctx, c.Zone, v)
	if err == nil && !got.Unchanged {
		if on, err := a.May(c.Change, cli.Harmless, "put the map %s into zone %s: version %d, %d seats, %d of them new",
			v.Name,
			c.Zone, got.Version, got.Seats, got.Added); !on {
			return err
		}
		loader.DryRun = false
		got, err = loader.Load(a.Ctx, c.Zone, v)
	}
	var faults venue.Faults
	switch {
	case errors.As(err, &faults):
		return problem.New(problem.Refused,
			"zone %s sells seats: its map may only grow, and this one is not only larger:\n%v", c.Zone, faults)
	case err != nil:
		return err
	case got.Unchanged:
		return a.Result(loaded(got), "zone %s has this very map: version %d, %d seats", c.Zone, got.Version, got.Seats)
	}
	return a.Result(loaded(got), "zone %s has the map: version %d, %d seats, %d of them new", c.Zone, got.Version,
		got.Seats,
		got.Added)
}

func loaded(got seatmap.Loaded) map[string]any {
	return map[string]any{"version": got.Version, "seats": got.Seats, "added": got.Added}
}
