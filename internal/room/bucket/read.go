package bucket

import (
	"slices"
	"time"
)

// RateSpan is the time over which the rate holds: any one minute.
const RateSpan = time.Minute

// Count is how many grants are live, by state.
type Count struct{ Reserved, Inside int }

// Live returns the number of slots taken.
func (c Count) Live() int { return c.Reserved + c.Inside }

// CountLive counts the live grants of pages.
func CountLive(pages []Page) Count {
	var c Count
	for _, p := range pages {
		for _, g := range p.Grants {
			switch g.State {
			case Reserved:
				c.Reserved++
			case Inside:
				c.Inside++
			}
		}
	}
	return c
}

// Live reports whether any grant of the page is live.
func (p Page) Live() bool {
	return slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.State.Live() })
}

// Matters reports whether a tick at the time now needs the page: it has a live grant, or its grants count for the rate.
func (p Page) Matters(now time.Time) bool { return p.Live() || p.At.After(now.Add(-RateSpan)) }

// Floor returns the number of the oldest page that matters, but never past the newest, so that reading from the floor
// always shows where the log ends. An empty log has floor 1. No page below a floor ever matters again.
func Floor(pages []Page, now time.Time) int64 {
	for _, p := range pages {
		if p.Matters(now) {
			return p.Number
		}
	}
	if len(pages) == 0 {
		return 1
	}
	return pages[len(pages)-1].Number
}

// Overdue returns the endings that are due in p at the time now: reserved past its window is missed, inside past its
// end is expired. Each is conditioned on the state and the time as read, and takes the time at which it was due, so
// that two exchangers make the same change.
func Overdue(p Page, now time.Time) []Change {
	var due []Change
	for slot, g := range p.Grants {
		if !g.State.Live() || g.Until.After(now) {
			continue
		}
		to := Expired
		if g.State == Reserved {
			to = Missed
		}
		due = append(due, Change{
			Ref: Ref{p.Number, slot}, Key: g.Key, From: g.State, FromUntil: g.Until, To: to, Until: g.Until,
		})
	}
	return due
}

// With returns p after changes made by one write, which must be of its slots. The grants of p itself stay as they are.
func (p Page) With(changes ...Change) Page {
	p.Grants = slices.Clone(p.Grants)
	p.Changes++
	for _, c := range changes {
		p.Grants[c.Ref.Slot] = c.Of(p.Grants[c.Ref.Slot])
	}
	return p
}
