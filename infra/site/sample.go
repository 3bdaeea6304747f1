package site

import (
	"html"
	"net/http"
	"strings"
	"sync"
)

// VisitorHeader carries the visitor's id, 32 hex digits, from the edge to the origin.
const VisitorHeader = "X-Foyer-Visitor-Id"

var sample = sync.OnceValues(func() (string, error) {
	pages, err := Build()
	return string(pages["sample/index.html"]), err
})

// SampleOrigin is a protected site to try Foyer on: one event page at every path, and JSON for clients that don't
// ask for HTML. It trusts the edge and checks nothing.
func SampleOrigin() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		visitor := r.Header.Get(VisitorHeader)
		if !strings.Contains(r.Header.Get("Accept"), "text/html") {
			w.Header().Set("Content-Type", "application/json")
			w.Write([]byte(`{"inside":true,"event":"The Night Ferries"}` + "\n"))
			return
		}
		page, err := sample()
		if err != nil {
			http.Error(w, "the sample page could not be built", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write([]byte(strings.Replace(page, "{{.Visitor}}", html.EscapeString(visitor), 1)))
	})
}
