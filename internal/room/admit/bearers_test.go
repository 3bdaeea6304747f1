package admit_test

import (
	"fmt"
	"testing"
	"time"

	"foyer/infra/edge"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// A thousand people on a thousand networks share one visitor's tokens, each token with everybody at once. Through the
// gate and the admitter they load pages as one person does: from one network at a time, which changes every two minutes
// at most, with two at once only while the token of the one before is young. Their slot is one, and where nobody moves
// nothing is written.
func TestAThousandBearersLoadPagesAsOne(t *testing.T) {
	if testing.Short() {
		t.Skip("one thread that is long at work: the whole run plays it")
	}
	const bearers, step, rounds = 1000, 70 * time.Second, 5
	p := &phone{site: newSite(t, func(s *zone.Settings) { s.Session, s.Capacity = 30*time.Minute, 1 })}
	p.Visitor = visitor(1)
	p.entry.ref = p.in(p.Visitor).Ref
	writes := 0
	p.cloud.Fault = func(op string) memroom.Fault {
		if op == "log.Apply" {
			writes++
		}
		return memroom.Fault{}
	}
	var shared []string // the access tokens so far, the newest last
	pages := func(address string) bool {
		for _, text := range shared[max(0, len(shared)-2):] {
			p.entry.access = text
			if p.sends(address, "GET", "navigate") == edge.Admitted {
				return true
			}
		}
		return false
	}
	asks := func(prefix string) bool {
		e, err := p.EnterFrom(t.Context(), p.Visitor, p.entry.ref, p.ring.Network("main", prefix))
		if err != nil {
			return false // elsewhere: wait
		}
		shared = append(shared, p.ring.SignAccess(token.Access{
			Zone: "main", ID: p.ID, Ref: e.Ref, Expires: e.Until, Networks: e.Networks,
		}, p.now))
		return true
	}
	loaded := map[string]bool{}
	for round := range rounds {
		now := 0
		for i := range bearers {
			i = (i + 7*round) % bearers
			address, prefix := fmt.Sprintf("10.%d.%d.7", i/250, i%250), fmt.Sprintf("4 10.%d.%d", i/250, i%250)
			if pages(address) || asks(prefix) && pages(address) {
				loaded[address] = true
				now++
			}
		}
		if now > 2 {
			t.Fatalf("after %v, %d networks load pages at once", p.now.Sub(noon), now)
		}
		p.now = p.now.Add(step)
		if r := p.tick(); r.Inside != 1 {
			t.Fatalf("%d are inside", r.Inside)
		}
	}
	moves := 2 + int(rounds*step/token.AskAgain)
	if len(loaded) > moves || len(loaded) < 2 || writes > moves {
		t.Errorf("%d networks loaded pages in %v with %d writes, want at most %d", len(loaded), rounds*step, writes, moves)
	}
}
