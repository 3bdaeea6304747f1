package edge

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

// hostile is a fixture of testdata/edge: a request that somebody might try, and why it is bad. The file is named for
// what it does. $visitor, $access and so on stand for good tokens, see expand.
type hostile struct {
	Why    string
	Method string
	Target string
	Header map[string][]string
	Zone   map[string]any // changes of the state of zone main; zone vip is there too
	Want   struct {
		Kind   Kind
		Status int
		Code   string
	}
	Absent []string // headers and cookies that must not get through
}

func (h hostile) event() Event {
	r := httptest.NewRequest("GET", "/", nil)
	r.Method, r.RequestURI, r.Host, r.Header = h.Method, expand(h.Target), "sale.example", http.Header{}
	for name, values := range h.Header {
		for _, v := range values {
			r.Header[name] = append(r.Header[name], expand(v))
		}
	}
	return NewEvent(r, "request-1")
}

func TestHostileRequests(t *testing.T) {
	files, err := filepath.Glob("../../testdata/edge/*.json")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d fixtures, %v", len(files), err)
	}
	fixtures := make([]hostile, len(files))
	var calls []call
	for i, file := range files {
		text, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(text, &fixtures[i])
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		stored := state("main", fixtures[i].Zone)
		stored["z.vip"] = state("other", nil)["z.other"]
		calls = append(calls, calling(fixtures[i].event(), stored))
	}
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		for i, o := range run(calls) {
			t.Run(filepath.Base(files[i]), func(t *testing.T) { fixtures[i].check(t, o) })
		}
	})
}

func (h hostile) check(t *testing.T, o Outcome) {
	t.Helper()
	if o.Kind() != h.Want.Kind {
		t.Errorf("got %s, want %s: %s", o.Kind(), h.Want.Kind, h.Why)
	}
	if o.Response != nil && h.Want.Status != 0 {
		code := h.Want.Code // a person is shown a page, without one
		if o.Response.Headers["content-type"].Value == "application/problem+json" {
			code = body[struct{ Code string }](t, o).Code
		}
		if o.Response.StatusCode != h.Want.Status || code != h.Want.Code {
			t.Errorf("got %d %s, want %d %s: %s", o.Response.StatusCode, code, h.Want.Status, h.Want.Code, h.Why)
		}
	}
	for _, name := range h.Absent {
		if o.Request == nil {
			t.Fatalf("nothing got through, so nothing of it was looked at: %s", h.Why)
		}
		_, inHeaders := o.Request.Headers[name]
		_, inCookies := o.Request.Cookies[name]
		_, inQuery := o.Request.QueryString[name]
		if inHeaders || inCookies || inQuery {
			t.Errorf("%s got through: %s", name, h.Why)
		}
	}
}
