package sim

import (
	"slices"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/sale/order"
	"foyer/internal/store/memory/memroom"
	"foyer/internal/store/memory/memsale"
)

// settle is how long changed settings take to be known everywhere: caches, and calls that are under way.
const settle = 15 * time.Second

// book is what the checks know of what is stored: every change is judged as it is written.
type book struct {
	w        *World
	settings zone.Settings
	status   zone.Status
	changed  time.Duration // when the settings last changed
	shown    []shown       // what the status said, in order

	pages    int64
	called   queue.Key
	at       map[int64]time.Time // when pages were made
	live     int
	most     []capacity // that were set, with the time until which each was
	newest   map[queue.VisitorID]held
	places   map[queue.VisitorID][]queue.Entry
	waiting  []waiting // who may be called, in the order of their keys
	entries  []time.Duration
	overFrom time.Duration // when the status last said overcalled
	untold   map[int64]int // messages about a page that are under way

	room, sale, money, zone bool // what changed in this step

	goodTick time.Duration // the last tick without an error
	idle     int           // seconds in a row that somebody could have been called
	seconds  int

	goodSince time.Duration // since when ticks go well, more or less
	lastPages int64
	lastLive  int
	placeAt   time.Duration // when the queue last changed
	capture   []order.Order // captured in this step
}

// shown is the highest key called that the status showed, and since when.
type shown struct {
	called queue.Key
	at     time.Duration
}

type capacity struct {
	n     int
	until time.Duration // when it was replaced
}

// held is a visitor's newest grant.
type held struct {
	ref bucket.Ref
	bucket.Grant
}

// waiting is a place that may be called, and since when.
type waiting struct {
	key   queue.Key
	of    *visitor
	since time.Duration
}

func (e waiting) compare(k queue.Key) int { return e.key.Compare(k) }

func newBook(w *World) *book {
	b := &book{
		w: w, at: map[int64]time.Time{}, newest: map[queue.VisitorID]held{},
		places: map[queue.VisitorID][]queue.Entry{}, untold: map[int64]int{}, overFrom: -time.Hour, changed: -time.Hour,
	}
	w.cloud.Stream = memroom.Stream{
		Page:  func(_ string, old *bucket.Page, page bucket.Page) { b.page(old, page) },
		Place: func(_ string, old, place *queue.Entry) { b.place(old, place) },
		Status: func(string) {
			b.zone = true
			w.wakeRelay()
		},
	}
	w.cloud.Changes = memsale.Changes{Seat: b.seat, Hold: b.hold, Order: b.order}
	return b
}

func (b *book) fail(what string, v *visitor, things ...string) {
	b.w.fail(what, []*visitor{v}, things...)
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
	if state := b.settings.State; (state == zone.Paused || state == zone.Closed) && w.now-b.changed > settle {
		b.fail("visitors are called although the zone is "+string(state), nil)
	}
	if opens := b.settings.ExchangeFrom(); w.time().Before(opens.Add(-w.weather.skew)) {
		b.fail("visitors are called before the opening", nil)
	}
	last := b.called
	for slot, g := range p.Grants {
		v := w.byID[g.Key.Visitor()]
		ref := bucket.Ref{Page: p.Number, Slot: slot}
		b.begun(v, p, g)
		if g.Key.Compare(last) > 0 {
			last = g.Key
		}
		if before, called := b.newest[v.token.ID]; called && before.State != bucket.Missed {
			b.fail(v.String()+" is called although they have a grant, or had one and used it", v)
		}
		b.newest[v.token.ID] = held{ref, g}
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
		b.fail("more live grants than the capacity", w.byID[p.Grants[0].Key.Visitor()])
	}
	for _, g := range p.Grants {
		b.seen(w.byID[g.Key.Visitor()])
	}
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
			b.w.fail(e.of.String()+" was there, and was passed over by "+b.w.byID[highest.Visitor()].String(),
				[]*visitor{e.of, b.w.byID[highest.Visitor()]})
		}
	}
}

// grant judges a change of one grant.
func (b *book) grant(p bucket.Page, slot int, old, g bucket.Grant) {
	if old == g {
		return
	}
	w, v, ref := b.w, b.w.byID[old.Key.Visitor()], bucket.Ref{Page: p.Number, Slot: slot}
	if old.Key != g.Key {
		b.fail("a grant changed its owner", v)
	}
	b.newest[v.token.ID] = held{ref, g}
	if !g.State.Live() && old.State.Live() {
		b.live--
		v.ended = w.now
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

// asksAgain has the place with that key be callable from now on only, if it wasn't all the time.
func (b *book) asksAgain(key queue.Key) {
	at, found := slices.BinarySearchFunc(b.waiting, key, waiting.compare)
	byHTTP := slices.ContainsFunc(b.places[key.Visitor()], func(e queue.Entry) bool {
		return e.Key == key && e.Conn == ""
	})
	if found && byHTTP {
		b.waiting = slices.Delete(b.waiting, at, at+1) // seen adds it anew
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
		return !ok || g.Until.Sub(epoch)-told < min(shortest, g.Until.Sub(p.At)/2)-2*b.w.weather.skew
	}
	return b.w.conns[g.Conn].since < at && v.heardAt < at && b.untold[p.Number] == 0
}

// place judges a change of the queue.
func (b *book) place(old, e *queue.Entry) {
	var key queue.Key
	if e != nil {
		key = e.Key
	} else {
		key = old.Key
	}
	w, v := b.w, b.w.byID[key.Visitor()]
	if key.IsMarker() {
		return
	}
	b.room, b.placeAt = true, w.now
	w.note("place", v, 0)
	all := slices.DeleteFunc(b.places[v.token.ID], func(e queue.Entry) bool { return e.Key == key })
	if e != nil {
		all = append(all, *e)
		v.askedAt = e.AskedAt
	}
	b.places[v.token.ID] = all
	switch {
	case old == nil:
		b.drawn(v, key)
		w.say(v, "", "%s gives %v a place, connection %q", w.actor(), v, e.Conn)
	case e == nil:
		w.say(v, "", "%s removes the place of %v, connection %q", w.actor(), v, old.Conn)
		b.removed(v, *old)
	case old.Conn == e.Conn:
		w.say(v, "", "%s notes that %v asks to be let in", w.actor(), v)
		if !old.RegisteredAt.Equal(e.RegisteredAt) || !old.ConnAt.Equal(e.ConnAt) {
			b.fail("a place was registered twice", v)
		}
		b.asksAgain(key)
	default:
		w.say(v, "", "%s moves the place of %v from connection %q to %q", w.actor(), v, old.Conn, e.Conn)
		if !old.RegisteredAt.Equal(e.RegisteredAt) {
			b.fail("a place was registered twice", v)
		}
		if e.ConnAt.Before(old.ConnAt) || e.Conn == "" || old.Conn != "" && w.conns[e.Conn].at < w.conns[old.Conn].at {
			b.fail("an older connection took the place of a newer one", v)
		}
	}
	b.seen(v)
}

// drawn checks that nobody joins a draw that is over, who had no place in it.
func (b *book) drawn(v *visitor, key queue.Key) {
	if b.settings.Policy != zone.Draw || key.Lane() != policy.LaneFirst {
		return
	}
	over := b.settings.ExchangeFrom().Add(b.w.weather.skew)
	if t := b.w.current; t != nil && epoch.Add(t.began).After(over) && !v.drawn {
		b.fail(v.String()+" joins a draw that is over", v)
	}
	v.drawn = true
}

// removed checks that a place went for a reason.
func (b *book) removed(v *visitor, e queue.Entry) {
	g, called := b.newest[v.token.ID]
	switch {
	case v.leaving, !v.reachable(e.Conn):
	case called && (g.State == bucket.Inside || g.State == bucket.Left || g.State == bucket.Expired):
	case called && g.Conn == e.Conn: // missed; or called again while a slow machine removes what was missed before
	case called && e.Conn == "": // the same, of one who registered again without a socket
	case v.calls > bucket.Forgiven: // missed too often, and didn't ask
	case e.Conn == "" && b.toldFor(e.Key) > 2*time.Minute: // the line passed it long ago, and they didn't ask
	default:
		b.fail("the place of "+v.String()+" was lost", v)
	}
}

// isThere reports whether a tick must call the visitor with that place: over the connection, if it lives, or because
// they asked.
func (b *book) isThere(v *visitor, e queue.Entry) bool {
	if e.Conn != "" {
		return v.reachable(e.Conn)
	}
	return !e.AskedAt.IsZero()
}

// callable reports whether somebody who waits must still be called: who asked must do so now and then.
func (b *book) callable(w waiting) bool {
	return slices.ContainsFunc(b.places[w.of.token.ID], func(e queue.Entry) bool {
		fresh := b.w.time().Sub(e.AskedAt) < bucket.AskedFor-2*b.w.weather.skew-3*time.Second
		return e.Key == w.key && (e.Conn != "" || fresh)
	})
}

// seen brings up to date since when a visitor's places may be called.
func (b *book) seen(v *visitor) {
	g, called := b.newest[v.token.ID]
	may := (!called || g.State == bucket.Missed && v.calls < 2) && !v.leaving
	for _, key := range v.keys {
		i := slices.IndexFunc(b.places[v.token.ID], func(e queue.Entry) bool { return e.Key == key })
		ok := may && i >= 0 && b.isThere(v, b.places[v.token.ID][i])
		at, found := slices.BinarySearchFunc(b.waiting, key, waiting.compare)
		switch {
		case ok && !found:
			b.waiting = slices.Insert(b.waiting, at, waiting{key, v, b.w.now})
		case !ok && found:
			b.waiting = slices.Delete(b.waiting, at, at+1)
		}
	}
}

// hasPaid reports whether an order of somebody was captured.
func (b *book) hasPaid(v *visitor) bool {
	for id, of := range b.w.orders {
		for _, p := range b.w.bank.byID[id] {
			if of == v && (p.captures > 0 || p.byHand) {
				return true
			}
		}
	}
	return false
}

// hasLeft checks that somebody whose leaving was answered has nothing any more, unless they were called since it began.
func (b *book) hasLeft(v *visitor, began time.Duration) {
	g, called := b.newest[v.token.ID]
	if called && g.State.Live() && b.at[g.ref.Page].Before(epoch.Add(began-b.w.weather.skew)) {
		b.fail(v.String()+" left, and their slot isn't free", v)
	}
	if len(b.places[v.token.ID]) > 0 && v.visits == 0 { // of somebody who was inside a tick sweeps it
		b.fail(v.String()+" left, and their place is still there", v)
	}
}

// edgeWritten judges what the edge shows next.
func (b *book) edgeWritten(old, next view) {
	b.w.note("edge", nil, uint64(next.Versions[1]))
	switch {
	case next.Versions[0] < old.Versions[0] || next.Versions[1] < old.Versions[1]:
		b.fail("the edge went back to an older state", nil)
	case next.counts.At < old.counts.At:
		b.fail("the edge went back to an older census", nil)
	case next.called.Compare(old.called) < 0:
		b.fail("the edge shows fewer people called than before", nil)
	}
	b.w.say(nil, "edge", "the edge is told: %s, version %v", next.State, next.Versions)
}

// ticked hears of every tick.
func (b *book) ticked(_ exchange.Result, err error) {
	if err == nil {
		b.goodTick = b.w.now
	}
}

// zoneWritten judges a change of settings, status or census.
func (b *book) zoneWritten() {
	w := b.w
	settings, status := w.cloud.Stands(zoneName)
	if settings.Version != b.settings.Version {
		if settings.Capacity != b.settings.Capacity && b.settings.Version > 0 {
			b.most = append(b.most, capacity{b.settings.Capacity, w.now})
		}
		b.changed = w.now
		if settings.Version != b.settings.Version+1 {
			b.fail("settings were overwritten", nil)
		}
	}
	if status.Version != b.status.Version {
		if status.Version != b.status.Version+1 {
			b.fail("the status was overwritten", nil)
		}
		if status.Called.Compare(b.status.Called) < 0 {
			b.fail("the status says fewer people called than before", nil)
		}
		if status.Called != b.status.Called {
			b.shown = append(b.shown, shown{status.Called, w.now})
		}
	}
	if status.Census.At.Before(b.status.Census.At) {
		b.fail("an older census took the place of a newer one", nil)
	}
	if status.Overcalled || b.status.Overcalled {
		b.overFrom = w.now
	}
	b.settings, b.status = settings, status
}

// actor is who does what is being done.
func (w *World) actor() string {
	if w.current == nil || w.current.on == nil {
		return "somebody"
	}
	return w.current.on.name
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
