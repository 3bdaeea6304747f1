package checkout_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/token"
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/pay"
	"foyer/internal/sale/venue"
)

// The provider takes so many calls a second, and answers each after callTakes.
const (
	callsASecond = 100
	callTakes    = 150 * time.Millisecond
)

// flood is a hundred visitors who start orders as fast as they can, and buyers among them.
type flood struct {
	*world
	calls  map[int64]int // by second
	total  int
	busy   int
	notice []string
}

// asks is the provider's limit: a call over it is answered by "too many requests".
func (f *flood) asks(string, string) error {
	f.total++
	if second := f.clock.Unix(); f.calls[second] < callsASecond {
		f.calls[second]++
		return nil
	}
	f.busy++
	return pay.Unavailable(errTrouble, time.Second)
}

// order starts an order and returns how many calls it made.
func (f *flood) order(a token.Access, key, email string) (calls int, err error) {
	before := f.total
	_, err = f.service.Start(f.ctx, a, checkout.Request{
		Key: "key-" + key + "-0123456789", Email: email, Name: "Ada", Site: "https://tickets.example.com",
	})
	return f.total - before, err
}

func TestAHundredWhoOrderTenTimesASecondKeepNobodyFromPaying(t *testing.T) {
	const attackers, buyers, tick = 100, 150, 100 * time.Millisecond
	f := &flood{world: newWorld(t, attackers+buyers), calls: map[int64]int{}}
	var seats []venue.Seat
	for n := range 2 * (attackers + buyers) {
		seats = append(seats, venue.Seat{ID: fmt.Sprint("A-1-", n+1), X: float64(n), Y: 1})
	}
	f.loads(5000, "", seats)
	for n, a := range f.buyers {
		f.chooses(a, fmt.Sprint("A-1-", 2*n+1))
	}
	f.bank.before = f.asks
	f.bank.told = func(order, session string) { f.notice = append(f.notice, order+" "+session) }
	type buyer struct{ began, next time.Time }
	waiting, done := map[int]buyer{}, []time.Duration{}
	for step := range int(time.Minute / tick) {
		f.clock = noon.Add(time.Duration(step) * tick)
		for n := range attackers {
			_, _ = f.order(f.buyers[n], fmt.Sprint(n, "-", step), fmt.Sprintf("eve%d@example.com", n))
		}
		for _, body := range f.notice {
			_, _ = f.service.Noticed(f.ctx, "good", []byte(body))
		}
		f.notice = nil
		if n := len(waiting) + len(done); step%4 == 0 && n < buyers {
			waiting[n] = buyer{f.clock, f.clock}
		}
		for n, b := range waiting {
			if b.next.After(f.clock) {
				continue
			}
			calls, err := f.order(f.buyers[attackers+n], fmt.Sprint("buyer-", n), fmt.Sprintf("ada%d@example.com", n))
			took := time.Duration(calls) * callTakes
			if err == nil {
				done = append(done, f.clock.Add(took).Sub(b.began))
				delete(waiting, n)
				continue
			}
			var p *problem.Error
			if !errors.As(err, &p) || p.RetryAfter == 0 {
				t.Fatalf("buyer %d: %v", n, err)
			}
			b.next = f.clock.Add(took + p.RetryAfter)
			waiting[n] = b
		}
	}
	slices.Sort(done)
	p95 := done[len(done)*95/100]
	t.Logf("%d of %d pages, 95 %% within %v, at most %v; %d calls, %d refused as too many; %d orders", len(done),
		len(done)+len(waiting), p95, done[len(done)-1], f.total, f.busy, len(f.world.all()))
	if p95 > 2*time.Second || len(waiting) > 1 {
		t.Errorf("95 %% of the buyers' pages open within %v, %d not at all", p95, len(waiting))
	}
	if per := f.total / 60; per > callsASecond/2 {
		t.Errorf("%d calls a second at the provider", per)
	}
}
