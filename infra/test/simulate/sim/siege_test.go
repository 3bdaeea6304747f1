package sim

import (
	"testing"
	"time"
)

func TestASiegeHoldsNobodyUp(t *testing.T) {
	for _, s := range []siege{
		{bots: 150, does: stay, every: 5 * time.Second},
		{bots: 150, does: stay, every: 30 * time.Second, sockets: true},
		{bots: 150, does: reconnect, every: 4 * time.Second, sockets: true},
		{bots: 150, does: leave, every: 5 * time.Second, sockets: true},
		{bots: 150, does: late, every: 5 * time.Second, sockets: true},
	} {
		s.people, s.capacity, s.rate = 400, 200, 120
		s.lasts = s.bound() + 90*time.Second
		t.Run(string(s.does), func(t *testing.T) {
			t.Parallel()
			alone := s
			alone.bots = 0
			r := s.play(1, alone.play(1, Siege{}))
			if r.Failure != nil || r.Entered == 0 || r.Alone == 0 {
				t.Errorf("%d people entered, %d alone: %v", r.Entered, r.Alone, r.Failure)
			}
		})
	}
}
