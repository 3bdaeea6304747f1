package edge

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"foyer/internal/testkit/known"
)

func TestKnownMore(t *testing.T) {
	known.Fault(t, "more")
	run := engines["goja"]
	b := build(t)
	st := func(z map[string]any) map[string]string { return state("main", z) }
	show := func(what string, o Outcome) {
		extra := ""
		if o.Request != nil {
			extra = o.Request.URI
		} else {
			extra = fmt.Sprint(o.Response.StatusCode, " ", o.Response.Headers["location"].Value)
		}
		fmt.Printf("%-70s %-9s %.120s\n", what, o.Kind(), extra)
	}
	for _, c := range []struct {
		what string
		c    call
	}{
		{"CORS preflight of a call that somebody inside makes",
			calling(ask("OPTIONS /api", "origin: https://www.sale.example", "access-control-request-method: PUT"), st(nil))},
		{"zone main is passthrough, /Z/vip/page, no token at all",
			calling(ask("GET /Z/vip/page", browser), st(with("p", "passthrough")))},
		{"preload of the protected page by speculation rules, inside",
			calling(ask("GET /page", browser, "sec-purpose: prefetch;prerender", cookies(accessCookie(time.Minute))), st(nil))},
		{"POST form of somebody whose access token is 121 s old",
			calling(ask("POST /checkout", browser, "sec-fetch-mode: navigate",
				cookies(visitorCookie(), accessCookie(121*time.Second))), st(nil))},
		{"long query, direct", calling(ask("GET /p?q="+strings.Repeat("%41", 2000), browser, cookies(visitorCookie())),
			st(with("d", 1)))},
		{"long query, direct (7.9 KB to)",
			calling(ask("GET /p?q="+strings.Repeat("a", 7900), browser, cookies(visitorCookie())), st(with("d", 1)))},
	} {
		show(c.what, run(t, b, []call{c.c})[0])
	}
	// how long njs takes for a hostile path
	for _, p := range []string{"/" + strings.Repeat("%41", 2700), "/" + strings.Repeat(";a", 4000), "/" +
		strings.Repeat("/", 8000), "/" + strings.Repeat("\\", 8000), "/" + strings.Repeat("/.", 4000), "/" +
		strings.Repeat("%2f%2e", 1300)} {
		calls := make([]call, 200)
		for i := range calls {
			calls[i] = calling(ask("GET "+p, browser), st(nil))
		}
		began := time.Now()
		inNJS(t, b, calls)
		fmt.Printf("njs %.10s… %v a decision\n", p, (time.Since(began) / 200).Round(time.Microsecond))
	}
}
