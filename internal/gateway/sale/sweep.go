package sale

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"foyer/internal/aws/metrics"
	"foyer/internal/gateway/deadline"
	"foyer/internal/parallel"
	"foyer/internal/room/zone"
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/order"
)

// Sweeper drives every order of a zone that is due, and measures how late its orders are; checkout.Opener is one.
type Sweeper interface {
	Sweep(ctx context.Context, zone string) (checkout.Swept, error)
	Late(ctx context.Context, zone string) (order.Lateness, error)
}

// Zones lists the zones there are.
type Zones interface {
	List(ctx context.Context) ([]zone.Settings, error)
}

// Sweep answers the sweep function's events: the schedule starts it every minute.
type Sweep struct {
	Log     *slog.Logger
	Zones   Zones
	Orders  Sweeper
	Metrics *metrics.Recorder
}

// zonesAtOnce is how many zones are swept side by side.
const zonesAtOnce = 8

// Handle sweeps every zone. A zone whose orders fail, or take long, holds up no other: each has its share of the time
// that is left. The event's content does not matter.
func (h *Sweep) Handle(ctx context.Context, _ json.RawMessage) error {
	ctx, cancel := deadline.Within(ctx)
	defer cancel()
	defer h.Metrics.Flush()
	zones, err := h.Zones.List(ctx)
	err = errors.Join(err, h.measure(ctx, zones))
	return errors.Join(err, parallel.Do(ctx, len(zones), zonesAtOnce, func(i int) error {
		share, cancel := shareOf(ctx, len(zones)-i)
		defer cancel()
		swept, failed := h.Orders.Sweep(share, zones[i].Zone)
		if swept.Looked > 0 || failed != nil {
			h.log(ctx, zones[i].Zone, swept, failed)
		}
		return failed
	}))
}

// shareOf returns a context that ends when a zone has used its share of the time that is left for so many of them.
func shareOf(ctx context.Context, zones int) (context.Context, context.CancelFunc) {
	end, bounded := ctx.Deadline()
	rounds := (zones + zonesAtOnce - 1) / zonesAtOnce
	if !bounded || rounds == 1 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(end)/time.Duration(rounds))
}

// measure records how late orders are, before a sweep that may take all the time there is. Where none is late it
// records nothing: each metric of a zone that is idle costs, too.
func (h *Sweep) measure(ctx context.Context, zones []zone.Settings) (all error) {
	for _, z := range zones {
		late, err := h.Orders.Late(ctx, z.Zone)
		if all = errors.Join(all, err); err != nil {
			continue
		}
		if late.Oldest > 0 || late.Uncaptured > 0 {
			h.Metrics.Set(z.Zone, metrics.SweepLag, int(late.Oldest.Seconds()))
			h.Metrics.Set(z.Zone, metrics.OrdersAuthorisedNotCaptured, late.Uncaptured)
		}
	}
	h.Metrics.Flush()
	return all
}

func (h *Sweep) log(ctx context.Context, zone string, s checkout.Swept, err error) {
	level, cause := slog.LevelInfo, ""
	if err != nil {
		level, cause = slog.LevelError, err.Error()
	}
	h.Log.LogAttrs(ctx, level, "swept", slog.String("zone", zone), slog.Int("looked", s.Looked), slog.Int("paid", s.Paid),
		slog.Int("ended", s.Ended), slog.Int("failed", s.Failed), slog.String("cause", cause))
}
