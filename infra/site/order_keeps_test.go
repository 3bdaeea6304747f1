package site

import (
	"mime"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync/atomic"
	"testing"

	"foyer/infra/test/browser"
)

// An order and its tickets that were opened once are shown where nothing answers, and where something answers that it
// can't: the page says which of the two it is.
func TestAnOrderIsShownWithoutAConnection(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef"
	const order = `{"order":"` + id + `","number":"K7M2P9QX4R","zone":"main","state":"paid","name":"Ada Lovelace",
		"email":"ada@example.com","amount":4550,"currency":"EUR","digits":2,"mailsLeft":3,"seats":[{"seat":"ST-C-1",
		"section":"ST","label":{"section":"Stalls","row":"C","seat":"12"},"category":"A","price":4550}],
		"tickets":[{"seat":"ST-C-1","qr":{"size":21,"bits":"_________w"}}]}`
	pages, b := build(t), browser.Start(t)
	for _, page := range []string{"order", "ticket"} {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			var status atomic.Int32
			status.Store(http.StatusOK)
			front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				content, found := pages[strings.TrimPrefix(r.URL.Path, Prefix)]
				switch {
				case found:
					w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(r.URL.Path)))
				case r.URL.Path == "/foyer/orders/"+id:
					content = []byte(order)
					w.WriteHeader(int(status.Load()))
				default:
					content = []byte(`{"zone":"main","version":1,"name":"The concert"}`)
				}
				w.Write(content)
			}))
			t.Cleanup(front.Close)
			tab := b.Visitor(t)
			tab.Open(front.URL + Prefix + page + "/index.html#" + id + ".s3cret")
			tab.Sees("The concert")
			tab.Until(`'kept' in document.documentElement.dataset`)
			for _, busy := range []int32{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
				status.Store(busy)
				tab.Reload()
				tab.Sees("isn’t responding at the moment")
				tab.Sees("K7M2P9QX4R")
			}
			if strings.Contains(tab.Text(), "There is no connection") {
				t.Errorf("an answer is called none: %s", tab.Text())
			}
			front.CloseClientConnections()
			front.Close()
			tab.Reload()
			tab.Sees("There is no connection at the moment")
			tab.Sees("K7M2P9QX4R")
			tab.Sees("The concert")
		})
	}
}
