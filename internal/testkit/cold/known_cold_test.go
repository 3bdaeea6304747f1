package cold_test

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	smithytime "github.com/aws/smithy-go/time"

	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/store/memory/memroom"
	"foyer/internal/testkit/known"
)

// exchangeShare is the part of a processor that Lambda gives to a function of 512 MB.
const exchangeShare = 0.289

// exchangeOf is a fresh exchange of a zone with long sessions, on one processor.
func exchangeOf(t *testing.T, c *canned, s *slow) (*exchange.Exchange, zone.Settings) {
	before := runtime.GOMAXPROCS(1)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	db := c.client(c)
	if s != nil {
		db = c.client(s)
	}
	settings := zone.New("main")
	settings.Capacity, settings.Rate, settings.SeatFactor, settings.Session = 5000, 1200, 0, 6*time.Hour
	zones := memroom.New().Zones()
	must(t, zones.SaveSettings(t.Context(), settings))
	must(t, zones.SaveStatus(t.Context(), zone.Status{Zone: "main", Version: 1, At: time.Now(), Floor: 1}))
	return &exchange.Exchange{
		Queue: dynroom.NewQueue(db, "queue"), Log: dynroom.NewLog(db, "grants"), Zones: zones, Now: time.Now,
	}, settings
}

func TestKnownAFreshExchangerNeverTicksOverALongLog(t *testing.T) {
	known.Fault(t, "a tick reads the whole log within ten seconds or keeps nothing of it: after some 440,000 admissions "+
		"of all zones within eight days, a fresh exchanger at Lambda's share of a processor never ticks")
	c := newCanned(t, 50_000, 0, time.Now().Add(-20*time.Hour))
	x, _ := exchangeOf(t, c, &slow{canned: c, share: exchangeShare})
	var good, failed atomic.Int32
	run := &exchange.Runner{
		Exchange: x, For: 25 * time.Second, Sleep: smithytime.SleepWithContext,
		Observe: func(_ exchange.Result, err error) {
			if err != nil {
				failed.Add(1)
			} else {
				good.Add(1)
			}
		},
	}
	must(t, run.Run(t.Context(), "fresh"))
	if good.Load() == 0 {
		t.Errorf("no good tick in %v, %d failed", run.For, failed.Load())
	}
}

func TestKnownAFreshExchangerOfLongLogsNeedsMostOfItsMemory(t *testing.T) {
	known.Fault(t, "the whole log is held in memory while it is read: after 480,000 admissions a fresh exchanger needs "+
		"more than half of the 512 MB that it has, and after 2,000,000 several times as much")
	c := newCanned(t, 40_000, 400, time.Now().Add(-5*time.Hour))
	x, s := exchangeOf(t, c, nil)
	var m runtime.MemStats
	heap := func() uint64 { runtime.ReadMemStats(&m); return m.HeapAlloc }
	runtime.GC()
	before, most := heap(), atomic.Uint64{}
	ticked := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for {
			select {
			case <-ticked:
				return
			case <-time.After(20 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most.Store(max(most.Load(), m.HeapAlloc))
			}
		}
	}()
	_, err := x.Tick(t.Context(), s, &exchange.Memory{})
	close(ticked)
	<-watched
	must(t, err)
	if used := (max(most.Load(), heap()) - before) >> 20; used > 64 { // 300 MB for four times as many admissions
		t.Errorf("reading 480,000 admissions took %d MB", used)
	}
}

func TestKnownEnteringWithoutAReferenceReadsTheLog(t *testing.T) {
	known.Fault(t, "a process that has not read the log searches it from the oldest live grant on: while one early "+
		"visitor is inside, entering without a reference reads everything since, and beyond 200,000 admissions in vain")
	c := newCanned(t, 2000, 100, time.Now().Add(-5*time.Hour))
	x, s := exchangeOf(t, c, nil)
	a := &admit.Service{
		Settings: &zone.Cache{Store: x.Zones, Now: time.Now}, Queue: x.Queue, Log: x.Log, Exchange: x, Now: time.Now,
	}
	v := token.Visitor{Zone: s.Zone, ID: queue.VisitorID{1, 2, 3}, Arrived: time.Now(), Priority: queue.DefaultPriority}
	_, _ = a.Enter(t.Context(), v, bucket.Ref{})
	if c.units > 5 {
		t.Errorf("entering took %.0f read units", c.units)
	}
}

func TestKnownATickOfAFullZoneTakesLong(t *testing.T) {
	known.Fault(t, "each tick reads and decodes every live page: a zone of capacity 5,000 takes some 40 ms of processor "+
		"a tick, so an exchanger at Lambda's share keeps up with seven")
	c := newCanned(t, 417, 417, time.Now().Add(-5*time.Minute))
	x, s := exchangeOf(t, c, nil)
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
	if each := (processor() - began) / n; each > 10*time.Millisecond {
		t.Errorf("a tick with 417 live pages takes %v", each)
	}
}
