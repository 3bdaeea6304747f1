package sale

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/google/go-cmp/cmp"

	"foyer/internal/aws/metrics"
	"foyer/internal/gateway/feed"
	"foyer/internal/problem"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/viewers"
	"foyer/internal/store/dynamo/dynsale"
	"foyer/internal/testkit/gatewaytest"
)

// looker plays the viewers.
type looker struct {
	asked []string
	err   error
}

func (l *looker) View(_ context.Context, conn string, sections []string, at time.Time) error {
	l.asked = append(l.asked, conn+" "+strings.Join(sections, ",")+" "+at.UTC().Format(time.RFC3339Nano))
	return l.err
}

func TestAMessageSaysWhichSectionsAConnectionLooksAt(t *testing.T) {
	s := newStage(t)
	for name, c := range map[string]struct {
		patch string
		err   error
		want  int
		asks  bool
	}{
		"as sent by the map":   {"", nil, 200, true},
		"nothing to look at":   {`{"body":"{\"action\":\"view\",\"sections\":[]}"}`, nil, 200, true},
		"not opened for a map": {"", problem.Wrap(problem.Forbidden, viewers.ErrUnknown, ""), 403, true},
		"the table is busy":    {"", problem.New(problem.Busy, ""), 503, true},
		"an unknown field":     {`{"body":"{\"action\":\"view\",\"sections\":[],\"zone\":\"x\"}"}`, nil, 400, false},
		"no JSON":              {`{"body":"view"}`, nil, 400, false},
		"far too long":         {`{"body":"` + strings.Repeat("x", 9000) + `"}`, nil, 413, false},
		"from no connection":   {`{"requestContext":{"connectionId":""}}`, nil, 400, false},
		"no message":           {`{"requestContext":{"eventType":"CONNECT"}}`, nil, 400, false},
	} {
		l := &looker{err: c.err}
		h := &View{Log: slog.New(slog.DiscardHandler), Viewers: l}
		var e events.APIGatewayWebsocketProxyRequest
		if err := json.Unmarshal(s.Event("view-sections", c.patch), &e); err != nil {
			t.Fatal(err)
		}
		got, err := h.Handle(t.Context(), e)
		if err != nil || got.StatusCode != c.want || (len(l.asked) > 0) != c.asks {
			t.Errorf("%s: %d %v, asked %v", name, got.StatusCode, err, l.asked)
		}
		if c.patch == "" && l.asked[0] != gatewaytest.SocketID+" stalls,balcony 2026-09-21T14:13:20Z" {
			t.Errorf("%s: asked %q", name, l.asked)
		}
	}
}

// teller plays the fan-out: it fails for a zone.
type teller struct {
	sync.Mutex
	told map[string]map[string]map[string]seat.Mark // zone → section → seat
	bad  string
}

func (f *teller) Deliver(_ context.Context, c viewers.Changes) (viewers.Result, error) {
	f.Lock()
	defer f.Unlock()
	if c.Zone == f.bad {
		return viewers.Result{}, errors.New("no")
	}
	f.told[c.Zone] = c.Sections
	return viewers.Result{Pushed: 6, Hushed: 1}, nil
}

// fanOut hands the named events over as one batch; one named "other …" is of another zone.
func fanOut(t *testing.T, bad string, names ...string) (*teller, feed.Failures, string) {
	t.Helper()
	var batch feed.StreamEvent
	for _, name := range names {
		zone := "main"
		if rest, other := strings.CutPrefix(name, "other "); other {
			name, zone = rest, "other"
		}
		one := gatewaytest.Read[feed.StreamEvent](t, name, `"main#`, `"`+zone+`#`)
		batch.Records = append(batch.Records, one.Records...)
	}
	f, out := &teller{told: map[string]map[string]map[string]seat.Mark{}, bad: bad}, &bytes.Buffer{}
	now := func() time.Time { return time.UnixMilli(1790000000500) }
	h := &Fanout{
		Log: slog.New(slog.DiscardHandler), Viewers: f, Metrics: &metrics.Recorder{Out: out, Now: now}, Now: now,
		Seat: func(image json.RawMessage) (string, seat.Seat, bool, error) {
			item, err := attributevalue.UnmarshalMapJSON(image)
			if err != nil {
				return "", seat.Seat{}, false, err
			}
			return dynsale.DecodeSeat(item)
		},
	}
	failed, err := h.Handle(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	return f, failed, out.String()
}

func TestChangesAreToldOncePerZoneWithTheNewestOfEachSeat(t *testing.T) {
	f, failed, metrics := fanOut(t, "", "fanout-locks", "fanout-sale")
	want := map[string]map[string]map[string]seat.Mark{"main": {
		"stalls": {
			"stalls-C-9":  {Version: 2, Status: seat.Taken},
			"stalls-C-10": {Version: 2, Status: seat.Available},
		},
		"balcony": {"balcony-A-1": {Version: 4, Status: seat.Locked, Until: 1790000300000}},
	}}
	if diff := cmp.Diff(want, f.told); diff != "" || len(failed.BatchItemFailures) > 0 {
		t.Errorf("%v %s", failed, diff)
	}
	if !strings.Contains(metrics, `"MapPushes":6`) || !strings.Contains(metrics, "MapsHushed") {
		t.Errorf("metrics: %s", metrics)
	}
}

func TestTheOrderOfRecordsChangesNothing(t *testing.T) {
	one, _, _ := fanOut(t, "", "fanout-locks", "fanout-sale")
	other, _, _ := fanOut(t, "", "fanout-sale", "fanout-locks")
	if diff := cmp.Diff(one.told, other.told); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyTheRecordsOfAZoneInTroubleComeAgain(t *testing.T) {
	f, failed, _ := fanOut(t, "other", "fanout-locks", "other fanout-sale")
	if n := len(failed.BatchItemFailures); n == 0 || len(f.told) != 1 || f.told["main"] == nil {
		t.Errorf("failed: %v, told %v", failed, f.told)
	}
	_, all, _ := fanOut(t, "other", "other fanout-locks", "other fanout-sale")
	if len(failed.BatchItemFailures) >= len(all.BatchItemFailures) {
		t.Errorf("%d failed, of both zones", len(failed.BatchItemFailures))
	}
}
