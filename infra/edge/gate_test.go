package edge

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"
)

// decision is a row of the table: a request and a zone's state in, what the gate does out.
type decision struct {
	name    string
	ask     string
	headers []string
	zone    map[string]any // changes of an open zone's state
	want    Kind
	status  int    // of an answer
	to      string // where a redirect leads
}

const (
	browser = "accept: text/html,application/xhtml+xml"
	client  = "accept: application/json"
	crawler = "user-agent: Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
)

func header(name, value string) string { return "x-foyer-" + name + ": " + value }

func cookies(parts ...string) string { return "cookie: " + strings.Join(parts, "; ") }

func visitorCookie() string { return "__Host-foyer-v-main=" + visitorToken(time.Minute) }
func accessCookie(age time.Duration) string {
	return "__Host-foyer-a-main=" + accessToken(age)
}

func with(key string, value any) map[string]any { return map[string]any{key: value} }

func decisions() []decision {
	page, direct := []string{browser, cookies(visitorCookie())}, with("d", 1)
	late := []string{browser, cookies(visitorCookie(), accessCookie(3*time.Minute))}
	return []decision{
		{"inside, by cookie", "GET /page", []string{browser, cookies(accessCookie(time.Minute))}, nil, Admitted, 0, ""},
		{"inside, by header", "POST /buy", []string{client, header("access", accessToken(0))}, nil, Admitted, 0, ""},
		{"inside while paused", "GET /page", []string{cookies(accessCookie(0))}, with("s", "paused"), Admitted, 0, ""},
		{"a header wins over a cookie", "GET /page", []string{cookies(accessCookie(0)), header("access", "x")}, nil,
			TooMany, 429, ""},
		{"passthrough", "GET /page", []string{browser}, with("p", "passthrough"), Through, 0, ""},
		{"passthrough, any method", "DELETE /x", nil, with("p", "passthrough"), Through, 0, ""},

		{"a browser arrives", "GET /page", []string{browser}, nil, Arrived, 302, "/page?foyer_c=1"},
		{"a browser arrives with HEAD", "HEAD /page", []string{browser}, nil, Arrived, 302, "/page?foyer_c=1"},
		{"a browser arrives before the opening", "GET /page", []string{browser}, with("s", "scheduled"), Arrived, 302,
			"/page?foyer_c=1"},
		{"it keeps its query, doubles and all", "GET /p?b=2&a=%20x&b=1&&flag", []string{browser}, nil, Arrived, 302,
			"/p?b=2&a=%20x&b=1&flag&foyer_c=1"},
		{"our own parameters go", "GET /p?foyer_w=1&a=1&foyer_x=2", []string{browser}, nil, Arrived, 302, "/p?a=1&foyer_c=1"},
		{"a browser that keeps no cookies", "GET /page?foyer_c=1", []string{browser}, nil, Room, 0, ""},
		{"a browser that keeps no cookies, room inside", "GET /page?foyer_c=1", []string{browser}, direct, Room, 0, ""},
		{"an image is not a navigation", "GET /a.png", []string{"sec-fetch-mode: no-cors", "accept: text/html"}, nil,
			TooMany, 429, ""},
		{"a navigation by its fetch mode", "GET /a", []string{"sec-fetch-mode: navigate"}, nil, Arrived, 302, "/a?foyer_c=1"},
		{"a prefetch takes no place", "GET /a", []string{"sec-fetch-mode: navigate", "sec-purpose: prefetch"}, direct,
			TooMany, 429, ""},
		{"a prefetch in other words", "GET /a", []string{browser, "purpose: prefetch"}, direct, TooMany, 429, ""},
		{"a form posted from outside", "POST /buy", []string{browser}, nil, TooMany, 429, ""},

		{"waiting", "GET /page", page, nil, Room, 0, ""},
		{"waiting, head only", "HEAD /page", page, nil, Room, 0, ""},
		{"waiting, a script asks", "GET /api", []string{client, cookies(visitorCookie())}, nil, TooMany, 429, ""},
		{"an API client", "GET /api", []string{client}, nil, TooMany, 429, ""},
		{"an API client with its token", "GET /api", []string{client, header("visitor", visitorToken(0))}, direct,
			TooMany, 429, ""},
		{"an odd method", "PURGE /api", nil, nil, TooMany, 429, ""},
		{"options that are no preflight", "OPTIONS /api", nil, nil, TooMany, 429, ""},
		{"a call that looks like a preflight", "GET /api", []string{"access-control-request-method: PUT"}, nil, TooMany, 429,
			""},
		{"a preflight", "OPTIONS /api", []string{"access-control-request-method: PUT"}, nil, Through, 0, ""},
		{
			"a preflight, closed",
			"OPTIONS /api",
			[]string{"access-control-request-method: PUT"},
			with("s", "closed"),
			Through,
			0,
			"",
		},
		{"a crawler", "GET /page", []string{browser, crawler}, nil, TooMany, 429, ""},
		{"a crawler, room inside", "GET /page", []string{browser, crawler}, direct, TooMany, 429, ""},
		{"a preview of a link", "GET /page", []string{"user-agent: facebookexternalhit/1.1"}, nil, TooMany, 429, ""},
		{"a preview of an event", "GET /page", []string{"user-agent: WhatsApp/2.24"}, with("e", 2), Previewed, 302,
			"/foyer/zones/main/event.html"},
		{"a crawler, no title", "GET /page", []string{browser, crawler}, with("t", ""), TooMany, 429, ""},
		{"a crawler, no state", "GET /page", []string{browser, crawler}, with("k", nil), TooMany, 429, ""},
		{"an API client, an event", "GET /api", []string{client}, with("e", 2), TooMany, 429, ""},
		{"a crawler, an event", "GET /page", []string{browser, crawler}, with("e", 2), TooMany, 429, ""},
		{"a crawler, passthrough", "GET /page", []string{crawler}, with("p", "passthrough"), Through, 0, ""},
		{"paused", "GET /page", page, with("s", "paused"), Room, 0, ""},
		{"closed", "GET /page", []string{browser}, with("s", "closed"), Room, 0, ""},
		{"closed to clients", "GET /page", []string{client}, with("s", "closed"), TooMany, 429, ""},
		{"reject", "GET /page", []string{browser}, with("p", "reject"), Room, 0, ""},
		{"reject, lately inside", "GET /page", late, with("p", "reject"), Room, 0, ""},

		{"room inside", "GET /page?a=1&b=%2F", page, direct, Entering, 0, ""},
		{"room inside, after the cookie", "GET /page?foyer_c=1", page, direct, Entering, 0, ""},
		{"room inside, an address of any length", "GET /p?q=" + strings.Repeat("a", 7900), page, direct, Entering, 0, ""},
		{"room inside, asked already", "GET /page?foyer_w=1", page, direct, Room, 0, ""},
		{"room inside, but sold out", "GET /page", page, map[string]any{"d": 1, "so": 1}, Room, 0, ""},
		{"room inside, but paused", "GET /page", page, map[string]any{"d": 1, "s": "paused"}, Room, 0, ""},
		{"room inside, but paused since it opened", "GET /page", page,
			map[string]any{"d": 1, "s": "paused", "o": vectors.Now - 1}, Room, 0, ""},
		{"scheduled without a time", "GET /page", page, map[string]any{"d": 1, "s": "scheduled", "o": 0}, Room, 0, ""},
		{"opens by itself", "GET /page", page, map[string]any{"d": 1, "s": "scheduled", "o": vectors.Now}, Entering, 0, ""},
		{"opens in a moment", "GET /page", page, map[string]any{"d": 1, "s": "scheduled", "o": vectors.Now + 1}, Room, 0, ""},
		{"two minutes old: the page asks", "GET /page?x=1", late, nil, Entering, 0, ""},
		{"at two minutes: the page asks", "GET /page", []string{browser, cookies(accessCookie(2 * time.Minute))}, nil,
			Entering, 0, ""},
		{"just not two minutes old", "GET /page", []string{browser, cookies(accessCookie(119 * time.Second))}, nil, Admitted,
			0, ""},
		{"two minutes old, a form", "POST /buy", late, nil, Admitted, 0, ""},
		{"two minutes old, a form from another site", "POST /checkout/return", []string{"origin: https://psp.example",
			"sec-fetch-mode: navigate", "sec-fetch-site: cross-site", cookies(accessCookie(10 * time.Minute))}, nil,
			Admitted, 0, ""},
		{"two minutes old, a script", "GET /api", []string{client, late[1]}, nil, Admitted, 0, ""},
		{"two minutes old, an image", "GET /a.png", []string{"sec-fetch-mode: no-cors", late[1]}, nil, Admitted, 0, ""},
		{"half an hour old, a form", "POST /buy", []string{client, cookies(accessCookie(30 * time.Minute))}, nil, TooMany,
			429, ""},
		{"half an hour old, a page", "GET /page", []string{browser, cookies(accessCookie(30 * time.Minute))}, nil, Entering,
			0, ""},
		{"two minutes old, asked already", "GET /page?foyer_w=1", late, nil, Room, 0, ""},

		{"an invite", "GET /p?foyer_invite=" + inviteToken("main", 1) + "&a=1", []string{browser}, nil, Arrived, 302,
			"/p?a=1&foyer_c=1"},
		{"a better invite than one's place", "GET /p?foyer_invite=" + inviteToken("main", 1), page, nil, Arrived,
			302, "/p?foyer_c=1"},
		{"an invite that gives nothing", "GET /p?foyer_invite=" + inviteToken("main", 9), page, nil, Room, 0, ""},
		{"an invite as good as one's place", "GET /p?foyer_invite=" + inviteToken("main", 8), page, nil, Room, 0, ""},
		{"a better invite than a place in a header", "GET /p?foyer_invite=" + inviteToken("main", 1),
			[]string{browser, header("visitor", visitorToken(0))}, nil, Arrived, 302, "/p?foyer_c=1"},
		{"an invite to another zone", "GET /p?foyer_invite=" + inviteToken("other", 1), page, nil, Room, 0, ""},

		{"the status", "GET /foyer/zones/main/status", nil, nil, Status, 200, ""},
		{"the status, head only", "HEAD /foyer/zones/main/status", nil, nil, Status, 200, ""},
		{"the status, posted", "POST /foyer/zones/main/status", nil, nil, Refused, 405, ""},
		{"the status of no zone", "GET /foyer/zones/nowhere/status", nil, nil, Refused, 404, ""},
		{"the status of an unreadable zone", "GET /foyer/zones/main/status", nil, with("k", []int{}), Refused, 503, ""},
		{"register", "POST /foyer/zones/main/register", nil, nil, Backend, 0, ""},
		{"register with GET", "GET /foyer/zones/main/register", nil, nil, Refused, 405, ""},
		{"enter", "POST /foyer/zones/main/enter", nil, nil, Backend, 0, ""},
		{"enter as a page", "GET /foyer/zones/main/enter?to=/x", nil, nil, Refused, 405, ""},
		{"leave", "POST /foyer/zones/main/leave", nil, nil, Backend, 0, ""},
		{"the socket", "GET /ws?zone=main", []string{"upgrade: websocket"}, nil, Backend, 0, ""},
		{"a map", "GET /foyer/zones/main/map", nil, nil, Backend, 0, ""},
		{"a map, posted", "POST /foyer/zones/main/map", nil, nil, Refused, 405, ""},
		{"a section's map", "GET /foyer/zones/main/map/101", nil, nil, Backend, 0, ""},
		{"a section", "GET /foyer/zones/main/sections/stalls", nil, nil, Backend, 0, ""},
		{"how many seats are free", "GET /foyer/zones/main/sections", nil, nil, Backend, 0, ""},
		{"a section without a name", "GET /foyer/zones/main/sections/", nil, nil, Refused, 404, ""},
		{"a section with a tilde", "GET /foyer/zones/main/sections/~map", nil, nil, Refused, 404, ""},
		{"something behind a section", "GET /foyer/zones/main/sections/a/b", nil, nil, Refused, 404, ""},
		{"a section of a zone that can't be", "GET /foyer/zones/UP/sections/a", nil, nil, Refused, 404, ""},
		{"seats", "POST /foyer/zones/main/seats", nil, nil, Backend, 0, ""},
		{"seats, held", "GET /foyer/zones/main/seats", nil, nil, Backend, 0, ""},
		{"seats, deleted", "DELETE /foyer/zones/main/seats", nil, nil, Refused, 405, ""},
		{"a visit", "GET /foyer/zones/main/visits/0a1b.1.2", nil, nil, Backend, 0, ""},
		{"a visit is ended", "POST /foyer/zones/main/visits/0a1b.1.2", nil, nil, Backend, 0, ""},
		{"a visit, deleted", "DELETE /foyer/zones/main/visits/0a1b.1.2", nil, nil, Refused, 405, ""},
		{"an order, posted", "POST /foyer/orders/0a1b", nil, nil, Refused, 405, ""},
		{"a cancellation, read", "GET /foyer/orders/0a1b/cancel", nil, nil, Refused, 405, ""},
		{"a webhook, traced", "TRACE /foyer/webhooks/stripe", nil, nil, Refused, 405, ""},
		{"an order is made", "POST /foyer/zones/main/orders", nil, nil, Backend, 0, ""},
		{"an order", "GET /foyer/orders/01k9-abc_D", nil, nil, Backend, 0, ""},
		{"an order is cancelled", "POST /foyer/orders/01k9-abc_D/cancel", nil, nil, Backend, 0, ""},
		{"its tickets are mailed again", "POST /foyer/orders/01k9-abc_D/mail", nil, nil, Backend, 0, ""},
		{"something of an order", "GET /foyer/orders/01k9/secret", nil, nil, Refused, 404, ""},
		{"the payment provider", "POST /foyer/webhooks/stripe", nil, nil, Backend, 0, ""},
		{"no provider's name", "POST /foyer/webhooks/Stripe", nil, nil, Refused, 404, ""},
		{"nothing of ours", "GET /foyer/zones/main/steal", nil, nil, Refused, 404, ""},
		{"nothing of ours, inherited", "GET /foyer/zones/main/constructor", nil, nil, Refused, 404, ""},
		{"a static page that strayed", "GET /foyer/site/wait/index.html", nil, nil, Refused, 404, ""},

		{"a zone by its path", "GET /z/main/page", page, nil, Room, 0, ""},
		{"a zone by its path alone", "GET /z/main", page, nil, Room, 0, ""},
		{"no name of a zone", "GET /z/No_Name/page", []string{browser}, nil, Refused, 404, ""},
		{"an empty name", "GET /z/", []string{browser}, nil, Refused, 404, ""},
		{"just /z", "GET /z", page, nil, Room, 0, ""},

		{"no state: no keys", "GET /page", []string{browser}, with("k", nil), Room, 0, ""},
		{"no state: an empty key", "GET /page", []string{client}, with("k", [][]string{{"k1", ""}}),
			TooMany, 429, ""},
		{"no state: no lasting key", "GET /page", []string{client}, with("lk", nil), TooMany, 429, ""},
		{"no state: no such state", "GET /page", []string{browser}, with("s", "maybe"), Room, 0, ""},
		{"no state, set to fail open", "GET /page", []string{browser}, map[string]any{"b": "open", "k": nil}, Through, 0, ""},
	}
}

func TestDecisions(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		table := decisions()
		var calls []call
		for _, d := range table {
			calls = append(calls, calling(ask(d.ask, d.headers...), state("main", d.zone)))
		}
		for i, o := range run(calls) {
			d, status, to := table[i], 0, ""
			if o.Response != nil {
				status, to = o.Response.StatusCode, o.Response.Headers["location"].Value
			}
			if o.Kind() != d.want || status != d.status || to != d.to {
				t.Errorf("%s: got %s %d %s, want %s %d %s", d.name, o.Kind(), status, to, d.want, d.status, d.to)
			}
			if most := map[Kind]int{Status: 2, Backend: 0}; o.Reads > 1 && o.Reads > most[d.want] ||
				d.want == Backend && o.Reads > 0 {
				t.Errorf("%s: %d store reads", d.name, o.Reads)
			}
			if o.Response != nil && o.Response.Headers["cache-control"].Value != "no-store" {
				t.Errorf("%s: the answer may be cached", d.name)
			}
		}
	})
}

func TestTheFailModeIsSetByTheDeploymentWhenTheZoneCanNotSay(t *testing.T) {
	built, err := Build(Options{DefaultZone: "main", FailMode: "open"})
	if err != nil {
		t.Fatal(err)
	}
	for name, run := range engines {
		out := run(
			t,
			built,
			[]call{
				calling(ask("GET /page", browser), map[string]string{"z.other": "{}"}),
				calling(ask("GET /page", browser), map[string]string{"z.main": "{"}),
				calling(ask("GET /page", browser), map[string]string{"z.main": `{"s":"open"}`}),
			},
		)
		for i, o := range out {
			if o.Kind() != Through {
				t.Errorf("%s: call %d is %s, want let through", name, i, o.Kind())
			}
		}
	}
}

func TestWhoIsInsideLeavesNoTraceOfOursAtTheOrigin(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		o := run([]call{calling(ask("GET /page?a=1&foyer_w=1&b=2", "x-foyer-visitor-id: forged",
			"X_Foyer_Visitor_Id: forged", "x-foyer-front-door: guess", "x-forwarded-for: 192.0.2.1",
			"x-foyer-visitor: "+visitorToken(0), "accept-language: en", "x-forwarded-host: evil.example",
			cookies("theirs=1", visitorCookie(), accessCookie(0), "__Host-foyer-a-other=x")), state("main", nil))})[0]
		if o.Kind() != Admitted {
			t.Fatalf("got %s", o.Kind())
		}
		for name := range o.Request.Headers {
			if strings.Contains(name, "foyer") && name != "x-foyer-visitor-id" && name != "x-foyer-visit" {
				t.Errorf("the origin sees the header %s", name)
			}
		}
		if got := o.Request.Headers["x-foyer-visitor-id"].Value; got != ann.String() {
			t.Errorf("visitor id %q, want %s", got, ann)
		}
		if got, want := o.Request.Headers["x-foyer-visit"].Value, ann.String()+".1.2"; got != want {
			t.Errorf("visit %q, want %s", got, want)
		}
		if got := o.Request.Headers["x-forwarded-host"].Value; got != "sale.example" {
			t.Errorf("the site learns the host %q", got)
		}
		if len(o.Request.Cookies) != 1 || len(o.Request.QueryString) != 2 ||
			o.Request.Headers["accept-language"].Value != "en" {
			t.Errorf("the origin gets %+v", o.Request)
		}
	})
}

// Who passes says nothing to the site of host, scheme, path and address that the gate didn't judge by: servers read
// such headers, and some take _ for - in their names.
func TestNobodyNamesAnotherHostOrPathToTheSite(t *testing.T) {
	headers := []string{
		"forwarded: host=evil.example", "x_forwarded_host: evil.example", "x-forwarded-server: evil.example",
		"x-forwarded-port: 81", "x-forwarded-prefix: /evil", "x_forwarded_proto: gopher", "x_forwarded_for: 192.0.2.9",
		"x-original-url: /z/vip/", "x-rewrite-url: /z/vip/", "x_original_url: /z/vip/", "x-original-host: evil.example",
		"x_real_ip: 192.0.2.9",
	}
	kept := []string{"x-forwarded-for: 192.0.2.1", "x-http-method-override: PATCH", "x-requested-with: XMLHttpRequest"}
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		all := append(append([]string{cookies(accessCookie(0))}, headers...), kept...)
		for i, o := range run([]call{
			calling(ask("POST /page", all...), state("main", nil)),
			calling(ask("GET /robots.txt", all...), state("main", nil)),
			calling(ask("OPTIONS /page", append(all[1:], "origin: https://shop.example",
				"access-control-request-method: POST")...), state("main", nil)),
		}) {
			if o.Request == nil {
				t.Fatalf("got %s", o.Kind())
			}
			for _, h := range headers {
				name, _, _ := strings.Cut(h, ":")
				if got, found := o.Request.Headers[name]; found {
					t.Errorf("the site is told %s: %s", name, got.Value)
				}
			}
			if got := o.Request.Headers["x-forwarded-host"].Value; got != "sale.example" {
				t.Errorf("the site learns the host %q", got)
			}
			_, override := o.Request.Headers["x-http-method-override"]
			if o.Request.Headers["x-forwarded-for"].Value != "192.0.2.1" || o.Request.Headers["x-requested-with"].Value == "" ||
				override != (i == 0) {
				t.Errorf("call %d: the site gets %v", i, o.Request.Headers)
			}
		}
	})
}

func TestTheRoomIsTheSamePageForEverybody(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		o := run([]call{calling(ask("GET /page?a=1", browser, cookies(visitorCookie()), "if-modified-since: x",
			"if-none-match: y",
			"origin: https://a1b2c3", "authorization: x", "x-amz-server-side-encryption-customer-algorithm: AES256",
			"user-agent: u", "accept-encoding: br"), state("main", nil))})[0]
		r := o.Request
		if o.Kind() != Room || r.URI != "/foyer/site/wait/index.html" || len(r.QueryString) != 0 || len(r.Cookies) != 0 {
			t.Fatalf("got %s %+v", o.Kind(), r)
		}
		// What is left is what the CDN makes its cache key of: nobody may make another page of the one.
		if len(r.Headers) != 2 || r.Headers["host"].Value == "" || r.Headers["accept-encoding"].Value != "br" {
			t.Errorf("headers %v go along", r.Headers)
		}
	})
}

func TestBackendsLearnTheHostAndKeepTokens(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		o := run([]call{calling(ask("POST /foyer/zones/main/enter", "x-foyer-host: evil", "x-foyer-network: evil",
			"x-foyer-access: token", "x-foyer-front-door: guess"), nil)})[0]
		h := o.Request.Headers
		if h["x-foyer-host"].Value != "sale.example" || h["x-foyer-access"].Value != "token" ||
			h["x-foyer-front-door"].Value != "" || h["x-foyer-network"].Value != "4 192.0.2" {
			t.Errorf("got %+v", h)
		}
	})
}

// waiting is the refusal's body, as clients read it.
type waiting struct {
	Type, Title, Code, RequestID, Zone, VisitorToken, Register, Enter string
	Status, RetryAfter                                                int
	ZoneStatus                                                        *publicStatus
}

type publicStatus struct {
	Zone, Title, State, Policy, Called string
	Event                              int64
	Waiting, Inside, SeatsLeft         int
	Direct, SoldOut                    bool
	Now, OpensAt, UpdatedAt            int64
	Rate                               struct{ Low, High int }
	Draw                               *struct{ Commitment, Seed string }
	Census                             *struct {
		At    int64
		Total int
		Knots string
	}
	You *struct {
		ID                  string
		ArrivedAt, Priority int64
		Key                 string
	}
	VisitorToken string
}

func body[T any](t *testing.T, o Outcome) T {
	t.Helper()
	var v T
	if o.Response == nil {
		t.Fatalf("%s is no answer", o.Kind())
	}
	if err := json.Unmarshal([]byte(o.Response.Body), &v); err != nil {
		t.Fatalf("%v: %s", err, o.Response.Body)
	}
	return v
}

func TestAClientIsToldAllItNeeds(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		o := run([]call{calling(ask("GET /z/main/api", client), state("main", nil))})[0]
		w := body[waiting](t, o)
		if w.Status != 429 || w.Code != "waiting" || w.Type != "about:blank" || w.RequestID != "request-1" ||
			w.Register != "/foyer/zones/main/register" || w.Enter != "/foyer/zones/main/enter" {
			t.Errorf("got %+v", w)
		}
		if o.Response.Headers["retry-after"].Value != "12" || w.RetryAfter != 12 ||
			o.Response.Headers["content-type"].Value != "application/problem+json" {
			t.Errorf("got headers %+v and %d", o.Response.Headers, w.RetryAfter)
		}
		v, err := ring.ParseVisitor("main", w.VisitorToken, now)
		if err != nil || w.ZoneStatus.You.ID != v.ID.String() || w.ZoneStatus.Waiting != 12 {
			t.Errorf("token %v, status %+v", err, w.ZoneStatus)
		}
		if strings.Contains(o.Response.Body, vectors.Edge["main"].Keys[0][1]) {
			t.Error("the answer holds a key")
		}
		again := run([]call{calling(ask("GET /z/main/api", client, header("visitor", w.VisitorToken)),
			state("main", nil))})[0]
		if got := body[waiting](t, again); got.VisitorToken != "" || got.ZoneStatus.You.ID != v.ID.String() {
			t.Errorf("asked again: %+v", got)
		}
	})
}

// A client that says that it has a place has one only by a token: without, it is given one.
func TestAClientIsGivenAPlaceWhateverItSays(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		for _, asked := range []Event{ask("GET /api?foyer_c=1", client), ask("POST /api", client, crawler)} {
			o := run([]call{calling(asked, state("main", nil))})[0]
			if _, err := ring.ParseVisitor("main", body[waiting](t, o).VisitorToken, now); err != nil {
				t.Errorf("%s: %v", asked.Request.Method, err)
			}
		}
	})
}

// Where the event's page is behind the gate, it is shown at every address; a site's addresses are its own.
func TestAHostedPageIsShownAtEveryAddress(t *testing.T) {
	for hosted, want := range map[bool]string{true: "/index.html", false: "/a/b"} {
		o := Options{DefaultZone: "main", Hosted: hosted}
		withOptions(t, o, func(t *testing.T, run func([]call) []Outcome) {
			o := run([]call{calling(ask("GET /a/b", browser, cookies(accessCookie(0))), state("main", nil))})[0]
			if o.Kind() != Admitted || o.Request.URI != want {
				t.Errorf("hosted %v: %s %+v", hosted, o.Kind(), o.Request)
			}
		})
	}
}

// By a state that isn't sound nothing is signed and nothing is said.
func TestNothingIsSignedByAStateThatIsNotSound(t *testing.T) {
	key := vectors.Edge["main"].Keys[0][1]
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		for name, zone := range map[string]map[string]any{
			"an empty key": with("k", [][]string{{"k1", ""}}), "a key in one text": with("k", [][]string{{"k1 " + key}}),
			"no rate": with("r", nil),
		} {
			o := run([]call{calling(ask("GET /api", client), state("main", zone))})[0]
			if w := body[waiting](t, o); o.Kind() != TooMany || w.VisitorToken != "" || w.ZoneStatus != nil {
				t.Errorf("%s: %s %+v", name, o.Kind(), w)
			}
		}
	})
}

func TestRetryAfterFollowsTheZone(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		for _, c := range []struct {
			zone map[string]any
			want int
		}{
			{nil, 12}, {with("s", "scheduled"), 12}, {with("s", "closed"), 300}, {with("p", "reject"), 300},
			{map[string]any{"s": "scheduled", "o": vectors.Now + 20_500}, 33},
			{map[string]any{"s": "scheduled", "o": vectors.Now + 864e5}, 302},
		} {
			o := run([]call{calling(ask("GET /api"), state("main", c.zone))})[0]
			if got := body[waiting](t, o).RetryAfter; got != c.want {
				t.Errorf("%v: %d s, want %d", c.zone, got, c.want)
			}
		}
	})
}

func TestMintedCookie(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		o := run([]call{calling(ask("GET /page", browser), state("main", nil))})[0]
		if got := o.Response.Cookies["__Host-foyer-v-main"].Attributes; got != "Secure; HttpOnly; SameSite=Lax; "+
			"Path=/; Max-Age=604800" {
			t.Errorf("attributes %q", got)
		}
	})
}

func TestEveryVisitorIsAnother(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		same, other, later := calling(ask("GET /p", browser), state("main", nil)),
			calling(ask("GET /p", browser), state("main", nil)), calling(ask("GET /p", browser), state("main", nil))
		other.Random = 0.25
		later.Event.Context.RequestID = "request-2"
		ids := map[string]bool{}
		for _, o := range run([]call{same, other, later}) {
			v, err := ring.ParseVisitor("main", o.Response.Cookies["__Host-foyer-v-main"].Value, now)
			if err != nil {
				t.Fatal(err)
			}
			ids[v.ID.String()] = true
		}
		if len(ids) != 3 {
			t.Errorf("%d visitors of 3", len(ids))
		}
	})
}

func TestRedirectsStayHere(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		for _, target := range []string{"//evil.example/x", "///evil.example", `/\evil.example`, "//evil.example%2f..",
			"/;@evil.example"} {
			for _, zone := range []map[string]any{nil, with("d", 1)} {
				headers := []string{browser}
				if zone != nil {
					headers = append(headers, cookies(visitorCookie()))
				}
				o := run([]call{calling(ask("GET "+target, headers...), state("main", zone))})[0]
				if o.Response == nil || o.Response.StatusCode != 302 {
					continue
				}
				to := o.Response.Headers["location"].Value
				u, err := url.Parse(to)
				if err != nil || u.Host != "" || strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`) {
					t.Errorf("%s leads to %s", target, to)
				}
				if inner := u.Query().Get("to"); strings.HasPrefix(inner, "//") || strings.HasPrefix(inner, `/\`) {
					t.Errorf("%s leads on to %s", target, inner)
				}
			}
		}
	})
}
