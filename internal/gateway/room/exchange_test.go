package room

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"foyer/internal/aws/metrics"
	"foyer/internal/room/exchange"
	"foyer/internal/testkit/gatewaytest"
)

// A run of three ticks of 100 ms, the last of which begins 1.4 s after the second.
func TestARunTellsWhatAnOperatorAsks(t *testing.T) {
	now := time.UnixMilli(1790000000000)
	var out, log bytes.Buffer
	h := &Exchange{KeysMade: nobodyKnows, Log: slog.New(slog.NewJSONHandler(&log, nil))}
	h.Now = func() time.Time { return now }
	h.Metrics = &metrics.Recorder{Out: &out, Now: h.Now}
	h.Run = func(ctx context.Context, id string) error {
		if id == "" {
			t.Error("a run without an id")
		}
		for _, began := range []time.Duration{0, time.Second, 2400 * time.Millisecond} {
			now = time.UnixMilli(1790000000000).Add(began + 100*time.Millisecond)
			h.Observe(
				exchange.Result{
					Zone:      "main",
					Waiting:   5,
					Inside:    3,
					SeatsLeft: -1,
					Gone:      1,
					Took:      100 * time.Millisecond,
					Oldest:    now.Add(-time.Minute),
				},
				nil,
			)
		}
		h.Observe(exchange.Result{Zone: "main"}, errDown)
		return nil
	}
	event := gatewaytest.Read[json.RawMessage](t, "exchange-schedule")
	if err := h.Handle(t.Context(), event); err != nil {
		t.Fatal(err)
	}
	want := `{"Ghosts":3,"Inside":3,"OldestWait":[60000,60000,60000],` +
		`"TickLag":[0,400],"TickTime":[100,100,100],"Waiting":5,"_aws"`
	if got := out.String(); !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	if !strings.Contains(log.String(), `"zone":"main","cause":"database is down"`) {
		t.Errorf("log %s", log.String())
	}
}

func TestWhatIsOutOfTheOrdinaryIsRecordedOnlyThen(t *testing.T) {
	var out bytes.Buffer
	h := &Exchange{KeysMade: nobodyKnows, Now: func() time.Time { return time.UnixMilli(1790000000000) }}
	h.Metrics = &metrics.Recorder{Out: &out, Now: h.Now}
	h.Observe(exchange.Result{Zone: "main", LetThrough: true, SeatsLeft: 0}, nil)
	h.Metrics.Flush()
	if got := out.String(); !strings.HasPrefix(got, `{"Inside":0,"LetThrough":1,"SeatsLeft":0,`) {
		t.Errorf("got %s", got)
	}
}

// Ticks that fail one after the other are late, and more so each second: otherwise nobody would learn of a queue that
// has stopped.
func TestTicksThatFailAreLate(t *testing.T) {
	for name, worked := range map[string]int{"from the start": 0, "after a while": 3} {
		t.Run(name, func(t *testing.T) {
			now := time.UnixMilli(1790000000000)
			var out bytes.Buffer
			h := &Exchange{KeysMade: nobodyKnows, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }}
			h.Metrics = &metrics.Recorder{Out: &out, Now: h.Now}
			h.Run = func(context.Context, string) error {
				for i := range 60 {
					now = now.Add(time.Second)
					var err error
					if i >= worked {
						err = errDown
					}
					h.Observe(exchange.Result{Zone: "main"}, err)
				}
				return nil
			}
			_ = h.Handle(t.Context(), nil)
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if len(lines) != 6 {
				t.Fatalf("%d lines in a minute, want one every 10 s", len(lines))
			}
			for i, line := range lines[1:] {
				var got struct{ TickLag []float64 }
				if err := json.Unmarshal([]byte(line), &got); err != nil || len(got.TickLag) != 10 ||
					got.TickLag[9] < float64(10_000*(i+1)-worked*1000) {
					t.Errorf("in the %d. ten seconds: %v, %v", i+2, got.TickLag, err)
				}
			}
		})
	}
}

func TestALongRunTellsItsFiguresAsItGoes(t *testing.T) {
	now := time.UnixMilli(1790000000000)
	var out bytes.Buffer
	h := &Exchange{KeysMade: nobodyKnows, Now: func() time.Time { return now }}
	h.Metrics = &metrics.Recorder{Out: &out, Now: h.Now}
	h.Run = func(context.Context, string) error {
		for range 25 {
			now = now.Add(time.Second)
			h.Observe(exchange.Result{Zone: "main"}, nil)
		}
		return nil
	}
	_ = h.Handle(t.Context(), nil)
	if got := strings.Count(out.String(), "\n"); got != 3 {
		t.Errorf("%d lines in 25 s, want one every 10 s and one at the end", got)
	}
}

func TestARunThatFailsIsTriedAgain(t *testing.T) {
	var log bytes.Buffer
	h := &Exchange{
		KeysMade: nobodyKnows, Run: func(context.Context, string) error { return errDown },
		Log: slog.New(slog.NewJSONHandler(&log, nil)), Now: time.Now,
	}
	if err := h.Handle(t.Context(), nil); !errors.Is(err, errDown) || !strings.Contains(log.String(), "database is down") {
		t.Errorf("error %v, log %s", err, log.String())
	}
}

func nobodyKnows(context.Context) (time.Time, error) { return time.Time{}, nil }

func TestARunTellsHowOldTheTokenKeysAre(t *testing.T) {
	now := time.UnixMilli(1790000000000)
	var out bytes.Buffer
	h := &Exchange{Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now },
		KeysMade: func(context.Context) (time.Time, error) { return now.Add(-50*time.Hour - time.Minute), nil },
		Run:      func(context.Context, string) error { return nil }}
	h.Metrics = &metrics.Recorder{Out: &out, Now: h.Now}
	if err := h.Handle(t.Context(), nil); err != nil || !strings.Contains(out.String(), `{"KeysAge":50,`) {
		t.Errorf("%s, %v", out.String(), err)
	}
}
