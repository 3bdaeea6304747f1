package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"foyer/internal/room/zone"
)

// FuzzFromHTTP looks for a path that names a zone, a route or an item which the path doesn't hold.
func FuzzFromHTTP(f *testing.F) {
	for _, path := range []string{
		"/foyer/zones/main/register", "/foyer/zones/main/map/A", "/foyer/zones/main/visits/a.1", "/foyer/orders/0a/cancel",
		"/foyer/webhooks/stripe", "/foyer/zones/MAIN/x", "/foyer/zones//register", "/foyer/zones/main/", "/", "",
		"/foyer/orders//cancel", "/foyer/zones/main/map/A/B", "/foyer/webhooks/a/b",
	} {
		f.Add(path, "a=1; b=2", "{}", false)
	}
	f.Add("/foyer/zones/main/seats", ";;=;", "!", true)
	f.Fuzz(func(t *testing.T, path, cookie, body string, encoded bool) {
		e := events.APIGatewayV2HTTPRequest{
			RawPath: path, Headers: map[string]string{"cookie": cookie}, Body: body, IsBase64Encoded: encoded,
		}
		r, err := fromHTTP(e)
		if err != nil {
			return
		}
		outside := strings.HasPrefix(r.Route, "orders/") || strings.HasPrefix(r.Route, "webhooks/")
		if !outside && (!zone.IsName(r.Zone) || !strings.HasPrefix(path, "/foyer/zones/"+r.Zone+"/")) ||
			!strings.Contains(path, "/"+r.Item) || strings.Contains(r.Item, "/") {
			t.Errorf("%q is %q of zone %q, item %q", path, r.Route, r.Zone, r.Item)
		}
	})
}

// FuzzDecode looks for a body that is taken though a strict reader refuses it.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"text":"a"}`, `{"text":null}`, `{"TEXT":"a"}`, `{"text":"a"}{}`, `{"more":1}`, "[]", "", " ", "{\"text\":\"\xff\"}",
		`{"list":[null]}`, `{"list":[1,2]}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var body struct {
			Text string `json:"text"`
			List []int  `json:"list"`
		}
		if err := (Request{Body: text}).Decode(&body); err != nil {
			return
		}
		if len(text) > MaxBody || strings.TrimSpace(text) != "" && strings.TrimSpace(text)[0] != '{' {
			t.Errorf("%q was read as %+v", text, body)
		}
	})
}

// FuzzParam looks for a query that is read in another way than by the library.
func FuzzParam(f *testing.F) {
	for _, s := range []string{"for=map&zone=main", "a=%2", "a=1&a=2", "&&=&a", "%61=+%2B", "a=b=c", ""} {
		f.Add(s, "a")
	}
	f.Fuzz(func(t *testing.T, query, name string) {
		all, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		if got := (Request{query: query}).Param(name); got != all.Get(name) {
			t.Errorf("%q of %q is %q, want %q", name, query, got, all.Get(name))
		}
	})
}

// FuzzOwnOrigin looks for an Origin header of another host that is taken for our own.
func FuzzOwnOrigin(f *testing.F) {
	const host = "sale.example"
	for _, s := range []string{
		"https://sale.example", "http://SALE.example", "https://sale.example.evil.example", "null", "https://",
		"https://sale.example@evil.example",
		"https://evil.example#sale.example", "//sale.example", "https://[::1]", "sale.example", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, origin string) {
		r := Request{Header: lookup(map[string]string{"host": host, "origin": origin})}
		_, rest, _ := strings.Cut(origin, "://")
		rest = rest[strings.LastIndexByte(rest, '@')+1:]
		if end := strings.IndexAny(rest, "/?#"); end >= 0 {
			rest = rest[:end]
		}
		ours := r.OwnOrigin(origin) == nil
		if ours && !strings.EqualFold(rest, host) {
			t.Errorf("%q is taken for %s", origin, host)
		}
		if site := r.Site(); !strings.EqualFold(site, "https://"+host) && !(ours && strings.EqualFold(site, "http://"+host)) {
			t.Errorf("%q: the site is %q", origin, site)
		}
	})
}
