package sale

import (
	"testing"

	"foyer/internal/testkit/gatewaytest"
)

// Every bad request is answered with its status and code in the one shape of errors, and leaves everything as it was.
func TestABadRequestChangesNothing(t *testing.T) {
	for _, h := range gatewaytest.Hostiles(t, "seats", "checkout", "webhook") {
		t.Run(h.Name, func(t *testing.T) {
			if got := newStage(t).do(h.Event, ""); got.StatusCode >= 400 {
				t.Fatalf("%s itself is refused: %s", h.Event, got.Body)
			}
			s := newStage(t)
			h.Refused(t, s.do(h.Event, string(h.Patch)))
			if touched := s.touched("stalls"); len(touched) != 0 || len(s.cash.asked) != 0 {
				t.Errorf("seats were touched: %v, the provider was asked: %v", touched, s.cash.asked)
			}
		})
	}
}
