// Package heads reads the front of a zone's queue: it merges the heads of all shards into one line, in key order, and
// remembers where places in a row are of visitors who aren't called, so that each read passes over them.
package heads

import (
	"context"
	"slices"

	"foyer/internal/parallel"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// Bounds of one read of a shard's head. Some thirty entries cost one read unit, as one does.
const (
	minHead = 25
	maxHead = 1000
	// maxParallel is how many shards are read at once.
	maxParallel = 32
)

// Where many places in a row, at the front of the line, are of visitors who rest, ticks pass over them.
const (
	lookAgain  = 2000   // how many of those passed over are looked at again by each tick, over all shards
	passAtOnce = 20_000 // how many a tick reads that weren't passed over yet
)

// Passing is what reads pass over in one shard.
type Passing struct {
	upTo queue.Key // every place up to this one was of a visitor who rests; zero: nothing is passed over
	from queue.Key // where the next tick looks again
}

// Line merges the heads of all shards of a zone's queue, in key order, reading no further than asked.
type Line struct {
	store  queue.Store
	s      zone.Settings
	limit  int
	shards []head
	Read   int // entries read
}

// head is the part of one shard that was read and not yet handed out.
type head struct {
	*Passing
	entries []queue.Entry
	after   queue.Key
	done    bool // the shard has no more
	partly  bool // not all of it was read though it is done

	rests queue.Key // the last place of those in a row, from where reading began, whose visitors rest
	row   int       // how many those are
	ended bool      // the row is
}

// Open reads every shard's head, in parallel. Want is how many entries of the line will probably be looked at.
func Open(
	ctx context.Context, store queue.Store, s zone.Settings, passed []Passing, want int,
) (*Line, error) {
	l := &Line{store: store, s: s, limit: headLimit(want, s.QueueShards), shards: make([]head, s.QueueShards)}
	err := parallel.Safely(ctx, s.QueueShards, maxParallel, func(i int) error {
		l.shards[i].Passing = &passed[i]
		if !passed[i].upTo.IsZero() {
			return l.pass(ctx, i)
		}
		return l.fill(ctx, i)
	})
	for i := range l.shards {
		l.Read += len(l.shards[i].entries)
	}
	return l, err
}

// headLimit is how much of a shard to read at once: its share, and some more for chance.
func headLimit(want, shards int) int {
	share := want / shards
	return min(max(minHead, share+share/4+10), maxHead)
}

// fill reads on in one shard.
func (l *Line) fill(ctx context.Context, i int) error { return l.readOn(ctx, i, l.limit) }

// readOn reads on in one shard. Markers lie behind every place and end it.
func (l *Line) readOn(ctx context.Context, i, limit int) error {
	shard := &l.shards[i]
	entries, err := l.store.Head(ctx, l.s.Zone, i, shard.after, limit)
	if err != nil {
		return err
	}
	shard.done = len(entries) < limit
	for n, e := range entries {
		shard.after = e.Key
		if e.Key.IsMarker() {
			entries, shard.done = entries[:n], true
			break
		}
	}
	if len(shard.entries) > 0 {
		entries = append(shard.entries, entries...)
	}
	shard.entries = entries
	return nil
}

// pass reads the head of a shard in which places are passed over: some of those, in turn, and what follows all of them.
func (l *Line) pass(ctx context.Context, i int) error {
	shard := &l.shards[i]
	begin := shard.from
	shard.after = begin
	if err := l.readOn(ctx, i, l.share(lookAgain)); err != nil {
		return err
	}
	if !shard.done && shard.after.Compare(shard.upTo) < 0 {
		shard.from, shard.after = shard.after, shard.upTo
		return l.fill(ctx, i)
	}
	shard.from = queue.Key{}
	if begin.IsZero() {
		shard.upTo = queue.Key{} // so few are left that each tick reads them
	}
	return nil
}

// share is one shard's part of n entries.
func (l *Line) share(n int) int { return max(n/len(l.shards), minHead) }

// Judge takes in, of the places of each shard in their order, whether their visitors rest.
func (l *Line) Judge(e queue.Entry, rests bool) {
	shard := &l.shards[e.Key.Visitor().Shard(len(l.shards))]
	switch {
	case shard.ended || e.Key.Compare(shard.upTo) <= 0:
	case rests:
		shard.rests = e.Key
		shard.row++
	default:
		shard.ended = true
	}
}

// PassOver has the next ticks pass over the places in a row whose visitors rest, where they are many.
func (l *Line) PassOver() {
	for i := range l.shards {
		shard := &l.shards[i]
		if shard.row > 0 && (!shard.upTo.IsZero() || shard.row >= l.share(lookAgain)) {
			shard.upTo = shard.rests
		}
	}
}

// Next hands out the next entry of the line; false at its end, and where a shard isn't read as far.
func (l *Line) Next(ctx context.Context) (queue.Entry, bool, error) {
	best := -1
	for i := range l.shards {
		if err := l.refill(ctx, i); err != nil {
			return queue.Entry{}, false, err
		}
		if len(l.shards[i].entries) > 0 && (best < 0 || l.first(i).Compare(l.first(best)) < 0) {
			best = i
		}
	}
	if best < 0 || l.stopped() {
		return queue.Entry{}, false, nil
	}
	e := l.shards[best].entries[0]
	l.shards[best].entries = l.shards[best].entries[1:]
	return e, true, nil
}

// stopped reports whether a shard isn't read on: everything that isn't handed out yet lies behind what it has shown.
func (l *Line) stopped() bool {
	return slices.ContainsFunc(l.shards, func(shard head) bool { return shard.partly })
}

func (l *Line) first(i int) queue.Key { return l.shards[i].entries[0].Key }

func (l *Line) refill(ctx context.Context, i int) error {
	shard := &l.shards[i]
	if len(shard.entries) > 0 || shard.done {
		return nil
	}
	if !shard.ended && shard.row >= l.share(passAtOnce) {
		shard.done, shard.partly = true, true // the next tick goes on
		return nil
	}
	err := l.fill(ctx, i)
	l.Read += len(l.shards[i].entries)
	return err
}

// Rest visits what was read and not handed out, in no order, and reports whether that is all there is.
func (l *Line) Rest(visit func(queue.Entry)) (all bool) {
	all = true
	for i := range l.shards {
		shard := &l.shards[i]
		for _, e := range shard.entries {
			visit(e)
		}
		all = all && shard.done && !shard.partly && shard.upTo.IsZero()
	}
	return all
}
