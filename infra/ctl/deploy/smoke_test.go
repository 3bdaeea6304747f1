package deploy

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"foyer/infra/ctl/cli"
	"foyer/internal/problem"
	"foyer/internal/room/zone"
	"foyer/internal/sale/clear"
	"foyer/internal/store/memory/memsale"
)

// front is a deployment whose front door fails at some step.
type front struct {
	cli.Parts
	*testing.T
	cloud *memsale.Cloud
	fails string
	stop  context.CancelFunc // called at the step
	calls []string
}

func (f *front) Where() cli.Place                                 { return cli.Place{At: "http://127.0.0.1:1"} }
func (f *front) Zones() (zone.Store, error)                       { return f.cloud.Zones(), nil }
func (f *front) Left() (clear.Store, error)                       { return f.cloud.Left(), nil }
func (f *front) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	words := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	step, inside := words[len(words)-1], r.Header.Get("X-Foyer-Access") == "in"
	if words[0] == "z" {
		step = map[bool]string{false: "arrive", true: "page"}[inside]
	}
	f.calls = append(f.calls, step)
	if step == f.fails {
		if f.stop != nil {
			f.stop()
		}
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	if step != "arrive" && r.Header.Get("X-Foyer-Visitor") != "visitor" {
		f.Errorf("%s without the visitor's token", step)
	}
	switch step {
	case "arrive":
		w.WriteHeader(http.StatusTooManyRequests)
		_ = json.NewEncoder(w).Encode(map[string]any{"zone": words[1], "visitorToken": "visitor",
			"zoneStatus": map[string]string{"state": "paused"}})
	case "ws":
		f.socket(w, r)
	case "enter":
		_, _ = w.Write([]byte(`{"accessToken":"in"}`))
	}
}

// socket calls the visitor once the zone is open.
func (f *front) socket(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	ctx := conn.CloseRead(r.Context())
	for ctx.Err() == nil {
		if s, err := f.cloud.Zones().Settings(ctx, r.URL.Query().Get("zone")); err == nil && s.State == zone.Open {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if f.fails == "turn" {
		return
	}
	for _, text := range []string{`{"type":"pong"}`, `{"type":"turn","ref":"1.0"}`} {
		_ = conn.Write(ctx, websocket.MessageText, []byte(text))
	}
	<-ctx.Done()
}

// walks runs the smoke test, and reports what it says. Its zone is gone afterwards, however it ended.
func (f *front) walks(t *testing.T, c *Doctor) (string, error) {
	t.Helper()
	door := httptest.NewServer(f)
	defer door.Close()
	t.Setenv(cli.FrontDoorEnv, door.URL)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	if f.stop != nil {
		f.stop = stop
	}
	var out bytes.Buffer
	err := c.Run(&cli.App{Ctx: ctx, Out: &out, Err: &out, Parts: f, Now: time.Now})
	all, listed := f.cloud.Zones().List(t.Context())
	if listed != nil || len(all) != 0 {
		t.Errorf("it leaves %+v behind, %v", all, listed)
	}
	return out.String(), err
}

func TestASmokeTestLeavesNothingBehind(t *testing.T) {
	for fails, c := range map[string]struct {
		says string
		exit int
	}{
		"nothing": {"7 things are right", 0},
		"ws":      {"smoke: socket: the handshake is answered 502", 5},
		"turn":    {"smoke: turn: the socket ended before the turn", 5},
		"enter":   {"smoke: entry: it is answered 502. Look at the log of admit", 5},
		"page":    {"smoke: page: it is answered 502. Does the site answer by itself?", 5},
		"leave":   {"smoke: leaving: it is answered 502", 5},
	} {
		f := &front{T: t, cloud: memsale.New(), fails: fails}
		said, err := f.walks(t, &Doctor{Smoke: true})
		if !strings.Contains(said, c.says) || cli.ExitCode(err) != c.exit {
			t.Errorf("%s: exit code %d, %v: %s", fails, cli.ExitCode(err), err, said)
		}
	}
}

// There is no zone either after it was interrupted.
func TestAnInterruptedSmokeTestLeavesNothingBehind(t *testing.T) {
	for _, step := range []string{"arrive", "enter"} {
		f := &front{T: t, cloud: memsale.New(), fails: step, stop: func() {}}
		said, err := f.walks(t, &Doctor{Smoke: true})
		if cli.ExitCode(err) != cli.ExitInterrupted || !slices.Contains(f.calls, step) {
			t.Errorf("%s: %v: %s", step, err, said)
		}
	}
}

func TestASmokeTestCanBeTriedDry(t *testing.T) {
	f := &front{T: t, cloud: memsale.New()}
	said, err := f.walks(t, &Doctor{Smoke: true, Change: cli.Change{DryRun: true}})
	if err != nil || len(f.calls) > 0 || !strings.Contains(said, "would make the zone smoke-") {
		t.Errorf("%v, %v: %s", err, f.calls, said)
	}
	f = &front{T: t, cloud: memsale.New()}
	if said, err := f.walks(t, &Doctor{}); err != nil || len(f.calls) > 0 {
		t.Errorf("without --smoke: %v, %v: %s", err, f.calls, said)
	}
}

func TestASmokeTestThatWasKilledIsSeen(t *testing.T) {
	f := &front{T: t, cloud: memsale.New()}
	left := zone.New(smokeName())
	if err := f.cloud.Zones().SaveSettings(t.Context(), left); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err := (&Doctor{}).Run(&cli.App{Ctx: t.Context(), Out: &out, Err: &out, Parts: f, Now: time.Now})
	if cli.ExitCode(err) != cli.ExitDisagrees ||
		!strings.Contains(out.String(), "a smoke test left it behind. foyerctl zone") {
		t.Errorf("%v: %s", err, &out)
	}
	if problem.CodeOf(err) == problem.NotFound {
		t.Error(err)
	}
}
