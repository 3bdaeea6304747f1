package crowd

import (
	"context"
	"math/rand/v2"
	"sync"
)

// arrivals lets the visitors of a plan arrive, one after the other, at random intervals.
type arrivals struct {
	*Crowd
	tally  *tally
	plan   Plan
	random *rand.Rand
}

// run returns when the last visitor is gone.
func (a *arrivals) run(ctx context.Context) {
	var about sync.WaitGroup
	defer about.Wait()
	began, n := a.now(), 0.0
	for i := range a.plan.Visitors {
		n += a.random.ExpFloat64()
		due := began.Add(a.plan.by(n))
		v := a.visitor(uint64(i))
		if v.pause(ctx, due.Sub(a.now())) != nil {
			return
		}
		about.Go(func() { v.live(ctx) })
	}
}

func (a *arrivals) visitor(number uint64) *visitor {
	r := rand.New(rand.NewPCG(a.seed, number+1))
	as := a.plan.cast(r.Float64)
	b := newBrowser(a.requests, a.page, a.zone)
	b.app = as.app
	return &visitor{
		Crowd: a.Crowd, browser: b, random: r, role: as, stay: a.plan.stay(), tally: a.tally,
		purchase: a.plan.Buy.intend(a.seed, number),
	}
}
