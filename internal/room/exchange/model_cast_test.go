package exchange_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
)

const people = 10

// cast is everyone who takes part.
func (m *model) cast() []func(context.Context) {
	var actors []func(context.Context)
	for range 3 {
		actors = append(actors, m.exchanger())
	}
	for n := range people {
		actors = append(actors, m.person(n))
	}
	return append(actors, m.notifier(), m.notifier())
}

// own gives an actor randomness of its own, so that its choices don't depend on who runs when.
func (m *model) own() *rand.Rand { return rand.New(rand.NewPCG(m.rng.Uint64(), m.rng.Uint64())) }

func (m *model) exchanger() func(context.Context) {
	x, memory := m.x, &exchange.Memory{}
	return func(ctx context.Context) {
		for range 8 {
			id := m.began()
			_, _ = x.Tick(ctx, m.zone, memory)
			m.ended(id)
		}
	}
}

// person is one visitor with a process of the admitter for itself, who does whatever comes to mind.
func (m *model) person(n int) func(context.Context) {
	rng, admitter := m.own(), m.admitter()
	admitter.Zones = m.admit.Zones
	admitter.Log, admitter.Queue = m.admit.Log, m.admit.Queue
	m.arrivals[n] = epoch.Add(-time.Minute).Add(time.Duration(rng.IntN(60_000)) * time.Millisecond)
	v := m.visitor(n, m.arrivals[n])
	return func(ctx context.Context) {
		var ref bucket.Ref
		for act := range 8 {
			switch rng.IntN(10) {
			case 0, 1, 2:
				conn := fmt.Sprintf("%d/%d", n, act)
				m.connect(conn, rng.IntN(5) > 0)
				_, _ = m.reg.Register(ctx, v, conn)
			case 3:
				_, _ = m.reg.Register(ctx, v, "")
			case 4, 5, 6:
				if in, err := admitter.Enter(ctx, v, ref); err == nil {
					ref = in.Ref
				}
			case 7, 8:
				m.direct(ctx, admitter, v)
			case 9:
				if rng.IntN(2) == 0 {
					m.mu.Lock()
					m.leaving[v.ID] = true
					m.mu.Unlock()
					_ = admitter.Leave(ctx, v, ref)
				}
			}
		}
	}
}

func (m *model) direct(ctx context.Context, admitter *admit.Service, v token.Visitor) {
	id := m.began()
	defer m.ended(id)
	_, _ = admitter.Direct(ctx, v)
}

// notifier delivers records of the stream, some of them again and out of order.
func (m *model) notifier() func(context.Context) {
	rng := m.own()
	return func(ctx context.Context) {
		for range 6 {
			pages, _ := m.cloud.Log().Read(ctx, bucket.Of{Zone: m.zone.Zone, Shards: 1}, 1)
			if len(pages) > 0 {
				_, _ = m.tell.Notify(ctx, m.zone.Zone, nil, pages[rng.IntN(len(pages))])
			}
		}
	}
}

// settle plays on without faults until everyone who ever wanted in has been in, each as a well-behaved page would do.
func (m *model) settle() error {
	memory, inside := &exchange.Memory{}, map[queue.VisitorID]bool{}
	for round := range 100 {
		for n := range people {
			v := m.visitor(n, m.arrivals[n])
			if inside[v.ID] {
				continue
			}
			in, err := m.admit.Enter(ctx, v, bucket.Ref{})
			switch problem.CodeOf(err) {
			case "":
				inside[v.ID] = true
				if err := m.admit.Leave(ctx, v, in.Ref); err != nil {
					return err
				}
			case problem.Ended:
				inside[v.ID] = true
			case problem.Missed:
				conn := fmt.Sprintf("%d/calm%d", n, round)
				m.connect(conn, true)
				m.world.register(v, conn)
			case problem.NotCalled:
				// A page that isn't seen, or missed too often, asks when the status shows that the line has come to it.
				if _, err := m.admit.Direct(ctx, v); err != nil && problem.CodeOf(err) != problem.NotCalled {
					return err
				}
			default:
				return err
			}
		}
		if len(inside) == people {
			_, pages := m.snapshot()
			return checkGrants(pages, m.zone.Capacity, map[queue.VisitorID]bucket.Grant{})
		}
		m.advance(time.Second)
		if _, err := m.x.Tick(ctx, m.zone, memory); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: only %d of %d came in", errLostVisitor, len(inside), people)
}
