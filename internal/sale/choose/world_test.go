package choose_test

import (
	"encoding/binary"
	"os"
	"sync"
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/sale/choose"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/seatmap"
	"foyer/internal/sale/venue"
	"foyer/internal/store/memory/memsale"
	"foyer/internal/testkit/dynamotest"
)

func TestMain(m *testing.M) { dynamotest.Main(m) }

// start is in the future, since DynamoDB Local deletes what has expired.
var start = time.Date(2096, 5, 1, 12, 0, 0, 0, time.UTC)

// stores is the stores of a sale: in memory, or in the database.
type stores struct {
	zones zone.Store
	log   bucket.Log
	seats interface {
		seat.Store
		venue.Store
	}
}

// world is one open zone with the little theatre in it.
type world struct {
	testing.TB
	stores
	*choose.Service
	zone  zone.Settings
	clock struct {
		sync.Mutex
		now time.Time
	}
	pages int64
}

func inMemory() stores {
	c := memsale.New()
	return stores{c.Zones(), c.Log(), c.Seats()}
}

func inDatabase(t testing.TB) stores {
	c := dynamotest.New(t)
	return stores{c.Zones(), c.Log(), c.Seats()}
}

func newWorld(t testing.TB, in stores) *world { return newHall(t, in, theatre(t)) }

// newHall is a world with another map.
func newHall(t testing.TB, in stores, v venue.Venue) *world {
	w := &world{TB: t, stores: in, zone: zone.New("main")}
	w.clock.now = start
	w.zone.SeatsPerBuyer = 4
	w.must(in.zones.SaveSettings(t.Context(), w.zone))
	w.Service = w.service()
	_, err := w.loader().Load(t.Context(), "main", v)
	w.must(err)
	return w
}

// service returns the service of one more process.
func (w *world) service() *choose.Service {
	return &choose.Service{
		Settings: w.zones, Log: w.log, Seats: w.seats, Maps: &seatmap.Maps{Store: w.seats, Now: w.now},
		Pick: func(n int) int { return n / 2 }, Now: w.now,
	}
}

func (w *world) loader() *seatmap.Loader {
	return &seatmap.Loader{Zones: w.zones, Seats: w.seats, Maps: w.seats, Now: w.now}
}

func theatre(t testing.TB) venue.Venue {
	raw, err := os.ReadFile("../../../testdata/venues/theatre-300.json")
	if err != nil {
		t.Fatal(err)
	}
	v, err := venue.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (w *world) now() time.Time {
	w.clock.Lock()
	defer w.clock.Unlock()
	return w.clock.now
}

func (w *world) pass(d time.Duration) {
	w.clock.Lock()
	defer w.clock.Unlock()
	w.clock.now = w.clock.now.Add(d)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// buyers lets n visitors in for an hour and returns their access tokens.
func (w *world) buyers(n int) (all []token.Access) {
	w.Helper()
	for len(all) < n {
		w.pages++
		p := bucket.Page{Number: w.pages, At: w.now()}
		for slot := range min(bucket.PageSize, n-len(all)) {
			var id queue.VisitorID
			binary.BigEndian.PutUint64(id[8:], uint64(w.pages)*100+uint64(slot)+1)
			key := queue.NewKey(8, 0, 1, id)
			p.Called = key
			p.Grants = append(p.Grants, bucket.Grant{Key: key, State: bucket.Inside, Until: w.now().Add(time.Hour)})
			all = append(all, token.Access{Zone: "main", ID: id, Ref: bucket.Ref{Page: p.Number, Slot: slot}})
		}
		w.must(w.log.Append(w.Context(), w.zone.Grants(), p))
	}
	return all
}

// end ends the buyer's grant, in the given state.
func (w *world) end(a token.Access, state bucket.State) {
	w.Helper()
	p, _, err := w.log.Get(w.Context(), w.zone.Grants(), a.Ref.Page)
	w.must(err)
	w.must(w.log.Apply(w.Context(), w.zone.Grants(), bucket.Change{
		Ref: a.Ref, Key: p.Grants[a.Ref.Slot].Key, From: bucket.Inside, To: state, Until: w.now(),
	}))
}
