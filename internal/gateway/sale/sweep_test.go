package sale

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"foyer/internal/aws/metrics"
	"foyer/internal/room/zone"
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/order"
)

// slowZones are zones of which some take all the time that they are given.
type slowZones struct {
	all  int
	slow func(n int) bool

	mu    sync.Mutex
	swept map[string]time.Duration // how long each was given at least
}

func (s *slowZones) List(context.Context) (all []zone.Settings, err error) {
	for n := range s.all {
		all = append(all, zone.Settings{Zone: fmt.Sprint(n)})
	}
	return all, nil
}

func (s *slowZones) Late(context.Context, string) (order.Lateness, error) {
	return order.Lateness{}, nil
}

func (s *slowZones) Sweep(ctx context.Context, name string) (checkout.Swept, error) {
	var n int
	_, _ = fmt.Sscan(name, &n)
	end, _ := ctx.Deadline()
	s.mu.Lock()
	s.swept[name] = time.Until(end)
	s.mu.Unlock()
	if s.slow(n) {
		<-ctx.Done()
		return checkout.Swept{}, ctx.Err()
	}
	return checkout.Swept{Looked: 1, Paid: 1}, nil
}

func TestASlowZoneStarvesNoOther(t *testing.T) {
	for name, slow := range map[string]func(int) bool{
		"the first":        func(n int) bool { return n == 0 },
		"the first twenty": func(n int) bool { return n < 20 },
		"all of them":      func(int) bool { return true },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				zones := &slowZones{all: 100, slow: slow, swept: map[string]time.Duration{}}
				h := &Sweep{
					Log: slog.New(slog.DiscardHandler), Zones: zones, Orders: zones,
					Metrics: &metrics.Recorder{Out: io.Discard, Now: time.Now},
				}
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
				defer cancel()
				_ = h.Handle(ctx, json.RawMessage("{}"))
				for n := range zones.all {
					if given := zones.swept[fmt.Sprint(n)]; given < 3*time.Second {
						t.Errorf("zone %d was given %v", n, given)
					}
				}
			})
		})
	}
}

// halfRead is zones of which the first one's open orders were read in part.
type halfRead struct{ slowZones }

func (h *halfRead) Late(_ context.Context, name string) (order.Lateness, error) {
	late := order.Lateness{Oldest: 7 * time.Second, Uncaptured: 1}
	if name == "0" {
		return late, errors.New("throttled")
	}
	return late, nil
}

func TestWhatWasReadInPartIsNoFigure(t *testing.T) {
	zones, out := &halfRead{slowZones{all: 2}}, &bytes.Buffer{}
	h := &Sweep{Orders: zones, Metrics: &metrics.Recorder{Out: out, Now: time.Now}}
	all, _ := zones.List(t.Context())
	if err := h.measure(t.Context(), all); err == nil {
		t.Error("the failure was lost")
	}
	if said := out.String(); strings.Contains(said, `"zone":"0"`) || !strings.Contains(said, `"SweepLag":7`) {
		t.Errorf("metrics %s", said)
	}
}
