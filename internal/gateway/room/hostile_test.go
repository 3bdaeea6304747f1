package room

import (
	"testing"

	"foyer/internal/testkit/gatewaytest"
)

// Every bad request is answered with its status and code in the one shape of errors, and leaves everything as it was.
func TestABadRequestChangesNothing(t *testing.T) {
	for _, h := range gatewaytest.Hostiles(t, "register", "admit") {
		t.Run(h.Name, func(t *testing.T) {
			if got := newStage(t).do(h.Event, ""); got.StatusCode >= 400 {
				t.Fatalf("%s itself is refused: %s", h.Event, got.Body)
			}
			s := newStage(t)
			h.Refused(t, s.do(h.Event, string(h.Patch)))
			if len(s.waiting()) != 0 || len(s.door.asked) != 0 || len(s.maps.opened) != 0 {
				t.Errorf("waiting %v, asked %v, opened %v: something changed", s.waiting(), s.door.asked, s.maps.opened)
			}
		})
	}
}
