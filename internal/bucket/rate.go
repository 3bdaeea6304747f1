package bucket

import (
	"math"
	"slices"
	"time"
)

// BurstSpan is how much unused rate can be saved up: after an idle time or a pause at most this much enters at once
// (and never less than one visitor).
const BurstSpan = 2 * time.Second

// earlySpan is how much too early, by at most half a person, a token may be taken, so that a tick which comes a
// little before its second doesn't leave all of it to the next.
const earlySpan = 200 * time.Millisecond

// Reservations that nobody claims are given back when their window ends. Until then they would slow down those who do
// come, so only as many entries are counted as may be expected: for claimSoon after the call, in which visitors who are
// there claim, at least the share of those called who came of late; after that only those who did come. All the same,
// entries and reservations of a minute together never exceed maxBooked times the rate.
const (
	claimSoon = 5 * time.Second
	maxBooked = 2
)

// Allowed is how many more grants the rate, in entries a minute, lets in at the time now. Pages must hold every page
// that matters.
//
// Two rules hold together. Entries made within any one minute never exceed the rate by more than a fiftieth: ticks come
// at whole seconds, give or take, so a minute may hold a tick's worth more or less. And entries are paced: a bucket of
// tokens fills at the rate up to BurstSpan's worth, each grant takes one, and each missed grant gives its token back at
// the moment it ended, to be used within BurstSpan, so that people who never come don't slow down those who do. The
// bucket's history is replayed from the log: there is no counter to keep.
func Allowed(pages []Page, now time.Time, rate int) int {
	expected, booked := recent(pages, now)
	soft := rate + rate/50 - int(math.Ceil(expected))
	return max(0, min(soft, maxBooked*rate-booked, paced(pages, now, rate)))
}

// recent is the entries of the last minute: those to be expected, and the most there can be.
func recent(pages []Page, now time.Time) (expected float64, booked int) {
	came := shareWhoCame(pages)
	for _, p := range pages {
		age := now.Sub(p.At)
		if age >= RateSpan {
			continue
		}
		in := entered(p)
		cameIn := float64(in - CountLive([]Page{p}).Reserved)
		booked += in
		if age < claimSoon {
			cameIn = max(cameIn, came*float64(in))
		}
		expected += cameIn
	}
	return expected, booked
}

// shareWhoCame is the share of visitors who claimed, over the pages on which nobody is still expected; 1 when there are
// too few to tell.
func shareWhoCame(pages []Page) float64 {
	came, called := 0, 0
	for _, p := range pages {
		if c := CountLive([]Page{p}); c.Reserved == 0 {
			came += entered(p)
			called += len(p.Grants)
		}
	}
	if called < 2*PageSize {
		return 1
	}
	return float64(came) / float64(called)
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

// paced replays the token bucket. Before page 1 it was full; when the log begins later, the first tick's pages are
// taken as having used up what there was. A debt, which only a lowered rate or that assumption can make, is bounded too: the
// rule for any one minute takes care of the rest.
func paced(pages []Page, now time.Time, rate int) int {
	perSecond := float64(rate) / 60
	most := max(1, perSecond*BurstSpan.Seconds())
	if len(pages) == 0 {
		return int(most)
	}
	events := history(pages, now)
	b := pacer{most: most, perSecond: perSecond, at: events[0].at}
	if pages[0].Number == 1 {
		b.tokens = most
	}
	for _, e := range events {
		b.advance(e.at)
		switch {
		case e.made == 0:
			b.giveBack()
		case e.at.After(events[0].at) || pages[0].Number == 1:
			b.take(e.made)
		}
	}
	b.advance(now)
	early := min(0.5, perSecond*earlySpan.Seconds())
	return int(math.Floor(b.tokens + float64(len(b.refunds)) + early))
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
	refunds         []time.Time // tokens given back and not stale, oldest first
}

func (b *pacer) advance(to time.Time) {
	b.tokens = min(b.most, b.tokens+to.Sub(b.at).Seconds()*b.perSecond)
	b.at = to
	for len(b.refunds) > 0 && to.Sub(b.refunds[0]) > BurstSpan {
		b.refunds = b.refunds[1:]
	}
}

func (b *pacer) giveBack() { b.refunds = append(b.refunds, b.at) }

// take uses up what would be lost by the bucket's brim first, and tokens given back after that.
func (b *pacer) take(n int) {
	own := min(float64(n), max(0, b.tokens))
	back := min(int(math.Ceil(float64(n)-own)), len(b.refunds))
	b.refunds = b.refunds[back:]
	b.tokens = max(-b.most, b.tokens-float64(n-back))
}
