package edge

import (
	"testing"
	"time"

	"foyer/internal/testkit/known"
)

// What the gate leaves in a request for the waiting room is what CloudFront makes its cache key of.
func TestKnownTheWaitingRoomKeepsOrigin(t *testing.T) {
	known.Fault(t, "the waiting room keeps origin")
	for _, c := range []struct {
		what string
		ask  Event
	}{
		{"room", ask("GET /page", browser, cookies(visitorCookie()), "origin: https://a1b2c3", "authorization: x",
			"x-amz-server-side-encryption-customer-algorithm: AES256", "user-agent: u")},
		{"site", ask("GET /page", browser, cookies(accessCookie(time.Minute)), "origin: https://sale.example")},
	} {
		out, err := runOnce(t, c.ask)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: origin %q, uri %s", c.what, out.Origin, out.Request.URI)
		for name, v := range out.Request.Headers {
			t.Logf("   %s: %s", name, v.Value)
		}
	}
}

func runOnce(t *testing.T, e Event) (Outcome, error) {
	r, err := New(build(t), mapStore(state("main", nil)),
		RunnerOptions{Now: func() time.Time { return time.UnixMilli(vectors.Now) }, Pool: 1})
	if err != nil {
		t.Fatal(err)
	}
	return r.Handle(t.Context(), e)
}
