package exchange

import (
	"context"
	"errors"
	"time"

	"foyer/internal/room/bucket"
)

// untoldAfter is how old a call is that the status should show by now: it is saved every two seconds.
const untoldAfter = saveEvery + time.Second

// tellAgain gives visitors the whole window from now on who can't have heard of their turn: they have no connection,
// and the exchanger that called them was gone before the status showed it.
func (t *tick) tellAgain(ctx context.Context) error {
	if len(t.untold()) == 0 {
		return nil
	}
	t.m.front.statusAt = time.Time{} // another exchanger may have told them
	if err := t.readStatus(ctx); err != nil {
		return err
	}
	var errs []error
	for number, changes := range t.untold() {
		err := t.Log.Apply(ctx, t.s.Grants(), changes...)
		var stands *bucket.StateError
		if at, found := t.m.find(number); found && err == nil {
			t.m.absorb(t.m.kept[at].With(changes...))
		} else if !errors.As(err, &stands) { // or the next tick sees what came between
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// untold returns the changes, by page, that give those visitors more time, whose own is about to end.
func (t *tick) untold() map[int64][]bucket.Change {
	all := map[int64][]bucket.Change{}
	for _, p := range t.m.kept {
		if t.now.Sub(p.At) < untoldAfter {
			continue
		}
		for slot, g := range p.Grants {
			if t.toldOf(g) || g.Until.Sub(t.now) > t.s.Window/2 {
				continue
			}
			all[p.Number] = append(all[p.Number], bucket.Change{
				Ref: bucket.Ref{Page: p.Number, Slot: slot}, Key: g.Key, From: bucket.Reserved, FromUntil: g.Until,
				To: bucket.Reserved, Until: t.now.Add(t.s.Window).Truncate(time.Millisecond),
			})
		}
	}
	return all
}

// toldOf reports whether a grant's visitor need not be told, or could be.
func (t *tick) toldOf(g bucket.Grant) bool {
	return g.State != bucket.Reserved || g.Conn != "" || g.Key.Compare(t.m.front.status.Called) <= 0
}
