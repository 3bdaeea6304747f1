package edge

import (
	"net/http/httptest"
	"testing"
)

// Functions neither see nor change what CloudFront keeps to itself; it goes on as it came.
func TestHiddenHeadersPassTheFunctions(t *testing.T) {
	r := httptest.NewRequest("GET", "/a", nil)
	hidden := []string{"Connection", "Upgrade", "Expect", "X-Real-Ip", "X-Edge-Location", "Proxy-Authorization"}
	for _, name := range hidden {
		r.Header.Set(name, "came")
	}
	r.Header.Set("Accept", "came")
	e := NewEvent(r, "r1")
	if len(e.Request.Headers) != 2 || e.Request.Headers["host"].Value != "example.com" {
		t.Errorf("a function sees %v", e.Request.Headers)
	}
	e.Request.Headers["upgrade"], e.Request.Headers["accept"] = Value{Value: "changed"}, Value{Value: "changed"}
	out := e.Request.Apply(r)
	for _, name := range hidden {
		if got := out.Header.Values(name); len(got) != 1 || got[0] != "came" {
			t.Errorf("%s became %q", name, got)
		}
	}
	if got := out.Header.Get("Accept"); got != "changed" {
		t.Errorf("Accept is %s", got)
	}
}
