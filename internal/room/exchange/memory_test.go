package exchange

import (
	"slices"
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// noon is when these tests play.
var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// A fresh process knows by one read all of a short log.
func TestAShortLogIsKnownByOneRead(t *testing.T) {
	cloud, m, reads := memroom.New(), &Memory{}, []string{}
	cloud.Fault = func(op string) memroom.Fault {
		reads = append(reads, op)
		return memroom.Fault{}
	}
	if _, err := m.load(t.Context(), cloud.Log(), zone.New("main"), noon, 0); err != nil || !m.knows(1) {
		t.Errorf("the first page is %d, %v", m.first, err)
	}
	if !slices.Equal(reads, []string{"log.ReadBack"}) {
		t.Errorf("reads: %v", reads)
	}
}

// logOf is a log of pages with one visitor inside each, who are given by number.
func logOf(t *testing.T, at time.Time, visitors ...byte) bucket.Log {
	t.Helper()
	log := memroom.New().Log()
	for i, v := range visitors {
		key := queue.NewKey(8, 0, uint64(v), queue.VisitorID{v})
		inside := []bucket.Grant{{Key: key, State: bucket.Inside, Until: at.Add(time.Hour)}}
		p := bucket.Page{Number: int64(i + 1), At: at, Called: key, Grants: inside}
		if err := log.Append(t.Context(), zone.New("main").Grants(), p); err != nil {
			t.Fatal(err)
		}
	}
	return log
}

// A page before the log's end is read again when what is known of it may be too old, and whenever a tick asks, also
// after the clock was set back.
func TestWhatIsKnownOfOldPagesHasAnAge(t *testing.T) {
	at, s, m := noon, zone.New("main"), &Memory{}
	log := logOf(t, at, 1, 2, 3, 4)
	for _, c := range []struct {
		leaves int64 // the page whose visitor does
		after  time.Duration
		maxAge time.Duration
		live   []int64
	}{
		{0, 0, 0, []int64{1, 2, 3, 4}},
		{1, tailAge - time.Millisecond, tailAge, []int64{1, 2, 3, 4}},
		{0, tailAge, tailAge, []int64{2, 3, 4}},
		{2, tailAge + time.Second, 0, []int64{3, 4}},
		{3, tailAge, 0, []int64{4}},
	} {
		if c.leaves > 0 {
			p, _, err := log.Get(t.Context(), s.Grants(), c.leaves)
			if err != nil {
				t.Fatal(err)
			}
			err = log.Apply(t.Context(), s.Grants(), bucket.Change{
				Ref: bucket.Ref{Page: c.leaves}, Key: p.Called, From: bucket.Inside, To: bucket.Left, Until: at,
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if m.first > 0 {
			m.seenAt = at.Add(c.after) // as by the ticks between
		}
		if _, err := m.load(t.Context(), log, s, at.Add(c.after), c.maxAge); err != nil || !slices.Equal(m.live(), c.live) {
			t.Errorf("after %v, at most %v old: live are %v, want %v, %v", c.after, c.maxAge, m.live(), c.live, err)
		}
	}
}

// Of the pages that stand in the log, those are read that are new, or live and not known as they stand.
func TestWhichPagesAreReadAgain(t *testing.T) {
	live, left := []bucket.Grant{{State: bucket.Inside}}, []bucket.Grant{{State: bucket.Left}}
	m := &Memory{next: 6, kept: []bucket.Page{
		{Number: 2, Grants: left, Changes: 1}, {Number: 4, Grants: live, Changes: 1}, {Number: 5, Grants: live, Changes: 1},
	}}
	var stands []bucket.Stand
	for i, changes := range []int64{9, 2, 1, 1, 2, 1, 0} {
		stands = append(stands, bucket.Stand{Number: int64(i + 1), Changes: changes})
	}
	if got, want := m.changed(stands), []int64{5, 6, 7}; !slices.Equal(got, want) {
		t.Errorf("pages %v are read, want %v", got, want)
	}
}

// A log in which another visitor was called at the same moment is another one.
func TestAnotherLogIsToldByWhomItCalled(t *testing.T) {
	at, s, m := noon, zone.New("main"), &Memory{}
	for i, v := range []byte{1, 2} {
		now := at.Add(time.Duration(i) * 2 * zone.ClearAfter)
		if _, err := m.load(t.Context(), logOf(t, at, v), s, now, 0); err != nil {
			t.Fatal(err)
		}
		if _, known := m.visitors[queue.VisitorID{v}]; !known || len(m.visitors) != 1 || m.called.Visitor()[0] != v {
			t.Errorf("of log %d is known: %v, called up to %v", v, m.visitors, m.called)
		}
	}
}

func TestReadPlan(t *testing.T) {
	for _, c := range []struct {
		name   string
		live   []int64
		last   int64
		cut    int64
		single []int64
	}{
		{"nobody inside: the end only", nil, 9, 9, nil},
		{"everybody inside: one range", []int64{5, 6, 7, 8, 9}, 9, 5, nil},
		{"stragglers by themselves", []int64{1, 50, 998, 999, 1000}, 1000, 998, []int64{1, 50}},
		{"one close enough for the range", []int64{997, 1000}, 1000, 997, nil},
		{"one too far for it", []int64{995, 1000}, 1000, 1000, []int64{995}},
	} {
		cut, single := readPlan(c.live, c.last)
		if cut != c.cut || !slices.Equal(single, c.single) {
			t.Errorf("%s: from %d, and %v; want %d, and %v", c.name, cut, single, c.cut, c.single)
		}
	}
}
