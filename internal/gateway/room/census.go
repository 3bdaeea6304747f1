package room

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"foyer/internal/aws/metrics"
	"foyer/internal/gateway/deadline"
	"foyer/internal/room/census"
	"foyer/internal/room/zone"
)

// censusFor is how long a run counts. Runs start every minute, more or less, and overlap.
const censusFor = 130 * time.Second

// Census answers the census function's events: the schedule starts it every minute, and it runs for longer. Beside the
// counting it watches the sites of zones that ask for it.
type Census struct {
	Run     func(ctx context.Context, id string, until time.Time) error
	Watch   func(ctx context.Context) // until ctx ends; nil: nothing is watched
	Log     *slog.Logger
	Metrics *metrics.Recorder
	Now     func() time.Time
}

// Handle runs until the run is over. The event's content does not matter.
func (h *Census) Handle(ctx context.Context, _ json.RawMessage) error {
	defer h.Metrics.Flush()
	ctx, cancel := deadline.Within(ctx)
	defer cancel()
	id := runID(ctx, h.Now())
	watching, stop := context.WithCancel(ctx)
	var watched sync.WaitGroup
	if h.Watch != nil {
		watched.Go(func() { h.Watch(watching) })
	}
	err := h.Run(ctx, id, h.Now().Add(censusFor))
	stop()
	watched.Wait()
	if err != nil {
		h.Log.LogAttrs(ctx, slog.LevelError, "run failed", slog.String("requestId", id), slog.String("cause", err.Error()))
	}
	return err
}

// Probed logs what the watching of a site came to: a zone was paused for a cause, or opened.
func (h *Census) Probed(s zone.Settings, cause error) {
	if cause == nil {
		h.Log.LogAttrs(context.Background(), slog.LevelInfo, "the site is well again", slog.String("zone", s.Zone))
		return
	}
	h.Log.LogAttrs(context.Background(), slog.LevelError, "the site fails",
		slog.String("zone", s.Zone), slog.String("state", string(s.State)), slog.String("cause", cause.Error()))
}

// Report records a count. It may be called from several goroutines.
func (h *Census) Report(p census.Pass) {
	if p.Err != nil {
		h.Log.LogAttrs(context.Background(), slog.LevelError, "count failed",
			slog.String("zone", p.Zone), slog.String("cause", p.Err.Error()))
		return
	}
	h.Metrics.Time(p.Zone, metrics.CensusTime, p.Census.Duration)
}
