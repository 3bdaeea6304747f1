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
	"foyer/infra/topology"
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

func newDoor(t *testing.T, change string, with ...func(*cdn.Config)) *door {
	t.Helper()
	secret := token.MasterKeys{
		Keys: []token.MasterKey{{ID: "k1", Key: strings.Repeat("A", 43)}},
		Seed: strings.Repeat("A", 43), Lasting: token.MasterKey{ID: "l1", Key: strings.Repeat("A", 43)},
	}
	ring, err := secret.Keyring()
	if err != nil {
		t.Fatal(err)
	}
	store := kvs.New(storeARN)
	keys, _ := json.Marshal(ring.EdgeKeys("main").Keys) // strings always encode
	lasting, _ := json.Marshal(ring.EdgeKeys("main").Lasting)
	state := fmt.Sprintf(
		`{"v":[1,1],"s":"open","d":0,"so":0,"b":"wait","p":"first-come","o":0,"k":%s,"lk":%s,"c":"","w":0,"i":0,"l":-1,`+
			`"r":[0,0],"t":"T","at":0,"se":"","co":""%s}`,
		keys, lasting, change,
	)
	if err := store.Put("z.main", state); err != nil {
		t.Fatal(err)
	}
	built, err := edge.Build(edge.Options{DefaultZone: "main", Rules: true, Hosts: []string{"b.example"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Put("r.b.example", `{"v":1,"r":["/ * /*"]}`); err != nil {
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
	config := cdn.Config{
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
	}
	for _, change := range with {
		change(&config)
	}
	d.Distribution = cdn.New(config)
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
	if got.RequestURI != "/z/main/a%20b?x=%2F&x=2" || got.URL.Path != "/z/main/a b" || got.Host != "" ||
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
		s.StoreReads != 8 || // rules and state each time
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

// What CloudFront and S3 refuse by themselves has their shape, not ours.
func TestCDNRefusesAsCloudFrontAndS3Do(t *testing.T) {
	d := newDoor(t, "")
	const page, xml = "text/html", "application/xml"
	for _, c := range []struct {
		line, header string
		status       int
		kind, says   string
	}{
		{"GET /" + strings.Repeat("a", 8192), "X: 1", 413, page, "The request could not be satisfied"},
		{"GET /a", "X: " + strings.Repeat("a", 20480), 413, page, "The request could not be satisfied"},
		{"GET /a", "Cookie: a=" + strings.Repeat("a", 20480), 413, page, "The request could not be satisfied"},
		{"GET /foyer/site/nothing.js", "X: 1", 403, xml, "<Code>AccessDenied</Code>"},
		{"GET /foyer/site/wait", "X: 1", 403, xml, "<Code>AccessDenied</Code>"},
		{"GET /foyer/site/", "X: 1", 403, xml, "<Code>AccessDenied</Code>"},
		{"POST /foyer/site/assets/a.js", "X: 1", 403, page, "not configured to allow the HTTP request method"},
	} {
		res, text := d.send(c.line, c.header)
		if res.StatusCode != c.status || res.Header.Get("Content-Type") != c.kind || !strings.Contains(text, c.says) {
			t.Errorf("%.40s: %d %s %s", c.line, res.StatusCode, res.Header.Get("Content-Type"), text)
		}
	}
	if res, _ := d.send("GET /a", "X: "+strings.Repeat("a", 19000)); res.StatusCode == 413 {
		t.Error("19,000 bytes of headers are refused")
	}
}

func TestTheGateRefusesInOneShape(t *testing.T) {
	d := newDoor(t, "")
	res, text := d.send("GET /foyer/zones/main/nothing")
	var doc problem.Document
	if err := json.Unmarshal([]byte(text), &doc); err != nil || res.StatusCode != 404 || doc.Status != 404 ||
		doc.Code != problem.NotFound || doc.RequestID == "" || doc.Title == "" ||
		res.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %s", res.StatusCode, text)
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
	d.site = cdn.NewOrigin(address, 0)
	inside := "Cookie: __Host-foyer-a-main=" + d.access()
	res, _ := d.send("GET /go?a=%zz;b", inside, "X-Forwarded-Proto: gopher")
	if got := res.Header.Get("Location"); got != site.URL+"/there?x=1" || seen.Host != address.Host ||
		seen.URL.RawQuery != "a=%zz;b" {
		t.Errorf("redirect to %s; the site saw host %s, query %s", got, seen.Host, seen.URL.RawQuery)
	}
	if got := seen.Header.Get("X-Forwarded-Proto"); got != "" {
		t.Errorf("the site saw the viewer's scheme: %s", got)
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
	res, err = http.ReadResponse(reader, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("upgrade: %v %v", res, err)
	}
	fmt.Fprint(conn, "hello\n")
	if line, _ := reader.ReadString('\n'); line != "echo hello\n" {
		t.Errorf("through the upgraded connection: %q", line)
	}
	site.Close()
	if res, text := d.send("GET /", inside); res.StatusCode != 502 || !strings.Contains(text, "could not be satisfied") {
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

// TestTheSiteIsCalledAsTheDeploymentSays compares a site that is called by its own name with one that is called by the
// viewer's.
func TestTheSiteIsCalledAsTheDeploymentSays(t *testing.T) {
	var seen *http.Request
	site := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r }))
	t.Cleanup(site.Close)
	address, err := url.Parse(site.URL)
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[topology.OriginHost]string{
		topology.HostOfOrigin: address.Host, topology.HostOfViewer: "sale.example",
	} {
		d := newDoor(t, "", func(c *cdn.Config) {
			c.Behaviours = topology.Door(host)
			c.OriginHeaders = map[string]string{topology.HeaderForwardedProto: "https"}
		})
		d.site = cdn.NewOrigin(address, 0)
		d.send("GET /", "Cookie: __Host-foyer-a-main="+d.access(), "X-Forwarded-Proto: gopher")
		if seen.Host != want || seen.Header.Get("X-Forwarded-Proto") != "https" || seen.Header.Get("X-Forwarded-For") == "" {
			t.Errorf("%s: host %s, headers %v", host, seen.Host, seen.Header)
		}
	}
}

func TestRedirectsComeBackInFront(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "http://"+r.Host+"/there?x=1")
		w.Header().Set("Set-Cookie", "a=1; Domain="+strings.Split(r.Host, ":")[0]+"; Path=/")
		w.WriteHeader(map[string]int{"/go": 302, "/made": 201, "/wrong": 404}[r.URL.Path])
	}))
	t.Cleanup(site.Close)
	address, err := url.Parse(site.URL)
	if err != nil {
		t.Fatal(err)
	}
	built, err := edge.BuildBack(address.Host, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	back, err := edge.NewBack(built)
	if err != nil {
		t.Fatal(err)
	}
	d := newDoor(t, "", func(c *cdn.Config) { c.Back = back })
	d.site = cdn.NewOrigin(address, 0)
	inside := "Cookie: __Host-foyer-a-main=" + d.access()
	for path, want := range map[string]string{
		"/go": "/there?x=1", "/made": "/there?x=1", "/wrong": site.URL + "/there?x=1",
	} {
		res, _ := d.send("GET "+path, inside)
		if got := res.Header.Get("Location"); got != want {
			t.Errorf("%s: location %s, want %s", path, got, want)
		}
		if cookie := res.Header.Get("Set-Cookie"); (cookie == "a=1; Path=/") != (res.StatusCode < 400) {
			t.Errorf("%s: cookie %s", path, cookie)
		}
	}
	res, _ := d.send("GET /x?foyer_c=1", "Accept: text/html")
	if res.StatusCode != 429 || res.Header.Get("Retry-After") == "" || res.Header.Get("X-Frame-Options") != "SAMEORIGIN" ||
		res.Header.Get(topology.HeaderPage) != "" {
		t.Errorf("the waiting room: %d %v", res.StatusCode, res.Header)
	}
}

// Whatever the site answers reaches its visitor byte for byte, errors above all.
func TestTheSitesErrorsPassAsTheyAre(t *testing.T) {
	for _, status := range []int{400, 403, 404, 405, 410, 413, 414, 416, 429, 431, 500, 501, 502, 503, 504} {
		d := newDoor(t, "", func(c *cdn.Config) {
			c.Origin = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/plain; charset=x-own")
				w.Header().Set("Retry-After", "77")
				w.WriteHeader(status)
				fmt.Fprintf(w, "our own %d\x00", status)
			})
		})
		res, text := d.send("GET /page", "X-Foyer-Access: "+d.access())
		if res.StatusCode != status || text != fmt.Sprintf("our own %d\x00", status) ||
			res.Header.Get("Content-Type") != "text/plain; charset=x-own" || res.Header.Get("Retry-After") != "77" {
			t.Errorf("%d: %d %q", status, res.StatusCode, text)
		}
	}
}

// The event's page is one object in the bucket, and answers at every address to who is inside.
func TestTheEventsPageIsAtEveryAddress(t *testing.T) {
	built, err := edge.Build(edge.Options{DefaultZone: "main", Hosted: true, Hosts: []string{"b.example"}})
	if err != nil {
		t.Fatal(err)
	}
	store := kvs.New(storeARN) // no zone is made
	gate, err := edge.New(built, store, edge.RunnerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	d := newDoor(t, "", func(c *cdn.Config) {
		c.Gate, c.Origin = gate, nil
		c.Static = map[string][]byte{"hosted/index.html": []byte("<h1>tonight</h1>")}
		c.Hosts = map[string]http.Handler{"b.example": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "the site of b at "+r.URL.Path)
		})}
	})
	for _, path := range []string{"/", "/z/tour/", "/seats?row=7", "/a/b/c.html"} {
		if res, text := d.send("GET "+path, "X: 1"); res.StatusCode != 200 || text != "<h1>tonight</h1>" ||
			res.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: %d %s", path, res.StatusCode, text)
		}
	}
	r := httptest.NewRequest("GET", "/seats", nil)
	r.Host = "b.example"
	w := httptest.NewRecorder()
	if d.ServeHTTP(w, r); w.Body.String() != "the site of b at /seats" {
		t.Errorf("a host with a site of its own: %d %s", w.Code, w.Body)
	}
}

// Two hosts of a deployment have a site each, and see nothing that is kept for the other; redirects stay at the host.
func TestEachHostHasItsSite(t *testing.T) {
	site := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/old" {
				http.Redirect(w, r, "https://"+name+".example.net/new", http.StatusFound)
				return
			}
			w.Header().Set("Cache-Control", "max-age=60")
			fmt.Fprint(w, name+" for "+r.Header.Get("X-Forwarded-Host"))
		})
	}
	built, err := edge.BuildBack("main.example.net", "", map[string][2]string{"b.example": {"b.example.net", ""}})
	if err != nil {
		t.Fatal(err)
	}
	back, err := edge.NewBack(built)
	if err != nil {
		t.Fatal(err)
	}
	d := newDoor(t, "", func(c *cdn.Config) {
		c.Behaviours = topology.Door(topology.HostOfOrigin, "b.example")
		c.Hosts, c.Origin, c.Back = map[string]http.Handler{"b.example": site("b")}, site("main"), back
	})
	for _, c := range []struct{ host, path, want string }{
		{"a.example", "/robots.txt", "main for a.example"}, {"b.example", "/robots.txt", "b for b.example"},
		{"a.example", "/robots.txt", "main for a.example"}, {"b.example", "/anything", "b for b.example"},
		{"b.example", "/old", "/new"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.url+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = c.host
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if got := string(text); got != c.want && res.Header.Get("Location") != c.want {
			t.Errorf("%s at %s: %s, want %s", c.path, c.host, got, c.want)
		}
	}
	if a := d.Distribution.Stats().Origin["main"]; a == 0 {
		t.Error("no request was counted")
	}
}
