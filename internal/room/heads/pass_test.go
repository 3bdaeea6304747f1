package heads

import (
	"sync/atomic"
	"testing"

	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// rows is a queue of 16 shards, whose first holds places in a row: by 16 shards, 125 are many at the front of a line,
// and 1,250 are what a tick reads.
type rows struct {
	*testing.T
	store  queue.Store
	zone   zone.Settings
	passed []Passing
}

const (
	many   = lookAgain / 16
	atOnce = passAtOnce / 16
)

func newRows(t *testing.T, places int) *rows {
	r := &rows{T: t, store: memroom.New().Queue(), zone: zone.New("main"), passed: make([]Passing, 16)}
	r.zone.QueueShards = 16
	r.add(0, places)
	return r
}

// keyOf is a place of the first shard.
func keyOf(n int) queue.Key {
	return queue.NewKey(8, 0, uint64(n), queue.VisitorID{14: byte(n >> 8), 15: byte(n)})
}

// add puts the places from one up to another behind into the line.
func (r *rows) add(from, to int) {
	r.Helper()
	for n := from; n < to; n++ {
		if _, err := r.store.Register(r.Context(), r.zone.Queue(), queue.Entry{Key: keyOf(n)}); err != nil {
			r.Fatal(err)
		}
	}
}

// remove takes places away.
func (r *rows) remove(from, to int) {
	r.Helper()
	for n := from; n < to; n++ {
		if err := r.store.Remove(r.Context(), r.zone.Queue(), keyOf(n)); err != nil {
			r.Fatal(err)
		}
	}
}

func (r *rows) open() *Line {
	r.Helper()
	l, err := Open(r.Context(), r.store, r.zone, r.passed, 1)
	if err != nil {
		r.Fatal(err)
	}
	return l
}

// tick hands out the line until somebody waits, from that place on, and returns the places.
func (r *rows) tick(waits int) (l *Line, seen []int) {
	r.Helper()
	l = r.open()
	for {
		e, more, err := l.Next(r.Context())
		if err != nil {
			r.Fatal(err)
		}
		if !more {
			break
		}
		n := int(e.Key.Rank())
		seen = append(seen, n)
		l.Judge(e, n < waits)
		if n > waits {
			break
		}
	}
	l.PassOver()
	return l, seen
}

func TestWhenARowIsPassedOver(t *testing.T) {
	for name, c := range map[string]struct {
		resting int
		upTo    queue.Key
	}{"few": {many - 1, queue.Key{}}, "many": {many, keyOf(many - 1)}} {
		r := newRows(t, c.resting+50)
		r.tick(c.resting)
		if r.passed[0].upTo != c.upTo {
			t.Errorf("%s: passed over up to %v, want %v", name, r.passed[0].upTo, c.upTo)
		}
	}
}

// What is passed over stays so while somebody waits behind, and grows by those who rest behind.
func TestARowThatIsPassedOverGrows(t *testing.T) {
	r := newRows(t, 5*many+1)
	r.tick(5 * many)
	for range 3 {
		r.tick(5 * many)
		if got := r.passed[0].upTo; got != keyOf(5*many-1) {
			t.Fatalf("somebody waits behind: passed over up to %v", got)
		}
	}
	r.add(5*many+1, 5*many+20)
	r.tick(5*many + 10)
	if got := r.passed[0].upTo; got != keyOf(5*many+9) {
		t.Errorf("some more rest: passed over up to %v", got)
	}
}

// Where nothing is passed over, as much is read as will be looked at.
func TestNoMoreIsReadThanIsLookedAt(t *testing.T) {
	r := newRows(t, 5*many)
	l := r.open()
	for range 3 {
		if _, more, err := l.Next(t.Context()); !more || err != nil {
			t.Fatal(more, err)
		}
	}
	if l.Read != l.limit {
		t.Errorf("%d are read", l.Read)
	}
}

// When the places that were passed over go, the line is read whole again.
func TestARowThatIsGoneIsNotPassedOver(t *testing.T) {
	r := newRows(t, 2*many)
	r.tick(2 * many)
	r.remove(10, 2*many)
	if l := r.open(); !l.Rest(func(queue.Entry) {}) {
		t.Error("not all was read")
	}
	r = newRows(t, 2*many+50)
	r.tick(2 * many)
	r.remove(10, many+20)
	_, seen := r.tick(3 * many)
	for i, n := range seen {
		if i > 0 && n <= seen[i-1] {
			t.Fatalf("place %d comes after %d", n, seen[i-1])
		}
	}
	if len(seen) != many+40 {
		t.Errorf("%d places are seen", len(seen))
	}
}

// A tick reads so many places of a row and no more; once the row has ended it reads on.
func TestHowMuchOfARowATickReads(t *testing.T) {
	const all = atOnce + 200
	r := newRows(t, all)
	l, seen := r.tick(all)
	if len(seen) != atOnce || l.Rest(func(queue.Entry) {}) {
		t.Errorf("%d places of a row are read", len(seen))
	}
	r = newRows(t, all)
	l, err := Open(t.Context(), r.store, r.zone, r.passed, 256)
	if err != nil || l.limit != 30 {
		t.Fatal(l.limit, err) // with 30 at a time, somebody behind so many of a row is read with the last of them
	}
	for n := range all {
		e, more, err := l.Next(t.Context())
		if !more || err != nil {
			t.Fatalf("place %d: %v, %v", n, more, err)
		}
		l.Judge(e, n != atOnce+5)
	}
}

func TestTheRestIsAllOnlyWhereEveryShardIsReadWhole(t *testing.T) {
	whole := func() *head { return &head{Passing: &Passing{}, done: true} }
	for name, change := range map[string]func(*head){
		"whole": func(*head) {}, "not to its end": func(h *head) { h.done = false },
		"in part": func(h *head) { h.partly = true }, "passed over": func(h *head) { h.upTo = keyOf(1) },
	} {
		first := whole()
		change(first)
		l := &Line{shards: []head{*first, *whole()}}
		if got := l.Rest(func(queue.Entry) {}); got != (name == "whole") {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// Shards come together in the order of their places, and none is read again that has no more.
func TestALineIsInOrderAndReadOnce(t *testing.T) {
	var reads atomic.Int64
	cloud, s := memroom.New(), zone.New("main")
	s.QueueShards = 2
	for n := range 40 {
		key := queue.NewKey(8, 0, uint64(n), queue.VisitorID{3: byte(n / 3), 15: byte(n)})
		if _, err := cloud.Queue().Register(t.Context(), s.Queue(), queue.Entry{Key: key}); err != nil {
			t.Fatal(err)
		}
	}
	cloud.Fault = func(string) memroom.Fault {
		reads.Add(1)
		return memroom.Fault{}
	}
	l, err := Open(t.Context(), cloud.Queue(), s, make([]Passing, 2), 40)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 41 {
		e, more, err := l.Next(t.Context())
		if err != nil || more != (n < 40) || more && e.Key.Rank() != uint64(n) {
			t.Errorf("place %d: %v, %v, %v", n, e.Key, more, err)
		}
	}
	if reads.Load() != 2 {
		t.Errorf("%d reads", reads.Load())
	}
}
