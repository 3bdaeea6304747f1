package live

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"foyer/infra/test/bench/measure"
	"foyer/internal/room/zone"
)

// turnBudget is the time from a free slot to the message on the socket, p95, seconds.
const turnBudget = 1.5

// turns fills a zone, lets one after the other leave at random times, and measures how long until another visitor
// learns that it is their turn. The time runs from the moment at which the leaving visitor sends the request.
func (c *running) turns(ctx context.Context) ([]measure.Row, error) {
	slots, n := measure.Pick(c.Env, 20, 5), measure.Pick(c.Env, 120, 10)
	s, err := c.open(ctx, "turns", func(s *zone.Settings) { s.Capacity, s.Rate = slots, 24_000 })
	if err != nil {
		return nil, err
	}
	walkers, err := c.gather(ctx, s.Zone, slots+n, func(ctx context.Context, w *walker) error { return w.connect(ctx) })
	defer hangUp(walkers)
	if err != nil {
		return nil, err
	}
	g := &game{inside: make(chan *walker, len(walkers))}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for _, w := range walkers {
		g.players.Go(func() {
			if err := g.play(ctx, w); err != nil {
				cancel(err)
			}
		})
	}
	defer g.players.Wait()
	if err := g.leave(ctx, slots, n); err != nil {
		cancel(err)
		return nil, context.Cause(ctx)
	}
	err = until(ctx, "everyone's turn", func() bool { return g.turnsHeard() >= slots+n })
	cancel(err)
	if err != nil {
		return nil, err
	}
	return g.rows(slots), nil
}

type game struct {
	players sync.WaitGroup
	inside  chan *walker

	mu    sync.Mutex
	freed []time.Time // when each slot was given back
	heard []time.Time // of each turn, the first ones too
}

// play waits for the turn and goes in.
func (g *game) play(ctx context.Context, w *walker) error {
	select {
	case <-ctx.Done():
		return nil
	case t := <-w.turns:
		g.mu.Lock()
		g.heard = append(g.heard, t.heard)
		g.mu.Unlock()
		if err := w.enter(ctx, t); err != nil && ctx.Err() == nil {
			return err
		}
		g.inside <- w
		return nil
	}
}

func (g *game) turnsHeard() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.heard)
}

// leave waits until the zone is full, and then lets n visitors leave, one after the other.
func (g *game) leave(ctx context.Context, slots, n int) error {
	if err := until(ctx, "the zone to fill", func() bool { return len(g.inside) == slots }); err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(4, 4))
	for range n {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(150+random.IntN(300)) * time.Millisecond):
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case w := <-g.inside:
			g.mu.Lock()
			g.freed = append(g.freed, time.Now())
			g.mu.Unlock()
			if err := w.post(ctx, "leave", "{}"); err != nil {
				return err
			}
		}
	}
	return nil
}

// rows pairs the first slot freed with the first turn after the zone was full, and so on.
func (g *game) rows(slots int) []measure.Row {
	slices.SortFunc(g.heard, time.Time.Compare)
	var took []float64
	for i, at := range g.freed {
		took = append(took, g.heard[slots+i].Sub(at).Seconds())
	}
	slices.Sort(took)
	at := func(percent int) float64 { return took[(len(took)-1)*percent/100] }
	return []measure.Row{
		measure.AtMost("slot free to turn on the socket, p95", turnBudget, at(95), " s").With(
			"%d slots given back one after the other; p50 %.2f s, longest %.2f s; the exchanger ticks once a second; %s",
			len(took), at(50), took[len(took)-1], "from the sending of the request to leave"),
		measure.FigureOnly("… p50", at(50), " s"),
	}
}
