package sim

import (
	"fmt"
	"slices"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
)

// auditEvery is how often a large world is checked from scratch.
const auditEvery = 300 // seconds

// afterStep checks what a step changed, from what is stored.
func (b *book) afterStep() {
	if b.zone {
		b.zone = false
		b.zoneWritten()
	}
	small := b.w.Visitors <= smallest
	if small && b.room {
		b.auditRoom()
	}
	b.auditCaptures()
	if small && (b.sale || b.money) {
		b.auditSale()
	}
	b.room, b.sale, b.money = false, false, false
}

// everySecond checks what takes time.
func (b *book) everySecond() {
	w := b.w
	if b.seconds++; b.seconds%auditEvery == 0 {
		b.auditRoom()
		b.auditSale()
	}
	b.pace()
	b.progress()
	often := 5
	if w.Visitors > smallest {
		often = auditEvery
	}
	if b.seconds%often > 0 {
		return
	}
	for _, p := range w.cloud.Pages(zoneName) {
		for _, g := range p.Grants {
			since := max(g.Until.Sub(epoch), b.troubled()) + 30*time.Second
			if g.State.Live() && w.now > since && w.now-b.goodTick < 5*time.Second {
				b.fail("a grant is overdue, and its slot isn't free", w.who(g.Key.Visitor()))
			}
		}
	}
	for _, v := range w.visitors {
		if v.leftAt > 0 && v.newest.State == bucket.Inside && w.now > max(v.leftAt, b.troubled(), b.crashed+settle)+settle {
			b.fail(v.String()+" left, and was let in all the same", v)
		}
	}
	for _, o := range w.cloud.Orders().All() {
		if o.State == order.Pending && w.time().After(o.PayBy.Add(b.late())) {
			b.fail("an order is pending past its deadline", w.who(o.Buyer), o.ID)
		}
	}
}

// troubled is until when there was no exchanger whose ticks go well.
func (b *book) troubled() time.Duration { return b.goodSince }

// pace checks that no minute has many more entries than the rate: by chance some more of those called may come than
// were expected to.
func (b *book) pace() {
	from := 0
	for from < len(b.entries) && b.entries[from] <= b.w.now-time.Minute {
		from++
	}
	b.entries = b.entries[from:]
	rate := b.settings.Rate
	for _, c := range b.rates {
		if b.w.now-c.until < time.Minute+settle {
			rate = max(rate, c.n)
		}
	}
	most := min(rate+rate/2+10, bucket.MaxBooked*rate+2)
	if b.w.siege != nil { // most of those called don't come, and then everybody does
		most = bucket.MaxBooked*rate + 10
	}
	if len(b.entries) > most {
		b.fail(fmt.Sprintf("%d visitors entered within a minute at a rate of %d", len(b.entries), rate), nil)
	}
}

// patience is how long nobody may be called although somebody waits and there is room: the rate may have to make up for
// a minute that went too well, and calls of those who don't come are only given up after the window.
func (b *book) patience() int { return 75 + int(b.settings.Window/time.Second) + 120/b.settings.Rate }

// progress checks that the first in line don't wait in front of free slots.
func (b *book) progress() {
	w := b.w
	if w.now-b.goodTick > 3*time.Second {
		b.goodSince = w.now
	}
	free := b.live < b.settings.Capacity && b.settings.Exchanges(w.time())
	if s := b.status; s.SeatsLeft >= 0 && b.settings.SeatFactor > 0 {
		free = free && float64(b.live) < float64(s.SeatsLeft)*b.settings.SeatFactor
	}
	free = free && b.status.SeatsLeft != 0 && slices.ContainsFunc(b.waiting, b.callable)
	free = free && w.now-b.changed > settle && w.now-b.goodTick < 3*time.Second
	if b.idle++; !free || b.pages != b.lastPages {
		b.idle, b.lastPages = 0, b.pages
	}
	if b.idle > b.patience() {
		b.fail(b.waiting[0].of.String()+" waits although there is room, and nobody is called", b.waiting[0].of)
	}
}

// auditRoom checks the log and the queue from scratch.
func (b *book) auditRoom() {
	w, live := b.w, 0
	for _, v := range w.visitors {
		v.audit = [2]int{}
	}
	for _, p := range w.cloud.Pages(zoneName) {
		for slot, g := range p.Grants {
			v := w.who(g.Key.Visitor())
			if g.State.Live() {
				live++
				if v.audit[0]++; v.audit[0] > 1 {
					b.fail(v.String()+" holds two live grants", v)
				}
			}
			if g.State != bucket.Reserved && g.State != bucket.Missed {
				if v.audit[1]++; v.audit[1] > 1 {
					b.fail(v.String()+" was inside twice", v)
				}
			}
			if n := v.newest; n.ref == (bucket.Ref{Page: p.Number, Slot: slot}) && n.Grant != g {
				b.fail("a grant changed without a record of it", v)
			}
		}
	}
	if live != b.live {
		b.fail(fmt.Sprintf("%d grants live, by their changes it should be %d", live, b.live), nil)
	}
	if live > b.capacity() && live > b.lastLive {
		b.fail("more live grants than the capacity", nil)
	}
	b.lastLive = live
}

// auditSale checks seats, holds, orders and money against each other from scratch.
func (b *book) auditSale() {
	w := b.w
	seats, holds := w.cloud.Seats().Touched(zoneName)
	orders := w.cloud.Orders().All()
	byID := make(map[string]*order.Order, len(orders))
	stands := make(map[string]*seat.Seat, len(seats))
	counted := map[string]int{}
	bought := map[queue.VisitorID]int{}
	sold, taken := 0, 0
	for i, s := range seats {
		stands[s.ID] = &seats[i]
		if s.Order != "" {
			sold++
		}
	}
	for i := range orders {
		o := &orders[i]
		byID[o.ID] = o
		if o.Counts() {
			if counted[o.EmailHash] += len(o.Remaining()); counted[o.EmailHash] > w.limit {
				b.fail("one e-mail address has more seats than a buyer may have", w.who(o.Buyer), o.ID)
			}
		}
		if !o.Takes() {
			continue
		}
		for _, l := range o.Remaining() {
			taken++
			bought[o.Buyer]++
			if s := stands[l.Seat]; s == nil || s.Order != o.ID {
				what := fmt.Sprintf("order %.6s is %s, and seat %s isn't its own", o.ID, o.State, l.Seat)
				b.fail(what, w.who(o.Buyer), o.ID, l.Seat)
			}
		}
	}
	if taken != sold {
		for _, s := range seats {
			if o := byID[s.Order]; s.Order != "" && (o == nil || !o.Takes()) {
				b.fail("seat "+s.ID+" is taken by an order that has none", w.holder(s.Holder), s.ID, s.Order)
			}
		}
		b.fail("more seats are taken than orders have", nil)
	}
	held := map[[2]string]bool{} // seat and buyer
	for _, h := range holds {
		v := w.holder(h.Buyer)
		if v == nil {
			continue // it paces the zone's orders
		}
		for _, id := range h.Seats {
			held[[2]string{id, h.Buyer}] = true
		}
		if n := bought[v.token.ID]; n != h.Bought || n > w.limit {
			b.fail(fmt.Sprintf("%v bought %d seats, and %d are counted", v, n, h.Bought), v)
		}
		if !h.Live(w.time().Add(w.weather.skew)) {
			continue
		}
		for _, id := range h.Seats {
			if s := stands[id]; s == nil || s.Holder != h.Buyer || s.Order != "" || !s.Until.Equal(h.Until) {
				b.fail(fmt.Sprintf("%v holds seat %s, and it isn't locked for them", v, id), v, id)
			}
		}
	}
	for _, s := range seats {
		v, locked := w.holder(s.Holder), s.Order == "" && s.Until.After(w.time().Add(w.weather.skew))
		if v != nil && locked && !held[[2]string{s.ID, s.Holder}] {
			b.fail(fmt.Sprintf("seat %s is locked for %v, who doesn't hold it", s.ID, v), v, s.ID)
		}
	}
	b.auditMoney(byID)
}

// auditCaptures checks that what was captured in this step has its seats.
func (b *book) auditCaptures() {
	w := b.w
	for _, o := range b.capture {
		for _, l := range o.Lines {
			if s := w.cloud.Seats().Stands(zoneName, l.Seat); s.Order != o.ID {
				what := fmt.Sprintf("order %.6s is captured while seat %s isn't its own", o.ID, l.Seat)
				b.fail(what, w.who(o.Buyer), o.ID, l.Seat)
			}
		}
	}
	b.capture = b.capture[:0]
}

// auditMoney checks the provider's money against the orders.
func (b *book) auditMoney(orders map[string]*order.Order) {
	w := b.w
	for _, p := range w.bank.all {
		o := orders[p.order]
		v := w.who(o.Buyer)
		switch {
		case len(w.bank.byID[p.order]) > 1:
			b.fail(fmt.Sprintf("order %.6s has a second page to pay on", p.order), v, p.order)
		case p.captures > 1:
			b.fail(fmt.Sprintf("order %.6s is charged twice", p.order), v, p.order)
		case p.state == order.PaymentCaptured && !o.Open() && o.State != order.Paid:
			b.fail(fmt.Sprintf("order %.6s is %s, and its money is kept", p.order, o.State), v, p.order)
		case p.state == order.PaymentAuthorised && o.State == order.Paid:
			b.fail(fmt.Sprintf("order %.6s is paid, and its money isn't captured", p.order), v, p.order)
		case o.State == order.Paid && p.back > o.Amount-amountOf(o.Unrefunded()) && o.RefundAt.IsZero():
			b.fail(fmt.Sprintf("more of order %.6s went back than was asked for", p.order), v, p.order)
		}
	}
}

func amountOf(lines []order.Line) (sum int64) {
	for _, l := range lines {
		sum += l.Price
	}
	return sum
}

// atRest reports whether nothing is under way any more.
func (w *World) atRest() bool {
	why, _ := w.restless()
	return why == "" && w.now > w.For+40*time.Second
}

// restless is what is still under way, and whose it is.
func (w *World) restless() (why string, v *visitor) {
	for _, v := range w.visitors {
		switch {
		case v.tabs > 0 && v.visits == 0:
			return v.String() + " waits and is never let in", v
		case v.tabs > 0:
			return v.String() + " doesn't get done", v
		}
	}
	for _, o := range w.cloud.Orders().All() {
		if o.Open() {
			return fmt.Sprintf("order %.6s is %s for ever", o.ID, o.State), w.who(o.Buyer)
		}
	}
	for _, p := range w.bank.all {
		if p.open || p.state == order.PaymentAuthorised {
			return fmt.Sprintf("the money of order %.6s is %s for ever", p.order, p.state), w.buyerOf(p.order)
		}
	}
	switch {
	case w.book.live > 0:
		return "slots are never free again", nil
	case w.sale.messages > 0, w.room.relaying:
		return "messages are never delivered", nil
	}
	return "", nil
}

// atTheEnd checks what must be true when all is quiet.
func (b *book) atTheEnd() {
	w := b.w
	b.auditRoom()
	b.auditSale()
	for _, v := range w.visitors {
		if !v.content && v.kind != ghost && v.kind != bot {
			b.fail(v.String()+" never came in, and was never told why", v)
		}
	}
	waiting := 0
	w.cloud.Places(zoneName, b.settings.QueueShards, func(e queue.Entry) {
		if e.Key.IsMarker() {
			return
		}
		waiting++
		v := w.who(e.Key.Visitor())
		sweeps := b.settings.State != zone.Closed // a zone that is closed is cleared as a whole
		if g := v.newest; sweeps && v.called() && g.State != bucket.Missed && g.State != bucket.Reserved {
			b.fail("the place of "+v.String()+", who was inside, is still there", v)
		}
	})
	quiet := w.now-b.placeAt > 30*time.Second && !b.status.Census.At.IsZero() && b.settings.State != zone.Closed
	if got := b.status.Census.Total; got != waiting && quiet {
		b.fail(fmt.Sprintf("the census counts %d people, and %d have a place", got, waiting), nil)
	}
	for _, o := range w.cloud.Orders().All() {
		b.atTheEndOf(o)
	}
	want := zone.Visible(b.settings, b.status, w.time())
	got := w.edge.stored
	shown := zone.View{State: got.State, Direct: got.Direct == 1, SoldOut: got.SoldOut == 1}
	if shown != want || got.called != b.status.Called {
		b.fail("the edge doesn't show what is stored", nil, "edge")
	}
}

func (b *book) atTheEndOf(o order.Order) {
	w, v := b.w, b.w.who(o.Buyer)
	if o.Open() || o.State != order.Paid && !o.Final() {
		b.fail(fmt.Sprintf("order %.6s is %s, with nothing under way", o.ID, o.State), v, o.ID)
	}
	if !o.PaidAt.IsZero() && (w.sale.mailed[o.ID] == 0 || w.sale.booked[o.ID] == 0) {
		b.fail(fmt.Sprintf("nobody was told that order %.6s is paid", o.ID), v, o.ID)
	}
	for _, p := range w.bank.byID[o.ID] {
		switch {
		case p.open:
			b.fail(fmt.Sprintf("order %.6s has ended, and its page still takes a payment", o.ID), v, o.ID)
		case o.State == order.Paid && p.state != order.PaymentCaptured:
			b.fail(fmt.Sprintf("order %.6s is paid, and its money is %s", o.ID, p.state), v, o.ID)
		case o.Final() && (p.state == order.PaymentAuthorised || p.state == order.PaymentCaptured):
			b.fail(fmt.Sprintf("order %.6s is %s, and its money is %s", o.ID, o.State, p.state), v, o.ID)
		case o.State == order.Paid && p.back != o.Amount-amountOf(o.Remaining()):
			asked := o.Amount - amountOf(o.Remaining())
			b.fail(fmt.Sprintf("of order %.6s %d went back, not %d", o.ID, p.back, asked), v, o.ID)
		}
	}
}

// count sums a world up.
func (b *book) count(r *Result) {
	for _, o := range b.w.cloud.Orders().All() {
		if o.State == order.Paid {
			r.Bought++
			r.Seats += len(o.Remaining())
		} else {
			r.Conflict++
		}
	}
}
