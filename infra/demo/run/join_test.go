package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"foyer/infra/test/browser"
)

// promised is about the longest wait of a visitor who joins.
const promised = 90 * time.Second

// moment holds the demo home's figures that these tests look at.
type moment struct {
	Zone    struct{ Waiting, Inside, Admitted int }
	Figures struct{ Refused, Origin, Pushed int64 }
	Usual   struct{ People, Waiting int }
	Sale    *struct{ Size, Left, Sold, Orders, Mails int }
}

func (r running) moment(t *testing.T) (m moment) {
	t.Helper()
	if err := json.Unmarshal([]byte(get(t, r.home+"/api/moment")), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestAVisitorWhoJoinsIsInsideInAMinuteAndAHalf joins from the demo home, behind the crowd that comes by itself, and
// lands before the seats, which the crowd buys too.
func TestAVisitorWhoJoinsIsInsideInAMinuteAndAHalf(t *testing.T) {
	r := begin(t)
	b := browser.Start(t)
	for end := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		if m := r.moment(t); m.Usual.Waiting >= m.Usual.People*3/4 && m.Usual.People > 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("no crowd came: %+v", r.moment(t))
		}
	}
	tab := b.Visitor(t)
	tab.Open(r.home)
	tab.Until(`document.getElementById('join').href.startsWith('http://localhost')`)
	tab.Open(browser.Eval[string](tab, `document.getElementById('join').href`))
	joined := time.Now()
	tab.Sees("You are in line")
	for time.Since(joined) < promised-browser.Patience &&
		!browser.Eval[bool](tab, `document.documentElement.dataset.phase === 'entering'`) {
		time.Sleep(100 * time.Millisecond)
	}
	tab.Sees("You’re inside")
	t.Logf("inside after %v", time.Since(joined).Round(time.Second))
	if m := r.moment(t); m.Zone.Waiting == 0 || m.Zone.Admitted == 0 || m.Figures.Refused == 0 || m.Figures.Pushed == 0 ||
		m.Figures.Origin == 0 {
		t.Errorf("figures stand still: %+v", m)
	}
	tab.Until(`document.querySelector('foyer-seats').shadowRoot.querySelectorAll('.rows path').length > 5`)
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Second) {
		s := r.moment(t).Sale
		if s != nil && s.Sold > 0 && s.Orders > 0 && s.Mails > 0 && s.Left < s.Size && s.Size == 5000 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the crowd buys nothing: %+v", s)
		}
	}
	r.ends(t)
}

func TestAnotherSiteIsQueuedFor(t *testing.T) {
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<h1>My own shop</h1><p>%s for %.8s</p>", r.URL.RequestURI(), r.Header.Get("X-Foyer-Visitor-Id"))
	}))
	defer shop.Close()
	r := begin(t, "ORIGIN="+shop.URL, "CROWD=0")
	front := fmt.Sprintf("http://localhost:%d", r.port)
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		if m := r.moment(t); m.Usual.People != 0 {
			t.Fatalf("a crowd came uninvited: %+v", m)
		} else if m.Sale != nil {
			t.Fatalf("seats are sold for another site: %+v", m.Sale)
		}
		res, err := http.Get(front + "/foyer/zones/main/status")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		var s struct{ Direct bool }
		if json.Unmarshal(body, &s) == nil && s.Direct {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("no direct entry: %s", body)
		}
	}
	tab := browser.Start(t).Visitor(t)
	tab.Open(front + "/tickets?for=two")
	tab.Sees("My own shop")
	tab.Sees("/tickets?for=two for ")
}
