package home

import (
	"context"
	"net/http"

	"foyer/internal/problem"
	"foyer/internal/room/zone"
)

// change holds what an operator may change here.
type change struct {
	State    *zone.State `json:"state"`
	Capacity *int        `json:"capacity"`
	Rate     *int        `json:"rate"`
}

func (c change) apply(s zone.Settings) zone.Settings {
	if c.State != nil {
		s.State = *c.State
	}
	if c.Capacity != nil {
		s.Capacity = *c.Capacity
	}
	if c.Rate != nil {
		s.Rate = *c.Rate
	}
	return s
}

func (d *Demo) changeZone(w http.ResponseWriter, r *http.Request) {
	var c change
	err := read(w, r, &c)
	if err == nil {
		err = d.save(r.Context(), d.stage().zone, c)
	}
	answer(w, d.moment(r.Context()), err)
}

// save applies the change to the settings as they are, again when somebody else changed them meanwhile.
func (d *Demo) save(ctx context.Context, name string, c change) error {
	var err error
	for range 5 {
		var before zone.Settings
		if before, err = d.cloud.Zones().Settings(ctx, name); err != nil {
			return err
		}
		after := c.apply(before)
		if after == before {
			return nil
		}
		after.Version++
		if err = before.CheckChange(after, d.now()); err != nil {
			return err
		}
		if err = d.cloud.Zones().SaveSettings(ctx, after); problem.CodeOf(err) != problem.Conflict {
			return err
		}
	}
	return err
}
