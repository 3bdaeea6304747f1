package exchange

import (
	"context"
	"errors"
	"slices"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/heads"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// restFor is how long a place stays of a visitor who missed too often to be called unasked, and doesn't ask.
const restFor = 2 * time.Minute

const (
	// seenFor is how long after registering a visitor without a connection is taken to be there, unless the line had come
	// before. After that the turn comes to one who asks: the status shows that the line has come, and nothing is reserved
	// for a token that was left behind.
	seenFor = time.Minute
	// passedFor is how long a place stays that the line has passed, of a visitor who isn't seen: longer than pages wait
	// between two looks at the status.
	passedFor = 4 * time.Minute
	// tellFor is how long visitors take who are there, to see that the line has come to them and to ask.
	tellFor = 10 * time.Second
)

// line is what a look at the front of the queue found.
type line struct {
	chosen  []queue.Entry     // to be called, in order
	gone    []queue.Entry     // their connection is gone
	strays  []queue.Entry     // their visitors are or were inside
	rested  []queue.Entry     // their visitors missed too often, and haven't asked for long
	moved   []bucket.Change   // grants to move to a new connection
	asking  []queue.VisitorID // called already, and here again because they didn't find their grant
	waiting int               // entries seen of visitors who wait on
	resting int               // and of those who are called only when they ask
	silent  []queue.Key       // of those, the ones to whom the status doesn't show yet that the line has come
	all     bool              // waiting counts everybody
	first   queue.Entry       // of those waiting
	passed  queue.Key         // the line had come up to this key long ago
}

// kind is what an entry at the front of the queue is to a tick.
type kind int

const (
	waits    kind = iota // may be called
	resting              // missed too often to be called unasked
	silent               // wasn't seen lately: isn't called unasked either
	unsure               // what became of the visitor, only pages show that aren't read yet
	reserved             // was called already
	comingIn             // was let in a moment ago: the tick that did so removes the place
	stray                // is or was inside: to be deleted
)

// kindOf judges an entry by its visitor's newest grant. Only a visitor who missed may be called again. While the log
// isn't known whole, a visitor may be called only if nobody with such a key can have been called.
func (t *tick) kindOf(e queue.Entry) kind {
	s, known := t.m.visitors[e.Key.Visitor()]
	whole := t.m.knows(1)
	switch {
	case known && s.state == bucket.Reserved:
		return reserved
	case known && t.comesIn(s, tickLimit+zone.MaxSkew):
		return comingIn
	case known && s.state != bucket.Missed:
		return stray
	case t.asks(e) && known:
		return waits
	case known && !whole: // how often the visitor missed isn't known
		return unsure
	case known && s.doubtful():
		return resting
	case !known && !whole && (e.Key.Compare(t.m.called) <= 0 || !policy.Settled(t.s, e.Key)):
		return unsure
	case e.Conn == "" && !t.asks(e) && (t.now.Sub(e.RegisteredAt) >= seenFor || !known && t.hasPassed(e.Key)):
		return silent
	}
	return waits
}

func (t *tick) hasPassed(key queue.Key) bool { return key.Compare(t.cameTo()) <= 0 }

// look merges the heads of all shards until n visitors are found who wait and are there. It gathers candidates, checks
// whether they are there, and picks.
func (t *tick) look(ctx context.Context, n int) (*line, error) {
	if f := &t.m.front; len(f.over) != t.s.QueueShards {
		f.over = make([]heads.Passing, t.s.QueueShards)
	}
	h, err := heads.Open(ctx, t.Queue, t.s, t.m.front.over, n+bucket.CountLive(t.m.kept).Reserved)
	if err != nil {
		return nil, err
	}
	l := &line{passed: t.m.front.cameLongAgo(t.now, t.cameTo())}
	taken, budget := map[queue.VisitorID]bool{}, t.checks.take(t.now)
	defer func() { t.checks.give(budget) }()
	for more := true; more && len(l.chosen) < n; {
		var batch []queue.Entry
		batch, more, err = t.gather(ctx, h, l, taken, t.lookahead(n-len(l.chosen)))
		if err != nil {
			return nil, err
		}
		t.pick(ctx, l, batch, n, &budget)
	}
	t.finish(h, l, n)
	t.result.EntriesRead += h.Read
	return l, nil
}

// lookahead is how many candidates to gather to find n who are there: more than n where connections are checked, so
// that they are checked in parallel and a little ahead.
func (t *tick) lookahead(n int) int {
	if t.Liveness == nil {
		return n
	}
	return 2*n + 8
}

// gather takes up to n candidates off the line and puts aside what else it meets; more is false at the line's end.
func (t *tick) gather(
	ctx context.Context, h *heads.Line, l *line, taken map[queue.VisitorID]bool, n int,
) (batch []queue.Entry, more bool, err error) {
	for len(batch) < n {
		e, ok, err := h.Next(ctx)
		if err != nil || !ok {
			return batch, false, err
		}
		v := e.Key.Visitor()
		if taken[v] {
			continue // a second place of the same visitor
		}
		if t.sort(h, l, e) != waits {
			continue
		}
		taken[v] = true
		batch = append(batch, e)
	}
	return batch, true, nil
}

// sort puts aside an entry that is not to be called.
func (t *tick) sort(h *heads.Line, l *line, e queue.Entry) kind {
	k := t.kindOf(e)
	h.Judge(e, k == resting || k == silent || k == unsure)
	if k == stray || k == reserved && t.asks(e) {
		l.asking = append(l.asking, e.Key.Visitor())
	}
	switch k {
	case unsure:
		l.wait(e)
	case resting:
		l.rest(e, t.now.Sub(e.RegisteredAt) > restFor)
	case silent:
		l.rest(e, e.Key.Compare(l.passed) <= 0)
		if !t.hasPassed(e.Key) {
			l.silent = append(l.silent, e.Key)
		}
	case stray:
		l.strays = append(l.strays, e)
	case reserved:
		if c, ok := t.moved(e); ok {
			l.moved = append(l.moved, c)
		}
	}
	return k
}

// moved returns the change for a reserved visitor whose entry has another connection than the grant. It is a newer one,
// since entries take no older. The grant must be this very place's, or two places of one visitor would pull it to and
// fro.
func (t *tick) moved(e queue.Entry) (bucket.Change, bool) {
	s := t.m.visitors[e.Key.Visitor()]
	g := t.m.grant(s.ref())
	if e.Conn == "" || e.Conn == g.Conn || e.Key != g.Key {
		return bucket.Change{}, false
	}
	return bucket.Change{
		Ref: s.ref(), Key: g.Key, From: bucket.Reserved, FromUntil: g.Until, FromConn: &g.Conn,
		To: bucket.Reserved, Until: g.Until, Conn: &e.Conn,
	}, true
}

// pick chooses from a batch, in order, the visitors who are there.
func (t *tick) pick(ctx context.Context, l *line, batch []queue.Entry, n int, budget *int) {
	alive := t.checkAll(ctx, batch, budget)
	for i, e := range batch {
		switch {
		case !alive[i]:
			l.gone = append(l.gone, e)
		case len(l.chosen) < n:
			l.chosen = append(l.chosen, e)
		default:
			l.wait(e)
		}
	}
}

// rest counts a visitor who is called only when they ask, and puts the place aside if that is long ago.
func (l *line) rest(e queue.Entry, over bool) {
	l.resting++
	if over && len(l.rested) < maxAside {
		l.rested = append(l.rested, e)
	}
}

func (l *line) wait(e queue.Entry) {
	l.waiting++
	if l.first.Key.IsZero() || e.Key.Compare(l.first.Key) < 0 {
		l.first = e
	}
}

// finish sorts what was read behind the last visitor chosen.
func (t *tick) finish(h *heads.Line, l *line, n int) {
	l.all = h.Rest(func(e queue.Entry) {
		if t.sort(h, l, e) == waits {
			l.wait(e)
		}
	})
	h.PassOver()
	t.tell(l, n)
}

// tell has the status show to the first of those who aren't seen that the line has come to them, as far as there is
// room for them when the others are in, and no more than the rate lets in while they take to ask.
func (t *tick) tell(l *line, n int) {
	slices.SortFunc(l.silent, queue.Key.Compare)
	if len(l.chosen) > 0 { // the call itself shows it
		last := l.chosen[len(l.chosen)-1].Key
		l.silent = slices.DeleteFunc(l.silent, func(k queue.Key) bool { return k.Compare(last) < 0 })
	}
	told := 0
	if n > len(l.chosen) {
		told = max(0, min(len(l.silent), t.free()-len(l.chosen), t.s.Rate/6+1)-t.m.front.toldOfLate(t.now))
	}
	if told > 0 {
		t.m.front.told = l.silent[told-1]
		t.m.front.tells = append(t.m.front.tells, tells{t.now, told})
	}
	l.waiting += len(l.silent) - told
}

// tells is how many visitors the status was to show at one time that the line has come to them.
type tells struct {
	at time.Time
	n  int
}

// toldOfLate counts the visitors who may still be about to ask, and forgets the others.
func (f *front) toldOfLate(now time.Time) (n int) {
	f.tells = slices.DeleteFunc(f.tells, func(t tells) bool { return now.Sub(t.at) >= tellFor })
	for _, t := range f.tells {
		n += t.n
	}
	return n
}

// tidy deletes strays, sets aside the visitors who are gone or rest, and moves grants to new connections. What fails is
// left to a later tick.
func (t *tick) tidy(ctx context.Context, l *line) error {
	noted := t.noteLate(ctx, l.asking)
	letIn := t.settle(ctx)
	strays := sideBySide(ctx, len(l.strays), func(i int) error {
		return t.Queue.Remove(ctx, t.s.Queue(), l.strays[i].Key)
	})
	aside := slices.Concat(l.gone, l.rested)
	gone := sideBySide(ctx, len(aside), func(i int) error {
		e := aside[i]
		_, err := policy.SetAside(ctx, t.Queue, t.s, e.Key, e.Conn, t.now)
		return err
	})
	moved := sideBySide(ctx, len(l.moved), func(i int) error {
		err := t.Log.Apply(ctx, t.s.Grants(), l.moved[i])
		var stands *bucket.StateError
		if errors.As(err, &stands) {
			return nil // claimed, missed or moved meanwhile
		}
		return err
	})
	t.result.Swept += len(l.strays)
	t.result.Gone += len(l.gone)
	t.result.Reconnect += len(l.moved)
	return errors.Join(noted, letIn, strays, gone, moved)
}
