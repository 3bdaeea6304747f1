package edge

import (
	"strings"
	"testing"
)

const person = "sec-fetch-mode: navigate"

// TestAPersonSeesAPageAndAProgramADocument holds what the edge refuses itself.
func TestAPersonSeesAPageAndAProgramADocument(t *testing.T) {
	refused := []struct {
		ask    string
		status int
	}{
		{"GET /a/../b", 400},
		{"GET /foyer/%7aones", 400},
		{"GET /z/No_Name/", 404},
		{"GET /foyer/nothing", 404},
		{"DELETE /foyer/zones/main/enter", 405},
		{"POST /buy", 429},
		{"PUT /buy", 429},
		{"GET /foyer/zones/main/status?foyer_invite=" + strings.Repeat("a", 4096), 414},
	}
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		for _, c := range refused {
			for header, kind := range map[string]string{
				person: "text/html; charset=utf-8", client: "application/problem+json",
				"sec-fetch-mode: cors": "application/problem+json",
			} {
				o := run([]call{calling(ask(c.ask, header), state("main", nil))})[0]
				if o.Response == nil || o.Response.StatusCode != c.status ||
					o.Response.Headers["content-type"].Value != kind {
					t.Errorf("%s, %s: %s %+v, want %d and %s", c.ask, header, o.Kind(), o.Response, c.status, kind)
				}
			}
		}
	})
}

// TestWhatAPIGatewayWouldRefuseIsRefusedInOurWords holds that what is over the back-ends' limits never reaches them.
func TestWhatAPIGatewayWouldRefuseIsRefusedInOurWords(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		for _, c := range []struct {
			header string
			status int
		}{
			{"content-length: 1048576", 0}, {"content-length: 1048577", 413}, {"content-length: 99999999999", 413},
			{"content-length: none", 0}, {"referer: https://a.example/" + strings.Repeat("a", 9000), 0},
			{"referer: https://a.example/" + strings.Repeat("a", 9300), 431},
			{cookies("__Host-foyer-v-main=" + strings.Repeat("a", 9300)), 431},
			{cookies("session=" + strings.Repeat("a", 9300)), 0},
		} {
			o := run([]call{calling(ask("POST /foyer/zones/main/seats", client, c.header), nil)})[0]
			if got := o.Response; got == nil && c.status != 0 || got != nil && (got.StatusCode != c.status ||
				!strings.Contains(got.Body, `"code":"too_large"`)) {
				t.Errorf("%.40s: %+v, want %d", c.header, got, c.status)
			}
		}
	})
}

// What is as large as it may be passes, and what is a byte larger doesn't.
func TestTheLargestAddressAndHeadersPass(t *testing.T) {
	wire := func(from map[string]Value) (n int) {
		for name, v := range from {
			n += len(name) + len(v.Value) + 4
		}
		return n
	}
	const address = "GET /foyer/zones/main/status?foyer_invite="
	longest := 4096 - len("/foyer/zones/main/status") - len("foyer_invite") - 4
	headers := wire(ask("POST /foyer/zones/main/seats", client, "referer: a").Request.Headers)
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		for more, want := range map[int][2]Kind{0: {Status, Backend}, 1: {Refused, Refused}} {
			asked := ask(address + strings.Repeat("a", longest+more))
			if o := run([]call{calling(asked, state("main", nil))})[0]; o.Kind() != want[0] {
				t.Errorf("an address with %d more: %s", more, o.Kind())
			}
			asked = ask("POST /foyer/zones/main/seats", client, "referer: "+strings.Repeat("a", 1+9216-headers+more))
			if o := run([]call{calling(asked, nil)})[0]; o.Kind() != want[1] {
				t.Errorf("headers with %d more: %s", more, o.Kind())
			}
		}
	})
}

func TestACrawlerLearnsTheEventAndWhenToComeAgain(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		o := run([]call{calling(ask("GET /page", browser, crawler), state("main", with("t", `Rock & "Roll" <3`)))})[0]
		r := o.Response
		if r == nil || r.StatusCode != 429 || r.Headers["retry-after"].Value == "" || len(r.Cookies) != 0 {
			t.Fatalf("%s %+v", o.Kind(), r)
		}
		if title := `content="Rock &#38; &#34;Roll&#34; &#60;3"`; !strings.Contains(r.Body, title) {
			t.Errorf("%s lacks %s", r.Body, title)
		}
	})
}

// TestBeforeAnyZoneIsMadeTheSiteStaysOpen holds that a deployment in front of a live site shuts nothing until a zone
// says so: neither other zones nor rules do. What names a zone that was never made belongs to the default one.
func TestBeforeAnyZoneIsMadeTheSiteStaysOpen(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		for _, asked := range []string{"GET /", "POST /buy", "GET /z/summer/"} {
			for _, stored := range []map[string]string{{}, state("other", nil), {"r.*": `{"v":1,"r":[]}`}} {
				o := run([]call{calling(ask(asked, person, "x-foyer-visitor-id: forged"), stored)})[0]
				if o.Kind() != Through || o.Request.Headers["x-forwarded-host"].Value != "sale.example" {
					t.Errorf("%s: %s", asked, o.Kind())
				}
			}
		}
		for asked, want := range map[string]Kind{"GET /": Arrived, "GET /z/summer/": Arrived, "POST /z/summer/x": TooMany} {
			if o := run([]call{calling(ask(asked, person), state("main", nil))})[0]; o.Kind() != want {
				t.Errorf("%s, once the default zone is made: %s", asked, o.Kind())
			}
		}
		closed := map[string]string{"z.main": "{}", "z.other": "no JSON"}
		for _, asked := range []string{"GET /", "GET /z/other/"} {
			if o := run([]call{calling(ask(asked, person), closed)})[0]; o.Kind() != Room {
				t.Errorf("%s, of a zone that can't be read: %s", asked, o.Kind())
			}
		}
	})
}

// TestABackEndSeesOnlyWhatDescribesTheCall holds that the site's cookies and other headers stay out: API Gateway
// refuses requests with more than 10 KB of them.
func TestABackEndSeesOnlyWhatDescribesTheCall(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		o := run([]call{calling(ask("POST /foyer/zones/main/orders", client, "authorization: Bearer theirs",
			"x-forwarded-for: 1.2.3.4", "x-amzn-trace-id: x", "x-api-key: theirs", "idempotency-key: k", "origin: https://o",
			"content-type: application/json", "x-foyer-order-secret: s", "x-foyer-access: a", "x-foyer-anything: x",
			cookies("session="+strings.Repeat("s", 9000), visitorCookie())), nil)})[0]
		want := []string{
			"accept", "content-type", "host", "idempotency-key", "origin", "x-foyer-access", "x-foyer-host", "x-foyer-network",
			"x-foyer-order-secret",
		}
		for _, name := range want {
			if _, there := o.Request.Headers[name]; !there {
				t.Errorf("%s is gone", name)
			}
		}
		if len(o.Request.Headers) != len(want) || len(o.Request.Cookies) != 1 {
			t.Errorf("headers %v, cookies %d", o.Request.Headers, len(o.Request.Cookies))
		}
	})
}
