package cdn_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"foyer/infra/edge"
	"foyer/infra/local/cdn"
	"foyer/infra/topology"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
)

// chatty is an API that answers what the path's end says, with a header of its own that the policy overrules.
func chatty(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Frame-Options", "ALLOWALL")
	w.Header().Set("Cache-Control", "public, max-age=60")
	switch {
	case strings.HasSuffix(r.URL.Path, "/seats"):
		http.Error(w, "no", http.StatusConflict)
	case strings.HasSuffix(r.URL.Path, "/register"):
		http.Error(w, "down", http.StatusServiceUnavailable)
	case strings.HasSuffix(r.URL.Path, "/enter"):
		http.Redirect(w, r, "/", http.StatusFound)
	default:
		fmt.Fprint(w, "{}")
	}
}

// Every kind of answer of Foyer's own has the headers that keep it from being misread, framed or asked for by http:
// those of origins by the CDN's policy, the pages at the site's addresses by the way back, and those that the edge
// gives by itself from the function, since no policy reaches them. The site's own answers are the site's affair.
func TestEveryAnswerOfOursIsSecured(t *testing.T) {
	built, err := edge.BuildBack("", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	back, err := edge.NewBack(built)
	if err != nil {
		t.Fatal(err)
	}
	d := newDoor(t, `,"e":1`, func(c *cdn.Config) {
		c.Back, c.API = back, http.HandlerFunc(chatty)
		c.Static["enter/index.html"] = []byte("<p>enter</p>")
		c.Static["seats/index.html"] = []byte("<p>seats</p>")
	})
	d.site = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "frame-ancestors https://partner.example")
		fmt.Fprint(w, "the site")
	})
	const zone, page, script = "/foyer/zones/main/", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Mode: cors"
	stale := d.ring.SignAccess(token.Access{Zone: "main", ID: queue.VisitorID{1}, Ref: bucket.Ref{Page: 1}},
		time.Now().Add(-time.Hour))
	for _, c := range []struct {
		line   string
		header string
		status int
		edge   bool // answered by a function
	}{
		{"GET /foyer/site/seats/index.html", page, 200, false},
		{"GET /foyer/site/assets/a.js", script, 200, false},
		{"GET /foyer/site/nothing.js", script, 403, false},
		{"GET /page?foyer_c=1", page, 429, false},
		{"GET /page?foyer_c=1", page + "\r\nX-Foyer-Access: " + stale, 429, false},
		{"GET /page", page, 302, true},
		{"GET /page", script, 429, true},
		{"GET /page", "User-Agent: Googlebot", 429, true},
		{"GET /page", "User-Agent: WhatsApp preview", 302, true},
		{"GET /a/../b", page, 400, true},
		{"GET /a/../b", script, 400, true},
		{"GET /z/No_Name/", page, 404, true},
		{"GET " + zone + "status", script, 200, true},
		{"GET " + zone + "status?foyer_invite=" + strings.Repeat("a", 4096), script, 414, true},
		{"GET " + zone + "nothing", page, 404, true},
		{"GET " + zone + "nothing", script, 404, true},
		{"DELETE " + zone + "enter", script, 405, true},
		{"POST " + zone + "seats", "Content-Length: 2000000", 413, true},
		{"GET " + zone + "event", script, 200, false},
		{"GET " + zone + "event.html", page, 200, false},
		{"GET " + zone + "map", script, 200, false},
		{"GET " + zone + "map", script, 200, false}, // kept
		{"GET " + zone + "map/A", script, 200, false},
		{"GET " + zone + "sections", script, 200, false},
		{"GET " + zone + "sections/A", script, 200, false},
		{"GET " + zone + "seats", script, 409, false},
		{"POST " + zone + "register", script, 503, false},
		{"POST " + zone + "enter", page, 302, false},
		{"GET /foyer/orders/1", script, 200, false},
	} {
		res, _ := d.send(c.line, c.header)
		want := topology.SecurityHeaders
		if c.edge {
			want = topology.AnswerHeaders
		}
		if generated := res.Header.Get("X-Cache") == "FunctionGeneratedResponse from cloudfront"; generated != c.edge ||
			res.StatusCode != c.status {
			t.Errorf("%.60s, %s: %d, by a function: %v", c.line, c.header, res.StatusCode, generated)
		}
		for name, value := range want {
			if got := res.Header.Values(name); !slices.Equal(got, []string{value}) {
				t.Errorf("%.60s, %s, %d: %s: %q, want %q", c.line, c.header, res.StatusCode, name, got, value)
			}
		}
	}
	res, text := d.send("GET /page", "X-Foyer-Access: "+d.access())
	if text != "the site" || len(res.Header.Values("X-Frame-Options")) != 0 ||
		res.Header.Get("Content-Security-Policy") != "frame-ancestors https://partner.example" {
		t.Errorf("the site's own headers: %v", res.Header)
	}
	seen := d.Stats().Decisions
	for _, kind := range []edge.Kind{
		edge.Admitted, edge.Backend, edge.Room, edge.TooMany, edge.Arrived, edge.Previewed, edge.Entering, edge.Status,
		edge.Refused,
	} {
		if seen[kind] == 0 {
			t.Errorf("no answer of the kind %s was asked for: %v", kind, seen)
		}
	}
}

// What a viewer sends beside what a call needs reaches none of Foyer's own origins, whatever behaviour leads there.
func TestFoyersOriginsGetOnlyAllowListedHeadersAndCookies(t *testing.T) {
	d := newDoor(t, "")
	stray := []string{
		"Authorization: Bearer theirs", "X-Api-Key: theirs", "X-Amz-Security-Token: theirs", "X-Anything: x",
		"X-Foyer-Front-Door: guess", "X-Foyer-Host: guess", "X-Foyer-Network: guess", "X-Forwarded-Host: guess",
		"X-Foyer-Visitor: v", "X-Foyer-Access: a", "Idempotency-Key: k", "Content-Type: application/json",
		"Cookie: session=theirs; __Host-foyer-v-main=ours; _ga=theirs",
	}
	for _, line := range []string{
		"POST /foyer/zones/main/register", "GET /foyer/zones/main/seats", "GET /foyer/orders/1", "GET /ws?zone=main",
		"GET /foyer/zones/main/event", "GET /foyer/zones/main/map", "GET /foyer/zones/main/sections/A",
	} {
		d.send(line, stray...)
	}
	if len(d.api) != 6 || len(d.socket) != 1 {
		t.Fatalf("%d API and %d socket requests", len(d.api), len(d.socket))
	}
	allowed := []string{
		"Accept-Encoding", "Connection", "Content-Type", "Cookie", "Idempotency-Key", "User-Agent", "X-Amz-Cf-Id",
		"X-Forwarded-For", "X-Foyer-Access", "X-Foyer-Front-Door", "X-Foyer-Host", "X-Foyer-Network", "X-Foyer-Visitor",
	}
	for _, r := range append(d.api, d.socket...) {
		for _, name := range slices.Sorted(maps.Keys(r.Header)) {
			if value := r.Header.Get(name); !slices.Contains(allowed, name) || strings.Contains(value, "theirs") ||
				value == "guess" {
				t.Errorf("%s: %s: %s", r.URL.Path, name, value)
			}
		}
		if cookies := r.Cookies(); len(cookies) > 1 || len(cookies) == 1 && cookies[0].Value != "ours" {
			t.Errorf("%s: cookies %v", r.URL.Path, cookies)
		}
	}
}
