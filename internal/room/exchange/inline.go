package exchange

import (
	"context"
	"errors"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

const (
	// inlineMost is how many visitors a direct entry calls at most, itself included: a longer line is the
	// exchanger's work.
	inlineMost = 2 * bucket.PageSize
	// inlineAge is how old an inline tick lets its knowledge of live grants get before it reads them again. It only errs
	// on the safe side: too few slots, never too many.
	inlineAge = 2 * time.Second
)

// errUnsure says that an inline tick doesn't know whether somebody at the front may be called.
var errUnsure = errors.New("exchange: the front of the queue is for the exchanger to judge")

// Inline is the tick of a direct entry: it calls visitor v, who has registered, together with all who stand before v,
// and returns v's grant. It reports false when v isn't called: there is no room, too many stand before v, or somebody
// stands there whose grants only the whole log shows. Then the exchanger takes over, within a second. A visitor who has
// a grant already gets that one, whatever its state.
func (x *Exchange) Inline(
	ctx context.Context, s zone.Settings, m *Memory, v queue.VisitorID,
) (bucket.Ref, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := &tick{Exchange: x, s: s, m: m, now: x.now()}
	if !s.Exchanges(t.now) {
		return bucket.Ref{}, false, nil
	}
	var err error
	if t.seats, err = t.seatsLeft(ctx); err != nil {
		return bucket.Ref{}, false, err
	}
	for _, age := range []time.Duration{inlineAge, 0} {
		if err := t.loadLive(ctx, age); err != nil {
			return bucket.Ref{}, false, err
		}
		fresh := !m.freshAt.Before(t.now)
		ref, found, err := t.callUpTo(ctx, v, fresh)
		if found || fresh || err != nil {
			return ref, found, err
		}
	}
	return bucket.Ref{}, false, nil
}

// loadLive brings the memory up to date, back to the oldest page that matters.
func (t *tick) loadLive(ctx context.Context, age time.Duration) error {
	cold := t.m.first == 0
	if _, err := t.m.load(ctx, t.Log, t.s, t.now, age); err != nil {
		return err
	}
	if t.m.knows(t.m.floorAt) && !cold {
		return nil
	}
	st, err := t.Zones.Status(ctx, t.s.Zone)
	if err != nil {
		return err
	}
	t.m.floorAt = st.Floor
	_, err = t.m.readTo(ctx, t.Log, t.s, st.Floor, t.now, func() bool { return true })
	return err
}

// callUpTo tries to call v by what the memory knows; fresh reports whether it knows every live grant as it is.
func (t *tick) callUpTo(ctx context.Context, v queue.VisitorID, fresh bool) (bucket.Ref, bool, error) {
	for range maxAttempts {
		if seen, ok := t.m.visitors[v]; ok && seen.state != bucket.Missed {
			return seen.ref(), true, nil
		}
		chosen, err := t.gatherUpTo(ctx, v, min(t.room(), inlineMost), fresh)
		if errors.Is(err, errUnsure) || err == nil && len(chosen) == 0 {
			return bucket.Ref{}, false, nil
		}
		if err != nil {
			return bucket.Ref{}, false, err
		}
		err = t.append(ctx, chosen)
		if err == nil {
			return t.m.visitors[v].ref(), true, nil
		}
		if !errors.Is(err, bucket.ErrPageExists) {
			return bucket.Ref{}, false, err
		}
		if _, err := t.m.load(ctx, t.Log, t.s, t.now, tailAge); err != nil {
			return bucket.Ref{}, false, err
		}
	}
	return bucket.Ref{}, false, nil
}

// gatherUpTo returns the visitors to call up to and including v, at most n; none when v isn't among them.
func (t *tick) gatherUpTo(ctx context.Context, v queue.VisitorID, n int, fresh bool) ([]queue.Entry, error) {
	if n < 1 {
		return nil, nil
	}
	h, err := openHeads(ctx, t.Queue, t.s, minHead)
	if err != nil {
		return nil, err
	}
	var chosen []queue.Entry
	taken := map[queue.VisitorID]bool{}
	for len(chosen) < n {
		e, ok, err := h.next(ctx)
		if err != nil || !ok {
			return nil, err
		}
		if taken[e.Key.Visitor()] {
			continue
		}
		called, err := t.judge(e, fresh)
		if err != nil {
			return nil, err
		}
		if !called {
			continue
		}
		taken[e.Key.Visitor()] = true
		chosen = append(chosen, e)
		if e.Key.Visitor() == v {
			return chosen, nil
		}
	}
	return nil, nil
}

// judge reports whether an entry's visitor may be called. Who can't be judged without the whole log is left to the
// exchanger, and so are visitors who, by what may be outdated, were called, and those who missed twice or more.
func (t *tick) judge(e queue.Entry, fresh bool) (mayCall bool, err error) {
	switch kind := t.kindOf(e); {
	case kind == stray || kind == resting || kind == reserved && fresh:
		return false, nil
	case kind == reserved || kind == unsure || t.m.visitors[e.Key.Visitor()].doubtful():
		return false, errUnsure
	}
	return true, nil
}
