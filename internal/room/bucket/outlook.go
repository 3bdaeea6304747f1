package bucket

import (
	"math"
	"time"
)

// LearnSpan is how far back pages tell how many of those called come, given the claim window: past the window, since only
// then is it known who didn't. Older ones are only kept while somebody of theirs is inside, and would tell of the living
// alone.
func LearnSpan(window time.Duration) time.Duration {
	return max(MeasureSpan, window+RateSpan) + RateSpan
}

// Bounds of what is expected.
const (
	// minShare is the least share of those called that is expected to come: when nobody seems to come, something is
	// broken, and calling everybody would not mend it.
	minShare = 0.1
	// trusting is how many visitors are taken to have come before there is anything to see.
	trusting = PageSize / 2
	// fresh is the least part of those expected that is still expected of those called within ClaimSoon who haven't come
	// yet: that many came already is luck, and says nothing about the rest.
	fresh = 0.2
	// doubts is how many standard deviations of what is expected are left room for.
	doubts = 2
)

// outlook is what to expect of those who were called.
type outlook struct {
	now   time.Time
	share float64 // of those called, who came of late; minShare to 1
	soon  float64 // expected to come still, for each reservation younger than ClaimSoon
	late  float64 // the same for each older one
}

// tally is how the grants of a page, or of several, stand.
type tally struct{ called, came, reserved int }

func count(p Page) tally {
	t := tally{called: len(p.Grants)}
	for _, g := range p.Grants {
		switch g.State {
		case Reserved:
			t.reserved++
		case Missed:
		default:
			t.came++
		}
	}
	return t
}

func (t tally) plus(o tally) tally {
	return tally{t.called + o.called, t.came + o.came, t.reserved + o.reserved}
}

// outlookOf learns from the pages before the first on which somebody may still come: of those after it, it is known who
// came so far, and not who didn't.
func outlookOf(pages []Page, now time.Time, window time.Duration) outlook {
	var over, soon, late tally
	settled := true
	for _, p := range pages {
		t := count(p)
		settled = settled && t.reserved == 0
		switch {
		case settled && now.Sub(p.At) > LearnSpan(window):
		case settled:
			over = over.plus(t)
		case now.Sub(p.At) < ClaimSoon:
			soon = soon.plus(t)
		default:
			late = late.plus(t)
		}
	}
	o := outlook{now: now, share: max(minShare, float64(over.came+trusting)/float64(over.called+trusting))}
	o.soon, o.late = max(fresh*o.share, o.pending(soon)), o.pending(late)
	return o
}

// pending is how much of each reservation is expected to come, so that in the end as many came as of late.
func (o outlook) pending(t tally) float64 {
	if t.reserved == 0 {
		return 0
	}
	return min(1, max(0, o.share*float64(t.called)-float64(t.came))/float64(t.reserved))
}

func (o outlook) pendingOf(p Page) float64 {
	if o.now.Sub(p.At) < ClaimSoon {
		return o.soon
	}
	return o.late
}

// entries of a page: those who came, and those who may be expected to.
func (o outlook) entries(p Page) float64 {
	t := count(p)
	return float64(t.came) + o.pendingOf(p)*float64(t.reserved)
}

// lastMinute is the entries of the minute before now, as many as there may well be.
func (o outlook) lastMinute(pages []Page) float64 {
	n, variance := 0.0, 0.0
	for _, p := range pages {
		if o.now.Sub(p.At) < RateSpan {
			q := o.pendingOf(p)
			n += o.entries(p)
			variance += float64(count(p).reserved) * q * (1 - q)
		}
	}
	return n + doubts*math.Sqrt(variance)
}

// paced replays a bucket of tokens, and gives the entries that it allows now. It fills at the rate up to BurstSpan's
// worth, and by as much more as chance may make those come fewer who are expected soon, or bad luck would never be made
// up for. Before page 1 it was full; when the log begins later, the first tick's pages are taken as having used up what
// there was. A debt, which only a lowered rate, that assumption or more visitors than expected can make, is bounded too:
// the rule for any one minute takes care of the rest. No page counts as made after now, whatever another machine's
// clock said.
func (o outlook) paced(pages []Page, rate int) float64 {
	perSecond := float64(rate) / 60
	luck := doubts * math.Sqrt(perSecond*ClaimSoon.Seconds()*(1-o.share))
	most := max(min(1, float64(rate)), perSecond*BurstSpan.Seconds()) + luck
	if len(pages) == 0 {
		return most
	}
	first, whole := earlier(pages[0].At, o.now), pages[0].Number == 1
	b := pacer{most: most, perSecond: perSecond, at: first}
	if whole {
		b.tokens = most
	}
	for _, p := range pages {
		made := earlier(p.At, o.now)
		b.fill(made)
		if whole || made.After(first) {
			b.tokens = max(-most, b.tokens-o.entries(p))
		}
	}
	b.fill(o.now)
	return b.tokens + min(0.5, perSecond*earlySpan.Seconds())
}

// pacer is a token bucket.
type pacer struct {
	most, perSecond float64
	tokens          float64 // at most most; may be negative
	at              time.Time
}

// fill lets time pass; backwards it doesn't.
func (b *pacer) fill(to time.Time) {
	if to.After(b.at) {
		b.tokens = min(b.most, b.tokens+to.Sub(b.at).Seconds()*b.perSecond)
		b.at = to
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
