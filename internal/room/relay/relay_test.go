package relay_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"foyer/internal/room/queue"
	"foyer/internal/room/relay"
	"foyer/internal/room/rules"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

var start = time.UnixMilli(1_700_000_000_000).UTC()

// fakeEdge is the edge's store in memory. before runs ahead of each Put, so that another writer can come between.
type fakeEdge struct {
	mu      sync.Mutex
	version int
	values  map[string]string
	puts    int
	gets    int
	before  func(*fakeEdge)
	lose    bool // the next Put lands, and its reply is lost
	unread  bool // no Get succeeds
}

func newEdge() *fakeEdge { return &fakeEdge{values: map[string]string{}} }

func (e *fakeEdge) Version(context.Context) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return fmt.Sprint(e.version), nil
}

func (e *fakeEdge) Get(_ context.Context, key string) (string, bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.gets++
	if e.unread {
		return "", false, errors.New("connection reset")
	}
	value, found := e.values[key]
	return value, found, nil
}

func (e *fakeEdge) Put(_ context.Context, version string, values map[string]string) (string, error) {
	if e.before != nil {
		e.before(e)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if version != fmt.Sprint(e.version) {
		return "", relay.ErrConflict
	}
	e.puts++
	e.version++
	maps.Copy(e.values, values)
	maps.DeleteFunc(e.values, func(_, value string) bool { return value == "" })
	if e.lose {
		e.lose = false
		return "", errors.New("connection reset")
	}
	return fmt.Sprint(e.version), nil
}

// keys remembers the first keys it was asked for until Refresh, as a cache does.
type keys struct {
	mu          sync.Mutex
	now, cached []token.EdgeKey
	refreshed   int
}

func (k *keys) EdgeKeys(context.Context, string) (token.EdgeKeys, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.cached == nil {
		k.cached = k.now
	}
	return token.EdgeKeys{Keys: k.cached, Lasting: key("l1")}, nil
}

func (k *keys) Refresh(context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.cached = nil
	k.refreshed++
	return nil
}

func key(id string) token.EdgeKey { return token.EdgeKey{id, strings.Repeat("k", 43)} }

// stage is a zone, an edge and a relay between them, on a clock that only sleeping moves.
type stage struct {
	*testing.T
	zones zone.Store
	rules rules.Store
	edge  *fakeEdge
	keys  *keys
	relay *relay.Relay
	now   time.Time
	slept time.Duration
}

func newStage(t *testing.T) *stage {
	cloud := memroom.New()
	s := &stage{T: t, zones: cloud.Zones(), rules: cloud.Rules(), edge: newEdge(), now: start,
		keys: &keys{now: []token.EdgeKey{key("k1")}}}
	s.relay = s.newRelay()
	s.settings("main", func(z *zone.Settings) {})
	return s
}

func (s *stage) newRelay() *relay.Relay {
	return &relay.Relay{
		Zones: s.zones, Rules: s.rules, Edge: s.edge, Keys: s.keys, Now: func() time.Time { return s.now },
		Jitter: func(max time.Duration) time.Duration { return max },
		Sleep: func(ctx context.Context, d time.Duration) error {
			s.now, s.slept = s.now.Add(d), s.slept+d
			return ctx.Err()
		},
	}
}

func (s *stage) settings(name string, change func(*zone.Settings)) {
	s.Helper()
	z, err := s.zones.Settings(s.Context(), name)
	if err != nil {
		z = zone.Settings{
			Zone:     name,
			Title:    "A <concert> & more",
			State:    zone.Open,
			Policy:   zone.FirstCome,
			FailMode: zone.FailClosed,
		}
	}
	change(&z)
	z.Version++
	s.must(s.zones.SaveSettings(s.Context(), z))
}

func (s *stage) status(name string, change func(*zone.Status)) {
	s.Helper()
	st, err := s.zones.Status(s.Context(), name)
	s.must(err)
	if st.Version == 0 {
		st.State, st.SeatsLeft = zone.Open, -1
	}
	change(&st)
	st.Version, st.At = st.Version+1, s.now
	s.must(s.zones.SaveStatus(s.Context(), st))
}

func (s *stage) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *stage) sync(zones ...string) relay.Report {
	s.Helper()
	r := s.relay.Sync(s.Context(), zones...)
	for name, err := range r.Failed {
		s.Fatalf("zone %s: %v", name, err)
	}
	return r
}

func (s *stage) value(key string) map[string]any {
	s.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(s.edge.values[key]), &v); err != nil {
		s.Fatalf("%s holds %q: %v", key, s.edge.values[key], err)
	}
	return v
}

// The values are spelled out whole: the edge function reads exactly this.
func TestTheValuesAreWhatTheEdgeReads(t *testing.T) {
	s := newStage(t)
	s.settings("main", func(z *zone.Settings) { z.OpensAt, z.Policy = start.Add(-time.Hour), zone.Draw })
	s.status("main", func(st *zone.Status) {
		st.Direct, st.SoldOut, st.Called = true, true, queue.NewKey(8, 0, 1, queue.VisitorID{15: 1})
		st.Waiting, st.Inside, st.SeatsLeft, st.RateLow, st.RateHigh = 7, 5, 3, 40, 60
		st.Seed, st.Commit = "5eed", "c0"
	})
	s.must(s.zones.SaveCensus(t.Context(), "main", zone.Census{At: start, Total: 9, Knots: "abc"}))
	s.sync("main")
	want := map[string]string{
		"z.main": `{"k":[["k1","` + strings.Repeat("k", 43) + `"]],"lk":["l1","` + strings.Repeat("k", 43) + `"],` +
			`"v":[2,1],"s":"open","d":0,"so":1,"b":"closed","p":"draw","o":1699996400000,` +
			`"c":"8000000000000100000000000000000000000000000001","w":7,"i":5,"l":3,"r":[40,60],"t":"A <concert> & more",` +
			`"at":1700000000000,"se":"5eed","co":"c0"}`,
		"n.main": `{"v":1700000000000,"n":9,"k":"abc"}`,
	}
	if diff := cmp.Diff(want, s.edge.values); diff != "" {
		t.Error(diff)
	}
	if s.edge.puts != 1 {
		t.Errorf("%d writes, want both keys in 1", s.edge.puts)
	}
}

func TestAFirstWriteKnowsNoSeats(t *testing.T) {
	s := newStage(t)
	s.sync("main")
	if v := s.value("z.main"); v["l"] != -1.0 || v["c"] != "" || v["at"] != 0.0 {
		t.Errorf("value %v", v)
	}
}

func TestOnlyWhatVisitorsWouldSeeIsWritten(t *testing.T) {
	s := newStage(t)
	s.status("main", func(*zone.Status) {})
	s.sync("main")
	for _, c := range []struct {
		what   string
		change func()
		writes int
	}{
		{"the status was written again unchanged", func() { s.status("main", func(*zone.Status) {}) }, 0},
		{"a setting that no visitor sees", func() { s.settings("main", func(z *zone.Settings) { z.Capacity++ }) }, 0},
		{"somebody was called", func() {
			s.status("main", func(st *zone.Status) { st.Called = queue.NewKey(8, 0, 9, queue.VisitorID{}) })
		}, 1},
		{"the title", func() { s.settings("main", func(z *zone.Settings) { z.Title = "other" }) }, 1},
		{"a census that counted the same", func() {
			s.must(s.zones.SaveCensus(t.Context(), "main", zone.Census{At: start.Add(time.Minute)}))
		}, 0},
		{"a census that counted more", func() {
			s.must(s.zones.SaveCensus(t.Context(), "main", zone.Census{At: start.Add(time.Hour), Total: 1, Knots: "x"}))
		}, 1},
	} {
		before := s.edge.puts
		c.change()
		s.sync("main")
		if got := s.edge.puts - before; got != c.writes {
			t.Errorf("%s: %d writes, want %d", c.what, got, c.writes)
		}
	}
}

func TestMovingFiguresWaitTheirTurnAndEverythingElseDoesNot(t *testing.T) {
	s := newStage(t)
	s.sync("main")
	s.now = s.now.Add(500 * time.Millisecond)
	s.status("main", func(st *zone.Status) { st.Waiting = 4 })
	s.sync("main")
	if s.slept != relay.Gap-500*time.Millisecond {
		t.Errorf("a moving figure waited %v, want the rest of %v", s.slept, relay.Gap)
	}
	s.slept = 0
	s.settings("main", func(z *zone.Settings) { z.State = zone.Paused })
	s.sync("main")
	if s.slept != 0 || s.value("z.main")["s"] != "paused" {
		t.Errorf("a pause waited %v and shows %v", s.slept, s.value("z.main")["s"])
	}
}

// An emergency doesn't wait its turn either, and leaves nothing behind at the edge when it is over.
func TestLetThroughIsAtTheEdgeAtOnceAndGoneAsSoon(t *testing.T) {
	s := newStage(t)
	s.sync("main")
	before := s.value("z.main")
	for _, c := range []struct {
		on   bool
		want string
	}{{true, "passthrough"}, {false, "first-come"}} {
		s.settings("main", func(z *zone.Settings) { z.LetThrough = c.on })
		s.sync("main")
		if got := s.value("z.main")["p"]; got != c.want || s.slept != 0 {
			t.Errorf("let through %v: policy %v after %v", c.on, got, s.slept)
		}
	}
	after := s.value("z.main")
	delete(before, "v")
	delete(after, "v")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
}

func TestAWaitEndsInWhatIsTrueByThen(t *testing.T) {
	s := newStage(t)
	s.sync("main")
	s.status("main", func(st *zone.Status) { st.Waiting = 4 })
	sleep := s.relay.Sleep
	s.relay.Sleep = func(ctx context.Context, d time.Duration) error {
		s.status("main", func(st *zone.Status) { st.Waiting = 5 })
		return sleep(ctx, d)
	}
	s.sync("main")
	if v := s.value("z.main"); v["w"] != 5.0 || s.edge.puts != 2 {
		t.Errorf("waiting %v after %d writes, want 5 after 2", v["w"], s.edge.puts)
	}
}

func TestManyZonesAreOneWriteAndOneBadZoneKeepsNobodyBack(t *testing.T) {
	s := newStage(t)
	names := []string{"main", "main", "nowhere"}
	for i := range 24 {
		name := fmt.Sprintf("z%02d", i)
		s.settings(name, func(*zone.Settings) {})
		names = append(names, name)
	}
	s.edge.values["z.z00"] = `{"v":[99,0]}` // a table that was put back
	r := s.relay.Sync(t.Context(), names...)
	if len(r.Failed) != 1 || !errors.Is(r.Failed["z00"], relay.ErrBehind) {
		t.Errorf("failed %v, want z00 alone", r.Failed)
	}
	if len(r.Written) != 24 || s.edge.puts != 1 {
		t.Errorf("%d zones in %d writes, want 24 in 1", len(r.Written), s.edge.puts)
	}
	if s.edge.values["z.z00"] != `{"v":[99,0]}` {
		t.Error("the edge went backwards")
	}
}

func TestAConflictReadsEverythingAgain(t *testing.T) {
	s := newStage(t)
	s.status("main", func(st *zone.Status) { st.Waiting = 1 })
	other := s.newRelay()
	s.edge.before = func(e *fakeEdge) {
		e.before = nil
		s.status("main", func(st *zone.Status) { st.Waiting = 2 })
		if r := other.Sync(t.Context(), "main"); len(r.Failed) > 0 {
			t.Error(r.Failed)
		}
	}
	s.sync("main")
	if v := s.value("z.main"); v["w"] != 2.0 || s.edge.puts != 1 {
		t.Errorf("waiting %v after %d writes: the older image won", v["w"], s.edge.puts)
	}
}

func TestEndlessConflictsAreAnError(t *testing.T) {
	s := newStage(t)
	s.edge.before = func(e *fakeEdge) { e.mu.Lock(); e.version++; e.mu.Unlock() }
	r := s.relay.Sync(t.Context(), "main")
	if !errors.Is(r.Failed["main"], relay.ErrConflict) {
		t.Errorf("failed %v", r.Failed)
	}
}

func TestALostReplyIsRepeatedWithoutHarm(t *testing.T) {
	s := newStage(t)
	s.edge.lose = true
	if r := s.relay.Sync(t.Context(), "main"); r.Failed["main"] == nil {
		t.Fatal("a lost reply passed for success")
	}
	s.sync("main")
	if s.edge.puts != 1 {
		t.Errorf("%d writes, want the 1 that had landed", s.edge.puts)
	}
}

func TestNewKeysAreWrittenThoughNothingElseChanged(t *testing.T) {
	s := newStage(t)
	s.sync("main")
	s.keys.now, s.keys.cached = []token.EdgeKey{key("k1"), key("k2")}, nil
	s.sync("main")
	if got := len(s.value("z.main")["k"].([]any)); got != 2 {
		t.Errorf("the edge has %d keys, want 2", got)
	}
}

func TestARelayThatRemembersOldKeysDoesNotPutThemBack(t *testing.T) {
	s := newStage(t)
	s.sync("main")
	s.keys.now = []token.EdgeKey{key("k2"), key("k1")} // rotated; this relay still remembers k1
	fresh := s.newRelay()
	fresh.Keys = &keys{now: s.keys.now}
	fresh.Sync(t.Context(), "main")
	s.settings("main", func(z *zone.Settings) { z.Title = "other" })
	s.sync("main")
	if got := len(s.value("z.main")["k"].([]any)); got != 2 {
		t.Errorf("the edge has %d keys: old keys came back", got)
	}
}

func TestUnchangedStoresAreNotReadAgain(t *testing.T) {
	s := newStage(t)
	s.sync("main")
	before := s.edge.gets
	s.status("main", func(st *zone.Status) { st.Inside = 1 })
	s.sync("main")
	if s.edge.gets != before {
		t.Errorf("%d more reads of the edge's store, want none at the version it left", s.edge.gets-before)
	}
}

// What could not be read is read again, and never taken for nothing: that would be overwritten.
func TestAFailedReadIsNotRemembered(t *testing.T) {
	s := newStage(t)
	s.sync("main")
	s.relay = s.newRelay()
	s.edge.unread = true
	if r := s.relay.Sync(t.Context(), "main"); r.Failed["main"] == nil {
		t.Error("the edge's store was read")
	}
	s.edge.unread = false
	if r := s.sync("main"); len(r.Written) > 0 {
		t.Errorf("%v written, and nothing had changed", r.Written)
	}
}

func TestValuesStayUnderTheLimit(t *testing.T) {
	s := newStage(t)
	s.keys.now = []token.EdgeKey{key("12345678"), key("87654321")}
	s.settings("main", func(z *zone.Settings) {
		z.Title, z.OpensAt, z.Policy = strings.Repeat("𝄞", 60), start.Add(-time.Hour), zone.Draw
	})
	s.status("main", func(st *zone.Status) {
		st.Seed, st.Commit = strings.Repeat("a", 64), strings.Repeat("b", 64)
		st.Called = queue.NewKey(15, 15, queue.MaxRank, queue.VisitorID{})
		st.Waiting, st.Inside, st.SeatsLeft, st.RateLow, st.RateHigh = 1e9, 1e9, 1e9, 1e9, 1e9
	})
	s.must(s.zones.SaveCensus(t.Context(), "main", zone.Census{At: start, Total: 1e9, Knots: strings.Repeat("k", 1010)}))
	s.sync("main")
	for key, value := range s.edge.values {
		if len(value) > relay.MaxValue {
			t.Errorf("%s has %d bytes", key, len(value))
		}
	}
	if s.value("n.main")["k"] != "" || s.value("z.main")["t"] == "" {
		t.Errorf("knots %v title %v: want no knots and some title", s.value("n.main")["k"], s.value("z.main")["t"])
	}
	s.sync("main")
	if s.edge.puts != 1 {
		t.Error("a value that was made to fit is written again and again")
	}
}

func TestTheEdgeShowsWhatVisitorsMaySee(t *testing.T) {
	for _, c := range []struct {
		set, shown zone.State
		opens      time.Time
		direct     float64
	}{
		{zone.Scheduled, zone.Scheduled, start.Add(time.Second), 0},
		{zone.Scheduled, zone.Open, start, 1},
		{zone.Open, zone.Open, time.Time{}, 1},
		{zone.Paused, zone.Paused, time.Time{}, 0},
		{zone.Closed, zone.Closed, time.Time{}, 0},
	} {
		s := newStage(t)
		s.settings("main", func(z *zone.Settings) { z.State, z.OpensAt = c.set, c.opens })
		s.status("main", func(st *zone.Status) { st.State, st.Direct = zone.Open, true })
		s.sync("main")
		if v := s.value("z.main"); v["s"] != string(c.shown) || v["d"] != c.direct {
			t.Errorf("%s, opening at %v: shows %v direct %v, want %s %v", c.set, c.opens, v["s"], v["d"], c.shown, c.direct)
		}
	}
}

func TestADrawsSeedStaysSecretUntilItIsOver(t *testing.T) {
	s := newStage(t)
	s.settings("main", func(z *zone.Settings) { z.Policy, z.OpensAt = zone.Draw, start })
	s.status("main", func(st *zone.Status) { st.Seed, st.Commit = "5eed", "c0" })
	s.sync("main")
	if v := s.value("z.main"); v["se"] != "" || v["co"] != "c0" {
		t.Errorf("before the end of the grace the edge tells seed %q, commitment %q", v["se"], v["co"])
	}
	s.now = start.Add(zone.DrawGrace)
	s.sync("main")
	if v := s.value("z.main"); v["se"] != "5eed" {
		t.Errorf("after it the edge tells seed %q", v["se"])
	}
}

func TestLagIsToldOfANewStatusOrElseANewCensus(t *testing.T) {
	s := newStage(t)
	s.status("main", func(*zone.Status) {})
	s.now = s.now.Add(300 * time.Millisecond)
	if r := s.sync("main"); r.Lag["main"] != 300*time.Millisecond {
		t.Errorf("lag %v", r.Lag)
	}
	s.settings("main", func(z *zone.Settings) { z.Title = "other" })
	if r := s.sync("main"); len(r.Lag) != 0 {
		t.Errorf("a change of settings told a lag of %v", r.Lag)
	}
	s.must(
		s.zones.SaveCensus(
			t.Context(),
			"main",
			zone.Census{At: s.now.Add(-time.Second), Duration: 800 * time.Millisecond, Total: 3},
		),
	)
	if r := s.sync("main"); r.Lag["main"] != relay.Gap+200*time.Millisecond {
		t.Errorf("the lag of a census is %v", r.Lag)
	}
}

func TestAStatusAndACensusAtOnceTellTheLagOfTheStatus(t *testing.T) {
	s := newStage(t)
	s.must(s.zones.SaveCensus(t.Context(), "main", zone.Census{At: s.now.Add(-time.Second), Total: 3}))
	s.status("main", func(*zone.Status) {})
	s.now = s.now.Add(300 * time.Millisecond)
	if r := s.sync("main"); r.Lag["main"] != 300*time.Millisecond {
		t.Errorf("lag %v", r.Lag)
	}
}

func TestAValueThatCanNotBeReadIsOverwritten(t *testing.T) {
	for _, broken := range []string{"{", `{"v":[9,9,9],"s":5}`} {
		s := newStage(t)
		s.sync("main")
		good := s.edge.values["z.main"]
		s.edge.values["z.main"] = broken
		s.edge.version++
		if s.sync("main"); s.edge.values["z.main"] != good {
			t.Errorf("%s became %s", broken, s.edge.values["z.main"])
		}
	}
}

// Keys are read anew only where they differ from those that the edge has.
func TestKeysThatTheEdgeHasAreNotReadAnew(t *testing.T) {
	s := newStage(t)
	s.sync("main")
	s.keys.refreshed = 0
	s.status("main", func(st *zone.Status) { st.Inside = 1 })
	if s.sync("main"); s.keys.refreshed > 0 {
		t.Errorf("read anew %d times", s.keys.refreshed)
	}
}
