package crowd_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// door is a front door that keeps a queue of its own, as simple as can be: it calls everyone in the order of
// arrival, some time after they registered.
type door struct {
	*httptest.Server
	after   time.Duration // from registering to being called
	pushes  bool
	mu      sync.Mutex
	next    int
	places  map[string]*place
	foreign []string // requests that no browser would make
	blind   int      // arrivals to show the waiting room without a token at first
	broken  int      // requests to answer with 503 at first
	hall             // its seats, if it sells any
}

type place struct {
	key                       string
	registered                time.Time
	inside, left, socket, app bool
}

func newDoor(t *testing.T, after time.Duration, pushes bool) *door {
	d := &door{after: after, pushes: pushes, places: map[string]*place{}}
	d.hall.door = d
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", d.page)
	mux.HandleFunc("GET /foyer/zones/main/status", d.status)
	mux.HandleFunc("POST /foyer/zones/main/register", d.register)
	mux.HandleFunc("POST /foyer/zones/main/enter", d.enter)
	mux.HandleFunc("POST /foyer/zones/main/leave", d.leave)
	mux.HandleFunc("GET /ws", d.socket)
	d.hall.routes(mux)
	d.Server = httptest.NewServer(d.sometimesBroken(mux))
	t.Cleanup(d.Close)
	return d
}

func (d *door) sometimesBroken(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		broken := d.broken > 0
		d.broken--
		d.mu.Unlock()
		if broken {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (d *door) who(r *http.Request) *place {
	id, app := r.Header.Get("X-Foyer-Visitor"), true
	if id == "" {
		cookie, err := r.Cookie("__Host-foyer-v-main")
		if err != nil {
			return nil
		}
		id, app = cookie.Value, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if r.Method == http.MethodPost && !app && r.Header.Get("Origin") != d.URL {
		d.foreign = append(d.foreign, r.URL.Path)
	}
	return d.places[id]
}

func (d *door) page(w http.ResponseWriter, r *http.Request) {
	p := d.who(r)
	if p == nil {
		d.mu.Lock()
		if d.blind--; d.blind >= 0 {
			d.mu.Unlock()
			_, _ = w.Write([]byte(`<html data-phase="loading">`))
			return
		}
		d.next++
		id := fmt.Sprint(d.next)
		app := r.Header.Get("Accept") != "text/html"
		d.places[id] = &place{key: fmt.Sprintf("80%044d", d.next), app: app}
		d.mu.Unlock()
		if app {
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = fmt.Fprintf(w, `{"code":"waiting","visitorToken":%q}`, id)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "__Host-foyer-v-main", Value: id, Secure: true, HttpOnly: true, Path: "/"})
		http.Redirect(w, r, "/?foyer_c=1", http.StatusFound)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if p.app && (!p.inside || r.Header.Get("X-Foyer-Access") != "in") {
		w.WriteHeader(http.StatusTooManyRequests)
		_ = json.NewEncoder(w).Encode(map[string]any{"code": "waiting", "zoneStatus": d.view(p)})
		return
	}
	if p.inside && !p.left {
		_, _ = w.Write([]byte("<h1>The event</h1>"))
		return
	}
	_, _ = w.Write([]byte(`<html data-phase="loading">`))
}

func (d *door) called(p *place) bool {
	return !p.registered.IsZero() && time.Since(p.registered) >= d.after
}

func (d *door) status(w http.ResponseWriter, r *http.Request) {
	p := d.who(r)
	d.mu.Lock()
	defer d.mu.Unlock()
	_ = json.NewEncoder(w).Encode(d.view(p))
}

func (d *door) view(p *place) map[string]any {
	called := ""
	if d.called(p) {
		called = p.key
	}
	return map[string]any{"state": "open", "called": called, "you": map[string]any{"key": p.key}}
}

func (d *door) register(w http.ResponseWriter, r *http.Request) {
	d.take(d.who(r), false)
}

func (d *door) take(p *place, socket bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p.socket = p.socket || socket
	if p.registered.IsZero() {
		p.registered = time.Now()
	}
}

func (d *door) enter(w http.ResponseWriter, r *http.Request) {
	p := d.who(r)
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.called(p) {
		w.WriteHeader(http.StatusConflict)
		_, _ = w.Write([]byte(`{"code":"not_called"}`))
		return
	}
	p.inside = true
	if p.app {
		_, _ = w.Write([]byte(`{"state":"inside","accessToken":"in"}`))
	}
}

func (d *door) leave(_ http.ResponseWriter, r *http.Request) {
	p := d.who(r)
	d.mu.Lock()
	defer d.mu.Unlock()
	p.left = true
}

func (d *door) socket(w http.ResponseWriter, r *http.Request) {
	p := d.who(r)
	if p == nil || r.Header.Get("Origin") != d.URL {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	d.take(p, true)
	ctx := conn.CloseRead(r.Context())
	if d.pushes {
		time.Sleep(d.after + 10*time.Millisecond)
		_ = conn.Write(ctx, websocket.MessageText, []byte(`{"type":"turn","zone":"main","ref":"1.0"}`))
	}
	<-ctx.Done()
}

// count is how many of the visitors are so.
func (d *door) count(so func(*place) bool) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.places {
		if so(p) {
			n++
		}
	}
	return n
}
