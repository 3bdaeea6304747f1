package sim

import (
	"slices"
	"strings"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// bound is a setting that was replaced by another.
type bound struct {
	n     int
	until time.Duration // when it was replaced
}

// page judges a change of the log.
func (b *book) page(old *bucket.Page, page bucket.Page) {
	b.room = true
	b.w.note("page", nil, uint64(page.Number))
	if old == nil {
		b.appended(page)
	} else {
		for slot := range page.Grants {
			b.grant(page, slot, old.Grants[slot], page.Grants[slot])
		}
	}
	b.w.pageWritten(old, page)
}

// appended judges a new page.
func (b *book) appended(p bucket.Page) {
	w := b.w
	if p.Number != b.pages+1 {
		b.fail("a page was added out of turn", nil)
	}
	if len(p.Grants) == 0 || len(p.Grants) > bucket.PageSize {
		b.fail("a page has no grants, or too many", nil)
	}
	if b.stands(zone.Paused, zone.Closed) || b.settings.LetThrough && w.now-b.changed > settle {
		b.fail("visitors are called although the zone is "+string(b.settings.State), nil)
	}
	if opens := b.settings.ExchangeFrom(); w.time().Before(opens.Add(-w.weather.skew)) {
		b.fail("visitors are called before the opening", nil)
	}
	last := b.called
	for slot, g := range p.Grants {
		v := w.who(g.Key.Visitor())
		ref := bucket.Ref{Page: p.Number, Slot: slot}
		b.begun(v, p, g)
		if g.Key.Compare(last) > 0 {
			last = g.Key
		}
		if before := v.newest; v.called() && before.State != bucket.Missed {
			b.fail(v.String()+" is called although they have a grant, or had one and used it", v)
		}
		v.newest = held{ref, g}
		v.calls++
		w.say(v, "", "%s calls %v by grant %v, until %s", w.actor(), v, ref, stamp(g.Until.Sub(epoch)))
	}
	if p.Called.Compare(last) < 0 || p.Called.Compare(b.called) < 0 {
		b.fail("the highest key called went backwards", nil)
	}
	b.inOrder(p)
	b.pages, b.called, b.at[p.Number] = p.Number, p.Called, p.At
	b.live += len(p.Grants)
	if most := b.capacity(); b.live > most {
		b.fail("more live grants than the capacity", w.who(p.Grants[0].Key.Visitor()))
	}
	for _, g := range p.Grants {
		b.seen(w.who(g.Key.Visitor()))
	}
}

// stands reports whether the zone is in one of the states, and everybody knows.
func (b *book) stands(states ...zone.State) bool {
	return slices.Contains(states, b.settings.State) && b.w.now-b.changed > settle
}

// begun judges how a grant begins: as a reservation for the zone's window, a shorter one after a turn that was missed;
// or inside, if its visitor has just asked for that, which is the only way after more turns that were missed.
func (b *book) begun(v *visitor, p bucket.Page, g bucket.Grant) {
	length := g.Until.Sub(p.At)
	switch {
	case length <= 0:
	case g.State == bucket.Reserved && v.calls <= bucket.Forgiven:
		if length <= bucket.WindowAfter(b.settings.Window, v.calls) {
			return
		}
	case g.State == bucket.Inside && length <= b.settings.Session && b.asked(v, p.At):
		b.cameIn(v)
		return
	}
	b.fail("a grant doesn't begin as its visitor may have it", v)
}

// asked reports whether a visitor asked to be let in, not long before a time. A visitor who left since may be let in
// all the same, by a tick that had read the place.
func (b *book) asked(v *visitor, at time.Time) bool {
	return at.Sub(v.askedAt) < bucket.AskedFor+2*b.w.weather.skew
}

// cameIn counts an entry.
func (b *book) cameIn(v *visitor) {
	v.visits++
	v.firstIn = b.w.now
	b.entries = append(b.entries, b.w.now)
	if b.stands(zone.Closed) {
		b.fail(v.String()+" came in although the zone is closed", v)
	}
	if v.visits > 1 {
		b.fail(v.String()+" is inside for the second time", v)
	}
}

// capacity is the highest that anybody may still go by.
func (b *book) capacity() int {
	most := b.settings.Capacity
	for _, c := range b.most {
		if b.w.now-c.until < settle {
			most = max(most, c.n)
		}
	}
	return most
}

// inOrder checks that a page calls nobody past somebody with a lower key who could be called since before the work that
// made the page began.
func (b *book) inOrder(p bucket.Page) {
	highest, in := queue.Key{}, map[queue.VisitorID]bool{}
	for _, g := range p.Grants {
		in[g.Key.Visitor()] = true
		if g.Key.Compare(highest) > 0 {
			highest = g.Key
		}
	}
	began := b.w.now
	if t := b.w.current; t != nil {
		began = t.began
	}
	for _, e := range b.waiting {
		if e.key.Compare(highest) >= 0 {
			return
		}
		if e.since < began && !in[e.key.Visitor()] && b.callable(e) {
			b.w.fail(e.of.String()+" was there, and was passed over by "+b.w.who(highest.Visitor()).String(),
				[]*visitor{e.of, b.w.who(highest.Visitor())})
		}
	}
}

// grant judges a change of one grant.
func (b *book) grant(p bucket.Page, slot int, old, g bucket.Grant) {
	if old == g {
		return
	}
	w, v, ref := b.w, b.w.who(old.Key.Visitor()), bucket.Ref{Page: p.Number, Slot: slot}
	if old.Key != g.Key {
		b.fail("a grant changed its owner", v)
	}
	v.newest = held{ref, g}
	if !g.State.Live() && old.State.Live() {
		b.live--
		v.outAt = w.now
	}
	t, skew := w.current, w.weather.skew
	began, own := w.now, false
	if t != nil {
		began, own = t.began, t.of == v
	}
	over := !old.Until.After(w.time().Add(skew))
	w.say(v, "", "%s: grant %v of %v goes from %s to %s, until %s",
		w.actor(), ref, v, stateName(old), stateName(g), stamp(g.Until.Sub(epoch)))
	switch [2]bucket.State{old.State, g.State} {
	case [2]bucket.State{bucket.Reserved, bucket.Inside}:
		b.cameIn(v)
		if !own {
			b.fail("somebody else claimed the grant of "+v.String(), v)
		}
		if g.Until.After(w.time().Add(b.settings.Session + skew)) {
			b.fail("a visit is longer than a session", v)
		}
	case [2]bucket.State{bucket.Reserved, bucket.Missed}:
		v.wasted += w.now - p.At.Sub(epoch)
		b.missed(v, p, old, over, own)
	case [2]bucket.State{bucket.Reserved, bucket.Reserved}:
		if told, ok := b.told(g.Key); !old.Until.Equal(g.Until) && (old.Conn != "" || ok && w.now-told > settle) {
			b.fail("a reservation was given more time", v)
		}
		if c := w.conns[g.Conn]; g.Conn != old.Conn && (c == nil || c.of.visitor != v) {
			b.fail("a grant was given somebody else's connection", v)
		}
	case [2]bucket.State{bucket.Inside, bucket.Inside}:
		most := max(b.settings.VisitLimit(), b.settings.Window+b.settings.Session)
		most += b.settings.PayLimit() + 2*skew + settle
		b.moved(v, old, g)
		switch {
		case g.Until.Before(old.Until):
			b.fail("a visit was made shorter by renewing it", v)
		case old.Until.Add(skew).Before(epoch.Add(began)):
			b.fail("a visit was renewed after its end", v)
		case g.Until.After(p.At.Add(most)):
			b.fail("a visit was renewed beyond its limit", v)
		}
	case [2]bucket.State{bucket.Inside, bucket.Left}:
		if !v.leaving && !b.hasPaid(v) {
			b.fail(v.String()+" was shown out without having left or paid", v)
		}
	case [2]bucket.State{bucket.Inside, bucket.Expired}:
		if !over {
			b.fail("a visit was ended before its time", v)
		}
	default:
		b.fail("a grant went from "+stateName(old)+" to "+stateName(g), v)
	}
	b.seen(v)
}

// moved checks that a visit doesn't go to and fro between networks.
func (b *book) moved(v *visitor, old, g bucket.Grant) {
	from, _, _ := strings.Cut(old.Conn, ".")
	to, _, _ := strings.Cut(g.Conn, ".")
	if from == "" || to == from {
		return
	}
	if v.movedAt > 0 && b.w.now-v.movedAt < token.AskAgain-2*b.w.weather.skew-2*time.Second {
		b.fail("the visit of "+v.String()+" serves several networks", v)
	}
	v.movedAt = b.w.now
}

// missed judges the end of a reservation.
func (b *book) missed(v *visitor, p bucket.Page, old bucket.Grant, over, own bool) {
	w := b.w
	late := own && w.now-p.At.Sub(epoch) >= bucket.ClaimSoon-2*w.weather.skew && w.now-b.overFrom < settle
	switch {
	case v.leaving, old.Conn != "" && !v.reachable(old.Conn), late:
	case !over:
		b.fail("the turn of "+v.String()+" was taken away while they were there", v)
	case b.unheard(v, p, old):
		b.fail(v.String()+" was there, was called, and never heard of it", v)
	}
}

// told returns when the status first showed that a key was called.
func (b *book) told(key queue.Key) (at time.Duration, ok bool) {
	for _, c := range b.shown {
		if key.Compare(c.called) <= 0 {
			return c.at, true
		}
	}
	return 0, false
}

// toldFor returns for how long the status has shown that the line has come to a key.
func (b *book) toldFor(key queue.Key) time.Duration {
	at, ok := b.told(key)
	if !ok {
		return 0
	}
	return b.w.now - at
}

// shortest is the shortest window in which a visitor must hear of a turn: a page without a socket looks every few
// seconds.
const shortest = 8 * time.Second

// unheard reports whether somebody had no way to know that they were called: nothing reached the connection that they
// had all the time, or, without one, the edge doesn't show it although exchangers went on and could have said so.
func (b *book) unheard(v *visitor, p bucket.Page, g bucket.Grant) bool {
	at := p.At.Sub(epoch) - b.w.weather.skew
	if g.Until.Sub(p.At) < shortest {
		return false
	}
	if g.Conn == "" {
		told, ok := b.told(g.Key)
		return !ok || g.Until.Sub(epoch)-told < min(shortest, g.Until.Sub(p.At)/2, b.settings.Window/2)-2*b.w.weather.skew
	}
	return b.w.conns[g.Conn].since < at && v.heardAt < at && b.untold[p.Number] == 0
}

// hasPaid reports whether an order of somebody was captured.
func (b *book) hasPaid(v *visitor) bool {
	for _, id := range v.orders {
		for _, p := range b.w.bank.byID[id] {
			if p.captures > 0 || p.byHand {
				return true
			}
		}
	}
	return false
}

func stateName(g bucket.Grant) string {
	switch g.State {
	case bucket.Reserved:
		return "reserved"
	case bucket.Inside:
		return "inside"
	case bucket.Left:
		return "left"
	case bucket.Expired:
		return "expired"
	case bucket.Missed:
		return "missed"
	}
	return "nothing"
}
