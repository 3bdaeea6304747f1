package e2e

import (
	"net/http"
	"testing"
	"time"

	"foyer/infra/test/browser"
	"foyer/internal/room/rules"
	"foyer/internal/room/zone"
)

// waitsByARule: paths that a rule gives to a zone wait there within seconds, by the table, the stream and the relay,
// and what a rule opens doesn't. The page knows its zone, though the address doesn't name it.
func waitsByARule(t *testing.T, b *browser.Browser) {
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 0 })
	shop := "/shop-" + h.name
	if a := ask(t, "GET", shop+"/tour", "", "Accept: application/json"); a.Status != http.StatusOK {
		t.Fatalf("before there is a rule: %d %s", a.Status, a.Body)
	}
	list, err := rules.Parse("open " + shop + "/open/*\n" + h.name + " " + shop + "/*")
	if err != nil {
		t.Fatal(err)
	}
	set := func(list []rules.Rule) time.Time {
		t.Helper()
		s, err := h.zones.Rules(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		s.Version++
		s.Hosts[rules.MainHost] = list
		if err := h.zones.SaveRules(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		return time.Now()
	}
	at := set(list)
	waits := func() bool {
		a := ask(t, "GET", shop+"/tour", "", "Accept: application/json")
		return a.Status == http.StatusTooManyRequests && a.JSON.Zone == h.name
	}
	until(t, soon, "the rule", waits)
	t.Logf("the rule is at the edge after %v", time.Since(at))
	if a := ask(t, "GET", shop+"/open/health", "", "Accept: application/json"); a.Status != http.StatusOK {
		t.Errorf("what is open: %d %s", a.Status, a.Body)
	}
	if a := ask(t, "GET", shop+"/OPEN/health", "", "Accept: application/json"); a.Status != http.StatusBadRequest {
		t.Errorf("a path of two readings: %d %s", a.Status, a.Body)
	}
	v := opens(t, b)
	v.Open(cloud.URL + shop + "/tour?row=7")
	v.inLine()
	if where := browser.Eval[string](v.Tab, "location.pathname + location.search"); where != shop+"/tour?row=7" {
		t.Errorf("the address is %s", where)
	}
	until(t, soon, "a place in the zone's line", func() bool { return len(h.waiting()) == 1 })
	set(nil)
	until(t, soon, "the rule to go", func() bool { return !waits() })
}
