package exchange

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// tailAge is how old what is known of live grants may be where only the end of the log is in question.
const tailAge = bucket.MeasureSpan + bucket.RateSpan

// Memory is what a process remembers of one zone's log, so that a tick reads only what may have changed: the end of
// the log, and pages with live grants. The log is only ever appended to, and a grant never becomes live again, so an
// old memory errs on the safe side. The zero Memory knows nothing. It is safe for use by several goroutines.
type Memory struct {
	// By names the process in the pages that it appends, in a few characters. Of two that append the same at the same
	// time, each knows by it whether it was its own page that was appended.
	By string

	mu sync.Mutex

	first    int64         // pages from this number on were read, 1: all; 0: none yet
	next     int64         // the number of the next page
	called   queue.Key     // by the page before that
	at       time.Time     // when that was appended
	seenAt   time.Time     // when the log was last read
	kept     []bucket.Page // in order: every page that matters, and those of the last minutes
	visitors map[queue.VisitorID]seen
	freshAt  time.Time // when every live page was last read
	part     int       // pages read at once when last reading back
	toNote   int64     // the first page that the index has no note of; 0: not known
	unnoted  int       // grants on pages from there on

	front front
}

// seen is the newest grant of a visitor, as it stood when it was last read. A process remembers millions of them, so it
// is kept small.
type seen struct {
	page   uint32
	slot   uint8
	state  bucket.State
	before uint8 // how many grants the visitor had before this one; each was missed
}

func (s seen) ref() bucket.Ref { return bucket.Ref{Page: int64(s.page), Slot: int(s.slot)} }

// misses returns how many turns the visitor missed.
func (s seen) misses() int {
	if s.state == bucket.Missed {
		return int(s.before) + 1
	}
	return int(s.before)
}

// doubtful reports whether the visitor missed too often to be called unasked.
func (s seen) doubtful() bool { return s.misses() > bucket.Forgiven }

// errCold says that a process doesn't know yet which grants are live: it reads on.
var errCold = errors.New("exchange: the log isn't read yet")

// How a log is read for the first time: backwards, from its end on, in parts that are kept whatever comes after.
const (
	firstPart = 16  // pages; a few read units: often nothing more is needed
	mostPart  = 250 // a quarter of an answer of the database, since decoding takes many times its size
	// readAge is how old the pages are that are read at all: longer than a place in the queue lives. A visitor who was
	// inside before that gets no place any more, since register looks the visit up.
	readAge = 8 * 24 * time.Hour
)

// load brings the memory up to date at the time now: the end of the log always, and pages with live grants when they
// were read longer than maxAge ago. It returns the number of pages read. A memory that knows nothing learns the end of
// the log only: readTo goes on.
func (m *Memory) load(
	ctx context.Context, log bucket.Log, s zone.Settings, now time.Time, maxAge time.Duration,
) (int, error) {
	if m.first == 0 {
		return m.start(ctx, log, s, now)
	}
	if now.Sub(m.seenAt) > zone.ClearAfter { // the zone may have been cleared since
		if same, err := m.goesOn(ctx, log, s); err != nil || !same {
			return m.startAnew(ctx, log, s, now, err)
		}
	}
	tailOnly := maxAge > 0 && now.Sub(m.freshAt) < maxAge
	read, ok, err := m.refresh(ctx, log, s, tailOnly)
	if err != nil {
		return read, err
	}
	if !ok {
		more, err := m.startAnew(ctx, log, s, now, nil)
		return read + more, err
	}
	if m.seenAt = now; !tailOnly {
		m.freshAt = now
	}
	m.prune(s, now)
	return read, nil
}

// goesOn reports whether the last page known is in the log still. After the log was emptied another may have that
// number.
func (m *Memory) goesOn(ctx context.Context, log bucket.Log, s zone.Settings) (bool, error) {
	if m.next == 1 {
		return true, nil
	}
	p, _, err := log.Get(ctx, s.Grants(), m.next-1) // a page that isn't there called nobody
	return p.Called == m.called && p.At.Equal(m.at), err
}

// startAnew begins with a log that isn't the one remembered: somebody emptied it. With an error nothing is known.
func (m *Memory) startAnew(
	ctx context.Context, log bucket.Log, s zone.Settings, now time.Time, err error,
) (int, error) {
	if err != nil {
		return 0, err
	}
	m.forget()
	return m.start(ctx, log, s, now)
}

func (m *Memory) forget() {
	m.first, m.next, m.called, m.at, m.kept, m.visitors = 0, 0, queue.Key{}, time.Time{}, nil, nil
	m.freshAt, m.part, m.toNote, m.unnoted = time.Time{}, 0, 0, 0
	// The line of the log before is over, too; how far the new one has come, the stored status says.
	f := &m.front
	*f = front{status: f.status, statusAt: f.statusAt, savedAt: f.savedAt, told: f.status.Called}
}

// start reads the end of the log.
func (m *Memory) start(ctx context.Context, log bucket.Log, s zone.Settings, now time.Time) (int, error) {
	pages, err := log.ReadBack(ctx, s.Grants(), 0, firstPart)
	if err != nil {
		return 0, err
	}
	m.first, m.next, m.visitors, m.freshAt, m.seenAt = 1, 1, map[queue.VisitorID]seen{}, now, now
	m.part = firstPart
	if len(pages) > 0 {
		m.next, m.called, m.at = pages[0].Number+1, pages[0].Called, pages[0].At
		m.takeOlder(pages, firstPart, s, now)
	}
	return len(pages), nil
}

// knows reports whether every page from the given number on was read.
func (m *Memory) knows(number int64) bool { return m.first > 0 && m.first <= max(number, 1) }

// readBack reads one more part of the pages before those known. What it took in stays, whatever happens to the next.
func (m *Memory) readBack(ctx context.Context, log bucket.Log, s zone.Settings, now time.Time) (int, error) {
	m.part = min(4*m.part, mostPart)
	pages, err := log.ReadBack(ctx, s.Grants(), m.first, m.part)
	if err == nil {
		m.takeOlder(pages, m.part, s, now)
	}
	return len(pages), err
}

// readTo reads back until every page from the given number on is known. It ends early, without an error, when goOn
// reports false after a part.
func (m *Memory) readTo(
	ctx context.Context, log bucket.Log, s zone.Settings, number int64, now time.Time, goOn func() bool,
) (read int, err error) {
	for !m.knows(number) && (read == 0 || goOn()) {
		n, err := m.readBack(ctx, log, s, now)
		read += n
		if err != nil {
			return read, err
		}
	}
	return read, nil
}

// takeOlder takes in pages before those known, newest first. Fewer than asked for are the log's first ones.
func (m *Memory) takeOlder(pages []bucket.Page, asked int, s zone.Settings, now time.Time) {
	var keep []bucket.Page
	for _, p := range pages {
		if now.Sub(p.At) > readAge && !p.Live() {
			asked = len(pages) + 1 // nothing more is needed
			break
		}
		m.learnOlder(p)
		m.first = p.Number
		if p.Live() || now.Sub(p.At) <= bucket.LearnSpan(s.Window) {
			keep = append(keep, p)
		}
	}
	slices.Reverse(keep)
	m.kept = append(keep, m.kept...)
	if len(pages) < asked {
		m.first = 1
	}
}

// refresh reads again: a range to the end of the log, and single pages before it. It reports false when the log
// doesn't go on where the memory ends.
func (m *Memory) refresh(
	ctx context.Context, log bucket.Log, s zone.Settings, tailOnly bool,
) (read int, ok bool, err error) {
	cut, single := max(m.next-1, 1), []int64(nil)
	if !tailOnly {
		cut, single = readPlan(m.live(), cut)
	}
	pages, ok, err := m.readFrom(ctx, log, s, cut)
	if err != nil || !ok {
		return len(pages), ok, err
	}
	older, err := getAll(ctx, log, s, single)
	if err != nil {
		return len(pages), false, err
	}
	for _, p := range append(older, pages...) {
		m.absorb(p)
	}
	return len(pages) + len(older), true, nil
}

// fewPages is how many pages are read whole at once rather than asking first which of them changed.
const fewPages = 24

// readFrom reads what changed of the pages from a number on, and those that are new. It reports false when the page of
// that number isn't there.
func (m *Memory) readFrom(
	ctx context.Context, log bucket.Log, s zone.Settings, from int64,
) ([]bucket.Page, bool, error) {
	if m.next-from >= fewPages {
		stands, err := log.Stands(ctx, s.Grants(), from)
		if err != nil || len(stands) == 0 || stands[0].Number != from {
			return nil, false, err
		}
		if changed := m.changed(stands); len(changed) <= len(stands)/8 {
			pages, err := getAll(ctx, log, s, changed)
			return pages, true, err
		}
	}
	pages, err := log.Read(ctx, s.Grants(), from)
	return pages, err == nil && (m.next == 1 || len(pages) > 0 && pages[0].Number == from), err
}

// changed returns the numbers of the pages that aren't known as they stand. What isn't live any more never changes.
func (m *Memory) changed(stands []bucket.Stand) (numbers []int64) {
	for _, stand := range stands {
		at, found := m.find(stand.Number)
		known := found && (m.kept[at].Changes == stand.Changes || !m.kept[at].Live())
		if over := !found && stand.Number < m.next; !known && !over {
			numbers = append(numbers, stand.Number)
		}
	}
	return numbers
}

// live returns the numbers of the pages with live grants, in order.
func (m *Memory) live() []int64 {
	var numbers []int64
	for _, p := range m.kept {
		if p.Live() {
			numbers = append(numbers, p.Number)
		}
	}
	return numbers
}

// readPlan decides how to read the live pages and the end of the log most cheaply: one range from cut, single pages
// before it. A page costs a read unit alone and a quarter of one within a range.
func readPlan(live []int64, last int64) (cut int64, single []int64) {
	cut, best := last, 4*int64(len(live))
	for i, number := range live {
		if cost := 4*int64(i) + last - number; cost < best {
			cut, best = number, cost
		}
	}
	before, _ := slices.BinarySearch(live, cut)
	return cut, live[:before]
}

func getAll(ctx context.Context, log bucket.Log, s zone.Settings, numbers []int64) ([]bucket.Page, error) {
	pages := make([]bucket.Page, len(numbers))
	err := sideBySide(ctx, len(numbers), func(i int) error {
		p, found, err := log.Get(ctx, s.Grants(), numbers[i])
		if err == nil && found {
			pages[i] = p
		}
		return err
	})
	return slices.DeleteFunc(pages, func(p bucket.Page) bool { return p.Number == 0 }), err
}

// absorb takes in a page as just read or written.
func (m *Memory) absorb(p bucket.Page) {
	at, found := m.find(p.Number)
	if found {
		m.kept[at] = p
	} else {
		m.kept = slices.Insert(m.kept, at, p)
	}
	m.learn(p)
	if p.Number >= m.next {
		m.next, m.called, m.at = p.Number+1, p.Called, p.At
		m.unnoted += len(p.Grants)
	}
}

// learn keeps the newest grant of each visitor of a page, and counts those before it: a visitor is called again only
// after a miss.
func (m *Memory) learn(p bucket.Page) {
	for slot, g := range p.Grants {
		v, page := g.Key.Visitor(), uint32(p.Number)
		old, known := m.visitors[v]
		now := seen{page: page, slot: uint8(slot), state: g.State, before: old.before}
		switch {
		case known && page < old.page:
			continue
		case known && page > old.page && old.before < math.MaxUint8:
			now.before++
		}
		m.visitors[v] = now
	}
}

// learnOlder takes in a page before all that were read: whom it called are known already by their newest grant, or
// aren't known yet.
func (m *Memory) learnOlder(p bucket.Page) {
	for _, g := range p.Grants {
		v := g.Key.Visitor()
		if newer, known := m.visitors[v]; known && newer.before < math.MaxUint8 {
			newer.before++
			m.visitors[v] = newer
		}
	}
	m.learn(p)
}

// prune drops the pages that don't matter any more: every page is kept for the rate and its measurement, and to learn
// how many of those called come. The visitors of dropped pages stay known, in their final states.
func (m *Memory) prune(s zone.Settings, now time.Time) {
	keepFor := bucket.LearnSpan(s.Window)
	m.kept = slices.DeleteFunc(m.kept, func(p bucket.Page) bool {
		return !p.Live() && now.Sub(p.At) > keepFor
	})
}

// floor is the oldest page that matters, for other processes to read from.
func (m *Memory) floor(now time.Time) int64 {
	if len(m.kept) == 0 {
		return max(m.next-1, 1)
	}
	return bucket.Floor(m.kept, now)
}

// find returns where a page is, or would be, among those kept.
func (m *Memory) find(number int64) (at int, found bool) {
	return slices.BinarySearchFunc(m.kept, number, func(p bucket.Page, n int64) int { return cmp.Compare(p.Number, n) })
}

// grant returns a grant that is live by what is known: its page is kept.
func (m *Memory) grant(ref bucket.Ref) bucket.Grant {
	at, _ := m.find(ref.Page)
	return m.kept[at].Grants[ref.Slot]
}
