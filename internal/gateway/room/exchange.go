package room

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"foyer/internal/aws/metrics"
	"foyer/internal/gateway/deadline"
	"foyer/internal/room/exchange"
	"foyer/internal/room/zone"
)

// flushEvery is how often a long run writes its metrics.
const flushEvery = 10 * time.Second

// Run is one run of the exchange under an id of its own; exchange.Runner's Run is one.
type Run func(ctx context.Context, id string) error

// Exchange answers the exchange function's events: the schedule starts it every minute, and it runs for longer.
type Exchange struct {
	Run     Run
	Log     *slog.Logger
	Metrics *metrics.Recorder
	Now     func() time.Time
	// KeysMade returns when the token keys were last rotated; zero when nobody knows.
	KeysMade func(context.Context) (time.Time, error)

	mu      sync.Mutex
	began   map[string]time.Time // zone → when its last tick began
	flushed time.Time
}

// Handle runs until the run is over. The event's content does not matter.
func (h *Exchange) Handle(ctx context.Context, _ json.RawMessage) error {
	defer h.Metrics.Flush()
	ctx, cancel := deadline.Within(ctx)
	defer cancel()
	h.mu.Lock()
	h.began, h.flushed = map[string]time.Time{}, h.Now()
	h.mu.Unlock()
	id := runID(ctx, h.Now())
	if made, err := h.KeysMade(ctx); err == nil && !made.IsZero() {
		h.Metrics.Set(metrics.AllZones, metrics.KeysAge, int(h.Now().Sub(made).Hours()))
	}
	err := h.Run(ctx, id)
	if err != nil {
		h.Log.LogAttrs(ctx, slog.LevelError, "run failed", slog.String("requestId", id), slog.String("cause", err.Error()))
	}
	return err
}

// runID returns an id of the request's and the time: a retried event has the same request id.
func runID(ctx context.Context, now time.Time) string {
	id := now.UTC().Format(time.RFC3339Nano)
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		id = lc.AwsRequestID + "/" + id
	}
	return id
}

// Observe records a tick. It may be called from several goroutines.
func (h *Exchange) Observe(r exchange.Result, err error) {
	now := h.Now()
	if err != nil {
		h.Log.LogAttrs(context.Background(), slog.LevelError, "tick failed",
			slog.String("zone", r.Zone), slog.String("cause", err.Error()))
		h.late(r.Zone, now.Add(-r.Took))
	} else {
		h.figures(r, now)
		h.lag(r.Zone, now.Add(-r.Took))
	}
	if err == nil && r.RestFor > 0 { // the next tick isn't due in a second
		h.mu.Lock()
		delete(h.began, r.Zone)
		h.mu.Unlock()
	}
	if h.due(now) {
		h.Metrics.Flush()
	}
}

// figures records what a tick found; nothing of a zone that is idle, since each metric costs.
func (h *Exchange) figures(r exchange.Result, now time.Time) {
	if r.State == zone.Closed && r.Reserved+r.Inside == 0 && !r.LetThrough {
		return
	}
	h.Metrics.Set(r.Zone, metrics.Waiting, r.Waiting)
	h.Metrics.Set(r.Zone, metrics.Inside, r.Inside)
	if r.LetThrough {
		h.Metrics.Set(r.Zone, metrics.LetThrough, 1)
	}
	if stuck(r) {
		h.Metrics.Set(r.Zone, metrics.Stuck, 1)
	}
	if r.SeatsLeft >= 0 {
		h.Metrics.Set(r.Zone, metrics.SeatsLeft, r.SeatsLeft)
	}
	h.Metrics.Add(r.Zone, metrics.Ghosts, r.Gone)
	h.Metrics.Time(r.Zone, metrics.TickTime, r.Took)
	if !r.Oldest.IsZero() {
		h.Metrics.Time(r.Zone, metrics.OldestWait, max(now.Sub(r.Oldest), 0))
	}
}

// stuck reports whether somebody who can be called waits, there is room for them, and nobody was called.
func stuck(r exchange.Result) bool {
	room := r.Capacity-r.Reserved-r.Inside > 0 && r.Allowed > 0 && r.SeatsLeft != 0
	return r.State == zone.Open && !r.LetThrough && room && r.Called == 0 && !r.Oldest.IsZero() && r.Gone == 0
}

// late records, when a tick fails, by how much more than a second the last tick that worked is behind it: nothing else
// would show that the queue has stopped.
func (h *Exchange) late(zone string, began time.Time) {
	h.mu.Lock()
	before, known := h.began[zone]
	if !known {
		if h.began == nil {
			h.began = map[string]time.Time{}
		}
		h.began[zone] = began
	}
	h.mu.Unlock()
	if lag := began.Sub(before) - exchange.TickEvery; known && lag > 0 {
		h.Metrics.Time(zone, metrics.TickLag, lag)
	}
}

// lag records by how much more than a second a tick began after the one before.
func (h *Exchange) lag(zone string, began time.Time) {
	h.mu.Lock()
	before, known := h.began[zone]
	if h.began == nil {
		h.began = map[string]time.Time{}
	}
	h.began[zone] = began
	h.mu.Unlock()
	if known {
		h.Metrics.Time(zone, metrics.TickLag, max(began.Sub(before)-exchange.TickEvery, 0))
	}
}

// due reports whether the metrics should be written now: once in flushEvery.
func (h *Exchange) due(now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now.Sub(h.flushed) < flushEvery {
		return false
	}
	h.flushed = now
	return true
}
