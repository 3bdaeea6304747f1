package sim

import (
	"encoding/hex"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/sale/choose"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
)

// seat judges a change of a seat.
func (b *book) seat(_ string, old, s seat.Seat) {
	b.sale = true
	w := b.w
	v := w.holder(s.Holder)
	if v == nil {
		v = w.holder(old.Holder)
	}
	w.note("seat", v, uint64(s.Version))
	w.say(v, s.ID, "%s: seat %s goes from %s to %s", w.actor(), s.ID, w.seatText(old), w.seatText(s))
	if s.Version != old.Version+1 {
		b.fail("a seat's change was overwritten", v, s.ID)
	}
	others := old.Holder != "" && old.Holder != s.Holder
	switch {
	case old.Order != "" && s.Order != "" && old.Order != s.Order:
		b.fail("a seat was sold twice", v, s.ID)
	case old.Order != "" && s.Order != "" && others:
		b.fail("a seat that is taken was locked", v, s.ID)
	case old.Order == "" && s.Order != "" && others:
		b.fail("a seat was sold to somebody who doesn't hold it", v, s.ID)
	case s.Order == "" && s.Holder != "" && others && old.Until.After(w.time().Add(w.weather.skew)):
		b.fail("a lock was broken before its end", v, s.ID)
	}
}

func (w *World) seatText(s seat.Seat) string {
	switch {
	case s.Order != "":
		return "taken by order " + s.Order[:6]
	case s.Holder == "":
		return "free"
	}
	who := s.Holder
	if v := w.holder(s.Holder); v != nil {
		who = v.String()
	}
	return "locked by " + who + " until " + stamp(s.Until.Sub(epoch))
}

// hold judges a change of what a buyer has.
func (b *book) hold(old, h seat.Hold) {
	b.sale = true
	w := b.w
	v := w.holder(h.Buyer)
	if h.Version != old.Version+1 {
		b.fail("a buyer's seats were overwritten", v)
	}
	// Seats whose lock ran out may still be bought when others are locked by then, which can't be bought any more.
	if len(h.Seats) > len(old.Seats) && len(h.Seats)+h.Bought > w.limit || h.Bought > w.limit {
		b.fail(v.String()+" holds and buys more seats than a buyer may have", v)
	}
	if t := w.current; v != nil && t != nil && len(h.Seats) > len(old.Seats) {
		if v.newest.State != bucket.Inside && v.outAt < t.began {
			b.fail(v.String()+" chose seats without being inside", v)
		}
		if g := v.newest; g.State == bucket.Inside && !h.Paying && h.Until.After(g.Until) {
			b.fail("the seats of "+v.String()+" are locked for longer than the visit lasts", v)
		}
	}
	if most := max(choose.LockFor, b.settings.PayLimit()); h.Until.After(w.time().Add(most + w.weather.skew)) {
		b.fail(v.String()+" locked seats beyond the limit", v)
	}
}

// order judges a change of an order.
func (b *book) order(old *order.Order, o order.Order) {
	b.sale = true
	w := b.w
	v := w.who(o.Buyer)
	w.note("order "+string(o.State), v, uint64(o.Version))
	w.sayOrder(o, "%s: order %.6s is %s %s", w.actor(), o.ID, o.State, o.Reason)
	if old == nil {
		if o.State != order.Pending || len(o.Lines) == 0 {
			b.fail("an order doesn't begin pending", v, o.ID)
		}
		w.orders[o.ID] = v
		v.orders = append(v.orders, o.ID)
	} else {
		b.orderMoved(*old, o, v)
	}
	w.sale.orderWritten(old, o)
}

// next is the states that may follow.
var next = map[order.State][]order.State{
	order.Pending:    {order.Authorised, order.Closing, order.Expired, order.Cancelled, order.Refunded},
	order.Authorised: {order.Paid, order.Closing, order.Cancelled, order.Refunded},
	order.Paid:       {order.Refunded},
	order.Closing:    {order.Expired, order.Cancelled, order.Refunded},
	order.Expired:    {order.Closing},
	order.Cancelled:  {order.Closing},
}

func (b *book) orderMoved(old, o order.Order, v *visitor) {
	w := b.w
	if o.Version != old.Version+1 {
		b.fail("a change of an order was overwritten", v, o.ID)
	}
	if o.State == old.State {
		return
	}
	may := false
	for _, state := range next[old.State] {
		may = may || state == o.State
	}
	if !may {
		b.fail("an order went from "+string(old.State)+" to "+string(o.State), v, o.ID)
	}
	reserved, captured := false, false
	for _, p := range w.bank.byID[o.ID] {
		reserved, captured = reserved || p.authorised, captured || p.captures > 0 || p.byHand
	}
	if o.State == order.Authorised && !reserved {
		b.fail("an order is authorised, and no money was reserved for it", v, o.ID)
	}
	if o.State == order.Paid && !captured {
		b.fail("an order is paid, and no money was captured for it", v, o.ID)
	}
}

// captured is asked for at the moment in which an order's money is captured.
func (b *book) captured(o order.Order) { b.capture = append(b.capture, o) }

// holder returns the visitor whose id a hold or a seat has; nil: it isn't a visitor's.
func (w *World) holder(text string) *visitor {
	var id queue.VisitorID
	if n, err := hex.Decode(id[:], []byte(text[:min(len(text), 2*len(id))])); err != nil || n < len(id) {
		return nil
	}
	return w.who(id)
}

// late is how long after its deadline an order may be pending: its grace, the sweeper's next turns, and trouble.
func (b *book) late() time.Duration {
	if b.w.weather.before+b.w.weather.crash == 0 {
		return order.Grace + 90*time.Second
	}
	return order.Grace + 3*time.Minute
}
