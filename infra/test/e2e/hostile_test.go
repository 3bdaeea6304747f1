package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"foyer/internal/gateway/web"
	"foyer/internal/problem"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// TestBadInputThroughTheFrontDoor: whatever is wrong, the answer has one shape and the right status, and nothing
// changes behind it. Requests are written by hand, since no client would send them.
func TestBadInputThroughTheFrontDoor(t *testing.T) {
	t.Parallel()
	up(t)
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 0 })
	p := h.arrives()
	me := "X-Foyer-Visitor: " + p.visitor
	cookie := "Cookie: __Host-foyer-v-" + h.name + "=" + p.visitor
	own := "Origin: " + cloud.URL
	api := "/foyer/zones/" + h.name + "/"
	// Nobody is given a token of a zone that isn't there; of one that was, perhaps.
	stray := keys(t).SignVisitor(token.Visitor{Zone: "nowhere", ID: queue.VisitorID{1}, Arrived: time.Now()}, time.Now())
	big := strings.Repeat("a", web.MaxBody+1)
	for _, c := range []struct {
		why, line, headers, body string
		status                   int
		code                     problem.Code // empty: CloudFront or S3 refuses by itself, with a page of its own
	}{
		{"malformed JSON", "POST " + api + "enter", me, `{"ref":`, 400, problem.Invalid},
		{"no object", "POST " + api + "enter", me, `["ref"]`, 400, problem.Invalid},
		{"two objects", "POST " + api + "enter", me, `{}{}`, 400, problem.Invalid},
		{"an unknown field", "POST " + api + "enter", me, `{"capacity":1}`, 400, problem.Invalid},
		{"a field of another type", "POST " + api + "enter", me, `{"ref":7}`, 400, problem.Invalid},
		{"no reference", "POST " + api + "enter", me, `{"ref":"1.12"}`, 400, problem.Invalid},
		{"bad UTF-8", "POST " + api + "enter", me, "{\"ref\":\"\xff\xfe\"}", 400, problem.Invalid},
		{"a byte order mark", "POST " + api + "register", me, "\xef\xbb\xbf{}", 400, problem.Invalid},
		{"an oversized body", "POST " + api + "register", me, `{"a":"` + big + `"}`, 413, problem.TooLarge},
		{"a much too large body", "POST " + api + "register", me, strings.Repeat(" ", 1<<20), 413, problem.TooLarge},
		{"a body where none belongs", "POST " + api + "leave", me, `{"all":true}`, 400, problem.Invalid},
		{"no token", "POST " + api + "register", "", "", 401, problem.Unauthorized},
		{"no token to enter", "POST " + api + "enter", "", "", 401, problem.Unauthorized},
		{"no token to leave", "POST " + api + "leave", "", "", 401, problem.Unauthorized},
		{"a token of nobody", "POST " + api + "register", "X-Foyer-Visitor: a.b.c", "", 401, problem.Unauthorized},
		{"a token with a wrong byte", "POST " + api + "register", me + "A", "", 401, problem.Unauthorized},
		{"a token in bad UTF-8", "POST " + api + "register", "X-Foyer-Visitor: \xff\xfe", "", 401, problem.Unauthorized},
		{"a cookie without an origin", "POST " + api + "register", cookie, "", 403, problem.Forbidden},
		{"a cookie from a foreign page", "POST " + api + "leave", cookie + "\r\nOrigin: https://evil.example", "", 403,
			problem.Forbidden},
		{"a cookie from a foreign site", "POST " + api + "leave", cookie + "\r\n" + own + "\r\nSec-Fetch-Site: cross-site",
			"", 403, problem.Forbidden},
		{"an unknown zone", "POST /foyer/zones/nowhere/register", "X-Foyer-Visitor: " + stray, "", 404, problem.UnknownZone},
		{"the token of another zone", "POST /foyer/zones/main/register", me, "", 401, problem.Unauthorized},
		{"an unknown zone's status", "GET /foyer/zones/nowhere/status", "", "", 404, problem.UnknownZone},
		{"a name that no zone can have", "GET /foyer/zones/-nowhere-/status", "", "", 404, problem.UnknownZone},
		{"a name that no page's zone can have", "GET /z/Not_A_Zone/", "", "", 404, problem.UnknownZone},
		{"a wrong method", "DELETE " + api + "register", me, "", 405, problem.Method},
		{"a wrong method for the status", "POST " + api + "status", me, "", 405, problem.Method},
		{"a wrong method to leave", "GET " + api + "leave", me, "", 405, problem.Method},
		{"a wrong method for a page", "PUT /foyer/site/theme.css", "", "x", 403, ""},
		{"no such resource", "GET " + api + "everything", me, "", 404, problem.NotFound},
		{"no such page", "GET /foyer/site/nothing.html", "", "", 403, ""},
		{"a path that climbs", "POST /foyer/zones/x/../" + h.name + "/leave", me, "", 400, problem.Invalid},
		{"an encoded path that climbs", "POST " + api + "%2e%2e/" + h.name + "/leave", me, "", 400, problem.Invalid},
		{"a doubled slash", "POST /foyer//zones/" + h.name + "/leave", me, "", 400, problem.Invalid},
		{"an address that is too long", "GET /z/" + h.name + "/" + big + strings.Repeat("b", 8000), "", "", 413, ""},
		{"huge headers", "GET " + h.page(), "X-Much: " + strings.Repeat("m", 33000), "", 413, ""},
		{"huge cookies", "GET " + h.page(), "Cookie: " + strings.Repeat("c=1; ", 7000), "", 413, ""},
	} {
		a := raw(t, c.line, c.headers, c.body)
		if c.code == "" {
			if a.Status != c.status || json.Valid([]byte(a.Body)) {
				t.Errorf("%s: %d %.200s", c.why, a.Status, a.Body)
			}
			continue
		}
		var doc problem.Document
		if err := json.Unmarshal([]byte(a.Body), &doc); err != nil {
			t.Errorf("%s: %d %.200s", c.why, a.Status, a.Body)
			continue
		}
		if a.Status != c.status || doc.Status != c.status || doc.Code != c.code {
			t.Errorf("%s: %d %.300s, want %d %s", c.why, a.Status, a.Body, c.status, c.code)
		}
		if doc.Type != "about:blank" || doc.Title == "" || doc.RequestID == "" ||
			a.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s has another shape: %s %.300s", c.why, a.Header.Get("Content-Type"), a.Body)
		}
		if c.status == http.StatusMethodNotAllowed && a.Header.Get("Allow") == "" {
			t.Errorf("%s: no Allow", c.why)
		}
	}
	for size, says := range map[int]string{1 << 21: `"code":"too_large"`, 7 << 20: "Request Entity Too Large"} {
		if a := inChunks(t, api+"register", size, me); a.Status != 413 || !strings.Contains(a.Body, says) {
			t.Errorf("%d bytes that don't say so: %d %.200s, want 413 and %s", size, a.Status, a.Body, says)
		}
	}
	if places, pages := len(h.waiting()), len(h.log()); places != 0 || pages != 0 || h.origin() != 0 {
		t.Errorf("%d places, %d pages, %d origin requests", places, pages, h.origin())
	}
}

// inChunks posts a body whose size shows only when it is there.
func inChunks(t *testing.T, path string, size int, header string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, cloud.URL+path,
		io.MultiReader(strings.NewReader(strings.Repeat("a", size))))
	if err != nil {
		t.Fatal(err)
	}
	name, value, _ := strings.Cut(header, ": ")
	r.Header.Set(name, value)
	return send(t, r)
}

// TestBadHandshakesAreRefused: API Gateway gives a refused handshake a body of its own, so only the status is ours.
func TestBadHandshakesAreRefused(t *testing.T) {
	t.Parallel()
	up(t)
	h := newHall(t, func(s *zone.Settings) { s.Capacity = 0 })
	p := h.arrives()
	upgrade := "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
		"dGhlIHNhbXBsZSBub25jZQ=="
	cookie, own := "\r\nCookie: __Host-foyer-v-"+h.name+"="+p.visitor, "\r\nOrigin: "+cloud.URL
	for why, c := range map[string]struct {
		path, headers string
		status        int
	}{
		"no upgrade":           {"/ws?zone=" + h.name, cookie[2:] + own, 426},
		"no token":             {"/ws?zone=" + h.name, upgrade + own, 401},
		"no origin":            {"/ws?zone=" + h.name, upgrade + cookie, 403},
		"a foreign origin":     {"/ws?zone=" + h.name, upgrade + cookie + "\r\nOrigin: https://evil.example", 403},
		"no zone":              {"/ws", upgrade + cookie + own, 404},
		"an unknown zone":      {"/ws?zone=nowhere", upgrade + cookie + own, 401},
		"a token in the query": {"/ws?zone=" + h.name + "&token=" + p.visitor, upgrade + own, 401},
		"a zone in bad UTF-8":  {"/ws?zone=%ff%fe", upgrade + cookie + own, 404},
	} {
		if a := raw(t, "GET "+c.path, c.headers, ""); a.Status != c.status {
			t.Errorf("%s: %d %.200s, want %d", why, a.Status, a.Body, c.status)
		}
	}
	if n := len(h.waiting()); n != 0 {
		t.Errorf("%d places", n)
	}
}

// raw writes a request as it is.
func raw(t *testing.T, line, headers, body string) (a answer) {
	t.Helper()
	host := strings.TrimPrefix(cloud.URL, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if headers != "" {
		headers += "\r\n"
	}
	if !strings.Contains(headers, "Upgrade") {
		headers += "Connection: close\r\n"
	}
	go fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n%s\r\n%s", line, host, len(body), headers, body)
	method, _, _ := strings.Cut(line, " ")
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%.80s: %v", line, err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body) // what an answer has said stands, also when the connection ends for a body unread
	a.Status, a.Header, a.Body = res.StatusCode, res.Header, string(text)
	return a
}
