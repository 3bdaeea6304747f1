package edge

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"foyer/infra/topology"
	"foyer/internal/testkit/skip"
)

// back returns the headers that the function makes of a site's.
func back(t *testing.T, host, path string, header http.Header) http.Header {
	t.Helper()
	return backOf(t, host, path, nil, header)
}

// backOf is back where other sites are behind other hosts.
func backOf(t *testing.T, host, path string, others map[string][2]string, header http.Header) http.Header {
	t.Helper()
	built, err := BuildBack(host, path, others)
	if err != nil {
		t.Fatal(err)
	}
	if len(built) > MaxSize {
		t.Errorf("%d bytes", len(built))
	}
	b, err := NewBack(built)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "https://sale.example/a", nil)
	status, err := b.Handle(r, 302, header)
	if err != nil {
		t.Fatal(err)
	}
	if status != 302 {
		header.Set("Status", strconv.Itoa(status)) // for the tests to see
	}
	return header
}

// A site that takes its own host for the public one sends nobody past the gate.
func TestTheSitesRedirectsToItselfStayInFront(t *testing.T) {
	for _, c := range []struct{ path, location, want string }{
		{"", "https://shop.example/about?x=1#top", "/about?x=1#top"},
		{"", "http://shop.example/about", "/about"},
		{"", "//shop.example/about", "/about"},
		{"", "https://SHOP.example", "/"},
		{"", "https://shop.example?x=1", "/?x=1"},
		{"", "https://shop.example//evil.example/", "/evil.example/"},
		{"", "https://shop.example/\\evil.example/", "/evil.example/"},
		{"", "https://shop.example\\evil.example/", "/evil.example/"},
		{"", "https://shop.example.evil.example/", "https://shop.example.evil.example/"},
		{"", "https://pay.example/?back=https://shop.example/", "https://pay.example/?back=https://shop.example/"},
		{"", "https://shop.example:8443/a", "https://shop.example:8443/a"},
		{"", "/about", "/about"}, {"", "about", "about"}, {"", "?page=2", "?page=2"},
		{"/shop", "https://shop.example/shop/about", "/about"}, {"/shop", "/shop/about", "/about"},
		{"/shop", "/shop", "/"}, {"/shop", "/shop?x=1", "/?x=1"}, {"/shop", "/shopping", "/shopping"},
		{"/shop", "https://sale.example/shop/about", "/about"}, {"", "https://sale.example/about", "/about"},
		{"/shop", "https://shop.example/other", "/other"}, {"/shop", "about", "about"},
		{"", "https://shop.example:443/about", "/about"}, {"", "http://shop.example:80/about", "/about"},
		{"", "https://sale.example:443/about", "/about"}, {"", "HTTPS://shop.example/about", "/about"},
	} {
		got := back(t, "shop.example", c.path, http.Header{"Location": {c.location}}).Get("Location")
		if got != c.want {
			t.Errorf("behind %q: %s became %s, want %s", c.path, c.location, got, c.want)
		}
	}
}

// What is before every path is taken off where the site knows the public host, and no redirect to nowhere becomes a
// path.
func TestRedirectsOfASiteThatKnowsThePublicHost(t *testing.T) {
	for location, want := range map[string]string{
		"/shop/about": "/about", "https://sale.example/shop/about": "/about", "/shop//evil.example/": "/evil.example/",
		"https://shop.example/shop/about": "https://shop.example/shop/about", "///evil.example/": "///evil.example/",
	} {
		if got := back(t, "", "/shop", http.Header{"Location": {location}}).Get("Location"); got != want {
			t.Errorf("%s became %s, want %s", location, got, want)
		}
	}
}

func TestEachHostHasItsOwnSite(t *testing.T) {
	others := map[string][2]string{"sale.example": {"Other.example", ""}}
	for location, want := range map[string]string{
		"https://other.example/a": "/a", "https://shop.example/a": "https://shop.example/a",
	} {
		if got := backOf(t, "shop.example", "", others, http.Header{"Location": {location}}).Get("Location"); got != want {
			t.Errorf("%s became %s, want %s", location, got, want)
		}
	}
}

func TestTheSitesCookiesBelongToTheFrontDoor(t *testing.T) {
	h := back(t, "shop.example:8443", "", http.Header{
		"Set-Cookie": {"a=1; Domain=shop.example; Path=/; Secure", "b=2; domain=.Shop.Example",
			"c=3; Domain=example; HttpOnly", "d=4", "a=5; Domain=shop.example"},
		"X-Two": {"1", "2"},
	})
	got := map[string]bool{}
	for _, line := range h.Values("Set-Cookie") {
		got[line] = true
	}
	for _, want := range []string{"a=1; Path=/; Secure", "a=5", "b=2", "c=3; Domain=example; HttpOnly", "d=4"} {
		if !got[want] {
			t.Errorf("no %q in %v", want, got)
		}
	}
	if len(got) != 5 || len(h.Values("X-Two")) != 2 {
		t.Errorf("headers %v", h)
	}
}

// A site below a path of its server's sets cookies for that path, of which browsers know nothing.
func TestTheSitesCookiesAreForPathsOfTheFrontDoor(t *testing.T) {
	for attributes, want := range map[string]string{
		"Path=/shop": "Path=/", "path=/shop/": "path=/", "Secure; Path=/shop/cart; HttpOnly": "Secure; Path=/cart; HttpOnly",
		"Path=/": "Path=/", "Path=/shopping": "Path=/shopping", "Path=/other": "Path=/other", "Secure": "Secure",
		"Domain=shop.example; Path=/shop": "Path=/",
	} {
		h := back(t, "shop.example", "/shop", http.Header{"Set-Cookie": {"a=1; " + attributes}})
		if got := strings.Join(strings.Fields(h.Get("Set-Cookie")), " "); got != "a=1; "+want {
			t.Errorf("%s became %q, want %s", attributes, got, want)
		}
	}
}

// A page may redirect by a header after a while, too.
func TestTheSitesRefreshesStayInFront(t *testing.T) {
	for value, want := range map[string]string{
		"5; url=https://shop.example/next":   "5; url=/next",
		`0;URL="https://shop.example/next"`:  `0;URL="/next"`,
		"5":                                  "5",
		"5; url=https://pay.example/next?a=": "5; url=https://pay.example/next?a=",
		"5; url=next":                        "5; url=next",
	} {
		if got := back(t, "shop.example", "", http.Header{"Refresh": {value}}).Get("Refresh"); got != want {
			t.Errorf("%s became %s, want %s", value, got, want)
		}
	}
}

// The waiting room is shown at the site's own addresses; nobody else may show it within theirs.
func TestPagesOfOursAreSecuredAtAnyAddress(t *testing.T) {
	h := back(t, "", "", http.Header{http.CanonicalHeaderKey(topology.HeaderPage): {"page"}})
	for name, value := range topology.SecurityHeaders {
		if h.Get(name) != value {
			t.Errorf("%s: %q, want %q", name, h.Get(name), value)
		}
	}
	if h.Get(topology.HeaderPage) != "" {
		t.Error("the mark is left")
	}
	if h.Get("Status") != "" {
		t.Errorf("an ordinary page became %s", h.Get("Status"))
	}
	room := back(t, "", "", http.Header{http.CanonicalHeaderKey(topology.HeaderPage): {topology.PageOfRoom}})
	if room.Get("Status") != "429" || room.Get("Retry-After") != topology.RoomRetry ||
		room.Get("X-Frame-Options") == "" {
		t.Errorf("the waiting room: %v", room)
	}
	if h := back(t, "", "", http.Header{"Location": {"/a"}}); len(h) != 1 {
		t.Errorf("the site's answer became %v", h)
	}
}

// The function is in the language of the platform, which Debian's njs speaks.
func TestTheWayBackRunsOnThePlatformsEngine(t *testing.T) {
	skip.Need(t, "njs", "apt-get install njs")
	built, err := BuildBack("shop.example", "/shop", nil)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "back.js")
	script := built + `
const event = {request: {headers: {}}, response: {headers: {location: {value: 'https://shop.example/shop/a'}},
  cookies: {a: {value: '1', attributes: 'Domain=shop.example; Path=/'}}}};
console.log(handler(event).headers.location.value + ' ' + event.response.cookies.a.attributes);`
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "njs", file)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "/a  Path=/" {
		t.Errorf("%v: %s", err, out)
	}
}
