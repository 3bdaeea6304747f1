package crowd

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"foyer/internal/room/census"
)

// A page asks at most 25 times in 20 minutes; so does a visitor of the crowd.
func TestPollsOfALongWait(t *testing.T) {
	for name, s := range map[string]status{
		"place unknown": {State: "open"},
		"nothing moves": {State: "open", Called: "00"},
		"paused":        {State: "paused"},
		"scheduled":     {State: "scheduled", OpensAt: time.Hour.Milliseconds()},
	} {
		for _, live := range []bool{true, false} {
			p := pace{random: func() float64 { return 0.5 }}
			start := time.UnixMilli(1_700_000_000_000)
			polls := 0
			for now := start; now.Sub(start) < 20*time.Minute; polls++ {
				now = now.Add(p.next(s, live, now))
			}
			if polls > 25 || polls < 4 {
				t.Errorf("%s, live %v: %d polls in 20 minutes", name, live, polls)
			}
		}
	}
}

func TestTheNextIsAskedForSoonerNearTheTurn(t *testing.T) {
	key := "80018bcfe5680000" + strings.Repeat("0", 30)
	s := status{State: "open"}
	s.You = &struct {
		ArrivedAt int64  `json:"arrivedAt"`
		Key       string `json:"key"`
	}{1, key}
	s.Census = &struct {
		At    int64  `json:"at"`
		Knots string `json:"knots"`
	}{2, census.Knots{{At: 1}, {At: 2, Below: 600}}.Pack()}
	s.Rate.High = 600
	p := pace{random: func() float64 { return 0.5 }}
	if got, want := s.soonest(), 601*time.Minute/600; got.Round(time.Second) != want.Round(time.Second) {
		t.Errorf("601st at 600 a minute: %v, want %v", got, want)
	}
	far := p.next(s, false, time.UnixMilli(0))
	s.Rate.High = 60_000
	if near := p.next(s, false, time.UnixMilli(0)); near >= far {
		t.Errorf("near its turn it asks after %v, far from it after %v", near, far)
	}
	s.Called = key
	if !s.called() {
		t.Error("the called key is not called")
	}
}

// A redirect or a resolver must not lead the crowd away.
func TestOnlyLoopbackIsDialled(t *testing.T) {
	for _, transport := range []*http.Transport{transport(""), socketTransport("")} {
		_, err := transport.DialContext(t.Context(), "tcp", "192.0.2.1:80")
		if err == nil || !strings.Contains(err.Error(), "not a loopback address") {
			t.Errorf("dialled a foreign address: %v", err)
		}
	}
}
