package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"foyer/infra/test/browser"
)

func TestATabAnewIsAnotherVisitors(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "visitor", Value: "1", Path: "/", HttpOnly: true})
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<p>cookies: %d", len(r.Cookies()))
	}))
	t.Cleanup(site.Close)
	tab := browser.Start(t).Visitor(t)
	tab.Before("window.mine = 1; console.error('mine')")
	for _, cookies := range []string{"cookies: 0", "cookies: 1"} {
		tab.Open(site.URL)
		tab.Sees(cookies)
	}
	tab.Until("window.mine === 1")
	tab = tab.Anew(t)
	tab.Open(site.URL)
	tab.Sees("cookies: 0")
	if browser.Eval[bool](tab, "'mine' in window") || len(tab.Errors()) > 0 {
		t.Errorf("what the last visitor did goes on: %q", tab.Errors())
	}
	tab.Hide()
	tab.Until("document.hidden")
}
