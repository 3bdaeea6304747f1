package bucket_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	_ "foyer/internal/testkit/sameseed"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// made is a page of n grants in one state, made the given time after noon.
func made(number int64, after time.Duration, n int, state bucket.State) bucket.Page {
	p := bucket.Page{Number: number, At: noon.Add(after)}
	for i := range n {
		g := bucket.Grant{Key: queue.Key{1, byte(number), byte(i)}, State: state, Until: p.At.Add(time.Hour)}
		if state == bucket.Missed {
			g.Until = p.At.Add(30 * time.Second)
		}
		p.Grants = append(p.Grants, g)
	}
	return p
}

// mostly is 900 grants of long ago, of which a share in percent was missed.
func mostly(ghosts int) []bucket.Page {
	var pages []bucket.Page
	for i := range 75 {
		p := made(int64(i+1), -2*time.Minute, 12, bucket.Inside)
		for slot := range p.Grants {
			if (i*12+slot)%100 < ghosts {
				p.Grants[slot].State = bucket.Missed
			}
		}
		pages = append(pages, p)
	}
	return pages
}

func TestAllowed(t *testing.T) {
	inside, missed := bucket.Inside, bucket.Missed
	for _, c := range []struct {
		name  string
		pages []bucket.Page
		at    time.Duration
		rate  int
		want  int
	}{
		{"an empty log has two seconds saved", nil, 0, 600, 20},
		{"and never less than one visitor", nil, 0, 1, 1},
		{"what was used is gone", []bucket.Page{made(1, 0, 12, inside)}, 0, 600, 8},
		{"and comes back at the rate", []bucket.Page{made(1, 0, 12, inside)}, 500 * time.Millisecond, 600, 13},
		{"but no more than two seconds' worth", []bucket.Page{made(1, 0, 12, inside)}, time.Hour, 600, 20},
		{"where the log is cut, what was before counts as used", []bucket.Page{made(2, 0, 12, inside)}, time.Second, 600, 10},
		{"one a minute, 1 ms early", []bucket.Page{made(1, 0, 1, inside)}, time.Minute - time.Millisecond, 1, 0},
		{"one a minute", []bucket.Page{made(1, 0, 1, inside)}, time.Minute, 1, 1},
		{"who missed doesn't count, and of the next fewer are expected", []bucket.Page{made(1, 0, 12, missed)},
			31 * time.Second, 60, 18},
		{"of many the share that came tells how many to call for each", mostly(90), 0, 600, 331},
		{"of four minutes ago as well", mostly(90), 2 * time.Minute, 600, 331},
		{"of a moment longer ago not", mostly(90), 2*time.Minute + 1, 600, 20},
		{"what is long ago tells nothing, since only those with somebody inside are kept", mostly(90), time.Hour, 600, 20},
		{"nobody at all came: no more than ten are called for one", mostly(100), 0, 60, 68},
		{"a clock ahead of ours counts as now", []bucket.Page{made(1, time.Hour, 12, inside)}, 0, 600, 8},
		{"no rate, nobody", nil, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := bucket.Allowed(c.pages, noon.Add(c.at), c.rate, 30*time.Second); got != c.want {
				t.Errorf("allowed %d, want %d", got, c.want)
			}
		})
	}
}

// Whatever the ticks' times, entries of any minute stay within a fiftieth of the rate, and those of any moment within
// what may be saved up.
func TestGreedyTicksNeverPassTheRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.IntRange(1, 3000).Draw(t, "rate")
		var pages []bucket.Page
		at := time.Duration(0)
		for i := range 100 {
			gap := rapid.OneOf(rapid.IntRange(1, 1500), rapid.IntRange(1, 90_000)).Draw(t, "gap")
			at += time.Duration(gap) * time.Millisecond
			n := bucket.Allowed(pages, noon.Add(at), rate, 30*time.Second)
			if most := max(1, rate/30) + rate/300 + 1; n > most+rate*min(gap, 2000)/60_000 {
				t.Fatalf("%d at once at a rate of %d", n, rate)
			}
			if n > 0 {
				pages = append(pages, made(int64(i+1), at, n, bucket.Inside))
			}
			in := 0
			for _, p := range pages {
				if p.At.After(noon.Add(at - time.Minute)) {
					in += len(p.Grants)
				}
			}
			if in > rate+rate/50 {
				t.Fatalf("%d in a minute at a rate of %d", in, rate)
			}
		}
	})
}

// However many of those called come, and whenever they do, those who could claim soon never bring more than MaxBooked
// times the rate into a minute.
func TestNobodysComingBringsMoreThanTwiceTheRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.IntRange(1, 600).Draw(t, "rate")
		var pages []bucket.Page
		at, share := noon, rapid.OneOf(rapid.Just(10), rapid.IntRange(0, 100)).Draw(t, "share")
		for i := range 90 {
			at = at.Add(time.Duration(rapid.IntRange(900, 1100).Draw(t, "gap")) * time.Millisecond)
			settle(pages, at, share)
			if n := bucket.Allowed(pages, at, rate, 30*time.Second); n > 0 {
				pages = append(pages, made(int64(i+1), at.Sub(noon), n, bucket.Reserved))
			}
			in := 0
			for _, p := range pages {
				for _, g := range p.Grants {
					young := g.State == bucket.Reserved && at.Sub(p.At) < bucket.ClaimSoon
					if young || g.State == bucket.Inside && at.Sub(p.At) < time.Minute {
						in++
					}
				}
			}
			if in > bucket.MaxBooked*rate {
				t.Fatalf("%d might be in within a minute at a rate of %d", in, rate)
			}
		}
	})
}

// settle lets a share, in percent, of those called come after a second, and all others miss whose window is over.
func settle(pages []bucket.Page, at time.Time, share int) {
	for _, p := range pages {
		for slot := range p.Grants {
			switch g := &p.Grants[slot]; {
			case g.State != bucket.Reserved:
			case at.Sub(p.At) > time.Second && slot*37%100 < share:
				g.State = bucket.Inside
			case at.Sub(p.At) > 30*time.Second:
				g.State = bucket.Missed
			}
		}
	}
}

func TestOvercalled(t *testing.T) {
	for _, c := range []struct {
		pages []bucket.Page
		at    time.Duration
		want  bool
	}{
		{nil, 0, false},
		{[]bucket.Page{made(1, 0, 20, bucket.Reserved)}, 0, false},
		{[]bucket.Page{made(1, 0, 21, bucket.Reserved)}, 0, true},
		{[]bucket.Page{made(1, 0, 21, bucket.Reserved)}, time.Hour, true},
		{[]bucket.Page{made(1, 0, 20, bucket.Inside), made(2, time.Second, 1, bucket.Reserved)}, time.Second, true},
		{[]bucket.Page{made(1, 0, 20, bucket.Inside), made(2, time.Second, 1, bucket.Reserved)}, time.Minute, false},
		{[]bucket.Page{made(1, 0, 100, bucket.Missed)}, 0, false},
	} {
		if got := bucket.Overcalled(c.pages, noon.Add(c.at), 10); got != c.want {
			t.Errorf("%d pages at %v: %v", len(c.pages), c.at, got)
		}
	}
}

// A reservation counts while it stands, also on a page that seems to be of long ago by another machine's clock.
func TestAReservationCountsHoweverOldItsPageIs(t *testing.T) {
	pages := []bucket.Page{made(1, -3*time.Minute, 12, bucket.Missed)}
	for number := range int64(14) {
		late := made(20+number, -45*time.Second, 12, bucket.Reserved)
		for slot := range 4 {
			late.Grants[slot].State = bucket.Inside
		}
		pages = append(pages, late)
	}
	without := bucket.Allowed(pages, noon, 60, 30*time.Second)
	for number := range int64(5) {
		pages = slices.Insert(pages, 1, made(2+number, -10*time.Minute, 12, bucket.Reserved))
	}
	if with := bucket.Allowed(pages, noon, 60, 30*time.Second); with >= without {
		t.Errorf("allowed %d with reservations of long ago, %d without", with, without)
	}
}
