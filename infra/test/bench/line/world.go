package line

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	smithytime "github.com/aws/smithy-go/time"

	"foyer/infra/test/bench/measure"
	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/notify"
	"foyer/internal/room/queue"
	"foyer/internal/room/register"
	"foyer/internal/room/socket"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/store/dynamo/dynroom"
)

// stores are the services' stores.
type stores struct {
	queue queue.Store
	log   bucket.Log
	index bucket.Index
	zones zone.Store
	wakes zone.Wakes // nil: zones are never idle
}

// role is a service, so that each can have stores with a meter of its own.
type role string

const (
	roleRegister role = "register"
	roleExchange role = "exchange"
	roleAdmit    role = "admit"
	roleNotify   role = "notify"
)

const drawSeed = "5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed"

// world is one zone with the real services, a clock that stands until it is set, and connections that come and go.
// One goroutine moves it; the services may ask it from several.
type world struct {
	zone     zone.Settings
	register *register.Service
	exchange *exchange.Exchange
	admit    *admit.Service
	notify   *notify.Service
	memory   *exchange.Memory
	pushed   int

	mu    sync.Mutex
	clock time.Time
	gone  map[string]bool // connections that are
}

// newWorld is a zone in the stores that `of` gives to each service.
func newWorld(ctx context.Context, z zone.Settings, start time.Time, of func(role) stores) (*world, error) {
	w := &world{zone: z, clock: start.Truncate(time.Millisecond), gone: map[string]bool{}, memory: &exchange.Memory{}}
	if err := z.Validate(); err != nil {
		return nil, err
	}
	ex, in, reg, tell := of(roleExchange), of(roleAdmit), of(roleRegister), of(roleNotify)
	w.register = &register.Service{Settings: w, Queue: reg.queue, Seed: seedOf, Now: w.now}
	w.exchange = &exchange.Exchange{
		Queue: ex.queue, Log: ex.log, Index: ex.index, Zones: ex.zones, Liveness: w, Seed: seedOf, Now: w.now,
	}
	w.admit = &admit.Service{
		Settings: w, Queue: in.queue, Log: in.log, Index: in.index, Zones: in.zones, Seed: seedOf, Now: w.now,
		Register: w.register, Sleep: smithytime.SleepWithContext,
	}
	w.notify = &notify.Service{Settings: w, Queue: tell.queue, Log: tell.log, Pusher: w, Now: w.now}
	return w, ex.zones.SaveSettings(ctx, z)
}

// storesOf returns the stores on a database's tables, by a client of their own.
func storesOf(d *measure.Database, options ...func(*dynamodb.Options)) stores {
	c := d.Client(options...)
	places, zones := dynroom.NewQueue(c, d.Prefix+"queue"), dynroom.NewZones(c, d.Prefix+"zones")
	return stores{places, dynroom.NewLog(c, d.Prefix+"grants"), dynroom.NewIndex(c, d.Prefix+"grants", time.Now), zones,
		dynroom.NewWakes(zones, places, time.Now)}
}

// shared wires every service to the same stores.
func shared(s stores) func(role) stores { return func(role) stores { return s } }

func seedOf(context.Context, string) (string, error) { return drawSeed, nil }

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) advanceTo(t time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t.After(w.clock) {
		w.clock = t
	}
}

func (w *world) advance(d time.Duration) { w.advanceTo(w.now().Add(d)) }

// hangUp ends a connection without a word.
func (w *world) hangUp(conn string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gone[conn] = true
}

// Settings makes the world a zone.Reader, as a cache would be that has just read.
func (w *world) Settings(context.Context, string) (zone.Settings, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.zone, nil
}

// change changes the settings, as an operator would.
func (w *world) change(do func(*zone.Settings)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	do(&w.zone)
	w.zone.Version++
}

// Alive makes the world an exchange.Liveness.
func (w *world) Alive(_ context.Context, conn string) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.gone[conn], nil
}

// Push makes the world a notify.Pusher.
func (w *world) Push(_ context.Context, conn string, _ []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gone[conn] {
		return fmt.Errorf("push: %w", socket.ErrGone)
	}
	w.pushed++
	return nil
}

func (w *world) tick(ctx context.Context) (exchange.Result, error) {
	settings, _ := w.Settings(ctx, "")
	return w.exchange.Tick(ctx, settings, w.memory)
}

// visitorID is the id of visitor n: spread over the shards as random ids are, and the same in every run.
func visitorID(n int) queue.VisitorID {
	var v queue.VisitorID
	binary.BigEndian.PutUint64(v[:8], rand.New(rand.NewPCG(uint64(n), 77)).Uint64())
	binary.BigEndian.PutUint64(v[8:], uint64(n))
	return v
}

// visitor returns visitor n, with that arrival.
func (w *world) visitor(n int, arrived time.Time) token.Visitor {
	return token.Visitor{Zone: w.zone.Zone, ID: visitorID(n), Arrived: arrived, Priority: queue.DefaultPriority}
}

// connection is visitor n's connection id, as long as API Gateway's are.
func connection(n int) string { return fmt.Sprintf("L0SM9%08dcOg=", n) }
