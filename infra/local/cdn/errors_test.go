package cdn

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"foyer/infra/topology"
)

// kept plays a distribution's cache before an origin that counts what reaches it.
type kept struct {
	*cache
	now    time.Time
	asked  int
	status int
	header http.Header
}

func newKept(errors map[int]time.Duration) *kept {
	k := &kept{now: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC), header: http.Header{}}
	k.cache = newCache(errors, func() time.Time { return k.now })
	return k
}

func (k *kept) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	k.asked++
	for name, values := range k.header {
		w.Header()[name] = values
	}
	w.WriteHeader(k.status)
	fmt.Fprint(w, k.asked)
}

// ask sends a request by way of its behaviour, and returns which of the origin's answers comes.
func (k *kept) ask(method, target string, header ...string) string {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	c := &Distribution{cfg: Config{Behaviours: topology.Behaviours}}
	b := c.behaviour(r.URL.Path)
	w := httptest.NewRecorder()
	k.serve(w, r, b, key(b, r), k)
	return w.Body.String()
}

// CloudFront keeps a 5xx of a GET for ten seconds, whatever it says of keeping, and gives it to everybody with the same
// key: under CachingDisabled the path alone.
func TestErrorsOfOneVisitorAreEverybodysUnlessToldOtherwise(t *testing.T) {
	for _, status := range []int{500, 502, 503, 504} {
		k := newKept(map[int]time.Duration{})
		k.status, k.header = status, http.Header{"Cache-Control": {"no-store"}}
		const enter = "/foyer/zones/main/enter"
		first := k.ask("GET", enter+"?to=%2Fa", "Cookie", "who=one")
		if got := k.ask("GET", enter+"?to=%2Fb", "Cookie", "who=two"); got != first || k.asked != 1 {
			t.Errorf("%d: another visitor got answer %s of %d", status, got, k.asked)
		}
		if k.ask("POST", enter); k.asked != 2 {
			t.Errorf("%d: a POST was answered from what is kept", status)
		}
		if k.ask("GET", "/foyer/zones/other/enter"); k.asked != 3 {
			t.Errorf("%d: another path was answered from what is kept", status)
		}
		k.now = k.now.Add(topology.ErrorTTL)
		if k.ask("GET", enter); k.asked != 4 {
			t.Errorf("%d: kept for longer than %s", status, topology.ErrorTTL)
		}
	}
}

func TestTheFrontDoorKeepsNobodysErrors(t *testing.T) {
	for _, path := range []string{
		"/foyer/zones/main/enter", "/foyer/zones/main/sections/A", "/foyer/orders/1", "/ws", "/a",
	} {
		for _, status := range []int{400, 403, 404, 405, 414, 500, 501, 502, 503, 504} {
			k := newKept(topology.ErrorTTLs)
			k.status = status
			k.ask("GET", path)
			if k.ask("GET", path); k.asked != 2 {
				t.Errorf("%s: a %d was kept", path, status)
			}
		}
	}
}

func TestHowLongAnswersAreKept(t *testing.T) {
	const kept, pages, api, site = "/foyer/zones/main/map", "/foyer/site/a.js", "/foyer/orders/1", "/a"
	for _, c := range []struct {
		path    string
		status  int
		control string
		want    time.Duration
	}{
		{kept, 200, "max-age=1", time.Second},
		{kept, 200, "max-age=3600", time.Minute},
		{kept, 200, "", 0},
		{kept, 200, "no-store", 0},
		{pages, 200, "", 24 * time.Hour},
		{pages, 200, "public, max-age=0, must-revalidate, s-maxage=10", 10 * time.Second},
		{api, 200, "max-age=60", 0},
		{site, 200, "", 0},
		{site, 200, "max-age=60", time.Minute},
		{site, 200, "private, max-age=60", 0},
		{site, 302, "max-age=60", time.Minute},
		{site, 206, "max-age=60", 0},
		{site, 404, "", 10 * time.Second},
		{site, 404, "no-store", 0},
		{site, 503, "no-store", 10 * time.Second},
		{site, 503, "max-age=60", time.Minute},
		{site, 400, "", 0},
		{site, 400, "max-age=60", time.Minute},
		{site, 429, "max-age=60", 0},
	} {
		d := &Distribution{cfg: Config{Behaviours: topology.Behaviours}}
		header := http.Header{"Cache-Control": {c.control}}
		got := newCache(map[int]time.Duration{}, time.Now).life(d.behaviour(c.path).Cache, c.status, header)
		if got != c.want {
			t.Errorf("%s %d %q: %s, want %s", c.path, c.status, c.control, got, c.want)
		}
	}
}

// What the protected site marks to be kept is kept for each cookie, query and authorization by itself.
func TestTheSitesPagesAreKeptForOneVisitor(t *testing.T) {
	k := newKept(topology.ErrorTTLs)
	k.status, k.header = 200, http.Header{"Cache-Control": {"max-age=60"}}
	for _, header := range [][]string{
		{}, {"Cookie", "a=1"}, {"Cookie", "a=2"}, {"Authorization", "x"}, {"Origin", "https://b.example"},
	} {
		for range 2 {
			k.ask("GET", "/a?x=1", header...)
		}
	}
	if k.ask("GET", "/a?x=2"); k.asked != 6 {
		t.Errorf("the site was asked %d times, want 6", k.asked)
	}
}

func TestPatternsFit(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"/foyer/zones/*/map", "/foyer/zones/main/map", true}, {"/foyer/zones/*/map", "/foyer/zones/main/map/A", false},
		{"/foyer/zones/*/map/*", "/foyer/zones/main/map/A", true}, {"/foyer/*", "/foyer/", true}, {"/ws", "/ws/", false},
		{"/foyer/*", "/Foyer/x", false}, {"*", "/", true}, {"/a?c", "/abc", true}, {"/a?c", "/ac", false},
	} {
		if got := fits(c.pattern, c.path); got != c.want {
			t.Errorf("%s fits %s: %v", c.pattern, c.path, got)
		}
	}
}
