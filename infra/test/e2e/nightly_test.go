package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"foyer/infra/bundle"
	"foyer/infra/demo/crowd"
	"foyer/infra/local"
	"foyer/infra/local/lambda"
	"foyer/infra/local/sqs"
	"foyer/infra/topology"
	"foyer/internal/room/zone"
	"foyer/internal/testkit/audittest"
)

// nightly skips what takes longer than a continuous integration has, unless FOYER_NIGHTLY is set.
func nightly(t *testing.T) {
	t.Helper()
	if os.Getenv("FOYER_NIGHTLY") == "" {
		t.Skip("takes minutes: make nightly runs it")
	}
	up(t) // builds, and skips where a tool is missing
}

// elsewhere has the test run on a cloud of its own, which it may harm.
func elsewhere(t *testing.T, o local.Options) {
	t.Helper()
	o.Prefix, o.Prebuilt, o.Progress = fmt.Sprintf("own-%d-", time.Now().UnixNano()), true, os.Stderr
	o.Lambda.Logs, o.Queues = logs, sqs.Options{Visibility: 5 * time.Second}
	own, err := local.Up(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	before := cloud
	cloud = own
	t.Cleanup(func() {
		cloud = before
		own.Down()
	})
}

// TestASaleOutlivesItsDatabase sells seats while the database is away twice, for five seconds each time: the sale goes
// on by itself, all that was sold is sold once, and seats, orders, money, mails and ledger agree.
func TestASaleOutlivesItsDatabase(t *testing.T) {
	nightly(t)
	elsewhere(t, local.Options{Disk: t.TempDir()})
	h := newHall(t, func(s *zone.Settings) {
		s.Capacity, s.Rate, s.Window, s.Session = 150, 1800, 20*time.Second, time.Minute
		s.SeatsPerBuyer, s.SeatFactor, s.PayFor = perBuyer, 5, 30*time.Second
	})
	h.sells("theatre-300")
	house := h.audited()
	people := sends(t, h, 5)
	starts(t, people, crowd.Plan{
		Visitors: 300, PerSecond: 10, HTTPOnly: 0.2, Apps: 0.2, Stay: 3 * time.Second,
		Buy: crowd.Buy{Share: 1, Seats: perBuyer, DropOut: 0.08, Decline: 0.1, Trouble: 0.2},
	})
	for range 2 {
		time.Sleep(8 * time.Second)
		if err := cloud.RestartDatabase(t.Context(), 5*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	before := len(house.owners())
	until(t, 8*time.Minute, "everybody to have gone", func() bool { return !people.Stats().Running })
	house.comesToRest()
	audittest.Agree(t, house, h.name, time.Now())
	checkLog(t, h)
	if sold := len(house.owners()); sold <= before || sold < 100 {
		t.Errorf("%d seats are sold, %d of them after the database came back", sold, sold-before)
	}
	t.Logf("%+v", people.Stats())
}

// TestClocksMayBeOffByMinutes lets a crowd come while the exchanger's clock is three minutes ahead and the admitter's
// two behind. They go by the database's answers, so everybody gets in meanwhile, with a socket or without. There are
// never more inside than the zone holds.
func TestClocksMayBeOffByMinutes(t *testing.T) {
	nightly(t)
	const visitors, capacity = 40, 15
	binaries := t.TempDir()
	root, err := bundle.Root()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range topology.Functions {
		if err := os.Symlink(filepath.Join(root, local.Binaries, f.Name), filepath.Join(binaries, f.Name)); err != nil {
			t.Fatal(err)
		}
	}
	skews(t, root, binaries, "exchange", 3*time.Minute)
	skews(t, root, binaries, "admit", -2*time.Minute)
	elsewhere(t, local.Options{Lambda: lambda.Options{Binaries: binaries}})
	h := newHall(t, func(s *zone.Settings) { s.Capacity, s.Rate, s.Session = capacity, 1200, 20*time.Minute })
	people := sends(t, h, 6)
	starts(t, people, crowd.Plan{Visitors: visitors, PerSecond: 10, HTTPOnly: 0.2, Apps: 0.2, Stay: 2 * time.Second})
	through := func(n int) func() bool {
		return func() bool {
			if live := h.live(); live > capacity {
				t.Fatalf("%d live grants", live)
			}
			s := people.Stats()
			return s.Left+s.Failed >= n
		}
	}
	until(t, 3*time.Minute, "everyone to have been inside", through(visitors))
	if s := people.Stats(); s.Failed > 0 || s.Entered != visitors || s.Evicted > 0 {
		t.Errorf("%+v", s)
	}
}

// live counts the live grants that stand in the log.
func (h *hall) live() (n int) {
	for _, p := range h.log() {
		for _, g := range p.Grants {
			if g.State.Live() {
				n++
			}
		}
	}
	return n
}

// skews builds a function whose wiring has another clock: the compiler gets it as an overlay.
func skews(t *testing.T, root, binaries, name string, by time.Duration) {
	t.Helper()
	wiring := filepath.Join(root, "functions", name, "wire.go")
	text, err := os.ReadFile(wiring)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	skewed := strings.ReplaceAll(string(text), "time.Now", "skewed") +
		fmt.Sprintf("\nfunc skewed() time.Time { return time.Now().Add(%d) }\n", by)
	overlay := fmt.Sprintf(`{"Replace":{%q:%q}}`, wiring, filepath.Join(dir, "wire.go"))
	for file, content := range map[string]string{"wire.go": skewed, "overlay.json": overlay} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(binaries, name)); err != nil { // the link to the one that is right
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-trimpath", "-buildvcs=false",
		"-overlay", filepath.Join(dir, "overlay.json"), "-o", filepath.Join(binaries, name, "bootstrap"), "./functions/"+name)
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestNineThousandSocketsComeBack cuts 9,000 sockets at once and lets them all connect again, as fast as they can at
// the 500 a second that API Gateway takes: each has its place as before, and who is called then hears it on the new
// socket. FOYER_SOCKETS says how many. Each takes two open files, and ports of this machine.
func TestNineThousandSocketsComeBack(t *testing.T) {
	nightly(t)
	n := 9000
	if text := os.Getenv("FOYER_SOCKETS"); text != "" {
		if _, err := fmt.Sscan(text, &n); err != nil {
			t.Fatal(err)
		}
	}
	elsewhere(t, local.Options{Lambda: lambda.Options{Limit: 64}}) // as many as call at once
	cloud.Sockets.Limit(500)
	h := newHall(t, func(s *zone.Settings) { s.Capacity, s.QueueShards = 0, 16 })
	all := make([]*app, n)
	began := time.Now()
	inTurns(n, func(i int) { all[i] = h.arrives() })
	came := time.Since(began)
	lines := make([]*websocket.Conn, n)
	hangUp := func(i int) {
		if lines[i] != nil {
			lines[i].CloseNow()
		}
	}
	defer inTurns(n, hangUp)
	connect := func() time.Duration {
		began := time.Now()
		var failed atomic.Int64
		inTurns(n, func(i int) {
			hangUp(i)
			if lines[i] = all[i].connects(t); lines[i] == nil {
				failed.Add(1)
			}
		})
		if f := failed.Load(); f > 0 {
			t.Fatalf("%d of %d never got a socket", f, n)
		}
		return time.Since(began)
	}
	first := connect()
	places := h.sorted()
	if len(places) != n {
		t.Fatalf("%d places, want %d", len(places), n)
	}
	cloud.Sockets.Cut()
	again := connect()
	if after := h.sorted(); !slices.Equal(places, after) {
		t.Errorf("%d places before, %d after, and not the same", len(places), len(after))
	}
	var heard atomic.Int64
	for _, line := range lines {
		go func() {
			for {
				_, text, err := line.Read(t.Context())
				if err != nil {
					return
				}
				if strings.Contains(string(text), `"turn"`) {
					heard.Add(1)
					return
				}
			}
		}()
	}
	const called = 100
	h.change(func(s *zone.Settings) { s.Capacity, s.Rate = called, 1200 })
	until(t, time.Minute, "all who are called to hear of it", func() bool {
		grants := 0
		for _, p := range h.log() {
			grants += len(p.Grants)
		}
		return grants >= called && heard.Load() >= called
	})
	t.Logf("%d came in %v, had sockets in %v, and again in %v; open then: %d; %+v", n, came.Round(time.Second),
		first.Round(time.Second), again.Round(time.Second), cloud.Sockets.Stats().Open, cloud.Sockets.Stats())
}

// connects opens a socket, as long as a patient page tries; nil: it never got one.
func (p *app) connects(t *testing.T) *websocket.Conn {
	header := http.Header{"Cookie": {"__Host-foyer-v-" + p.h.name + "=" + p.visitor}, "Origin": {cloud.URL}}
	for try := range 40 {
		line, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(cloud.URL, "http")+"/ws?zone="+p.h.name,
			&websocket.DialOptions{HTTPHeader: header})
		if err == nil {
			return line
		}
		time.Sleep(time.Duration(min(try+1, 10)) * 100 * time.Millisecond)
	}
	return nil
}

// inTurns does the work for 0 to n-1, some at a time.
func inTurns(n int, work func(i int)) {
	var all sync.WaitGroup
	var next atomic.Int64
	for range 64 {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(i)
			}
		})
	}
	all.Wait()
}
