package checkout_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"foyer/internal/parallel"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/choose"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
	"foyer/internal/sale/seatmap"
	"foyer/internal/sale/venue"
	"foyer/internal/store/memory/memsale"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// hall is four seats in a row, at two prices.
const hall = `{"name":"The Shed","currency":"EUR","stage":{"x":0,"y":0},
"categories":[{"id":"a","name":"A","price":5000},{"id":"b","name":"B","price":3000}],
"sections":[{"id":"A","name":"Stalls","kind":"seated","outline":[{"x":0,"y":0},{"x":9,"y":0},{"x":9,"y":9}],
"rows":[{"id":"1","category":"a","seats":[{"id":"A-1-1","x":1,"y":1},{"id":"A-1-2","x":2,"y":1},
{"id":"A-1-3","x":3,"y":1,"category":"b"},{"id":"A-1-4","x":4,"y":1,"category":"b"}]}]}]}`

// perBuyer is how many seats a buyer may have.
const perBuyer = 2

// teller is the part of *testing.T that the plays need, so that a play that should fail can be watched too.
type teller interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Context() context.Context
}

// world is a zone with its buyers, a bank, and services over stores in memory.
type world struct {
	teller
	ctx     context.Context
	clock   time.Time
	cloud   *memsale.Cloud
	bank    *bank
	orders  order.Store
	service *checkout.Starter
	sale    *choose.Service
	buyers  []token.Access
	looks   *memsale.Once
	lookers int
}

// inOrder returns 0 to n-1.
func inOrder(n int) (all []int) {
	for i := range n {
		all = append(all, i)
	}
	return all
}

func newWorld(t teller, buyers int) *world {
	ctx := parallel.InTurn(context.WithoutCancel(t.Context()), inOrder) // the stage knows of no goroutines but its own
	w := &world{teller: t, ctx: ctx, clock: noon, cloud: memsale.New(), bank: newBank(),
		looks: memsale.NewOnce()}
	settings := zone.New("main")
	settings.SeatsPerBuyer = perBuyer
	w.must(w.cloud.Zones().SaveSettings(w.ctx, settings))
	v, err := venue.Parse([]byte(hall))
	w.must(err)
	w.must(w.cloud.Seats().SaveMap(w.ctx, "main", v, 0))
	page := bucket.Page{Number: 1, At: noon}
	for n := range buyers {
		key := queue.NewKey(8, 0, 1, queue.VisitorID{byte(n + 1)})
		page.Grants = append(page.Grants, bucket.Grant{Key: key, State: bucket.Inside, Until: noon.Add(24 * time.Hour)})
		page.Called = key
		w.buyers = append(w.buyers, token.Access{Zone: "main", ID: key.Visitor(), Ref: bucket.Ref{Page: 1, Slot: n}})
	}
	w.must(w.cloud.Log().Append(w.ctx, settings.Grants(), page))
	w.orders = w.cloud.Orders()
	w.sale = &choose.Service{
		Settings: w.cloud.Zones(), Log: w.cloud.Log(), Seats: w.cloud.Seats(), Now: w.now,
		Maps: &seatmap.Maps{Store: w.cloud.Seats(), Now: w.now}, Pick: func(int) int { return 0 },
	}
	w.wire()
	w.bank.onTake = w.seatsAreTaken
	return w
}

// wire makes the service from the current stores and bank.
func (w *world) wire() {
	owner := func() string { w.lookers++; return fmt.Sprint(w.lookers) }
	w.service = &checkout.Starter{Sale: w.sale, Looks: w.looks, Owner: owner, Opener: checkout.Opener{
		Driver: checkout.Driver{
			Seats: w.cloud.Seats(), Orders: w.orders, Pay: w.bank, Now: w.now, Bought: w.sale.Bought,
		},
		Key: func(context.Context) (order.LinkKey, error) { return order.LinkKey{1}, nil },
	}}
}

func (w *world) now() time.Time { return w.clock }

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// all returns every order, by id.
func (w *world) all() map[string]order.Order {
	out := map[string]order.Order{}
	for _, o := range w.cloud.Orders().All() {
		out[o.ID] = o
	}
	return out
}

// owners returns the order that took each taken seat.
func (w *world) owners() map[string]string {
	w.Helper()
	fault := w.cloud.Fault
	w.cloud.Fault = nil
	defer func() { w.cloud.Fault = fault }()
	seats, err := w.cloud.Seats().Snapshot(w.ctx, "main", "A")
	w.must(err)
	taken := map[string]string{}
	for _, s := range seats {
		if s.Order != "" {
			taken[s.ID] = s.Order
		}
	}
	return taken
}

// seatsAreTaken is called by the bank at the moment of a capture.
func (w *world) seatsAreTaken(id string) {
	o, taken := w.all()[id], w.owners()
	for _, l := range o.Lines {
		if taken[l.Seat] != id {
			w.Errorf("order %.6s is captured while seat %s is not its own", id, l.Seat)
		}
	}
}

// piece is one random play.
type piece struct {
	*world
	*stage
	books   *bookkeeper
	hooks   []func() // webhooks that are still to come
	refunds []string // orders refunded at the provider's desk
}

// play lets buyers, webhooks, sweepers and people at desks loose on four seats, and checks that seats and money agree
// once all is quiet. Spoil may break something first.
func play(t teller, seed uint64, spoil func(*world)) *piece {
	p := &piece{
		world: newWorld(t, 4),
		stage: &stage{rng: rand.New(rand.NewPCG(seed, 7)), faults: true},
		books: newBookkeeper(t, seed),
	}
	if spoil != nil {
		spoil(p.world)
	}
	p.cloud.Fault = func(op string) memsale.Fault {
		p.yield(op)
		switch err := p.trouble(op); {
		case err == nil:
			return memsale.Fault{Repeat: p.rng.IntN(20) == 0}
		case p.rng.IntN(2) == 0:
			return memsale.Fault{Lost: err}
		default:
			return memsale.Fault{Before: err}
		}
	}
	unavailable := func(call, _ string) error {
		p.yield("bank " + call)
		if err := p.trouble("bank " + call); err != nil {
			return pay.Unavailable(err, time.Second)
		}
		return nil
	}
	p.bank.before, p.bank.after = unavailable, unavailable
	p.bank.told = p.webhook
	for n := range p.buyers {
		p.enter(fmt.Sprint("buyer ", n), true, func() { p.buyer(n) })
	}
	for n := range 2 {
		p.enter(fmt.Sprint("sweeper ", n), true, func() { p.sweeper(30) })
	}
	p.enter("desk", false, p.desk)
	p.run(p.between)
	p.quiet()
	p.check()
	return p
}

// between passes some time and lets webhooks come, late ones too.
func (p *piece) between() {
	if p.rng.IntN(3) == 0 {
		p.clock = p.clock.Add(time.Duration(p.rng.IntN(40)) * time.Second)
	}
	if p.rng.IntN(200) == 0 {
		p.clock = p.clock.Add(16 * time.Minute)
	}
	p.books.changed(p.all())
	p.books.hears()
	if len(p.hooks) > 0 && p.rng.IntN(8) == 0 {
		i := p.rng.IntN(len(p.hooks))
		hook := p.hooks[i]
		p.hooks = slices.Delete(p.hooks, i, i+1)
		p.enter("webhook", true, hook)
	}
}

// webhook loses a webhook, or delivers it once or several times, in any order.
func (p *piece) webhook(id, session string) {
	for range []int{0, 1, 1, 1, 2, 3}[p.rng.IntN(6)] {
		p.hooks = append(p.hooks, func() {
			for range 3 { // sent again when it was not taken
				if _, err := p.service.Noticed(p.ctx, "good", []byte(id+" "+session)); err == nil {
					return
				}
			}
		})
	}
}

// buyer does what buyers do.
func (p *piece) buyer(n int) {
	a, rng := p.buyers[n], rand.New(rand.NewPCG(p.rng.Uint64(), 3))
	email := fmt.Sprintf("ada+%d@example.com", n) // all the same mailbox but the last
	if n == len(p.buyers)-1 {
		email = "eve@example.com"
	}
	for visit := range 4 {
		seats := []string{"A-1-1", "A-1-2", "A-1-3", "A-1-4"}
		rng.Shuffle(len(seats), func(i, j int) { seats[i], seats[j] = seats[j], seats[i] })
		_, _ = p.sale.Choose(p.ctx, a, seats[:1+rng.IntN(perBuyer)])
		r := checkout.Request{
			Key:   fmt.Sprintf("key-%d-%d-0123456789", n, visit),
			Email: email,
			Name:  "Ada",
			Site:  "https://tickets.example.com",
		}
		started, err := p.service.Start(p.ctx, a, r)
		for try := 0; err != nil && try < 3; try++ {
			started, err = p.service.Start(p.ctx, a, r)
		}
		if err != nil {
			continue
		}
		for rng.IntN(3) == 0 {
			p.yield("think")
		}
		switch rng.IntN(8) {
		case 0: // goes away
		case 1:
			_, _ = p.service.Cancel(p.ctx, started.Order, started.Secret)
		case 2: // gives up, and pays on the page in another tab all the same
			_, _ = p.service.Cancel(p.ctx, started.Order, started.Secret)
			p.bank.pays(started.URL)
		default:
			p.bank.pays(started.URL)
			_, _ = p.service.Read(p.ctx, started.Order, started.Secret)
		}
	}
}

// sweeper does what a sweep does, one order at a time.
func (p *piece) sweeper(rounds int) {
	for range rounds {
		ids, err := p.orders.Due(p.ctx, "main", p.clock, 10)
		if err != nil {
			continue
		}
		for _, id := range ids {
			_, _ = p.service.Drive(p.ctx, id, "")
		}
		p.yield("sleep")
	}
}

// desk is the operator, who refunds here and at the provider, and the banks, who take authorisations back.
func (p *piece) desk() {
	for range 100 {
		var ids []string
		for id := range p.all() {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		if len(ids) > 0 {
			id := ids[p.rng.IntN(len(ids))]
			switch p.rng.IntN(30) {
			case 0:
				_, _ = p.service.Refund(p.ctx, id)
			case 2:
				p.bank.desk(id, order.PaymentCaptured, order.PaymentRefunded)
				p.refunds = append(p.refunds, id)
			case 3:
				p.bank.desk(id, order.PaymentAuthorised, order.PaymentCancelled)
			case 4, 5, 6:
				p.someSeats(id)
			case 7, 9:
				if p.bank.sendsBack(id, p.rng.IntN(2)) {
					p.refunds = append(p.refunds, id)
				}
			case 10:
				p.refundsAgain(id)
			case 8:
				p.bank.hand(id, int64(p.rng.IntN(500)))
				p.refunds = append(p.refunds, id)
			}
		}
		p.yield("coffee")
	}
}

// refundsAgain asks for refunds that came back.
func (p *piece) refundsAgain(id string) {
	o := p.all()[id]
	for _, r := range o.FailedRefunds {
		if len(r.Seats) > 0 && o.State == order.Paid {
			_, _ = p.service.RefundSeats(p.ctx, id, checkout.SeatsRefund{Seats: r.Seats})
		}
	}
	if o.State == order.Refunded {
		_, _ = p.service.Refund(p.ctx, id)
	}
}

// someSeats refunds one or two seats of an order, or of another order, or seats that don't exist.
func (p *piece) someSeats(id string) {
	r := checkout.SeatsRefund{ToHouse: p.rng.IntN(3) == 0, AlreadyRefunded: p.rng.IntN(4) == 0}
	for range 1 + p.rng.IntN(2) {
		r.Seats = append(r.Seats, fmt.Sprintf("A-1-%d", 1+p.rng.IntN(4)))
	}
	_, _ = p.service.RefundSeats(p.ctx, id, r)
}

// quiet ends the trouble, lets the last webhooks come, and sweeps until nothing is left to do.
func (p *piece) quiet() {
	p.faults = false
	for _, hook := range p.hooks {
		p.enter("webhook", false, hook)
	}
	p.hooks = nil
	p.bank.told = func(string, string) {}
	for _, id := range p.refunds { // of a refund that nobody here asked for only a webhook, or the books, can tell
		p.enter("webhook", false, func() { _, _ = p.service.Noticed(p.ctx, "good", []byte(id+" ")) })
	}
	p.run(func() {})
	p.cloud.Fault = nil
	p.bank.before = func(string, string) error { return nil }
	p.bank.after = p.bank.before
	for range 10 {
		p.clock = p.clock.Add(2 * time.Hour)
		if _, err := p.service.Sweep(p.ctx, "main"); err != nil {
			p.Errorf("the last sweep: %v", err)
		}
	}
}

// Whatever is lost, repeated, late or dies in the middle: seats and money agree, and nothing is charged twice.
func TestSeatsAndMoneyAgreeWhateverHappens(t *testing.T) {
	plays, ends := 1000, map[order.State]int{}
	if testing.Short() {
		plays = 100
	}
	reasons, failed, again := map[order.Reason]int{}, 0, 0
	for seed := range plays {
		p := play(t, uint64(seed), nil)
		for _, o := range p.all() {
			if !strings.HasPrefix(o.ID, "probe") {
				ends[o.State]++
				reasons[o.Reason]++
				for _, r := range o.FailedRefunds {
					failed++
					if r.Done() {
						again++
					}
				}
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d:\n%s", seed, strings.Join(p.log[max(0, len(p.log)-300):], "\n"))
		}
	}
	t.Logf("%d plays ended %v, for %v; %d refunds came back, %d were made again", plays, ends, reasons, failed, again)
	if testing.Short() {
		return // too few to end in every way
	}
	if failed == 0 || again == 0 {
		t.Errorf("%d refunds came back, %d were made again: the plays don't try enough", failed, again)
	}
	for _, s := range []order.State{order.Paid, order.Expired, order.Cancelled, order.Refunded} {
		if ends[s] == 0 {
			t.Errorf("no order ended %s: the plays don't try enough", s)
		}
	}
	for _, r := range []order.Reason{order.BySeats, order.ByBuyer, order.BySuccessor, order.ByDeadline, order.ByProvider} {
		if reasons[r] == 0 {
			t.Errorf("no order ended by %s: the plays don't try enough", r)
		}
	}
}
