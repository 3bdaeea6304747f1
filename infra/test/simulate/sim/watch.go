package sim

import (
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/sale/order"
	"foyer/internal/store/memory/memroom"
	"foyer/internal/store/memory/memsale"
)

// settle is how long changed settings take to be known everywhere: caches, and calls that are under way.
const settle = 15 * time.Second

// book is what the checks know of what is stored: every change is judged as it is written.
type book struct {
	w        *World
	settings zone.Settings
	status   zone.Status
	changed  time.Duration // when the settings last changed
	shown    []shown       // what the status said, in order

	pages    int64
	called   queue.Key
	at       map[int64]time.Time // when pages were made
	live     int
	most     []bound   // capacities that were set
	rates    []bound   // and rates
	waiting  []waiting // who may be called, in the order of their keys
	entries  []time.Duration
	overFrom time.Duration // when the status last said overcalled
	untold   map[int64]int // messages about a page that are under way

	room, sale, money, zone bool // what changed in this step

	crashed  time.Duration // when an exchanger last did
	goodTick time.Duration // the last tick without an error
	idle     int           // seconds in a row that somebody could have been called
	seconds  int

	goodSince time.Duration // since when ticks go well, more or less
	lastPages int64
	lastLive  int
	placeAt   time.Duration // when the queue last changed
	capture   []order.Order // captured in this step
}

// shown is the highest key called that the status showed, and since when.
type shown struct {
	called queue.Key
	at     time.Duration
}

// held is a visitor's newest grant.
type held struct {
	ref bucket.Ref
	bucket.Grant
}

// waiting is a place that may be called, and since when.
type waiting struct {
	key   queue.Key
	of    *visitor
	since time.Duration
}

func (e waiting) compare(k queue.Key) int { return e.key.Compare(k) }

func newBook(w *World) *book {
	b := &book{
		w: w, at: map[int64]time.Time{}, untold: map[int64]int{}, overFrom: -time.Hour, changed: -time.Hour,
	}
	w.cloud.Stream = memroom.Stream{
		Page:  func(_ string, old *bucket.Page, page bucket.Page) { b.page(old, page) },
		Place: func(_ string, old, place *queue.Entry) { b.place(old, place) },
		Status: func(string) {
			b.zone = true
			w.wakeRelay()
		},
	}
	w.cloud.Changes = memsale.Changes{Seat: b.seat, Hold: b.hold, Order: b.order}
	return b
}

func (b *book) fail(what string, v *visitor, things ...string) {
	b.w.fail(what, []*visitor{v}, things...)
}

// edgeWritten judges what the edge shows next.
func (b *book) edgeWritten(old, next view) {
	b.w.note("edge", nil, uint64(next.Versions[1]))
	switch {
	case next.Versions[0] < old.Versions[0] || next.Versions[1] < old.Versions[1]:
		b.fail("the edge went back to an older state", nil)
	case next.counts.At < old.counts.At:
		b.fail("the edge went back to an older census", nil)
	case next.called.Compare(old.called) < 0:
		b.fail("the edge shows fewer people called than before", nil)
	case next.Seed != "" && b.w.time().Before(b.settings.ExchangeFrom().Add(-b.w.weather.skew)):
		b.fail("the draw's seed is out before its opening", nil)
	}
	b.w.say(nil, "edge", "the edge is told: %s, version %v", next.State, next.Versions)
}

// ticked hears of every tick.
func (b *book) ticked(_ exchange.Result, err error) {
	if err == nil {
		b.goodTick = b.w.now
	}
}

// zoneWritten judges a change of settings, status or census.
func (b *book) zoneWritten() {
	w := b.w
	settings, status := w.cloud.Stands(zoneName)
	if settings.Version != b.settings.Version {
		b.most = append(b.most, bound{b.settings.Capacity, w.now})
		b.rates = append(b.rates, bound{b.settings.Rate, w.now})
		b.changed = w.now
		if settings.Version != b.settings.Version+1 {
			b.fail("settings were overwritten", nil)
		}
	}
	if status.Version != b.status.Version {
		if status.Version != b.status.Version+1 {
			b.fail("the status was overwritten", nil)
		}
		if status.Called.Compare(b.status.Called) < 0 {
			b.fail("the status says fewer people called than before", nil)
		}
		if status.Called != b.status.Called {
			b.shown = append(b.shown, shown{status.Called, w.now})
		}
	}
	if status.Census.At.Before(b.status.Census.At) {
		b.fail("an older census took the place of a newer one", nil)
	}
	if status.Overcalled || b.status.Overcalled {
		b.overFrom = w.now
	}
	b.settings, b.status = settings, status
}

// actor is who does what is being done.
func (w *World) actor() string {
	if w.current == nil || w.current.on == nil {
		return "somebody"
	}
	return w.current.on.name
}
