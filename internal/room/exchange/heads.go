package exchange

import (
	"context"

	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// Bounds of one read of a shard's head. Some thirty entries cost one read unit, as one does.
const (
	minHead = 25
	maxHead = 1000
)

// Where many places in a row, at the front of the line, are of visitors who rest, ticks pass over them.
const (
	lookAgain  = 2000   // how many of those passed over are looked at again by each tick, over all shards
	passAtOnce = 20_000 // how many a tick reads that weren't passed over yet
)

// passing is what ticks pass over in one shard.
type passing struct {
	upTo queue.Key // every place up to this one was of a visitor who rests; zero: nothing is passed over
	from queue.Key // where the next tick looks again
}

// heads merges the heads of all shards of a zone's queue into one line, in key order, reading no further than asked.
type heads struct {
	store  queue.Store
	s      zone.Settings
	limit  int
	shards []head
	read   int // entries read
}

// head is the part of one shard that was read and not yet handed out.
type head struct {
	*passing
	entries []queue.Entry
	after   queue.Key
	done    bool // the shard has no more
	partly  bool // not all of it was read though it is done

	rests queue.Key // the last place of those in a row, from where reading began, whose visitors rest
	row   int       // how many those are
	ended bool      // the row is
}

// openHeads reads every shard's head, in parallel. Want is how many entries of the line will probably be looked at.
func openHeads(
	ctx context.Context, store queue.Store, s zone.Settings, passed []passing, want int,
) (*heads, error) {
	h := &heads{store: store, s: s, limit: headLimit(want, s.QueueShards), shards: make([]head, s.QueueShards)}
	err := sideBySide(ctx, s.QueueShards, func(i int) error {
		h.shards[i].passing = &passed[i]
		if !passed[i].upTo.IsZero() {
			return h.pass(ctx, i)
		}
		return h.fill(ctx, i)
	})
	for i := range h.shards {
		h.read += len(h.shards[i].entries)
	}
	return h, err
}

// headLimit is how much of a shard to read at once: its share, and some more for chance.
func headLimit(want, shards int) int {
	share := want / shards
	return min(max(minHead, share+share/4+10), maxHead)
}

// fill reads on in one shard.
func (h *heads) fill(ctx context.Context, i int) error { return h.readOn(ctx, i, h.limit) }

// readOn reads on in one shard. Markers lie behind every place and end it.
func (h *heads) readOn(ctx context.Context, i, limit int) error {
	shard := &h.shards[i]
	entries, err := h.store.Head(ctx, h.s.Zone, i, shard.after, limit)
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
	shard.entries = append(shard.entries, entries...)
	return nil
}

// pass reads the head of a shard in which places are passed over: some of those, in turn, and what follows all of them.
func (h *heads) pass(ctx context.Context, i int) error {
	shard := &h.shards[i]
	begin := shard.from
	shard.after = begin
	if err := h.readOn(ctx, i, h.share(lookAgain)); err != nil {
		return err
	}
	if !shard.done && shard.after.Compare(shard.upTo) < 0 {
		shard.from, shard.after = shard.after, shard.upTo
		return h.fill(ctx, i)
	}
	shard.from = queue.Key{}
	if begin.IsZero() {
		shard.upTo = queue.Key{} // so few are left that each tick reads them
	}
	return nil
}

// share is one shard's part of n entries.
func (h *heads) share(n int) int { return max(n/len(h.shards), minHead) }

// judged takes in, of the places of each shard in their order, whether their visitors rest.
func (h *heads) judged(e queue.Entry, rests bool) {
	shard := &h.shards[e.Key.Visitor().Shard(len(h.shards))]
	switch {
	case shard.ended || e.Key.Compare(shard.upTo) <= 0:
	case rests:
		shard.rests = e.Key
		shard.row++
	default:
		shard.ended = true
	}
}

// passOver has the next ticks pass over the places in a row whose visitors rest, where they are many.
func (h *heads) passOver() {
	for i := range h.shards {
		shard := &h.shards[i]
		if shard.row > 0 && (!shard.upTo.IsZero() || shard.row >= h.share(lookAgain)) {
			shard.upTo = shard.rests
		}
	}
}

// next hands out the next entry of the line; false at its end.
func (h *heads) next(ctx context.Context) (queue.Entry, bool, error) {
	best := -1
	for i := range h.shards {
		if err := h.refill(ctx, i); err != nil {
			return queue.Entry{}, false, err
		}
		if len(h.shards[i].entries) > 0 && (best < 0 || h.first(i).Compare(h.first(best)) < 0) {
			best = i
		}
	}
	if best < 0 {
		return queue.Entry{}, false, nil
	}
	e := h.shards[best].entries[0]
	h.shards[best].entries = h.shards[best].entries[1:]
	return e, true, nil
}

func (h *heads) first(i int) queue.Key { return h.shards[i].entries[0].Key }

func (h *heads) refill(ctx context.Context, i int) error {
	shard := &h.shards[i]
	if len(shard.entries) > 0 || shard.done {
		return nil
	}
	if !shard.ended && shard.row >= h.share(passAtOnce) {
		shard.done, shard.partly = true, true // the next tick goes on
		return nil
	}
	err := h.fill(ctx, i)
	h.read += len(h.shards[i].entries)
	return err
}

// rest returns what was read and not handed out, in no order, and reports whether that is all there is.
func (h *heads) rest() (entries []queue.Entry, all bool) {
	all = true
	for _, shard := range h.shards {
		entries = append(entries, shard.entries...)
		all = all && shard.done && !shard.partly && shard.upTo.IsZero()
	}
	return entries, all
}
