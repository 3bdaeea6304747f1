package bucket

import (
	"math"
	"slices"
	"time"
)

// LearnSpan is how far back pages are used to learn how many of the called visitors come, given the claim window: past
// the window, since only then is it known who didn't come. Older pages are only kept while one of their visitors is
// inside, and would count the visitors who came and not the others.
func LearnSpan(window time.Duration) time.Duration {
	return max(MeasureSpan, window+RateSpan) + RateSpan
}

// Bounds of what is expected.
const (
	// minShare is the least share of the called visitors that is expected to come: when nobody seems to come, something is
	// broken, and calling everybody would not mend it.
	minShare = 0.1
	// trusting is how many visitors are taken to have come before any were seen to.
	trusting = PageSize / 2
	// fresh is a floor: of visitors called within ClaimSoon, at least this part of the expected ones is still expected,
	// however many came already.
	fresh = 0.2
	// doubts is for how many standard deviations of what is expected room is left.
	doubts = 2
)

// outlook is what to expect of the visitors who were called.
type outlook struct {
	now   time.Time
	share float64 // of the visitors called of late, the part that came; minShare to 1
	soon  float64 // visitors still expected for each reservation younger than ClaimSoon
	late  float64 // and for each older one
}

// tally counts the grants of a page, or of several, by what became of them.
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

// outlookOf learns from the pages before the first on which somebody may still come: for those after it, it is known
// who came so far, and not who didn't.
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

// pending is how much of each reservation is expected to come, so that in the end as many came as did of late.
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

// entries counts those of a page: the visitors who came, and those who may be expected to.
func (o outlook) entries(p Page) float64 {
	t := count(p)
	return float64(t.came) + o.pendingOf(p)*float64(t.reserved)
}

// lastMinute counts the entries of the minute before now, as many as there may well be.
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

// paced replays a bucket of tokens, and returns the entries that it allows now. It fills at the rate up to BurstSpan's
// worth, and by as much more as chance may make the number of visitors expected soon smaller, or bad luck would never
// be made up for. Before page 1 it was full; when the log begins later, the first tick's pages are taken to have used
// up what there was. A debt, which only a lowered rate, that assumption or more visitors than expected can make, is
// bounded too: the rule for any one minute takes care of the rest. No page counts as made after now, whatever another
// machine's clock said.
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

// fill lets time pass up to the given time. Time never runs backwards.
func (b *pacer) fill(to time.Time) {
	if to.After(b.at) {
		b.tokens = min(b.most, b.tokens+to.Sub(b.at).Seconds()*b.perSecond)
		b.at = to
	}
}

func earlier(times ...time.Time) time.Time { return slices.MinFunc(times, time.Time.Compare) }
