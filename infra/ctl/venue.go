package main

import (
	"errors"
	"fmt"
	"os"

	"foyer/internal/sale/seatmap"
	"foyer/internal/sale/venue"
)

type venueCmd struct {
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
		return v, fmt.Errorf("%s is not a seat map:\n%w", file, faults)
	}
	return v, err
}

type venueValidate struct {
	File string `arg:"" type:"existingfile"`
}

// Run checks the file.
func (c *venueValidate) Run(a *app) error {
	v, err := readVenue(c.File)
	if err != nil {
		return err
	}
	a.say("%s: %d seats in %d sections", v.Name, v.Size(), len(v.Sections))
	return nil
}

type venueLoad struct {
	Zone string `arg:""`
	File string `arg:"" type:"existingfile"`
}

// Run loads the map.
func (c *venueLoad) Run(a *app) error {
	v, err := readVenue(c.File)
	if err != nil {
		return err
	}
	zones, err := a.parts.zones()
	if err != nil {
		return err
	}
	store, err := a.parts.seats()
	if err != nil {
		return err
	}
	loader := &seatmap.Loader{Zones: zones, Seats: store, Maps: store, Now: a.now}
	got, err := loader.Load(a.ctx, c.Zone, v)
	var faults venue.Faults
	switch {
	case errors.As(err, &faults):
		return fmt.Errorf("zone %s sells seats: its map may only grow, and this one is not only larger:\n%w", c.Zone, faults)
	case err != nil:
		return err
	case got.Unchanged:
		a.say("zone %s has this very map: version %d, %d seats", c.Zone, got.Version, got.Seats)
	default:
		a.say("zone %s has the map: version %d, %d seats, %d of them new", c.Zone, got.Version, got.Seats, got.Added)
	}
	return nil
}
