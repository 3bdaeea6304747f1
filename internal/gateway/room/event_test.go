package room

import (
	"strings"
	"testing"
	"time"

	"foyer/internal/room/event"
)

func TestTheEventIsOneAnswerForEverybody(t *testing.T) {
	s := newStage(t)
	answer := s.do("register-event", "")
	if answer.StatusCode != 200 || !strings.Contains(answer.Body, `"version":0,"name":"`+s.settings.Title+`"`) {
		t.Errorf("without an event: %d %s", answer.StatusCode, answer.Body)
	}
	e := event.Event{Zone: "main", Version: 1, Name: "The Night Ferries", Place: "Harbour Hall",
		Begin: time.Date(2027, 6, 19, 20, 45, 0, 0, time.FixedZone("CEST", 7200))}
	if err := s.cloud.Zones().SaveEvent(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	answer = s.do("register-event", "")
	if answer.Body != e.Encode() || answer.Headers["cache-control"] != "public, max-age=15" {
		t.Errorf("%s, kept %s", answer.Body, answer.Headers["cache-control"])
	}
	for name, want := range map[string]struct{ kind, text string }{
		"event.ics":  {"text/calendar; charset=utf-8", "UID:main@tickets.example.com"},
		"event.html": {"text/html; charset=utf-8", "Saturday 19 June 2027, 20:45"},
	} {
		answer := s.do("register-event", `{"rawPath": "/foyer/zones/main/`+name+`"}`)
		if answer.StatusCode != 200 || answer.Headers["content-type"] != want.kind ||
			!strings.Contains(answer.Body, want.text) {
			t.Errorf("%s: %d %v %s", name, answer.StatusCode, answer.Headers, answer.Body)
		}
	}
	if answer := s.do("register-event", `{"rawPath": "/foyer/zones/nowhere/event"}`); answer.StatusCode != 404 {
		t.Errorf("of no zone: %d %s", answer.StatusCode, answer.Body)
	}
}
