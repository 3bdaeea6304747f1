// Package apps_test runs real applications, unchanged and at pinned versions, behind the local front door: what a
// visitor who is inside does there must end as it does without Foyer.
package apps_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"foyer/infra/edge"
	"foyer/infra/local/cdn"
	"foyer/infra/local/kvs"
	"foyer/infra/topology"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/rules"
	"foyer/internal/room/token"
	"foyer/internal/testkit/skip"
)

// tools is the folder that .ci/tools.sh installs the applications' frameworks into.
func tools(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	folder := filepath.Join(cache, "foyer", "apps-1")
	if _, missing := os.Stat(filepath.Join(folder, "complete")); err != nil || missing != nil {
		skip.Because(t, "the applications' frameworks are missing: run .ci/run, or install_tools of .ci/tools.sh")
	}
	return folder
}

// site is an application that runs, or the front door before one.
type site struct {
	url    string
	client *http.Client
	inside string // Set-Cookie of a visitor inside; empty without Foyer
}

// starts runs an application on a free port until the test ends.
func starts(t *testing.T, program string, args ...string) site {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(address)
	cmd := exec.Command(program, append(args, port)...)
	cmd.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(tools(t), "node_modules"), "PYTHONDONTWRITEBYTECODE=1")
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
	})
	for range 600 {
		select {
		case <-ended:
			t.Fatalf("%s %v ended", program, args)
		case <-time.After(50 * time.Millisecond):
		}
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return newSite("http://"+address, "")
		}
	}
	t.Fatalf("%s %v doesn't listen", program, args)
	return site{}
}

func newSite(address, inside string) site {
	return site{url: address, inside: inside, client: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// behind puts the front door before a site, as it is deployed, with one open zone and a visitor inside.
func (s site) behind(t *testing.T) site {
	t.Helper()
	address, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	secret := token.MasterKeys{
		Keys: []token.MasterKey{{ID: "k1", Key: strings.Repeat("A", 43)}}, Seed: strings.Repeat("A", 43),
		Lasting: token.MasterKey{ID: "l1", Key: strings.Repeat("A", 43)},
	}
	ring, err := secret.Keyring()
	if err != nil {
		t.Fatal(err)
	}
	store := kvs.New("arn:aws:cloudfront::123456789012:key-value-store/a1b2c3d4-0000-0000-0000-000000000000")
	keys, _ := json.Marshal(ring.EdgeKeys("main").Keys) // strings always encode
	lasting, _ := json.Marshal(ring.EdgeKeys("main").Lasting)
	if err := store.Put("z.main", fmt.Sprintf(`{"v":[1,1],"s":"open","d":0,"so":0,"b":"closed","p":"first-come","o":0,`+
		`"k":%s,"lk":%s,"c":"","w":0,"i":0,"l":-1,"r":[0,0],"t":"T","at":0,"se":"","co":""}`, keys, lasting)); err != nil {
		t.Fatal(err)
	}
	hooks, err := rules.Parse("open POST /webhooks/*")
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Put("r.*", rules.Value(1, hooks)); err != nil {
		t.Fatal(err)
	}
	code, err := edge.Build(edge.Options{DefaultZone: "main", Rules: true})
	if err != nil {
		t.Fatal(err)
	}
	gate, err := edge.New(code, store, edge.RunnerOptions{})
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
	nothing := http.NotFoundHandler()
	server := httptest.NewServer(cdn.New(cdn.Config{
		Gate: gate, Back: back, DefaultZone: "main", API: nothing, Socket: nothing, Origin: cdn.NewOrigin(address, 0),
		Static:        map[string][]byte{"wait/index.html": []byte("<p>wait</p>")},
		OriginHeaders: map[string]string{topology.HeaderForwardedProto: "http", topology.HeaderSite: "secret"},
	}))
	t.Cleanup(server.Close)
	access := ring.SignAccess(token.Access{Zone: "main", ID: queue.VisitorID{1}, Ref: bucket.Ref{Page: 1}}, time.Now())
	return newSite(server.URL, token.AccessCookie("main")+"="+access+"; "+token.AccessAttributes)
}

// person is a browser at a site: it keeps the site's cookies, sends of them what belongs to a request, and says where
// its forms are from.
type person struct {
	*testing.T
	site
	cookies map[string]*http.Cookie
}

func (s site) person(t *testing.T) *person {
	p := &person{T: t, site: s, cookies: map[string]*http.Cookie{}}
	if s.inside != "" {
		p.keep(s.inside)
	}
	return p
}

func (p *person) keep(line string) *http.Cookie {
	c, err := http.ParseSetCookie(line)
	if err != nil {
		p.Fatal(err)
	}
	p.cookies[c.Name] = c
	return c
}

// sent are the cookies of a request: a form that another site posts carries those alone that say SameSite=None, and a
// server's call none at all.
func (p *person) sent(from string) string {
	var all []string
	for name, c := range p.cookies {
		if from == "" || from == otherSite && c.SameSite == http.SameSiteNoneMode {
			all = append(all, name+"="+c.Value)
		}
	}
	return strings.Join(all, "; ")
}

// Where a request is from that isn't the site's own page's.
const (
	otherSite = "https://psp.example" // a page of the payment provider
	aServer   = "a server"
)

// answer is what a person sees, with the site's own address and what is random left out.
type answer struct {
	Status             int
	Location, Kind     string
	Disposition, Retry string
	Cookies            []string
	Body               string
}

var random = regexp.MustCompile(`[A-Za-z0-9]{64}`) // Django's CSRF tokens

// do sends a request and keeps the cookies that come. kind is the body's content type.
func (p *person) do(method, path, kind, body string, headers ...string) answer {
	p.Helper()
	r, err := http.NewRequestWithContext(p.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Origin", p.url)
		r.Header.Set("Referer", p.url+"/form/")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	from := r.Header.Get("From")
	r.Header.Del("From")
	r.Header.Set("Cookie", p.sent(from))
	switch from {
	case otherSite:
		r.Header.Set("Origin", otherSite)
		r.Header.Set("Referer", otherSite+"/")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Sec-Fetch-Mode", "navigate")
	case aServer:
		r.Header.Del("Origin")
		r.Header.Del("Referer")
	}
	res, err := p.client.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.Fatal(err)
	}
	a := answer{
		Status: res.StatusCode, Kind: res.Header.Get("Content-Type"), Disposition: res.Header.Get("Content-Disposition"),
		Retry: res.Header.Get("Retry-After"), Body: p.own(string(text)), Location: p.own(res.Header.Get("Location")),
	}
	if a.Location != "" {
		a.Body = "" // a site that knows one name only repeats it here, and nobody reads it
	}
	for _, line := range res.Header.Values("Set-Cookie") {
		c := p.keep(line)
		a.Cookies = append(a.Cookies, fmt.Sprintf("%s path=%s domain=%s", c.Name, c.Path, c.Domain))
	}
	slices.Sort(a.Cookies)
	return a
}

// own takes out what differs between two sites for good reason. A redirect to the site itself leads to the same place
// with its address and without.
func (p *person) own(text string) string {
	host := strings.TrimPrefix(p.url, "http://")
	text = strings.NewReplacer(p.url, "", url.QueryEscape(p.url), "", host, "").Replace(text)
	return random.ReplaceAllString(text, "RANDOM")
}

const formKind = "application/x-www-form-urlencoded"

// csrf is the token of Django's form.
func (p *person) csrf(path string) string {
	p.do("GET", path, "", "")
	return p.cookies["csrftoken"].Value
}

func upload(t *testing.T, csrf string) (kind, body string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	w.SetBoundary("a-boundary-that-is-the-same-each-time")
	w.WriteField("csrfmiddlewaretoken", csrf)
	file, err := w.CreateFormFile("file", "poster.png")
	if err != nil {
		t.Fatal(err)
	}
	file.Write(bytes.Repeat([]byte{0, 1, 2, 255}, 500_000))
	w.Close()
	return w.FormDataContentType(), b.String()
}

// action is something that a person does, by name.
type action struct {
	name string
	do   func(p *person) answer
}

// same runs the actions at the site and behind the front door, and compares how each ends.
func same(t *testing.T, direct site, actions []action) {
	actions = append(actions, paid...)
	if len(actions) < 8 {
		t.Errorf("%d actions, want 8 or more", len(actions))
	}
	without, with := direct.person(t), direct.behind(t).person(t)
	for _, a := range actions {
		t.Run(a.name, func(t *testing.T) {
			without.T, with.T = t, t
			want := a.do(without)
			if got := a.do(with); !equal(got, want) {
				t.Errorf("behind the front door:\n%.600s\nwithout:\n%.600s", fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want))
			}
			if want.Status == 0 {
				t.Error("nothing was answered")
			}
		})
	}
}

func equal(a, b answer) bool { return fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b) }

func get(path string, headers ...string) func(*person) answer {
	return func(p *person) answer { return p.do("GET", path, "", "", headers...) }
}

func post(path, kind, body string, headers ...string) func(*person) answer {
	return func(p *person) answer { return p.do("POST", path, kind, body, headers...) }
}

func TestDjangoRunsUnchanged(t *testing.T) {
	site := starts(t, filepath.Join(tools(t), "bin", "python"), "sites/django_site.py")
	form := func(path, from, body string) func(*person) answer {
		return func(p *person) answer {
			return p.do("POST", path, formKind, body+"&csrfmiddlewaretoken="+p.csrf(from))
		}
	}
	same(t, site, []action{
		{"home", get("/")},
		{"admin asks to log in", get("/admin/")},
		{"log in to the admin",
			form("/admin/login/?next=/admin/", "/admin/login/", "username=ops&password=a+long+password&next=/admin/")},
		{"the admin", func(p *person) answer { a := p.do("GET", "/admin/", "", ""); a.Body = a.Body[:200]; return a }},
		{"basket", form("/basket/", "/form/", "seat=A-1")},
		{"what is in the basket", get("/basket/")},
		{"form with an error", form("/contact/", "/form/", "email=nobody")},
		{"form without its token", post("/contact/", formKind, "email=a@example.com")},
		{"upload", func(p *person) answer {
			kind, body := upload(p.T, p.csrf("/form/"))
			return p.do("POST", "/upload/", kind, body)
		}},
		{"outside payment", get("/pay/")},
		{"absolute redirect", get("/old/")},
		{"a slash that is missing", get("/basket")},
		{"download", get("/download/")},
		{"not found", get("/nothing/")},
		{"its own error page", get("/broken/")},
	})
}

func TestFlaskRunsUnchanged(t *testing.T) {
	site := starts(t, filepath.Join(tools(t), "bin", "python"), "sites/flask_site.py")
	same(t, site, []action{
		{"home", get("/")},
		{"log in wrongly", post("/login", formKind, "name=ann&password=guess")},
		{"log in, and an absolute redirect", post("/login", formKind, "name=ann&password=a+long+password")},
		{"account", get("/account/")},
		{"account without its slash", get("/account")},
		{"basket", post("/basket", "application/json", `{"seat":"A-1"}`)},
		{"what is in the basket", get("/basket")},
		{"empty the basket", func(p *person) answer { return p.do("DELETE", "/basket", "", "") }},
		{"form with an error", post("/contact", formKind, "email=nobody")},
		{"upload", func(p *person) answer { kind, body := upload(p.T, ""); return p.do("POST", "/upload", kind, body) }},
		{"outside payment", get("/pay")},
		{"absolute redirect for good", get("/old")},
		{"download of a part", get("/download", "Range", "bytes=10-19")},
		{"download", get("/download")},
		{"its own error page", get("/broken")},
	})
}

func TestExpressRunsUnchanged(t *testing.T) {
	skip.Need(t, "node", "install Node")
	site := starts(t, "node", "sites/express_site.js")
	same(t, site, []action{
		{"the shop", get("/shop")},
		{"the shop in capitals", get("/SHOP")},
		{"log in wrongly", post("/login", formKind, "name=ann&password=guess")},
		{"log in", post("/login", formKind, "name=ann&password=a+long+password")},
		{"account", get("/Account")},
		{"basket", func(p *person) answer { return p.do("PUT", "/basket/A-1", "application/json", "{}") }},
		{"form with an error", post("/contact", "application/json", `{"email":"nobody"}`)},
		{"upload", func(p *person) answer { kind, body := upload(p.T, ""); return p.do("POST", "/upload", kind, body) }},
		{"outside payment", get("/pay")},
		{"absolute redirect", get("/old")},
		{"download", get("/download")},
		{"its own error page", get("/broken")},
		{"not found", get("/nothing")},
		{"socket", socket},
	})
}

// socket sends a message over the site's own WebSocket.
func socket(p *person) answer {
	ctx, cancel := context.WithTimeout(p.Context(), 20*time.Second)
	defer cancel()
	header := http.Header{}
	header.Set("Cookie", p.sent(""))
	conn, res, err := websocket.Dial(ctx, strings.Replace(p.url, "http", "ws", 1)+"/live",
		&websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		p.Fatal(err)
	}
	defer conn.CloseNow()
	if err := conn.Write(ctx, websocket.MessageText, []byte("hello")); err != nil {
		p.Fatal(err)
	}
	_, text, err := conn.Read(ctx)
	if err != nil {
		p.Fatal(err)
	}
	return answer{Status: res.StatusCode, Body: string(text)}
}

// paid are the payment provider's two ways back to a shop: the form that its page posts, and the webhook that its
// servers call, with no cookies of anybody's.
var paid = []action{
	{"outside payment posts back", post("/pay/return", formKind, "order=17", "From", otherSite)},
	{"its webhook", post("/webhooks/psp", "application/json", `{"paid":17}`, "From", aServer, "X-Signature", "s3")},
}

// Only the webhook is open, and only to whom it is for: what isn't named in a rule, or carries none of the cookies that
// a browser sends, is answered by the waiting room.
func TestWhatIsOpenIsNoMoreThanTheRulesSay(t *testing.T) {
	site := starts(t, filepath.Join(tools(t), "bin", "python"), "sites/flask_site.py")
	stranger := site.behind(t).person(t)
	clear(stranger.cookies)
	for name, do := range map[string]func(*person) answer{
		"a stranger's form":         post("/pay/return", formKind, "order=17", "From", otherSite),
		"another method":            get("/webhooks/psp"),
		"a path beside the webhook": post("/webhooksx", "application/json", "{}", "From", aServer),
	} {
		if a := do(stranger); a.Status != http.StatusTooManyRequests {
			t.Errorf("%s: %+v", name, a)
		}
	}
	climbs := post("/webhooks/../login", formKind, "name=ann", "From", aServer)
	if a := climbs(stranger); a.Status != http.StatusBadRequest {
		t.Errorf("a path that climbs out of the webhook's: %+v", a)
	}
}
