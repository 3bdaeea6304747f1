package sim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// asksAgain has the place with that key be callable from now on only, if it wasn't all the time.
func (b *book) asksAgain(key queue.Key) {
	at, found := slices.BinarySearchFunc(b.waiting, key, waiting.compare)
	byHTTP := slices.ContainsFunc(b.w.who(key.Visitor()).stored, func(e queue.Entry) bool {
		return e.Key == key && e.Conn == ""
	})
	if found && byHTTP {
		b.waiting = slices.Delete(b.waiting, at, at+1) // seen adds it anew
	}
}

// place judges a change of the queue.
func (b *book) place(old, e *queue.Entry) {
	var key queue.Key
	if e != nil {
		key = e.Key
	} else {
		key = old.Key
	}
	w, v := b.w, b.w.who(key.Visitor())
	if key.IsMarker() {
		return
	}
	b.room, b.placeAt = true, w.now
	w.note("place", v, 0)
	v.stored = slices.DeleteFunc(v.stored, func(e queue.Entry) bool { return e.Key == key })
	if e != nil {
		v.stored = append(v.stored, *e)
		v.askedAt = e.AskedAt
	}
	switch {
	case old == nil:
		b.placed(v, key)
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

// placed checks that a new place is the one that its visitor may have: by the arrival, or by the draw for those who
// arrived before the opening. Nobody joins a draw that is over who had no place in it, and who had one has it still.
func (b *book) placed(v *visitor, key queue.Key) {
	rank, draws := uint64(v.token.Arrived.UnixMilli()), b.settings.Policy == zone.Draw
	inDraw := draws && key.Lane() == policy.LaneFirst
	if inDraw {
		mac := hmac.New(sha256.New, []byte(drawSeed))
		fmt.Fprintf(mac, "%x", v.token.ID[:])
		rank = binary.BigEndian.Uint64(mac.Sum(nil)) >> 16
	}
	over := b.settings.ExchangeFrom().Add(b.w.weather.skew)
	late := b.w.current != nil && epoch.Add(b.w.current.began).After(over)
	waits := !v.called() || v.newest.State == bucket.Missed
	switch {
	case key.Rank() != rank, inDraw && !v.token.Arrived.Before(b.settings.OpensAt):
		b.fail(v.String()+" has a place that isn't theirs", v)
	case inDraw && late && !v.drawn:
		b.fail(v.String()+" joins a draw that is over", v)
	case draws && !inDraw && v.drawn && waits && !v.leaving:
		b.fail(v.String()+" had a place in the draw, and has a worse one", v)
	case b.stands(zone.Closed):
		b.fail(v.String()+" has a place although the zone is closed", v)
	}
	v.drawn = v.drawn || inDraw
}

// removed checks that a place went for a reason.
func (b *book) removed(v *visitor, e queue.Entry) {
	g, called := v.newest, v.called()
	switch {
	case v.leaving, !v.reachable(e.Conn), e.Conn != "" && b.w.now-b.w.conns[e.Conn].since < b.slowest():
	case called && (g.State == bucket.Inside || g.State == bucket.Left || g.State == bucket.Expired):
	case called && g.Conn == e.Conn: // missed; or called again while a slow machine removes what was missed before
	case called && e.Conn == "": // the same, of one who registered again without a socket
	case v.calls > bucket.Forgiven: // missed too often, and didn't ask
	case e.Conn == "" && b.toldFor(e.Key) > 2*time.Minute: // the line passed it long ago, and they didn't ask
	default:
		b.fail("the place of "+v.String()+" was lost", v)
	}
}

// slowest is how long it may take to act on a connection that wasn't there when it was looked up: its handshake ended
// meanwhile.
func (b *book) slowest() time.Duration { return 3*time.Second + 2*b.w.weather.skew }

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
	return slices.ContainsFunc(w.of.stored, func(e queue.Entry) bool {
		fresh := b.w.time().Sub(e.AskedAt) < bucket.AskedFor-2*b.w.weather.skew-3*time.Second
		return e.Key == w.key && (e.Conn != "" || fresh)
	})
}

// seen brings up to date since when a visitor's places may be called.
func (b *book) seen(v *visitor) {
	g, called := v.newest, v.called()
	may := (!called || g.State == bucket.Missed && v.calls < 2) && !v.leaving
	for _, key := range v.keys {
		i := slices.IndexFunc(v.stored, func(e queue.Entry) bool { return e.Key == key })
		ok := may && i >= 0 && b.isThere(v, v.stored[i])
		at, found := slices.BinarySearchFunc(b.waiting, key, waiting.compare)
		switch {
		case ok && !found:
			b.waiting = slices.Insert(b.waiting, at, waiting{key, v, b.w.now})
		case !ok && found:
			b.waiting = slices.Delete(b.waiting, at, at+1)
		}
	}
}

// noted is how long the grant of somebody who was called again isn't found without its reference, in a tick that calls
// many: the log's index is written after the pages.
const noted = 2 * time.Second

// hasLeft checks that somebody whose leaving was answered has nothing any more, unless they were called since it began.
func (b *book) hasLeft(v *visitor, began time.Duration) {
	g, called := v.newest, v.called()
	if b.w.siege != nil {
		began -= noted
	}
	if called && g.State.Live() && b.at[g.ref.Page].Before(epoch.Add(began-b.w.weather.skew)) {
		b.fail(v.String()+" left, and their slot isn't free", v)
	}
	if len(v.stored) > 0 && v.visits == 0 { // of somebody who was inside a tick sweeps it
		b.fail(v.String()+" left, and their place is still there", v)
	}
}
