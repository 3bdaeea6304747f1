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
	entries []queue.Entry
	after   queue.Key
	done    bool // the shard has no more
}

// openHeads reads every shard's head, in parallel. Want is how many entries of the line will probably be looked at.
func openHeads(ctx context.Context, store queue.Store, s zone.Settings, want int) (*heads, error) {
	h := &heads{store: store, s: s, limit: headLimit(want, s.QueueShards), shards: make([]head, s.QueueShards)}
	err := sideBySide(ctx, s.QueueShards, func(i int) error { return h.fill(ctx, i) })
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

// fill reads on in one shard. Markers lie behind every place and end it.
func (h *heads) fill(ctx context.Context, i int) error {
	shard := &h.shards[i]
	entries, err := h.store.Head(ctx, h.s.Zone, i, shard.after, h.limit)
	if err != nil {
		return err
	}
	shard.done = len(entries) < h.limit
	for n, e := range entries {
		shard.after = e.Key
		if e.Key.IsMarker() {
			entries, shard.done = entries[:n], true
			break
		}
	}
	shard.entries = entries
	return nil
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
	if len(h.shards[i].entries) > 0 || h.shards[i].done {
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
		all = all && shard.done
	}
	return entries, all
}
