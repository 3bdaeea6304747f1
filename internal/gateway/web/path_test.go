package web

import (
	"context"
	"fmt"
	"testing"

	"foyer/internal/problem"
)

// TestAPathIsOneOfOursOrNone holds what every back-end takes for its own: nothing is missing, and nothing left over.
func TestAPathIsOneOfOursOrNone(t *testing.T) {
	for path, want := range map[string]struct {
		zone, route, item string
		code              problem.Code
	}{
		"/foyer/zones/main/register":     {"main", "register", "", ""},
		"/foyer/zones/main/map/A":        {"main", "map/{section}", "A", ""},
		"/foyer/zones/main/visits/v.1.0": {"main", "visits/{visit}", "v.1.0", ""},
		"/foyer/zones/main/visits":       {"main", "visits", "", ""},
		"/foyer/orders/0a":               {"", "orders/{order}", "0a", ""},
		"/foyer/orders/0a/cancel":        {"", "orders/{order}/cancel", "0a", ""},
		"/foyer/orders/0a/mail":          {"", "orders/{order}/mail", "0a", ""},
		"/foyer/webhooks/stripe":         {"", "webhooks/stripe", "", ""},
		"/foyer/zones/Main/register":     {"", "register", "", problem.UnknownZone},
		"/foyer/zones//register":         {"", "register", "", problem.UnknownZone},
		"/foyer/zones/main/map/":         {code: problem.NotFound},
		"/foyer/zones/main/map/A/B":      {code: problem.NotFound},
		"/foyer/zones/main/":             {code: problem.NotFound},
		"/foyer/zones/main":              {code: problem.NotFound},
		"/foyer/webhooks/":               {code: problem.NotFound},
		"/foyer/webhooks/a/b":            {code: problem.NotFound},
		"/foyer/orders/":                 {code: problem.NotFound},
		"/foyer/orders//cancel":          {code: problem.NotFound},
		"/foyer/orders/0a/other":         {code: problem.NotFound},
		"/other/zones/main/register":     {code: problem.NotFound},
		"main/register":                  {code: problem.NotFound},
		"":                               {code: problem.NotFound},
	} {
		zone, route, item, err := parsePath(path)
		if zone != want.zone || route != want.route || item != want.item || problem.CodeOf(err) != want.code {
			t.Errorf("%q is %q of zone %q, item %q, %v", path, route, zone, item, err)
		}
	}
}

// Who shows no token at all is told to enter first, wherever they come from.
func TestWithoutATokenNobodyIsInside(t *testing.T) {
	g := &Gateway{}
	_, err := g.Insider(t.Context(), Request{Zone: "main", Header: lookup(nil)})
	if problem.CodeOf(err) != problem.Unauthorized {
		t.Error(err)
	}
}

// An origin without a host is no page's, also where the request names none.
func TestAnOriginWithoutAHostIsNobodys(t *testing.T) {
	for _, origin := range []string{"https://", "https:///", "null", "file://"} {
		if err := (Request{Header: lookup(nil)}).OwnOrigin(origin); problem.CodeOf(err) != problem.Forbidden {
			t.Errorf("%s: %v", origin, err)
		}
	}
}

// A request whose time is over is the back-end's fault, and may be sent again.
func TestARequestThatRanOutOfTimeMayComeAgain(t *testing.T) {
	for _, err := range []error{context.DeadlineExceeded, fmt.Errorf("read: %w", context.Canceled)} {
		if code := problem.CodeOf(Coded(err)); code != problem.Busy {
			t.Errorf("%v is %q", err, code)
		}
	}
}

// A request by cookie comes from one of our own pages: by what the browser says of the site, and by the origin.
func TestWhereARequestByCookieMayComeFrom(t *testing.T) {
	for _, c := range []struct {
		site, origin string
		want         problem.Code
	}{
		{"same-origin", "", ""}, {"same-origin", "https://sale.example", ""}, {"", "https://sale.example", ""},
		{"", "http://sale.example", ""}, {"", "", problem.Forbidden}, {"cross-site", "", problem.Forbidden},
		{"same-site", "https://sale.example", problem.Forbidden}, {"none", "", problem.Forbidden},
		{"same-origin", "https://evil.example", problem.Forbidden}, {"", "ftp://sale.example", problem.Forbidden},
	} {
		r := Request{Header: lookup(map[string]string{
			HeaderHost: "sale.example", "sec-fetch-site": c.site, "origin": c.origin,
		})}
		if err := r.sameOrigin(); problem.CodeOf(err) != c.want {
			t.Errorf("site %q, origin %q: %v", c.site, c.origin, err)
		}
	}
}

func TestAnErrorWithACodeKeepsIt(t *testing.T) {
	own := problem.New(problem.Conflict, "twice")
	if got := Coded(own); got != error(own) {
		t.Errorf("it became %v", got)
	}
}
