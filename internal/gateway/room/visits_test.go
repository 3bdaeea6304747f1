package room

import (
	"fmt"
	"strings"
	"testing"

	"foyer/infra/topology"
	"foyer/internal/gateway/web"
	"foyer/internal/problem"
	"foyer/internal/testkit/gatewaytest"
)

const visitName = gatewaytest.VisitorHex + ".12.3"

// server asks as a server of the protected site does: it has no cookies.
func (s *stage) server(method, visit, secret, body string) web.Response {
	s.Helper()
	return s.do("admit-leave", fmt.Sprintf(`{"cookies":null,"rawPath":"/foyer/zones/main/visits/%s","body":%q,
		"requestContext":{"http":{"method":%q}},"headers":{%q:%q,"origin":null,"sec-fetch-site":null}}`,
		visit, body, method, topology.HeaderSite, secret))
}

func TestTheSitesServersAskAndSayOfVisits(t *testing.T) {
	for _, c := range []struct{ method, body, asked string }{
		{"GET", "", "visit"}, {"POST", `{"state":"left"}`, "left"}, {"POST", `{"state":"bought"}`, "bought"},
	} {
		s := newStage(t)
		got := s.server(c.method, visitName, gatewaytest.SiteSecret, c.body)
		if want := c.asked + " main " + gatewaytest.VisitorHex + " 12.3"; len(s.door.asked) != 1 || s.door.asked[0] != want {
			t.Errorf("%s: asked %q, want %q", c.body, s.door.asked, want)
		}
		if want := `{"alive":true,"state":"inside","until":1790003600000}`; got.StatusCode != 200 || got.Body != want {
			t.Errorf("%s: %d %s, want %s", c.body, got.StatusCode, got.Body, want)
		}
	}
}

func TestOnlyTheSitesServersMayAskOfVisits(t *testing.T) {
	for _, secret := range []string{"", "guess", gatewaytest.DoorSecret} {
		s := newStage(t)
		got := s.server("POST", visitName, secret, `{"state":"left"}`)
		if got.StatusCode != 403 || len(s.door.asked) != 0 {
			t.Errorf("with %q: %d, asked %q", secret, got.StatusCode, s.door.asked)
		}
	}
}

func TestAVisitIsNamedAsTheSiteWasTold(t *testing.T) {
	for visit, body := range map[string]string{
		"x.1.0": `{"state":"left"}`, gatewaytest.VisitorHex: `{"state":"left"}`, gatewaytest.VisitorHex + ".0.0": "",
		gatewaytest.VisitorHex + ".1": "", visitName: `{"state":"inside"}`,
		strings.ToUpper(gatewaytest.VisitorHex) + ".1.0": `{"state":"left"}`,
	} {
		s := newStage(t)
		if got := s.server("POST", visit, gatewaytest.SiteSecret, body); got.StatusCode != 400 || len(s.door.asked) != 0 {
			t.Errorf("%s %s: %d %s, asked %q", visit, body, got.StatusCode, got.Body, s.door.asked)
		}
	}
	for _, body := range []string{`{"state":"left"} {}`, `{"state":"left","more":1}`} {
		s := newStage(t)
		if got := s.server("POST", visitName, gatewaytest.SiteSecret, body); got.StatusCode != 400 || len(s.door.asked) != 0 {
			t.Errorf("%s: %d, asked %q", body, got.StatusCode, s.door.asked)
		}
	}
	s := newStage(t)
	s.door.err = problem.New(problem.NotFound, "")
	if got := s.server("GET", visitName, gatewaytest.SiteSecret, ""); got.StatusCode != 404 {
		t.Errorf("a visit that isn't there: %d", got.StatusCode)
	}
}
