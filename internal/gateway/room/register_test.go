package room

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"foyer/internal/room/register"
	"foyer/internal/room/zone"
	"foyer/internal/testkit/gatewaytest"
)

func TestRegisteringOverHTTPGuaranteesThePlace(t *testing.T) {
	s := newStage(t)
	got := s.do("register-http", "")
	key := "800193e4938800" + gatewaytest.VisitorHex
	want := `{"zone":"main","key":"` + key + `","registeredAt":1790000000000,"lane":0}`
	if got.StatusCode != http.StatusOK || !strings.HasSuffix(got.Body, want[strings.Index(want, `,"registeredAt"`):]) ||
		!strings.Contains(got.Body, gatewaytest.VisitorHex) {
		t.Errorf("%d %s, want %s", got.StatusCode, got.Body, want)
	}
	if got.Headers["cache-control"] != "no-store" || len(got.Cookies) != 0 {
		t.Errorf("headers %v, cookies %v", got.Headers, got.Cookies)
	}
	if all := s.waiting(); len(all) != 1 || all[0].Key.Visitor().String() != gatewaytest.VisitorHex || all[0].Conn != "" {
		t.Errorf("waiting %v", all)
	}
}

func TestTheSocketRegistersItsConnection(t *testing.T) {
	s := newStage(t)
	if got := s.do("register-connect", ""); got.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", got.StatusCode, got.Body)
	}
	made := s.Now.Add(-400 * time.Millisecond)
	if all := s.waiting(); len(all) != 1 || all[0].Conn != gatewaytest.SocketID || !all[0].ConnAt.Equal(made) {
		t.Errorf("waiting %v, want connection %s of %v", all, gatewaytest.SocketID, made)
	}
}

func TestRegisteringAgainIsOnePlaceAndOneArrival(t *testing.T) {
	s := newStage(t)
	for _, name := range []string{"register-http", "register-connect", "register-api-client", "register-connect"} {
		if got := s.do(name, ""); got.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %s", name, got.StatusCode, got.Body)
		}
		s.Now = s.Now.Add(time.Second)
	}
	if all := s.waiting(); len(all) != 1 {
		t.Errorf("%d places", len(all))
	}
	if out := s.Metrics.String(); strings.Count(out, `"Arrivals":1`) != 1 || strings.Count(out, `"Reconnects":1`) != 3 {
		t.Errorf("metrics %s", out)
	}
}

func TestAHandshakeMayComeFromTheHostThatWasAskedForInAnyCase(t *testing.T) {
	s := newStage(t)
	for _, patch := range []string{
		`{"headers":{"x-foyer-host":"TICKETS.example.com"}}`,
		`{"headers":{"x-foyer-host":"localhost:8080","Origin":"http://localhost:8080"}}`,
		`{"headers":{"x-foyer-host":null,"Host":"tickets.example.com"}}`,
		`{"headers":{"Cookie":null},"multiValueHeaders":{"Cookie":["a=b","` + s.cookie() + `"]}}`,
	} {
		if got := s.do("register-connect", patch); got.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", patch, got.StatusCode, got.Body)
		}
	}
}

// cookie is the visitor cookie of the events.
func (s *stage) cookie() string {
	s.Helper()
	cookies := s.Request("register-http", "").Cookies
	return cookies[slices.IndexFunc(cookies, func(c string) bool { return strings.HasPrefix(c, "__Host-foyer-v-main=") })]
}

func TestOfSeveralCookiesTheFirstThatProvesAnythingCounts(t *testing.T) {
	s := newStage(t)
	got := s.do("register-http", `{"cookies":["__Host-foyer-v-main=forged","`+s.cookie()+`"]}`)
	if got.StatusCode != http.StatusOK {
		t.Errorf("%d %s", got.StatusCode, got.Body)
	}
}

func TestAHeaderWinsOverACookieAlsoWhenItProvesNothing(t *testing.T) {
	s := newStage(t)
	got := s.do("register-http", `{"headers":{"x-foyer-visitor":"forged"}}`)
	if got.StatusCode != http.StatusUnauthorized {
		t.Errorf("%d %s", got.StatusCode, got.Body)
	}
}

func TestWhatIsNoEventIsAnError(t *testing.T) {
	s := newStage(t)
	for _, event := range []string{``, `[]`, `{}`, `{"version":"1.0"}`, `{"requestContext":{"eventType":7}}`,
		`{"version":"2.0","requestContext":{"eventType":7}}`,
		`{"requestContext":{"eventType":"CONNECT","connectionId":"c","connectedAt":"soon"}}`} {
		if out, err := s.register.Handle(t.Context(), []byte(event)); err == nil {
			t.Errorf("%s: answered %v", event, out)
		}
	}
}

// TestADrawsPlaceIsToldOnlyOnceTheSeedMayBeKnown: from the key anybody could reckon how good their draw is, and
// throw it away before the opening.
func TestADrawsPlaceIsToldOnlyOnceTheSeedMayBeKnown(t *testing.T) {
	s := newStage(t)
	s.settings.Policy, s.settings.OpensAt, s.settings.Version = zone.Draw, s.Now.Add(time.Minute), 2
	if err := s.cloud.Zones().SaveSettings(t.Context(), s.settings); err != nil {
		t.Fatal(err)
	}
	s.register.Places.(*register.Service).Seed = func(context.Context, string) (string, error) { return "5eed", nil }
	for _, c := range []struct {
		after time.Duration
		told  bool
	}{
		{0, false},
		{time.Minute, false},
		{time.Minute + zone.DrawGrace - time.Millisecond, false},
		{time.Minute + zone.DrawGrace, true},
	} {
		start := s.Now
		s.Now = s.Now.Add(c.after)
		got := s.do("register-http", "")
		var body registered
		if err := json.Unmarshal([]byte(got.Body), &body); err != nil || got.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", got.StatusCode, got.Body)
		}
		if told := body.Key != ""; told != c.told || body.Lane != 0 {
			t.Errorf("after %v: %s", c.after, got.Body)
		}
		s.Now = start
	}
}
