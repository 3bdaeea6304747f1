package checkout_test

import (
	"fmt"
	"slices"
	"time"

	"foyer/internal/room/queue"
	"foyer/internal/sale/order"
)

// check compares orders, seats and money.
func (p *piece) check() {
	orders, taken := p.all(), p.owners()
	bought, pages := map[queue.VisitorID]int{}, map[string]int{}
	mailboxes := map[string]int{}
	for _, one := range p.bank.all() {
		pages[one.order]++
		o := orders[one.order]
		if one.captures > 1 || pages[one.order] > 1 {
			p.Errorf("order %.6s: captured %d times, %d pages", o.ID, one.captures, pages[one.order])
		}
		if one.open {
			p.Errorf("order %.6s is %s and its page is open", o.ID, o.State)
		}
		p.returned(o, one)
		switch one.state {
		case order.PaymentAuthorised:
			p.Errorf("order %.6s is %s and money is reserved", o.ID, o.State)
		case order.PaymentCaptured:
			if o.State != order.Paid && (o.State != order.Refunded || o.Owed() != one.amount-one.back) {
				p.Errorf("order %.6s is %s, was charged, and owes %d of %d", o.ID, o.State, o.Owed(), one.amount-one.back)
			}
		default:
			if o.State == order.Paid {
				p.Errorf("order %.6s is paid and the money is %s", o.ID, one.state)
			}
		}
	}
	for id, o := range orders {
		if o.Open() {
			p.Errorf("order %.6s is still %s", id, o.State)
		}
		for _, l := range o.Lines {
			if (taken[l.Seat] == id) != (o.State == order.Paid && slices.Contains(o.Remaining(), l)) {
				p.Errorf("order %.6s is %s and seat %s is taken by %.6q", id, o.State, l.Seat, taken[l.Seat])
			}
		}
		if o.State == order.Paid {
			bought[o.Buyer] += len(o.Remaining())
			mailboxes[order.NormalEmail(o.Email)] += len(o.Remaining())
		}
	}
	for buyer, n := range bought {
		h, err := p.cloud.Seats().Hold(p.ctx, "main", buyer.String())
		p.must(err)
		if n > perBuyer || h.Bought != n {
			p.Errorf("a buyer has %d seats, %d counted", n, h.Bought)
		}
	}
	for _, n := range mailboxes {
		if n > perBuyer {
			p.Errorf("an address has %d seats", n)
		}
	}
	p.agree()
	p.counters(mailboxes)
}

// counters finds out by trying how many seats count against each address: as many as it has bought.
func (p *piece) counters(mailboxes map[string]int) {
	n := 0
	for _, o := range p.all() {
		probe, err := order.New(order.Draft{
			ID: fmt.Sprintf("probe %d", n), Zone: "main", Buyer: queue.VisitorID{200, byte(n)}, Email: o.Email, Currency: "eur",
			Lines: slices.Repeat([]order.Line{{}}, perBuyer), Limit: perBuyer, PayBy: p.clock.Add(time.Hour),
		}, p.clock)
		p.must(err)
		// This is room for the probe if no more is counted than was bought.
		probe.Limit = perBuyer + mailboxes[order.NormalEmail(o.Email)]
		n++
		err = p.orders.Create(p.ctx, probe)
		if err != nil {
			p.Errorf(
				"more is counted against an address than the %d seats it bought: %v",
				mailboxes[order.NormalEmail(o.Email)],
				err,
			)
			continue
		}
		closing, _, _ := order.Step(probe, order.Event{Kind: order.Cancel, Reason: order.ByBuyer}, p.clock)
		p.must(p.orders.Save(p.ctx, probe, closing))
	}
}

// returned compares the partial refunds with what the bank refunded.
func (p *piece) returned(o order.Order, one purse) {
	var named, failed int64
	for _, f := range one.failed {
		failed += f.Amount
	}
	for _, r := range o.FailedRefunds {
		if !r.AskedAt.IsZero() {
			named += r.Amount
		}
		if !r.AskedAt.IsZero() && !r.Done() {
			p.Errorf("order %.6s: a refund that came back is still to be made again: %+v", o.ID, r)
		}
	}
	if len(o.FailedRefunds) != len(one.failed) {
		p.Errorf("order %.6s knows of %d refunds that came back, %d did", o.ID, len(o.FailedRefunds), len(one.failed))
	}
	one.back += failed
	for _, r := range o.PartialRefunds {
		named += r.Amount
		if !r.Done() && o.State == order.Paid {
			p.Errorf("order %.6s: the money of %v is still to go back", o.ID, r.Seats)
		}
	}
	switch {
	case o.PaidAt.IsZero(), !o.RefundAt.IsZero():
	case one.back < named:
		p.Errorf("order %.6s: %d went back, its refunded seats cost %d", o.ID, one.back, named)
	case one.back > named+one.byHand:
		p.Errorf("order %.6s: %d went back, %d of it by hand, its refunded seats cost %d", o.ID, one.back, one.byHand, named)
	case o.State == order.Paid && o.RefundedTotal != one.back:
		p.Errorf("order %.6s knows of %d, %d went back", o.ID, o.RefundedTotal, one.back)
	}
}
