package room

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"foyer/internal/gateway/web"
	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/register"
)

// newJourney is a stage with the real admitter behind the door, and the exchange that ticks for it.
func newJourney(t *testing.T) (*stage, func()) {
	s := newStage(t)
	queue, log, zones := s.cloud.Queue(), s.cloud.Log(), s.cloud.Zones()
	ticks := &exchange.Exchange{Queue: queue, Log: log, Index: s.cloud.Index(), Zones: zones, Now: s.Clock}
	var m exchange.Memory
	grants := &admit.Service{
		Settings: zones, Queue: queue, Log: log, Index: s.cloud.Index(), Zones: zones, Now: s.Clock,
		Register: &register.Service{Settings: zones, Queue: queue, Now: s.Clock},
		Sleep: func(context.Context, time.Duration) error { // there is a tick meanwhile
			_, err := ticks.Tick(t.Context(), s.settings, &m)
			return err
		},
	}
	s.admit.Grants, s.register.Places.(*register.Service).Ended = grants, grants.Ended
	return s, func() {
		t.Helper()
		s.Now = s.Now.Add(time.Second)
		if _, err := ticks.Tick(t.Context(), s.settings, &m); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *stage) expect(got web.Response, status int, what string) web.Response {
	s.Helper()
	if got.StatusCode != status {
		s.Fatalf("%s: %d %s", what, got.StatusCode, got.Body)
	}
	return got
}

// states is the state of every grant.
func (s *stage) states() string {
	s.Helper()
	pages, err := s.cloud.Log().Read(s.Context(), s.settings.Grants(), 1)
	if err != nil {
		s.Fatal(err)
	}
	out := ""
	for _, p := range pages {
		for _, g := range p.Grants {
			out += string(g.State)
		}
	}
	return out
}

func TestTheWayThroughByTheSocket(t *testing.T) {
	s, tick := newJourney(t)
	s.expect(s.do("admit-claim", `{"body":"{}"}`), http.StatusConflict, "claiming before registering")
	s.expect(s.do("register-connect", ""), http.StatusOK, "connecting")
	s.expect(s.do("admit-claim", ""), http.StatusConflict, "claiming before the turn")
	tick()
	s.expect(s.do("admit-claim", ""), http.StatusOK, "claiming")
	s.expect(s.do("admit-claim", ""), http.StatusOK, "claiming again")
	if len(s.waiting()) != 0 || s.states() != string(bucket.Inside) {
		t.Errorf("waiting %v, grants %q", s.waiting(), s.states())
	}
	s.Now = s.Now.Add(90 * time.Second)
	s.expect(s.do("admit-renew", ""), http.StatusOK, "renewing")
	s.expect(s.do("admit-leave", ""), http.StatusOK, "leaving")
	s.expect(s.do("admit-leave", ""), http.StatusOK, "leaving again")
	s.forgotten(s.expect(s.do("admit-renew", ""), http.StatusGone, "coming back on the old token"))
	s.forgotten(s.expect(s.do("register-http", ""), http.StatusGone, "registering on the old token"))
	s.expect(s.do("register-api-client", ""), http.StatusGone, "registering on the old token as a program")
	s.expect(s.do("register-connect", ""), http.StatusGone, "connecting on the old token")
	if s.states() != string(bucket.Left) || len(s.waiting()) != 0 {
		t.Errorf("waiting %v, grants %q", s.waiting(), s.states())
	}
}

func TestTheWayThroughWhileThereIsRoom(t *testing.T) {
	s, _ := newJourney(t)
	got := s.expect(s.do("admit-direct", ""), http.StatusOK, "entering")
	if len(got.Cookies) != 1 {
		t.Errorf("cookies %v", got.Cookies)
	}
	s.expect(s.do("admit-direct", ""), http.StatusOK, "entering again")
	if s.states() != string(bucket.Inside) || len(s.waiting()) != 0 {
		t.Errorf("grants %q, waiting %v", s.states(), s.waiting())
	}
}

func TestOneWhoMissedTheTurnRegistersAgainAndGetsIn(t *testing.T) {
	s, tick := newJourney(t)
	s.expect(s.do("register-api-client", ""), http.StatusOK, "registering")
	tick()
	s.Now = s.Now.Add(s.settings.Window + time.Second)
	tick()
	var doc struct{ Code string }
	_ = json.Unmarshal(
		[]byte(s.expect(s.do("admit-claim-api-client", ""), http.StatusConflict, "claiming late").Body),
		&doc,
	)
	if doc.Code != "missed" {
		t.Errorf("code %q", doc.Code)
	}
	s.expect(s.do("register-api-client", ""), http.StatusOK, "registering again")
	tick()
	s.expect(s.do("admit-claim-api-client", `{"body":"{}"}`), http.StatusOK, "claiming")
	if s.states() != "mi" {
		t.Errorf("grants %q", s.states())
	}
}
