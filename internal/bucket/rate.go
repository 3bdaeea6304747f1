package bucket

import (
	"math"
	"slices"
	"time"
)

// BurstSpan is how much unused rate can be saved up: after an idle time or a pause at most this much enters at once
// (and never less than one visitor).
const BurstSpan = 2 * time.Second

// Allowed is how many more grants the rate, in entries a minute, lets in at the time now. Pages must hold every page
// that matters.
//
// Two rules hold together. Grants not missed that were made within any one minute never exceed the rate. And entries
// are paced: a bucket of tokens fills at the rate up to BurstSpan's worth, each grant takes one, and each missed grant
// gives its token back at the moment it ended, to be used within BurstSpan, so that people who never come don't slow
// down those who do. The bucket's history is replayed from the log: there is no counter to keep.
func Allowed(pages []Page, now time.Time, rate int) int {
	return max(0, min(rate-recent(pages, now), paced(pages, now, rate)))
}

// recent counts the grants not missed of the last minute.
func recent(pages []Page, now time.Time) int {
	n := 0
	for _, p := range pages {
		if p.At.After(now.Add(-RateSpan)) {
			n += entered(p)
		}
	}
	return n
}

// entered counts a page's grants that were not missed.
func entered(p Page) int {
	n := 0
	for _, g := range p.Grants {
		if g.State != Missed {
			n++
		}
	}
	return n
}

// event is a moment in a log's life that matters for the pace: grants made, or one missed.
type event struct {
	at   time.Time
	made int // 0: one was missed
}

// paced replays the token bucket. The first page is taken as having used up what there was before it. A debt, which
// only a lowered rate or that assumption can make, is bounded too: the rule for any one minute takes care of the rest.
func paced(pages []Page, now time.Time, rate int) int {
	perSecond := float64(rate) / 60
	most := max(1, perSecond*BurstSpan.Seconds())
	if len(pages) == 0 {
		return int(most)
	}
	events := history(pages, now)
	b := pacer{most: most, perSecond: perSecond, at: events[0].at}
	for i, e := range events {
		b.advance(e.at)
		switch {
		case e.made == 0:
			b.giveBack()
		case i > 0:
			b.take(e.made)
		}
	}
	b.advance(now)
	// A hair's breadth forgives the rounding of floats and milliseconds.
	return int(math.Floor(b.tokens + float64(len(b.refunds)) + 1e-6))
}

// history is the events of pages in order of time; none lies after now, whatever another machine's clock said.
func history(pages []Page, now time.Time) []event {
	var events []event
	for _, p := range pages {
		events = append(events, event{earlier(p.At, now), len(p.Grants)})
		for _, g := range p.Grants {
			if g.State == Missed {
				events = append(events, event{earlier(g.Until, now), 0})
			}
		}
	}
	slices.SortStableFunc(events, func(a, b event) int { return a.at.Compare(b.at) })
	return events
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// pacer is a token bucket with refunds that go stale.
type pacer struct {
	most, perSecond float64
	tokens          float64 // at most most; may be negative
	at              time.Time
	refunds         []time.Time // tokens given back beyond most, oldest first
}

func (b *pacer) advance(to time.Time) {
	b.tokens = min(b.most, b.tokens+to.Sub(b.at).Seconds()*b.perSecond)
	b.at = to
	for len(b.refunds) > 0 && to.Sub(b.refunds[0]) > BurstSpan {
		b.refunds = b.refunds[1:]
	}
}

func (b *pacer) giveBack() {
	if b.tokens+1 <= b.most {
		b.tokens++
		return
	}
	b.refunds = append(b.refunds, b.at)
}

func (b *pacer) take(n int) {
	back := min(n, len(b.refunds))
	b.refunds = b.refunds[back:]
	b.tokens = max(-b.most, b.tokens-float64(n-back))
}
