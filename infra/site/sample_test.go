package site

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTheSampleAnswersEverywhere(t *testing.T) {
	for _, c := range []struct{ path, accept, visitor, kind, says string }{
		{"/", "text/html", "ab12", "text/html", `data-visitor="ab12"`},
		{"/z/other/seats?row=3", "text/html,*/*", "", "text/html", `data-visitor=""`},
		{"/", "text/html", `"><script>`, "text/html", `data-visitor="&#34;&gt;&lt;script&gt;"`},
		{"/api/seats", "application/json", "ab12", "application/json", `"inside":true`},
		{"/", "", "", "application/json", `"inside":true`},
	} {
		r := httptest.NewRequest("GET", c.path, nil)
		r.Header.Set("Accept", c.accept)
		r.Header.Set(VisitorHeader, c.visitor)
		w := httptest.NewRecorder()
		SampleOrigin().ServeHTTP(w, r)
		if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), c.kind) ||
			!strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s as %q: %d %s, without %s", c.path, c.accept, w.Code, w.Header().Get("Content-Type"), c.says)
		}
		if w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept", c.path)
		}
	}
}
