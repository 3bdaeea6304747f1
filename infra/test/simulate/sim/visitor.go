package sim

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/notify"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
)

// kind is what somebody came for.
type kind int

const (
	shopper   kind = iota // buys
	looker                // looks around, and leaves
	sleeper               // enters, and goes without a word
	impatient             // leaves while waiting
	ghost                 // registers, and is never seen again
	bot                   // registers again and again, over HTTP, and never enters
	hoarder               // enters, locks and releases seats, tries the grants of others, comes back on the same token
	kinds
)

var kindNames = [kinds]string{"a shopper", "a looker", "a sleeper", "impatient", "a ghost", "a bot", "a hoarder"}

// shares is how many of a hundred visitors are of each kind.
var shares = [kinds]int{52, 14, 8, 6, 10, 4, 6}

// visitor is one person, or one script.
type visitor struct {
	w     *World
	n     int
	kind  kind
	token token.Visitor
	keys  []queue.Key // every place that they can have
	place int         // edge location
	email string
	http  bool // has no sockets

	tabs     int // pages open
	requests int // under way
	leaving  bool
	content  bool          // came to an end that they can live with
	audit    [2]int        // live grants and visits, while they are counted
	leftAt   time.Duration // when their leaving was answered, with nothing else under way
	outAt    time.Duration // when their last grant ended
	drawn    bool          // had a place in the draw
	visits   int           // times inside, as stored
	newest   held          // grant; the zero held: never called
	stored   []queue.Entry // their places
	orders   []string      // ids of theirs
	askedAt  time.Time     // when a place of theirs last said that they ask to be let in
	calls    int           // times called
	firstIn  time.Duration // when they came in
	movedAt  time.Duration // when their visit last moved to another network
	thereAt  time.Duration // when they came, over a socket; 0: they didn't, or went
	wasted   time.Duration // of slots that were reserved for them
	dozes    bool          // and is away when it is their turn
	heardAt  time.Duration // when they last heard of a turn, by push or from the edge
}

func (v *visitor) String() string {
	if v == nil {
		return "somebody"
	}
	return fmt.Sprintf("visitor %d", v.n)
}

// conn is one connection.
type conn struct {
	id    string
	of    *tab
	at    time.Duration // when it was begun
	alive bool
	since time.Duration // when it came to life
}

// populate makes everybody, and has them arrive: most of them around the opening.
func (w *World) populate() {
	settings, _ := w.cloud.Stands(zoneName)
	small := w.Visitors <= smallest
	span := w.For * 6 / 10
	if !small {
		span = w.For * 9 / 10
	}
	for n := range w.Visitors {
		v := &visitor{w: w, n: n, kind: w.someKind(), place: w.rng.IntN(places), heardAt: -1}
		at := time.Duration(w.rng.Int64N(int64(span)))
		if w.rng.IntN(2) == 0 {
			at = time.Duration(w.rng.Int64N(int64(min(span, 25*time.Second))))
		}
		arrived := epoch.Add(at).Truncate(time.Millisecond)
		if v.kind == bot {
			arrived = epoch.Add(-time.Duration(w.rng.IntN(100)) * time.Hour)
		}
		v.token = token.Visitor{Zone: zoneName, Arrived: arrived, Priority: queue.DefaultPriority - w.rng.IntN(20)/19}
		binary.BigEndian.PutUint64(v.token.ID[:8], w.rng.Uint64())
		binary.BigEndian.PutUint64(v.token.ID[8:], uint64(n)+1)
		v.keys = policy.Keys(v.token, settings, drawSeed)
		v.email = fmt.Sprintf("ada%d@example.com", n)
		if w.rng.IntN(6) == 0 {
			v.email = "shared@example.com"
		}
		v.http = w.rng.IntN(10) == 0 || v.kind == bot
		w.join(v)
		v.open(at)
		if v.kind == shopper && w.rng.IntN(6) == 0 || v.kind == hoarder {
			v.open(at + w.about(5*time.Second))
		}
	}
}

// called reports whether they were ever called.
func (v *visitor) called() bool { return !v.newest.ref.IsZero() }

// who returns the visitor with an id, which ends in their number; nil: there is none.
func (w *World) who(id queue.VisitorID) *visitor {
	n := binary.BigEndian.Uint64(id[8:]) - 1
	if n >= uint64(len(w.visitors)) || w.visitors[n].token.ID != id {
		return nil
	}
	return w.visitors[n]
}

// join has a visitor known.
func (w *World) join(v *visitor) {
	w.visitors = append(w.visitors, v)
}

func (w *World) someKind() kind {
	n := w.rng.IntN(100)
	for k, share := range shares {
		if n -= share; n < 0 {
			return kind(k)
		}
	}
	return shopper
}

// open opens a page, after a while.
func (v *visitor) open(after time.Duration) {
	v.tabs++
	v.w.at(after, func() {
		p := &tab{visitor: v, network: networks[0]}
		p.thread = v.w.start(v, func(t *thread) {
			p.run(t)
			p.drop()
			v.tabs--
			v.w.note("closes a page", v, 0)
		})
	})
}

// reachable reports whether a connection of theirs lives; no connection counts as one.
func (v *visitor) reachable(conn string) bool {
	if conn == "" {
		return true
	}
	c := v.w.conns[conn]
	return c != nil && c.alive
}

// deliver brings a message to a connection.
func (w *World) deliver(c *conn, message []byte) {
	v := c.of.visitor
	var turn notify.Turn
	w.must(json.Unmarshal(message, &turn))
	ref, err := bucket.ParseRef(turn.Ref)
	w.must(err)
	w.say(v, "", "%v is told over connection %s that it is their turn, by grant %v", v, c.id, ref)
	v.heardAt = w.now
	p := c.of
	w.at(w.about(20*time.Millisecond), func() {
		if p.conn == c {
			p.turn, p.until = ref, time.UnixMilli(turn.Until)
			w.wake(p.thread)
		}
	})
}

// request sends a request of a page: it may come to nothing, arrive twice, and its answer may be lost.
func (v *visitor) request(t *thread, what string, work func(*thread) error) error {
	w := v.w
	v.requests++
	defer func() { v.requests-- }()
	if w.chance(w.weather.net) {
		w.result.Faults++
		t.wait(w.about(time.Second))
		w.say(v, "", "%v can't %s: the network fails", v, what)
		return errDown
	}
	if w.chance(w.weather.twice) {
		w.result.Faults++
		w.say(v, "", "the request of %v to %s arrives twice", v, what)
		v.requests++
		after := w.about(300 * time.Millisecond)
		if w.rng.IntN(3) == 0 {
			after = w.about(8 * time.Second)
		}
		w.at(after, func() {
			w.start(v, func(t *thread) {
				_ = work(t)
				v.requests--
			})
		})
	}
	t.wait(w.about(20 * time.Millisecond))
	err := work(t)
	w.note(what, v, uint64(len(fmt.Sprint(err))))
	if w.chance(w.weather.net) {
		w.result.Faults++
		t.wait(w.about(time.Second))
		w.say(v, "", "%v doesn't get the answer when they %s", v, what)
		return errLost
	}
	if w.Story {
		w.say(v, "", "%v: %s: %s", v, what, outcome(err))
	}
	return err
}

func outcome(err error) string {
	if err == nil {
		return "done"
	}
	return err.Error()
}
