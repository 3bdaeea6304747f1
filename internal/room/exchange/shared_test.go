package exchange_test

import (
	"fmt"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// TestAThousandBearersOfOneTokenAreOnePerson gives one visitor's tokens to 1,000 people on 1,000 networks, who all ask
// every ten seconds for half an hour: one network of each family is served at a time, and moves are two minutes apart.
func TestAThousandBearersOfOneTokenAreOnePerson(t *testing.T) {
	w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Rate, s.Renews = 1, 600, true })
	v := w.visitor(1, epoch)
	w.register(v, "there")
	m := &exchange.Memory{}
	w.tick(m)
	networks := make([]token.Network, 1000)
	for i := range networks {
		networks[i] = token.Network(fmt.Sprintf("%d%06d", 4+2*(i%2), i))
	}
	served, began := map[token.Network]bool{}, w.now()
	for round := 0; w.now().Sub(began) < 30*time.Minute; round++ {
		now := map[byte]int{}
		for i := range networks {
			from := networks[(i+7*round)%len(networks)]
			in, err := w.admit.EnterFrom(ctx, v, bucket.Ref{Page: 1}, from)
			if problem.CodeOf(err) == problem.Elsewhere {
				continue
			}
			if err != nil || !in.Networks.Has(from) {
				t.Fatalf("%s was let in with a token for %v, %v", from, in.Networks, err)
			}
			now[from[0]]++
			served[from] = true
		}
		if now['4'] > 2 || now['6'] > 2 { // two where the grant moved in between
			t.Fatalf("after %v, %v networks are served at once", w.now().Sub(began), now)
		}
		w.advance(10 * time.Second)
		if r := w.tick(m); r.Inside != 1 {
			t.Fatalf("%d inside", r.Inside)
		}
	}
	if most := 2 * (1 + int(30*time.Minute/token.AskAgain)); len(served) > most || len(served) < 2 {
		t.Errorf("%d of 1,000 networks were served in half an hour, want at most %d", len(served), most)
	}
}

// TestAPhoneThatMovesGoesOnAtOnce walks from home through the street and home again, with both families of addresses.
func TestAPhoneThatMovesGoesOnAtOnce(t *testing.T) {
	w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Rate = 1, 600 })
	v := w.visitor(1, epoch)
	w.register(v, "there")
	w.tick(&exchange.Memory{})
	grant := func() bucket.Grant {
		p, _, err := w.cloud.Log().Get(ctx, w.zone.Grants(), 1)
		if err != nil {
			t.Fatal(err)
		}
		return p.Grants[0]
	}
	for _, step := range []struct {
		from  token.Network
		after time.Duration
		want  problem.Code
		write bool
	}{
		{"4home00", 0, "", true}, // the claim itself
		{"4home00", time.Minute, "", false},
		{"6home00", time.Second, "", true}, // the other family
		{"4home00", time.Second, "", false},
		{"6home00", time.Second, "", false},
		{"4street", time.Minute, "", true}, // moves, and its other family goes along
		{"6street", time.Second, "", true},
		{"4home00", 30 * time.Second, problem.Elsewhere, false}, // too soon
		{"4street", time.Second, "", false},
		{"4home00", 2 * time.Minute, "", true},
		{"", time.Second, "", false}, // the address isn't known
	} {
		w.advance(step.after)
		before := grant()
		_, err := w.admit.EnterFrom(ctx, v, bucket.Ref{Page: 1}, step.from)
		if problem.CodeOf(err) != step.want {
			t.Errorf("from %q: %v, want %q", step.from, err, step.want)
		}
		if after := grant(); (before != after) != step.write {
			t.Errorf("from %q: %+v became %+v", step.from, before, after)
		}
	}
}
