package bucket

import (
	"math"
	"time"
)

// BurstSpan is how much unused rate can be saved up: after an idle time or a pause at most this much enters at once
// (and never less than one visitor).
const BurstSpan = 2 * time.Second

// earlySpan is how much too early, by at most half a person, a token may be taken, so that a tick which comes a little
// before its second doesn't leave all of it to the next.
const earlySpan = 200 * time.Millisecond

// ClaimSoon is how long after the call a visitor who is there has claimed, as a rule. A later claim is let in all the
// same, unless the zone is overcalled.
const ClaimSoon = 6 * time.Second

// MaxBooked is how many times the rate may enter within a minute if everybody comes who can come.
const MaxBooked = 2

// Allowed returns how many more visitors may be called at the time now, so that the rate, in entries a minute, is kept.
// Pages must hold every page that matters; those of the LearnSpan for the claim window show how many of the called
// visitors come.
//
// Three rules hold together, and the first two count the entries that are to be expected, not the calls, so that people
// who never come don't slow down those who do. Entries of any one minute don't exceed the rate by more than a fiftieth:
// ticks come at whole seconds, give or take, so a minute may hold a tick's worth more or less. Entries are paced, by a
// bucket of tokens that fills at the rate. And expectations can be wrong: with the visitors called within ClaimSoon, a
// minute's entries never exceed MaxBooked times the rate. All of it is worked out from the log: there is no counter to
// keep.
func Allowed(pages []Page, now time.Time, rate int, window time.Duration) int {
	o := outlookOf(pages, now, window)
	entries := min(float64(rate+rate/50)-o.lastMinute(pages), o.paced(pages, rate))
	calls := int(math.Floor(entries / o.share))
	return max(0, min(calls, MaxBooked*rate-booked(pages, now, ClaimSoon)))
}

// Overcalled reports whether more than MaxBooked times the rate would have entered within a minute if everybody who was
// called came now. Then visitors who claim late are called anew, in their order and as the rate allows: nobody can save
// up turns and use them all at once.
func Overcalled(pages []Page, now time.Time, rate int) bool {
	return booked(pages, now, math.MaxInt64) > MaxBooked*rate
}

// booked counts the entries of the last minute and the reservations made less than young ago.
func booked(pages []Page, now time.Time, young time.Duration) int {
	n := 0
	for _, p := range pages {
		age, c := now.Sub(p.At), count(p)
		if age < RateSpan {
			n += c.came
		}
		if age < young {
			n += c.reserved
		}
	}
	return n
}
