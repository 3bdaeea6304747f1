package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"foyer/internal/parallel"
	"foyer/internal/room/zone"
	"foyer/internal/sale/venue"
	"foyer/internal/store/memory/memsale"
)

// epoch is when every simulated day begins.
var epoch = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// zoneName is the one zone of every world.
const zoneName = "main"

// smallest is up to how many visitors a world is checked from scratch after every step.
const smallest = 200

// Config is what a world is made of. The zero values are chosen by the seed.
type Config struct {
	Seed     uint64
	Visitors int           // 0: 20 to 200, most of them few
	For      time.Duration // how long people arrive and things go wrong; 0: some minutes
	Plant    string        // the name of a planted fault; empty: none
	Story    bool          // keep a story, for a failure
	Calm     bool          // nothing goes wrong

	siege *siege // the world is besieged; nil: it isn't
}

// Result is what a world came to.
type Result struct {
	Config
	Failure  *Failure // nil: everything held
	Hash     uint64   // of everything that happened
	Steps    int
	Virtual  time.Duration
	Entered  int // visitors who were inside
	Bought   int // orders paid
	Seats    int // seats sold
	Crashes  int
	Faults   int
	Conflict int // orders that ended otherwise
}

// World is one sale.
type World struct {
	Config
	asked Config // before the seed chose what was left open

	rng *rand.Rand
	now time.Duration

	heap     events
	made     uint64
	threads  []*thread
	idle     []*thread
	machines []*machine
	current  *thread
	over     bool

	cloud     *memsale.Cloud
	looks     *memsale.Once // at orders, by their buyers
	lookers   int
	stores    *stores
	edge      *edge
	bank      *bank
	sale      *saleMachines
	room      *roomMachines
	weather   weather
	visitors  []*visitor
	conns     map[string]*conn
	connected int
	orders    map[string]*visitor // whose an order is
	size      int                 // seats
	limit     int                 // per buyer

	book   *book
	story  story
	result Result
	failed *Failure
	steps  int
}

// Run plays a world to its end.
func Run(c Config) Result {
	w := newWorld(c)
	defer w.end()
	w.play()
	return w.report()
}

// Replay is Run, and where it fails the same world once more with its story kept.
func Replay(c Config) Result {
	r := Run(c)
	if r.Failure != nil && !c.Story {
		c.Story = true
		return Run(c)
	}
	return r
}

func newWorld(c Config) *World {
	w := &World{
		Config: c, asked: c, rng: rand.New(rand.NewPCG(c.Seed, 0x5ee)), cloud: memsale.New(), looks: memsale.NewOnce(),
		conns:  map[string]*conn{},
		orders: map[string]*visitor{},
	}
	w.story.hash = fnvOffset
	if w.Visitors == 0 {
		w.Visitors = 20 + w.rng.IntN(30)
		if w.rng.IntN(12) == 0 {
			w.Visitors += w.rng.IntN(151)
		}
	}
	if w.For == 0 {
		w.For = time.Duration(120+w.rng.IntN(90)) * time.Second
	}
	w.weather = w.forecast()
	w.stores = newStores(w)
	w.book = newBook(w)
	w.edge = newEdge(w)
	w.bank = newBank(w)
	w.cloud.Fault = w.fault
	w.makeZone()
	w.book.zoneWritten()
	w.room = newRoomMachines(w)
	w.sale = newSaleMachines(w)
	if w.siege != nil {
		w.siege.populate(w)
	} else {
		w.populate()
	}
	w.at(w.about(10*time.Second), w.operate)
	if !w.Calm && w.Visitors <= smallest && w.rng.IntN(6) == 0 {
		w.at(w.For/2+w.jitter(w.For/2), w.closeZone)
	}
	return w
}

// makeZone writes the zone and its map, with nothing going wrong yet.
func (w *World) makeZone() {
	s := zone.New(zoneName)
	small := w.Visitors <= smallest
	s.QueueShards, s.GrantShards = 1+w.rng.IntN(4), 1
	s.SeatFactor = []float64{0, 1.5, 2, 3}[w.rng.IntN(4)]
	s.Window = time.Duration(10+w.rng.IntN(15)) * time.Second
	s.Session = time.Duration(40+w.rng.IntN(80)) * time.Second
	s.PayFor = time.Duration(30+w.rng.IntN(60)) * time.Second
	s.Renews = w.rng.IntN(2) == 0
	s.SeatsPerBuyer = 1 + w.rng.IntN(3)
	s.Capacity = 3 + w.Visitors/15 + w.rng.IntN(max(4, w.Visitors/4))
	s.Rate = []int{60, 120, 300, 1200}[w.rng.IntN(4)]
	if w.Visitors < 50 && w.rng.IntN(4) == 0 {
		s.Rate = 8 + w.rng.IntN(8)
		if w.rng.IntN(2) == 0 { // which alone keeps people waiting
			s.Capacity, s.SeatFactor = w.Visitors, 0
		}
	}
	w.size = max(4, w.Visitors/2+w.rng.IntN(w.Visitors+1))
	if !small {
		s.QueueShards, s.Capacity, s.Rate = 8, 400, max(60, w.Visitors*60/int(w.For/time.Second)*9/8)
		s.Window, s.Session, s.PayFor = 30*time.Second, 5*time.Minute, 5*time.Minute
		w.size = w.Visitors / 2
	}
	if small && w.rng.IntN(4) == 0 {
		s.Policy, s.OpensAt = zone.Draw, epoch.Add(time.Duration(10+w.rng.IntN(20))*time.Second)
	} else if w.rng.IntN(3) > 0 {
		s.OpensAt = epoch.Add(time.Duration(5+w.rng.IntN(20)) * time.Second)
	}
	if w.siege != nil {
		w.siege.zone(&s)
	}
	w.limit = s.SeatsPerBuyer
	ctx := context.Background()
	w.must(s.Validate())
	w.must(w.cloud.Zones().SaveSettings(ctx, s))
	v, err := venue.Parse([]byte(hall(w.size)))
	w.must(err)
	w.must(w.cloud.Seats().SaveMap(ctx, zoneName, v, 0))
}

// hall is a map of n seats in sections of up to 200.
func hall(n int) string {
	var b strings.Builder
	b.WriteString(`{"name":"The Hall","currency":"EUR","stage":{"x":0,"y":0},"categories":[` +
		`{"id":"a","name":"A","price":5000},{"id":"b","name":"B","price":3000}],"sections":[`)
	for section := 0; section*200 < n; section++ {
		if section > 0 {
			b.WriteByte(',')
		}
		y := section * 10
		fmt.Fprintf(&b, `{"id":"S%d","name":"Section %d","kind":"seated","outline":[{"x":0,"y":%d},{"x":900,"y":%d},`+
			`{"x":900,"y":%d}],"rows":[{"id":"1","category":"%c","seats":[`,
			section, section, y, y, y+9, 'a'+rune(section%2))
		for seat := range min(200, n-section*200) {
			if seat > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"id":%q,"x":%d,"y":%d}`, seatName(section*200+seat), seat+1, y+1)
		}
		b.WriteString("]}]}")
	}
	b.WriteString("]}")
	return b.String()
}

func seatName(n int) string { return fmt.Sprintf("S%d-1-%d", n/200, n%200+1) }

func (w *World) must(err error) {
	if err != nil {
		panic(fmt.Sprintf("sim: seed %d: %v", w.Seed, err))
	}
}

func (w *World) time() time.Time { return epoch.Add(w.now) }

// at has run called after d.
func (w *World) at(d time.Duration, run func()) {
	w.made++
	w.heap.push(event{at: w.now + max(d, 0), order: w.made, run: run})
}

// every has run called every d, with some jitter, until the world is over.
func (w *World) every(d time.Duration, run func()) {
	w.at(d, func() {
		run()
		w.every(d, run)
	})
}

// machine makes a machine, with a clock that is off by as much as the weather has it.
func (w *World) machine(kind string, n int) *machine {
	m := &machine{name: fmt.Sprintf("%s %d", kind, n)}
	if w.weather.skew > 0 {
		m.skew = time.Duration(w.rng.Int64N(int64(2*w.weather.skew))) - w.weather.skew
	}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	m.ctx = parallel.InTurn(m.ctx, w.shuffled)
	w.machines = append(w.machines, m)
	return m
}

// shuffled is the order in which requests that were sent side by side arrive.
func (w *World) shuffled(n int) []int { return w.rng.Perm(n) }

// play runs events until all is quiet, and checks after each.
func (w *World) play() {
	if w.siege == nil {
		w.at(w.For, w.calmDown)
	}
	w.every(time.Second, w.book.everySecond)
	limit := w.For + 40*time.Minute
	for len(w.heap) > 0 && w.failed == nil && !w.over {
		e := w.heap.pop()
		if e.at > limit {
			why, v := w.restless()
			w.fail(why, []*visitor{v})
			return
		}
		w.now = e.at
		w.steps++
		e.happen(w)
		w.book.afterStep()
	}
	if w.failed == nil && w.siege == nil {
		w.book.atTheEnd()
	}
}

// calmDown ends the trouble: from here on everything must sort itself out.
func (w *World) calmDown() {
	w.weather = weather{latency: w.weather.latency, skew: w.weather.skew, bankDown: w.weather.bankDown, calm: true}
	w.note("calm", nil, 0)
	w.say(nil, "", "from here on nothing goes wrong any more")
	if s, _ := w.cloud.Stands(zoneName); s.State == zone.Paused {
		w.resumeZone()
	}
	w.every(5*time.Second, func() {
		if w.atRest() {
			w.over = true
		}
	})
}

// end lets every thread run out, so that none stays behind.
func (w *World) end() {
	w.over = true
	w.cloud.Fault, w.cloud.Stream, w.cloud.Changes = nil, emptyStream, emptyChanges
	for _, m := range w.machines {
		m.die()
	}
	for i := 0; i < len(w.threads); i++ {
		w.resume(w.threads[i])
	}
}

func (w *World) report() Result {
	w.result.Config, w.result.Failure, w.result.Hash = w.Config, w.failed, w.story.hash
	w.result.Steps, w.result.Virtual = w.steps, w.now
	for _, v := range w.visitors {
		if v.visits > 0 {
			w.result.Entered++
		}
	}
	w.book.count(&w.result)
	return w.result
}
