package checkout_test

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"foyer/internal/sale/audit"
	"foyer/internal/sale/ledger"
	"foyer/internal/sale/order"
)

// bookkeeper keeps the ledger of a play as the bookkeeper function does: it gets the order as it was at every change,
// late, twice, and in any sequence.
type bookkeeper struct {
	teller
	rng  *rand.Rand       // its own, so that the plays are what they are without it
	seen map[string]int64 // versions of orders that are on their way, or have arrived
	late []order.Order
	rows map[ledger.Key]ledger.Entry
}

func newBookkeeper(t teller, seed uint64) *bookkeeper {
	return &bookkeeper{
		teller: t,
		rng:    rand.New(rand.NewPCG(seed, 11)),
		seen:   map[string]int64{},
		rows:   map[ledger.Key]ledger.Entry{},
	}
}

// changed queues the orders that have changed.
func (b *bookkeeper) changed(orders map[string]order.Order) {
	for _, id := range slices.Sorted(maps.Keys(orders)) {
		if o := orders[id]; o.Version > b.seen[id] {
			b.seen[id] = o.Version
			b.late = append(b.late, o)
		}
	}
}

// hears takes a queued order now and then, and leaves some to come again.
func (b *bookkeeper) hears() {
	if len(b.late) == 0 || b.rng.IntN(8) > 0 {
		return
	}
	i := b.rng.IntN(len(b.late))
	b.book(b.late[i])
	if b.rng.IntN(4) > 0 {
		b.late = slices.Delete(b.late, i, i+1)
	}
}

// hearsAll takes all queued orders, the newest first.
func (b *bookkeeper) hearsAll() {
	for _, o := range slices.Backward(b.late) {
		b.book(o)
	}
	b.late = nil
}

// book adds the rows that aren't there; one that is there must be the same.
func (b *bookkeeper) book(o order.Order) {
	for _, e := range ledger.EntriesOf(o) {
		key := e.Key
		if there, found := b.rows[key]; found && there != e {
			b.Errorf(
				"order %.6s, version %d: the %s of %s was booked otherwise: %+v, not %+v",
				o.ID,
				o.Version,
				e.Kind,
				e.Seat,
				there,
				e,
			)
		}
		b.rows[key] = e
	}
}

// Entries returns every row.
func (b *bookkeeper) Entries(context.Context, string) ([]ledger.Entry, error) {
	return slices.Collect(maps.Values(b.rows)), nil
}

// All returns every order.
func (w *world) All(context.Context, string) ([]order.Order, error) {
	return slices.Collect(maps.Values(w.all())), nil
}

// agree compares seats, orders, money and ledger, as `foyerctl ledger verify` does. A refund made directly at the
// provider is for no seat until an operator says for which: that must be listed, and nothing else.
func (p *piece) agree() {
	p.books.changed(p.all())
	p.books.hearsAll()
	found, err := ledger.Verify(p.ctx, &audit.Books{
		Maps: p.cloud.Seats(), Seats: p.cloud.Seats(), Bought: p.world, Pay: p.bank, Ledger: p.books,
	}, "main", p.clock)
	p.must(err)
	byHand := map[string]bool{}
	for _, one := range p.bank.all() {
		byHand[one.order] = one.byHand > 0
	}
	for _, d := range found {
		owed := strings.Contains(d.Says, "came back from the buyer's bank")
		if !owed && (!byHand[d.Order] || !strings.HasSuffix(d.Says, "is for no seat")) {
			p.Errorf("the books disagree: %s", d)
		}
	}
}
