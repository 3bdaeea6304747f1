package room

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"foyer/internal/aws/metrics"
	"foyer/internal/room/census"
	"foyer/internal/room/zone"
)

func TestACensusRunTellsHowLongCountingTook(t *testing.T) {
	now := time.UnixMilli(1790000000000)
	var out, log bytes.Buffer
	h := &Census{Log: slog.New(slog.NewJSONHandler(&log, nil)), Now: func() time.Time { return now }}
	h.Metrics = &metrics.Recorder{Out: &out, Now: h.Now}
	watched := false
	h.Watch = func(ctx context.Context) {
		h.Probed(zone.Settings{Zone: "main", State: zone.Paused}, errDown)
		<-ctx.Done()
		watched = true
	}
	h.Run = func(_ context.Context, id string, until time.Time) error {
		if id == "" || until.Sub(now) <= time.Minute {
			t.Errorf("run %q until %v: the next starts a minute later", id, until)
		}
		h.Report(census.Pass{Zone: "main", Census: zone.Census{Duration: 250 * time.Millisecond}})
		h.Report(census.Pass{Zone: "main", Err: errDown})
		return errDown
	}
	if err := h.Handle(t.Context(), nil); err == nil {
		t.Error("a failed run ended well: the schedule's retry and the error metric need to know")
	}
	if got := out.String(); !strings.HasPrefix(got, `{"CensusTime":250,"_aws"`) {
		t.Errorf("got %s", got)
	}
	if !watched {
		t.Error("sites aren't watched for as long as the run lasts")
	}
	for _, want := range []string{
		`"count failed","zone":"main"`, `"run failed"`, `"the site fails","zone":"main","state":"paused"`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("log %s lacks %s", log.String(), want)
		}
	}
}
