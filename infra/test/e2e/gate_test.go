package e2e

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"foyer/infra/test/browser"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// worthless are access tokens that let nobody in, by why.
func worthless(t testing.TB, h, other *hall) map[string]string {
	t.Helper()
	stranger, err := token.MasterKeys{
		Keys: []token.MasterKey{{ID: "k1", Key: strings.Repeat("A", 43)}}, Seed: strings.Repeat("A", 43),
		Lasting: token.MasterKey{ID: "l1", Key: strings.Repeat("A", 43)},
	}.Keyring()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	grant := func(zone string, id byte) token.Access {
		return token.Access{Zone: zone, ID: queue.VisitorID{id}, Ref: bucket.Ref{Page: 1}}
	}
	good, better := keys(t).SignAccess(grant(h.name, 1), now), keys(t).SignAccess(grant(h.name, 2), now)
	part := strings.Split(good, ".")
	return map[string]string{
		"none":            "",
		"forged":          stranger.SignAccess(grant(h.name, 1), now),
		"expired":         keys(t).SignAccess(grant(h.name, 1), now.Add(-time.Hour)),
		"spliced":         part[0] + "." + part[1] + "." + strings.Split(better, ".")[2],
		"of another zone": keys(t).SignAccess(grant(other.name, 1), now),
		"a visitor token": keys(t).SignVisitor(token.Visitor{Zone: h.name, ID: queue.VisitorID{1}, Arrived: now}, now),
		"cut short":       good[:len(good)-1],
		"no token at all": "let me in",
	}
}

// TestGateKeepsProgramsOut: every worthless token gets 429 with a hint on what to do, and no origin sees the request.
func TestGateKeepsProgramsOut(t *testing.T) {
	t.Parallel()
	up(t)
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 0 })
	other := newHall(t, func(s *zone.Settings) { s.Capacity = 0 })
	for why, access := range worthless(t, h, other) {
		for _, carrier := range []string{"X-Foyer-Access: ", "Cookie: __Host-foyer-a-" + h.name + "="} {
			for _, method := range []string{"GET", "POST", "DELETE"} {
				a := ask(t, method, h.page()+"api/seats", "", "Accept: application/json", carrier+access)
				wait, _ := strconv.Atoi(a.Header.Get("Retry-After"))
				if a.Status != http.StatusTooManyRequests || wait < 1 ||
					a.Header.Get("Content-Type") != "application/problem+json" {
					t.Errorf("%s, %s: %d, Retry-After %d, %s", why, method, a.Status, wait, a.Body)
				}
				if j := a.JSON; j.Code != "waiting" || j.Zone != h.name || j.VisitorToken == "" ||
					j.Register == "" || j.Enter == "" {
					t.Errorf("%s, %s: %s", why, method, a.Body)
				}
			}
		}
	}
	if n := h.origin(); n != 0 {
		t.Errorf("%d origin requests", n)
	}
	if len(h.waiting()) != 0 || len(h.log()) != 0 {
		t.Error("asking left a trace in the database")
	}
}

// TestGateLetsTheBearerIn gives the test above its meaning.
func TestGateLetsTheBearerIn(t *testing.T) {
	t.Parallel()
	up(t)
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 0 })
	good := keys(t).SignAccess(token.Access{Zone: h.name, ID: queue.VisitorID{1}, Ref: bucket.Ref{Page: 1}}, time.Now())
	for _, carrier := range []string{"X-Foyer-Access: ", "Cookie: __Host-foyer-a-" + h.name + "="} {
		if a := ask(t, "GET", h.page(), "", carrier+good); a.Status != http.StatusOK ||
			!strings.Contains(a.Body, "/assets/hosted-") {
			t.Errorf("%s: %d %s", carrier, a.Status, a.Body)
		}
	}
	if n := h.origin(); n != 2 {
		t.Errorf("%d origin requests, want 2", n)
	}
}

// provesNothing: the same tokens in a browser's cookie show the waiting room, at the address that was asked for.
func provesNothing(t *testing.T, b *browser.Browser) {
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 0 })
	other := newHall(t, func(s *zone.Settings) { s.Capacity = 0 })
	for why, access := range worthless(t, h, other) {
		v := opens(t, b)
		v.Open(cloud.URL + "/foyer/site/theme.css") // somewhere to set a cookie
		cookie := fmt.Sprintf("__Host-foyer-a-%s=%s; Secure; Path=/", h.name, access)
		if kept := browser.Eval[string](v.Tab,
			`(document.cookie = `+strconv.Quote(cookie)+`, document.cookie)`); access != "" && !strings.Contains(kept, access) {
			t.Fatalf("the browser keeps no cookie: %q", kept)
		}
		v.Open(h.url() + "seats?row=7")
		v.inLine()
		if at := browser.Eval[string](v.Tab, "location.pathname + location.search"); at != h.page()+"seats?row=7" {
			t.Errorf("%s: the address is %s", why, at)
		}
	}
	if n := h.origin(); n != 0 {
		t.Errorf("%d origin requests", n)
	}
}

// TestProgramsGoTheWholeWay: an app needs headers and JSON only.
func TestProgramsGoTheWholeWay(t *testing.T) {
	t.Parallel()
	up(t)
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 1 })
	first := h.arrives()
	if a := first.post("register", "{}"); a.Status != 200 || a.JSON.Zone != h.name || len(a.JSON.Key) != 46 ||
		a.JSON.RegisteredAt == 0 {
		t.Fatalf("registering: %d %s", a.Status, a.Body)
	}
	first.goesIn()
	if a := first.open(); a.Status != 200 || !strings.Contains(a.Body, "/assets/hosted-") {
		t.Fatalf("inside: %d %s", a.Status, a.Body)
	}
	second := h.joins()
	if a := second.post("enter", ""); a.Status != http.StatusConflict || a.JSON.Code != "not_called" ||
		a.Header.Get("Retry-After") == "" {
		t.Errorf("entering uncalled: %d %s", a.Status, a.Body)
	}
	if a := first.post("enter", ""); a.Status != 200 || a.JSON.State != "inside" || a.JSON.AccessToken == "" ||
		a.Header.Get("Set-Cookie") != "" {
		t.Errorf("renewing: %d %s", a.Status, a.Body)
	}
	first.leaves()
	second.goesIn()
	if a := first.post("enter", ""); a.Status != http.StatusGone || a.JSON.Code != "ended" {
		t.Errorf("entering again after leaving: %d %s", a.Status, a.Body)
	}
	if a := first.post("leave", ""); a.Status != 200 {
		t.Errorf("leaving twice: %d %s", a.Status, a.Body)
	}
}

// TestNobodyComesBackOnTheOldToken: visitors that have left may register as often as they like; the line passes them
// by.
func TestNobodyComesBackOnTheOldToken(t *testing.T) {
	t.Parallel()
	up(t)
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 5 })
	gone := h.entersAlone()
	gone.leaves()
	gone.post("register", "")
	next := h.joins()
	next.goesIn()
	until(t, soon, "the stray place to be swept", func() bool { return len(h.waiting()) == 0 })
	if a := gone.post("enter", ""); a.Status != http.StatusGone {
		t.Errorf("entering: %d %s", a.Status, a.Body)
	}
	grants := 0
	for _, p := range h.log() {
		grants += len(p.Grants)
	}
	if grants != 2 {
		t.Errorf("%d grants, want one each", grants)
	}
}
