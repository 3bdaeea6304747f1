package cold_test

import (
	"os"
	"runtime"
	"runtime/metrics"
	"sync/atomic"
	"testing"
	"time"

	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/store/memory/memroom"
)

// exchangeShare is the part of a processor that Lambda gives to a function of 768 MB.
const exchangeShare = 0.434

// admissions returns how many are in the logs: two million, of eight days and twenty zones, where it may take long.
func admissions(quick int) int {
	if os.Getenv("FOYER_NIGHTLY") != "" {
		return 2_000_000
	}
	return quick
}

// exchangeOf is a fresh exchange of a zone with long sessions, on one processor.
func exchangeOf(t *testing.T, c *canned) (*exchange.Exchange, zone.Settings) {
	before := runtime.GOMAXPROCS(1)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	db := c.client(c)
	settings := zone.New("main")
	settings.Capacity, settings.Rate, settings.SeatFactor, settings.Session = 5000, 1200, 0, 6*time.Hour
	zones := memroom.New().Zones()
	must(t, zones.SaveSettings(t.Context(), settings))
	must(t, zones.SaveStatus(t.Context(), zone.Status{Zone: "main", Version: 1, At: time.Now(), Floor: 1}))
	return &exchange.Exchange{
		Queue: dynroom.NewQueue(db, "queue"), Log: dynroom.NewLog(db, "grants"), Zones: zones, Now: time.Now,
	}, settings
}

// measured skips a test that measures where a measure says nothing.
func measured(t *testing.T) {
	t.Helper()
	if underRace {
		t.Skip("measures processor time or memory, and the race detector takes most of both")
	}
}

// warm reads the whole log into a memory, as a run does before it leads.
func warm(t *testing.T, x *exchange.Exchange, s zone.Settings) *exchange.Memory {
	m := &exchange.Memory{}
	for whole := false; !whole; {
		var err error
		_, whole, err = x.Warm(t.Context(), s, m)
		must(t, err)
	}
	return m
}

// A run has a minute until the one before it ends: 600,000 admissions must be read long before that at the share of a
// processor that it has on Lambda.
func TestAFreshExchangerReadsALongLogBeforeItLeads(t *testing.T) {
	measured(t)
	n := admissions(600_000)
	c := newCanned(t, n/bucket.PageSize, 0, time.Now().Add(-20*time.Hour))
	x, s := exchangeOf(t, c)
	began := processor()
	m := warm(t, x, s)
	took := time.Duration(float64(processor()-began) / exchangeShare)
	t.Logf("%d admissions are read in %v at %v of a processor, by %.0f read units", n, took, exchangeShare, c.units)
	if took > 45*time.Second {
		t.Errorf("reading %d admissions takes %v", n, took)
	}
	r, err := x.Tick(t.Context(), s, m)
	if must(t, err); r.Inside != 1 {
		t.Errorf("%d inside: the first visitor is", r.Inside)
	}
}

func TestAFreshExchangerOfLongLogsNeedsLittleMemory(t *testing.T) {
	measured(t)
	n := admissions(480_000)
	c := newCanned(t, n/bucket.PageSize, 400, time.Now().Add(-5*time.Hour))
	x, s := exchangeOf(t, c)
	heap := func() uint64 { // what was reachable at the last collection: twice that is needed
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	runtime.GC()
	runtime.GC() // what pools held is gone after the second
	before, most := heap(), atomic.Uint64{}
	done, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
				most.Store(max(most.Load(), heap()))
			}
		}
	}()
	m := warm(t, x, s)
	close(done)
	<-watched
	used := (max(most.Load(), heap()) - before) >> 20
	allowed := 64 * uint64(n) / 480_000
	t.Logf("reading %d admissions takes %d MB", n, used)
	if used > allowed {
		t.Errorf("reading %d admissions took %d MB", n, used)
	}
	runtime.KeepAlive(m)
}

func TestEnteringWithoutAReferenceReadsLittle(t *testing.T) {
	c := newCanned(t, 2000, 100, time.Now().Add(-5*time.Hour))
	x, s := exchangeOf(t, c)
	a := &admit.Service{
		Settings: &zone.Cache{Store: x.Zones, Now: time.Now}, Queue: x.Queue, Log: x.Log, Zones: x.Zones, Now: time.Now,
		Index: dynroom.NewIndex(c.client(c), "grants", time.Now),
	}
	v := token.Visitor{Zone: s.Zone, ID: queue.VisitorID{1, 2, 3}, Arrived: time.Now(), Priority: queue.DefaultPriority}
	_, _ = a.Enter(t.Context(), v, bucket.Ref{})
	if c.units > 5 {
		t.Errorf("entering took %.0f read units", c.units)
	}
}

func TestATickOfAFullZoneTakesLittleProcessor(t *testing.T) {
	measured(t)
	c := newCanned(t, 417, 417, time.Now().Add(-5*time.Minute))
	x, s := exchangeOf(t, c)
	m := &exchange.Memory{}
	tick := func() {
		_, err := x.Tick(t.Context(), s, m)
		must(t, err)
	}
	tick()
	const n = 15
	began := processor()
	for range n {
		tick()
	}
	each := (processor() - began) / n
	t.Logf("a tick with 417 live pages takes %v of processor", each)
	if each > 10*time.Millisecond {
		t.Errorf("a tick with 417 live pages takes %v", each)
	}
}
