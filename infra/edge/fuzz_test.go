package edge

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// FuzzGate looks for a request that the edge's functions fail on, or that gets into a zone without a token of ours.
func FuzzGate(f *testing.F) {
	good := cookies(visitorCookie(), accessCookie(0))
	for _, c := range [][3]string{
		{"/", "", ""}, {"/z/main/", "", ""}, {"/page?foyer_c=1", "", ""}, {"/page?foyer_invite=a.b.c", "", ""},
		{"/foyer/zones/main/status", "", ""}, {"/foyer/zones/main/enter", "", "a.b.c"}, {"/%2e%2e/x", "", ""},
		{"/robots.txt", "", ""}, {"/ws", "", ""}, {"/foyer/orders/a/cancel", "", ""}, {"/a;b=%zz", "", "\xff"},
		{"/page", strings.TrimPrefix(good, "cookie: "), ""},
	} {
		f.Add(c[0], c[1], c[2])
	}
	store := mapStore(state("main", nil))
	r, err := New(build(f), store, RunnerOptions{
		Now: func() time.Time { return time.UnixMilli(vectors.Now) }, Random: func() float64 { return 0.5 }, Pool: 1,
	})
	if err != nil {
		f.Fatal(err)
	}
	_, genuine, _ := strings.Cut(accessCookie(0), "=")
	ours := []string{genuine}
	for _, v := range vectors.Vectors {
		if v.Why == "" {
			ours = append(ours, v.Token)
		}
	}
	f.Fuzz(func(t *testing.T, target, cookie, token string) {
		asked := httptest.NewRequest("GET", "/", nil)
		asked.RequestURI, asked.Host = target, "sale.example"
		asked.Header = http.Header{"Cookie": {cookie}, "X-Foyer-Access": {token}, "Sec-Fetch-Mode": {"navigate"}}
		o, err := r.Handle(context.Background(), NewEvent(asked, "request-1"))
		if err != nil {
			t.Fatalf("%q, cookie %q, token %q: %v", target, cookie, token, err)
		}
		if o.Kind() != Through || o.Request.Headers["x-foyer-visitor-id"].Value == "" {
			return
		}
		if slices.ContainsFunc(ours, func(one string) bool { return strings.Contains(cookie+token, one) }) {
			return
		}
		t.Errorf("%q, cookie %q, token %q: let in as %q", target, cookie, token,
			o.Request.Headers["x-foyer-visitor-id"].Value)
	})
}

// FuzzStored looks for a zone's state or census, whatever stands in the store, that the functions fail on.
func FuzzStored(f *testing.F) {
	f.Add(state("main", nil)["z.main"], `{"v":1,"n":2,"k":"AA"}`)
	f.Add("{}", "null")
	f.Add(`{"s":"open","r":[1,2],"k":[["a","b"]],"lk":["a","b"]}`, "")
	f.Add(`{"s":"open","r":[],"k":[null],"lk":null}`, "7")
	code, err := Build(Options{DefaultZone: "main", Statement: true})
	if err != nil {
		f.Fatal(err)
	}
	stored := &swap{}
	r, err := New(code, stored, RunnerOptions{Now: func() time.Time { return now }, Pool: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, zone, census string) {
		stored.mapStore = mapStore{"z.main": zone, "n.main": census}
		for _, asked := range []Event{
			ask("GET /page", browser, cookies(visitorCookie(), accessCookie(0))), ask("GET /page", client),
			ask("GET /foyer/zones/main/status", cookies(visitorCookie())),
		} {
			if _, err := r.Handle(context.Background(), asked); err != nil {
				t.Fatalf("zone %q, census %q: %v", zone, census, err)
			}
		}
	})
}
