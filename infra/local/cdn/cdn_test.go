package cdn_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"foyer/infra/edge"
	"foyer/infra/local/cdn"
	"foyer/infra/local/kvs"
	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
)

const storeARN = "arn:aws:cloudfront::123456789012:key-value-store/a1b2c3d4-0000-0000-0000-000000000000"

// door is a CDN on a port of its own, with back-ends that remember what reached them.
type door struct {
	*cdn.Distribution
	t      *testing.T
	url    string
	ring   *token.Keyring
	api    []*http.Request
	socket []*http.Request
	origin []*http.Request
	site   http.Handler // replaces the remembering origin
}

func newDoor(t *testing.T, change string) *door {
	t.Helper()
	secret := token.MasterKeys{
		Keys: []token.MasterKey{{ID: "k1", Key: strings.Repeat("A", 43)}},
		Seed: strings.Repeat("A", 43),
	}
	ring, err := secret.Keyring()
	if err != nil {
		t.Fatal(err)
	}
	store := kvs.New(storeARN)
	keys, _ := json.Marshal(ring.EdgeKeys("main")) // strings always encode
	state := fmt.Sprintf(
		`{"v":[1,1],"s":"open","d":0,"so":0,"b":"wait","p":"first-come","o":0,"k":%s,"c":"","w":0,"i":0,"l":-1,`+
			`"r":[0,0],"t":"T","at":0,"se":"","co":""%s}`,
		keys,
		change,
	)
	if err := store.Put("z.main", state); err != nil {
		t.Fatal(err)
	}
	built, err := edge.Build(edge.Options{DefaultZone: "main"})
	if err != nil {
		t.Fatal(err)
	}
	gate, err := edge.New(built, store, edge.RunnerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	d := &door{t: t, ring: ring}
	remember := func(list *[]*http.Request) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			*list = append(*list, r)
			w.Header().Add("Set-Cookie", "a=1; Path=/")
			w.Header().Add("Set-Cookie", "b=2; Path=/")
			w.WriteHeader(http.StatusTeapot)
		})
	}
	d.Distribution = cdn.New(cdn.Config{
		Gate: gate, DefaultZone: "main", FrontDoorSecret: "the secret",
		Static: map[string][]byte{"wait/index.html": []byte("<p>wait</p>"), "assets/a.js": []byte("1")},
		API:    remember(&d.api), Socket: remember(&d.socket),
		Origin: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if d.site != nil {
				d.site.ServeHTTP(w, r)
				return
			}
			remember(&d.origin).ServeHTTP(w, r)
		}),
	})
	server := httptest.NewServer(d.Distribution)
	t.Cleanup(server.Close)
	d.url = server.URL
	return d
}

func (d *door) access() string {
	return d.ring.SignAccess(token.Access{Zone: "main", ID: queue.VisitorID{1}, Ref: bucket.Ref{Page: 1}}, time.Now())
}

// send writes a request line and headers as they are, which no client would do for us.
func (d *door) send(line string, headers ...string) (*http.Response, string) {
	d.t.Helper()
	address := strings.TrimPrefix(d.url, "http://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		d.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second)) // a hang is to say where
	method, _, _ := strings.Cut(line, " ")
	fmt.Fprintf(
		conn,
		"%s HTTP/1.1\r\nHost: sale.example\r\nConnection: close\r\n%s\r\n\r\n",
		line,
		strings.Join(headers, "\r\n"),
	)
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		d.t.Fatalf("%.80s: %v", line, err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return res, string(text)
}

func TestCDNKeepsEverybodyFromTheOriginButWhoIsInside(t *testing.T) {
	d := newDoor(t, "")
	res, _ := d.send("GET /a?x=1", "Accept: text/html")
	if res.StatusCode != 302 || res.Header.Get("Location") != "/a?x=1&foyer_c=1" {
		t.Fatalf("arriving: %d %s", res.StatusCode, res.Header.Get("Location"))
	}
	cookie := res.Cookies()[0]
	if !cookie.Secure || !cookie.HttpOnly || cookie.Path != "/" || cookie.SameSite != http.SameSiteLaxMode ||
		cookie.MaxAge != 604800 {
		t.Errorf("cookie %+v", cookie)
	}
	res, page := d.send("GET /a?x=1&foyer_c=1", "Accept: text/html", "Cookie: "+cookie.Name+"="+cookie.Value)
	if res.StatusCode != 200 || page != "<p>wait</p>" || res.Header.Get("Cache-Control") != "no-cache" ||
		res.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("waiting: %d %q %v", res.StatusCode, page, res.Header)
	}
	res, text := d.send("POST /a", "Accept: application/json")
	if res.StatusCode != 429 || res.Header.Get("Retry-After") == "" || !strings.Contains(text, `"visitorToken"`) {
		t.Errorf("a client: %d %s", res.StatusCode, text)
	}
	if len(d.origin) != 0 {
		t.Fatalf("%d requests reached the origin", len(d.origin))
	}
	res, _ = d.send(
		"GET /z/main/a%20b?x=%2F&foyer_w=1&x=2",
		"Cookie: theirs=1; __Host-foyer-a-main="+d.access(),
		"X-Foyer-Visitor-Id: forged",
		"X-Foyer-Front-Door: guess",
	)
	if res.StatusCode != http.StatusTeapot || len(res.Cookies()) != 2 {
		t.Fatalf("inside: %d %v", res.StatusCode, res.Header)
	}
	got := d.origin[0]
	if got.RequestURI != "/z/main/a%20b?x=%2F&x=2" || got.URL.Path != "/z/main/a b" || got.Host != "sale.example" ||
		got.Header.Get("Cookie") != "theirs=1" {
		t.Errorf("the origin got %s, host %s, cookie %q", got.RequestURI, got.Host, got.Header.Get("Cookie"))
	}
	if got.Header.Get("X-Foyer-Visitor-Id") != (queue.VisitorID{1}).String() ||
		got.Header.Get("X-Foyer-Front-Door") != "" {
		t.Errorf("the origin got %v", got.Header)
	}
	s := d.Stats()
	if s.Decisions[edge.Arrived] != 1 || s.Decisions[edge.Room] != 1 || s.Decisions[edge.TooMany] != 1 ||
		s.Decisions[edge.Admitted] != 1 ||
		s.Origin["main"] != 1 ||
		s.StoreReads != 4 ||
		s.Static != 1 {
		t.Errorf("counted %+v", s)
	}
}

func TestCDNShowsOwnBackendsItsSecretAndTheHost(t *testing.T) {
	d := newDoor(t, "")
	d.send("POST /foyer/zones/main/register?a=1", "X-Foyer-Front-Door: guess", "X-Foyer-Visitor: v")
	d.send("GET /ws?zone=main", "Connection: Upgrade", "Upgrade: websocket")
	if len(d.api) != 1 || len(d.socket) != 1 {
		t.Fatalf("%d API and %d socket requests", len(d.api), len(d.socket))
	}
	for _, r := range []*http.Request{d.api[0], d.socket[0]} {
		if r.Header.Get("X-Foyer-Front-Door") != "the secret" || r.Header.Get("X-Foyer-Host") != "sale.example" ||
			r.Host == "sale.example" {
			t.Errorf("%s: host %s, headers %v", r.URL, r.Host, r.Header)
		}
	}
	if d.api[0].Header.Get("X-Foyer-Visitor") != "v" || d.api[0].URL.RawQuery != "a=1" ||
		d.socket[0].Header.Get("Upgrade") != "websocket" {
		t.Errorf("lost on the way: %v %v", d.api[0].Header, d.socket[0].Header)
	}
}

// TestCDNLetsNobodyRoundTheGate takes the ways that lead to another back-end than the gate believes.
func TestCDNLetsNobodyRoundTheGate(t *testing.T) {
	d := newDoor(t, "")
	for _, target := range []string{
		"/foyer/zones/main/enter/../../../../secret", "/foyer/zones/main/%2e%2e/%2e%2e/%2e%2e/x", "/foyer/site/../../secret",
		"/foyer/site/%2e%2e/zones/main/leave",
		"//foyer/zones/main/leave", "/foyer//zones/main/leave", "/%66oyer/zones/main/leave", "/./ws", "/ws/..", "/secret",
		"http://sale.example/foyer/zones/main/leave",
	} {
		for _, method := range []string{"GET", "POST"} {
			if res, _ := d.send(method + " " + target); res.StatusCode == http.StatusTeapot {
				t.Errorf("%s %s got through", method, target)
			}
		}
	}
	if s := d.Stats(); len(d.api)+len(d.socket)+len(d.origin) != 0 || s.API+s.Socket != 0 || len(s.Origin) != 0 {
		t.Errorf("%d API, %d socket, %d origin requests", len(d.api), len(d.socket), len(d.origin))
	}
}

func TestCDNRefusesInOneShape(t *testing.T) {
	d := newDoor(t, "")
	for _, c := range []struct {
		line   string
		header string
		status int
		code   problem.Code
	}{
		{"GET /" + strings.Repeat("a", 8192), "X: 1", 414, problem.TooLarge},
		{"GET /a", "X: " + strings.Repeat("a", 33000), 431, problem.TooLarge},
		{"GET /foyer/site/nothing.js", "X: 1", 404, problem.NotFound},
		{"GET /foyer/site/wait", "X: 1", 404, problem.NotFound},
		{"POST /foyer/site/assets/a.js", "X: 1", 405, problem.Method},
		{"GET /foyer/zones/main/nothing", "X: 1", 404, problem.NotFound},
	} {
		res, text := d.send(c.line, c.header)
		var doc problem.Document
		if err := json.Unmarshal([]byte(text), &doc); err != nil || res.StatusCode != c.status || doc.Status != c.status ||
			doc.Code != c.code ||
			doc.RequestID == "" ||
			doc.Title == "" {
			t.Errorf("%.40s: %d %s", c.line, res.StatusCode, text)
		}
		if res.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%.40s: %s", c.line, res.Header.Get("Content-Type"))
		}
	}
}

func TestCDNServesStaticFilesAgainOnlyWhenTheyChanged(t *testing.T) {
	d := newDoor(t, "")
	res, text := d.send("GET /foyer/site/assets/a.js")
	if res.StatusCode != 200 || text != "1" || res.Header.Get("Content-Type") != "text/javascript; charset=utf-8" {
		t.Fatalf("%d %q %v", res.StatusCode, text, res.Header)
	}
	if res, _ := d.send("GET /foyer/site/assets/a.js", "If-None-Match: "+res.Header.Get("ETag")); res.StatusCode != 304 {
		t.Errorf("again: %d", res.StatusCode)
	}
	if res, text := d.send("HEAD /foyer/site/assets/a.js"); res.StatusCode != 200 || text != "" {
		t.Errorf("head: %d %q", res.StatusCode, text)
	}
	if s := d.Stats(); len(s.Decisions) != 0 {
		t.Errorf("the gate ran for static files: %+v", s.Decisions)
	}
}

func TestCDNBringsAnotherSite(t *testing.T) {
	var seen *http.Request
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r
		switch {
		case r.Header.Get("Upgrade") != "":
			conn, buffer, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
			line, _ := buffer.ReadString('\n')
			fmt.Fprint(conn, "echo "+line)
		case r.URL.Path == "/go":
			http.Redirect(w, r, "http://"+r.Host+"/there?x=1", http.StatusFound)
		case r.URL.Path == "/away":
			http.Redirect(w, r, "https://pay.example/there", http.StatusFound)
		}
	}))
	t.Cleanup(site.Close)
	address, err := url.Parse(site.URL)
	if err != nil {
		t.Fatal(err)
	}
	d := newDoor(t, "")
	d.site = cdn.NewOrigin(address)
	inside := "Cookie: __Host-foyer-a-main=" + d.access()
	if res, _ := d.send("GET /go?a=%zz;b", inside); res.Header.Get("Location") != "/there?x=1" ||
		seen.Host != address.Host ||
		seen.Header.Get("X-Forwarded-Host") != "sale.example" ||
		seen.URL.RawQuery != "a=%zz;b" {
		t.Errorf("redirect to %s; the site saw host %s, query %s", res.Header.Get("Location"), seen.Host, seen.URL.RawQuery)
	}
	if res, _ := d.send("GET /away", inside); res.Header.Get("Location") != "https://pay.example/there" {
		t.Errorf("redirect away to %s", res.Header.Get("Location"))
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(d.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second)) // a hang is to say where
	fmt.Fprintf(
		conn,
		"GET /live HTTP/1.1\r\nHost: sale.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n%s\r\n\r\n",
		inside,
	)
	reader := bufio.NewReader(conn)
	res, err := http.ReadResponse(reader, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("upgrade: %v %v", res, err)
	}
	fmt.Fprint(conn, "hello\n")
	if line, _ := reader.ReadString('\n'); line != "echo hello\n" {
		t.Errorf("through the upgraded connection: %q", line)
	}
	site.Close()
	if res, text := d.send("GET /", inside); res.StatusCode != 502 || !strings.Contains(text, `"code":"busy"`) {
		t.Errorf("a dead site: %d %s", res.StatusCode, text)
	}
}

func TestCDNAnswersForAnEdgeFunctionThatFails(t *testing.T) {
	const failing = `async function handler(){throw new Error("no")}`
	gate, err := edge.New(edge.Code{Gate: failing, API: failing}, kvs.New(storeARN), edge.RunnerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	reached := false
	cdn := cdn.New(
		cdn.Config{
			Gate:        gate,
			DefaultZone: "main",
			Origin:      http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }),
		},
	)
	w := httptest.NewRecorder()
	cdn.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 503 || reached || cdn.Stats().Failures != 1 {
		t.Errorf("%d, origin reached: %v, %+v", w.Code, reached, cdn.Stats())
	}
}
