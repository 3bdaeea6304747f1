package exchange

import (
	"context"
	"errors"
	"slices"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/heads"
	"foyer/internal/room/queue"
)

// letIn returns the keys of the chosen visitors who were inside at once, and whose places are over by that.
func (t *tick) letIn(chosen []queue.Entry) (keys []queue.Key) {
	for _, e := range chosen {
		if t.m.visitors[e.Key.Visitor()].state == bucket.Inside {
			keys = append(keys, e.Key)
		}
	}
	return keys
}

// comesIn reports whether a visitor was let in less than that long ago. For tickLimit the exchanger that did so may
// look whether the visitor left: nobody else removes the place until then, by whatever clock.
func (t *tick) comesIn(s seen, within time.Duration) bool {
	at, found := t.m.find(int64(s.page))
	if !found {
		return false
	}
	p := t.m.kept[at]
	return s.state == bucket.Inside && p.LetIn>>s.slot&1 == 1 && t.now.Sub(p.At) < within
}

// settle removes the places of visitors who were let in. One whose place is gone has left since this tick read it, and
// the visit is over: leaving removes the place first and looks for a grant after that, so that one of both sees the
// other. The next tick tries again what fails, but not a removal, which may have been done: a place that stays after
// that is a stray's.
func (t *tick) settle(ctx context.Context) error {
	all := slices.DeleteFunc(t.m.front.letIn, func(k queue.Key) bool {
		return !t.comesIn(t.m.visitors[k.Visitor()], tickLimit)
	})
	if t.m.front.letIn = all; len(all) == 0 {
		return nil
	}
	there, err := heads.There(ctx, t.Queue, t.s, all)
	if err != nil {
		return err
	}
	failed := make([]bool, len(all))
	err = sideBySide(ctx, len(all), func(i int) error {
		if there[all[i]] {
			return t.Queue.Remove(ctx, t.s.Queue(), all[i])
		}
		err := t.hasLeft(ctx, all[i])
		failed[i] = err != nil
		return err
	})
	t.m.front.letIn = nil
	for i, key := range all {
		if failed[i] {
			t.m.front.letIn = append(t.m.front.letIn, key)
		}
	}
	return err
}

// hasLeft ends the visit that a visitor was let in to.
func (t *tick) hasLeft(ctx context.Context, key queue.Key) error {
	ref := t.m.visitors[key.Visitor()].ref()
	err := t.Log.Apply(ctx, t.s.Grants(), bucket.Change{
		Ref: ref, Key: key, From: bucket.Inside, FromUntil: t.m.grant(ref).Until, To: bucket.Left, Until: t.now,
	})
	var stands *bucket.StateError
	if errors.As(err, &stands) {
		return nil
	}
	return err
}
