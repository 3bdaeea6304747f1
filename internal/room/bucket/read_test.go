package bucket_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
)

func TestOverdue(t *testing.T) {
	end := noon.Add(time.Minute)
	for _, c := range []struct {
		state bucket.State
		at    time.Time
		want  bucket.State // 0: not overdue
	}{
		{bucket.Reserved, end.Add(-time.Millisecond), 0},
		{bucket.Reserved, end, bucket.Missed},
		{bucket.Inside, end.Add(-time.Millisecond), 0},
		{bucket.Inside, end, bucket.Expired},
		{bucket.Left, end, 0},
		{bucket.Missed, end, 0},
		{bucket.Expired, end, 0},
	} {
		p := bucket.Page{Number: 7, At: noon, Grants: []bucket.Grant{{Key: queue.Key{9}, State: c.state, Until: end}}}
		var want []bucket.Change
		if c.want != 0 {
			want = []bucket.Change{{
				Ref: bucket.Ref{Page: 7}, Key: queue.Key{9}, From: c.state, FromUntil: end, To: c.want, Until: end,
			}}
		}
		if diff := cmp.Diff(want, bucket.Overdue(p, c.at)); diff != "" {
			t.Errorf("%c at %v: %s", c.state, c.at, diff)
		}
	}
}

func TestFloor(t *testing.T) {
	long := noon.Add(10 * time.Minute)
	at := long.Sub(noon)
	for _, c := range []struct {
		name  string
		pages []bucket.Page
		want  int64
	}{
		{"an empty log", nil, 1},
		{"the oldest live page", []bucket.Page{made(3, 0, 1, bucket.Left), made(4, 0, 1, bucket.Inside),
			made(5, 0, 1, bucket.Left)}, 4},
		{"a dead page of the last minute counts for the rate",
			[]bucket.Page{made(3, 0, 1, bucket.Left), made(4, at-59*time.Second, 1, bucket.Left),
				made(5, at, 1, bucket.Left)}, 4},
		{"a dead page of a minute ago counts for nothing",
			[]bucket.Page{made(4, at-bucket.RateSpan, 1, bucket.Left), made(5, at, 1, bucket.Left)}, 5},
		{"never past the newest page", []bucket.Page{made(3, 0, 1, bucket.Left), made(4, 0, 1, bucket.Missed)}, 4},
	} {
		if got := bucket.Floor(c.pages, long); got != c.want {
			t.Errorf("%s: floor %d, want %d", c.name, got, c.want)
		}
	}
}

func reserved(queue.Entry) bucket.Grant {
	return bucket.Grant{State: bucket.Reserved, Until: noon.Add(time.Minute)}
}

// A note is of many grants, or of many pages.
func TestANoteIsDueByGrantsOrByPages(t *testing.T) {
	const pages = bucket.NewestPages + bucket.UnnotedPages
	for _, c := range []struct {
		pages  int64
		grants int
		want   bool
	}{{1, 48, true}, {1, 47, false}, {pages, 1, true}, {pages - 1, 47, false}} {
		if got := bucket.NoteDue(c.pages, c.grants); got != c.want {
			t.Errorf("%d grants on %d pages: a note is due: %v", c.grants, c.pages, got)
		}
	}
}

func TestPlanKeepsOrderSizeAndTheHighestKeyCalled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.Uint64Range(1, 1000), 0, 60).Draw(t, "ranks")
		called := queue.NewKey(0, 0, rapid.Uint64Range(0, 1000).Draw(t, "called"), queue.VisitorID{})
		var chosen []queue.Entry
		for i, k := range keys {
			chosen = append(chosen, queue.Entry{Key: queue.NewKey(0, 0, k, queue.VisitorID{byte(i)}), Conn: "c"})
		}
		pages := bucket.Plan(5, called, chosen, noon, reserved)
		n := 0
		for i, p := range pages {
			if p.Number != int64(5+i) || len(p.Grants) < 1 || len(p.Grants) > bucket.PageSize {
				t.Fatalf("page %d of %d grants", p.Number, len(p.Grants))
			}
			for _, g := range p.Grants {
				if g.Key != chosen[n].Key || g.State != bucket.Reserved || !g.Until.Equal(noon.Add(time.Minute)) {
					t.Fatalf("grant %d is %v", n, g)
				}
				if g.Key.Compare(called) > 0 {
					called = g.Key
				}
				n++
			}
			if p.Called != called {
				t.Fatalf("page %d: called %v, want %v", p.Number, p.Called, called)
			}
		}
		if n != len(chosen) {
			t.Fatalf("%d of %d planned", n, len(chosen))
		}
	})
}

func TestAPlanShowsWhoGoesInByTheCall(t *testing.T) {
	chosen := []queue.Entry{{Key: queue.Key{1}}, {Key: queue.Key{2}, AskedAt: noon}, {Key: queue.Key{3}}}
	pages := bucket.Plan(1, queue.Key{}, chosen, noon, func(e queue.Entry) bucket.Grant {
		if e.AskedAt.IsZero() {
			return reserved(e)
		}
		return bucket.Grant{State: bucket.Inside, Until: noon.Add(time.Hour)}
	})
	other := bucket.Plan(1, queue.Key{}, chosen, noon, reserved)
	if pages[0].LetIn != 0b10 || other[0].LetIn != 0 || bucket.SamePage(pages[0], other[0]) {
		t.Errorf("%b and %b", pages[0].LetIn, other[0].LetIn)
	}
}

func TestMeasured(t *testing.T) {
	var pages []bucket.Page
	for i := range 12 {
		pages = append(pages, made(int64(i+1), time.Duration(i)*10*time.Second, 5+i%3, bucket.Inside))
	}
	for _, c := range []struct {
		at        time.Duration
		low, high int
	}{
		{0, 0, 0}, {29 * time.Second, 0, 0}, {119 * time.Second, 30, 42}, {time.Hour, 0, 0},
	} {
		if low, high := bucket.Measured(pages, nil, noon.Add(c.at)); low != c.low || high != c.high {
			t.Errorf("after %v: %d to %d a minute, want %d to %d", c.at, low, high, c.low, c.high)
		}
	}
	// Those who missed and those who were passed over are out of the way as well.
	pages[4] = made(5, 40*time.Second, 6, bucket.Missed)
	passed := []bucket.Passed{{At: noon.Add(-time.Hour), N: 1000}}
	for i := range 12 {
		passed = append(passed, bucket.Passed{At: noon.Add(time.Duration(i) * 10 * time.Second), N: 100})
	}
	if low, high := bucket.Measured(pages, passed, noon.Add(119*time.Second)); low != 604 || high != 669 {
		t.Errorf("with a hundred passed over every ten seconds: %d to %d", low, high)
	}
	// What another machine's clock puts into the time to come is no part of the past.
	ahead := append(slices.Clone(pages), made(13, 119*time.Second+20*time.Second, 12, bucket.Inside))
	if low, high := bucket.Measured(ahead, passed, noon.Add(119*time.Second)); low != 604 || high != 669 {
		t.Errorf("with a page of a clock that is ahead: %d to %d", low, high)
	}
	// However steadily the line goes, nobody knows that it will.
	pages = nil
	for i := range 40 {
		pages = append(pages, made(int64(i+1), time.Duration(i)*time.Second, 10, bucket.Inside))
	}
	if low, high := bucket.Measured(pages, nil, noon.Add(39*time.Second)); low != 570 || high != 630 {
		t.Errorf("ten every second: %d to %d a minute", low, high)
	}
	if low, high := bucket.Measured(nil, nil, noon); low != 0 || high != 0 {
		t.Error("an empty log has a rate")
	}
}

func TestPagesAreTheSameOnlyByTheSameWrite(t *testing.T) {
	page := bucket.Page{Number: 3, At: noon, Called: queue.Key{9}, LetIn: 1, Grants: []bucket.Grant{{Key: queue.Key{9}}}}
	changed := page
	changed.Changes, changed.Grants = 4, []bucket.Grant{{Key: queue.Key{9}, State: bucket.Left, Until: noon}}
	if !bucket.SamePage(page, changed) {
		t.Error("changes of grants make another page")
	}
	for name, change := range map[string]func(*bucket.Page){
		"number": func(p *bucket.Page) { p.Number++ },
		"time":   func(p *bucket.Page) { p.At = p.At.Add(time.Millisecond) },
		"called": func(p *bucket.Page) { p.Called = queue.Key{8} },
		"let in": func(p *bucket.Page) { p.LetIn = 0 },
		"keys":   func(p *bucket.Page) { p.Grants = []bucket.Grant{{Key: queue.Key{8}}} },
	} {
		other := page
		change(&other)
		if bucket.SamePage(page, other) {
			t.Errorf("pages of another %s are the same", name)
		}
	}
}

func TestChangesOfTwoPagesAreNoSingleWrite(t *testing.T) {
	one, two := bucket.Ref{Page: 1}, bucket.Ref{Page: 2}
	if _, err := bucket.PageOf([]bucket.Change{{Ref: one}, {Ref: two}}); err == nil {
		t.Error("changes of two pages have one page")
	}
	if n, err := bucket.PageOf([]bucket.Change{{Ref: two}, {Ref: bucket.Ref{Page: 2, Slot: 1}}}); n != 2 || err != nil {
		t.Errorf("page %d, %v", n, err)
	}
}

// Only as many pages as are looked at, with too few grants for a note, leave some before them without one.
func TestFewGrants(t *testing.T) {
	for _, c := range []struct {
		pages, grants int
		want          bool
	}{
		{bucket.NewestPages, 1, true}, {bucket.NewestPages - 1, 1, false}, {bucket.NewestPages, bucket.PageSize, false},
	} {
		var newest []bucket.Page
		for i := range c.pages {
			newest = append(newest, made(int64(i+1), 0, c.grants, bucket.Inside))
		}
		if got := bucket.FewGrants(newest); got != c.want {
			t.Errorf("%d pages of %d grants: %v", c.pages, c.grants, got)
		}
	}
}
