package exchange_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/notify"
	"foyer/internal/room/queue"
	"foyer/internal/room/register"
	"foyer/internal/room/socket"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// epoch is when every simulated day begins.
var epoch = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

const seed = "5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed"

// world is one zone with every service over memory, a clock that stands until it is advanced, and connections that come
// and go.
type world struct {
	t     testing.TB
	zone  zone.Settings
	cloud *memroom.Cloud
	x     *exchange.Exchange
	reg   *register.Service
	admit *admit.Service
	tell  *notify.Service

	mu    sync.Mutex
	clock time.Time
	conns map[string]bool // those that exist: "there", and more
	turns map[string]string
}

func newWorld(t testing.TB, change func(*zone.Settings)) *world {
	w := &world{t: t, cloud: memroom.New(), clock: epoch, turns: map[string]string{}}
	w.conns = map[string]bool{"there": true}
	w.zone = zone.New("main")
	w.zone.SeatFactor = 0
	if change != nil {
		change(&w.zone)
	}
	if err := w.zone.Validate(); err != nil {
		t.Fatal(err)
	}
	if err := w.cloud.Zones().SaveSettings(context.Background(), w.zone); err != nil {
		t.Fatal(err)
	}
	w.x = w.exchange()
	w.reg = &register.Service{Settings: w, Queue: w.cloud.Queue(), Seed: seedOf, Now: w.now}
	w.admit = w.admitter()
	w.tell = &notify.Service{Settings: w, Queue: w.cloud.Queue(), Log: w.cloud.Log(), Pusher: w, Now: w.now}
	return w
}

func seedOf(context.Context, string) (string, error) { return seed, nil }

// exchange is what a process of its own would tick with.
func (w *world) exchange() *exchange.Exchange {
	return &exchange.Exchange{
		Queue: w.cloud.Queue(), Log: w.cloud.Log(), Index: w.cloud.Index(), Zones: w.cloud.Zones(), Seed: seedOf, Now: w.now,
	}
}

func (w *world) admitter() *admit.Service {
	return &admit.Service{
		Settings: w,
		Queue:    w.cloud.Queue(),
		Log:      w.cloud.Log(),
		Index:    w.cloud.Index(),
		Zones:    w.cloud.Zones(),
		Register: w.reg,
		Seed:     seedOf,
		Now:      w.now,
		Sleep:    w.sleep,
	}
}

// ticking has an exchanger of its own tick whenever a service waits.
func (w *world) ticking() {
	m := &exchange.Memory{}
	w.admit.Sleep = func(_ context.Context, d time.Duration) error {
		w.advance(d)
		_, err := w.x.Tick(ctx, w.zone, m)
		return err
	}
}

// Settings makes the world a zone.Reader without a cache.
func (w *world) Settings(context.Context, string) (zone.Settings, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.zone, nil
}

func (w *world) set(change func(*zone.Settings)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.zone)
	w.zone.Version++
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

// Alive makes the world an exchange.Liveness.
func (w *world) Alive(_ context.Context, conn string) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.conns[conn], nil
}

// Push makes the world a notify.Pusher.
func (w *world) Push(_ context.Context, conn string, message []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.conns[conn] {
		return fmt.Errorf("push: %w", socket.ErrGone)
	}
	w.turns[conn] = string(message)
	return nil
}

func (w *world) connect(conn string, there bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conns[conn] = there
}

// visitor makes the n-th visitor of the day, who arrived at the given time.
func (w *world) visitor(n int, arrived time.Time) token.Visitor {
	v := token.Visitor{Zone: w.zone.Zone, Arrived: arrived, Priority: queue.DefaultPriority}
	r := rand.New(rand.NewPCG(uint64(n), 77))
	binary.BigEndian.PutUint64(v.ID[:8], r.Uint64())
	binary.BigEndian.PutUint64(v.ID[8:], uint64(n))
	return v
}

// register gives v a place, with a live connection when conn isn't empty.
func (w *world) register(v token.Visitor, conn string) register.Place {
	w.t.Helper()
	p, err := w.reg.Register(context.Background(), v, conn)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) tick(m *exchange.Memory) exchange.Result {
	w.t.Helper()
	r, err := w.x.Tick(context.Background(), w.zone, m)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) pages() []bucket.Page {
	w.t.Helper()
	pages, err := w.cloud.Log().Read(context.Background(), w.zone.Grants(), 1)
	if err != nil {
		w.t.Fatal(err)
	}
	return pages
}

func (w *world) status() zone.Status {
	w.t.Helper()
	st, err := w.cloud.Zones().Status(context.Background(), w.zone.Zone)
	if err != nil {
		w.t.Fatal(err)
	}
	return st
}
