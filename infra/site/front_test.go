package site

import (
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"foyer/internal/room/census"
	"foyer/internal/room/event"
	"foyer/internal/room/queue"
)

// front is a front door for page tests: it answers status, register, enter, leave and the socket as the real one
// does, for a zone whose state the test sets. What the real one decides, the test decides here.
type front struct {
	*httptest.Server
	pages Files

	mu        sync.Mutex
	zone      map[string]any // the status, less `you`
	visitors  int
	known     map[string]time.Time // visitor id → arrival
	sockets   map[string]*websocket.Conn
	blocked   bool   // sockets don't open
	refuse    string // what enter answers, a problem code; empty: by called
	called    map[string]bool
	until     time.Time // the end of the claim window
	calls     map[string]int
	cookieOff bool   // the browser's cookies never arrive
	theme     string // the operator's theme.css
	event     event.Event
}

func newFront(t *testing.T) *front {
	f := &front{
		pages: build(t), known: map[string]time.Time{}, sockets: map[string]*websocket.Conn{},
		called: map[string]bool{}, calls: map[string]int{}, event: ferries,
		zone: map[string]any{
			"zone": "main", "title": "The Night Ferries · Harbour Hall", "event": 1,
			"state": "open", "direct": false, "soldOut": false,
			"policy": "first-come", "opensAt": 0, "called": "", "waiting": 0, "inside": 40, "seatsLeft": -1,
			"rate": map[string]int{"low": 90, "high": 120}, "census": nil,
		},
	}
	f.Server = httptest.NewServer(f)
	t.Cleanup(func() {
		f.CloseClientConnections()
		f.Close()
	})
	return f
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rest, api := strings.CutPrefix(r.URL.Path, "/foyer/zones/main/")
	switch {
	case api:
		f.count(rest)
		f.api(w, r, rest)
	case strings.HasPrefix(r.URL.Path, "/foyer/zones/"):
		f.answer(w, 404, map[string]any{"code": "unknown_zone"})
	case strings.HasPrefix(r.URL.Path, Prefix):
		f.static(w, strings.TrimPrefix(r.URL.Path, Prefix))
	case r.URL.Path == "/ws":
		f.count("socket")
		f.socket(w, r)
	case f.cookie(r, "a") != "":
		f.count("origin")
		f.static(w, "hosted/index.html")
	default:
		f.gate(w, r)
	}
}

// gate is the edge's part: a token for browsers without one, then the waiting room.
func (f *front) gate(w http.ResponseWriter, r *http.Request) {
	if f.cookie(r, "v") == "" && !r.URL.Query().Has("foyer_c") {
		f.mu.Lock()
		f.visitors++
		id := fmt.Sprintf("%032x", f.visitors+0xabc000)
		f.known[id] = time.Now()
		f.mu.Unlock()
		f.keep(w, "v", id, 600)
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, r.URL.Path+"?foyer_c=1", http.StatusFound)
		return
	}
	f.static(w, WaitPage)
}

func (f *front) static(w http.ResponseWriter, name string) {
	content, found := f.pages[name]
	if name == "theme.css" && f.theme != "" {
		content = []byte(f.theme)
	}
	if !found {
		http.Error(w, "no such page", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	w.Header().Set("Cache-Control", CacheControl(name))
	w.Write(content)
}

func (f *front) api(w http.ResponseWriter, r *http.Request, name string) {
	id := f.cookie(r, "v")
	switch {
	case name == "status":
		f.answer(w, 200, f.status(id))
	case name == "event":
		f.mu.Lock()
		defer f.mu.Unlock()
		answerEvent(w, f.event)
	case name == "map":
		f.answer(w, 404, map[string]any{"code": "not_found"})
	case id == "":
		f.answer(w, 401, map[string]any{"code": "unauthorized"})
	case name == "register":
		f.answer(w, 200, map[string]any{"zone": "main", "key": f.key(id).String(),
			"registeredAt": time.Now().UnixMilli(), "lane": 0})
	case name == "enter":
		f.enter(w, id)
	case name == "leave":
		f.keep(w, "v", "", -1)
		f.keep(w, "a", "", -1)
		f.answer(w, 200, map[string]any{"state": "left"})
	}
}

func (f *front) enter(w http.ResponseWriter, id string) {
	f.mu.Lock()
	code := f.refuse
	if code == "" && !f.called[id] {
		code = "not_called"
	}
	if code == "missed" {
		delete(f.called, id) // the call is over
	}
	f.mu.Unlock()
	if code == "ended" { // the answer takes the tokens
		f.keep(w, "v", "", -1)
		f.keep(w, "a", "", -1)
	}
	if code != "" {
		status := map[string]int{"ended": 410, "busy": 503}[code]
		f.answer(w, max(status, 409), map[string]any{"code": code})
		return
	}
	f.keep(w, "a", "in", 120)
	f.answer(w, 200, map[string]any{
		"state": "inside", "ref": "1.0", "endsIn": 600, "renewIn": 90,
	})
}

func (f *front) socket(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	blocked := f.blocked
	f.mu.Unlock()
	if blocked {
		http.Error(w, "sockets are blocked here", http.StatusForbidden)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	f.mu.Lock()
	id := f.cookie(r, "v")
	f.sockets[id] = conn
	if f.called[id] {
		conn.Write(context.Background(), websocket.MessageText, f.turn())
	}
	f.mu.Unlock()
	for {
		if _, _, err := conn.Read(context.Background()); err != nil {
			return
		}
		conn.Write(context.Background(), websocket.MessageText, []byte(`{"type":"pong"}`))
	}
}

// status is the zone as this visitor sees it.
func (f *front) status(id string) map[string]any {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := map[string]any{"you": nil, "now": time.Now().UnixMilli(), "updatedAt": time.Now().UnixMilli()}
	for name, value := range f.zone {
		s[name] = value
	}
	if at, ok := f.known[id]; ok {
		key := f.key(id).String()
		if s["policy"] == "draw" && s["draw"].(map[string]string)["seed"] == "" {
			key = ""
		}
		s["you"] = map[string]any{"id": id, "arrivedAt": at.UnixMilli(), "priority": 8, "key": key}
	}
	return s
}

// set changes the zone.
func (f *front) set(pairs ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := 0; i < len(pairs); i += 2 {
		f.zone[pairs[i].(string)] = pairs[i+1]
	}
}

// crowd puts people into the queue: so many before the visitors of this front door, so many after, and the
// first ones called already.
func (f *front) crowd(ahead, behind, called int) {
	start := time.Now().Add(-time.Hour).UnixMilli()
	var positions []uint64
	for i := range ahead {
		positions = append(positions,
			census.Position(queue.NewKey(8, 0, uint64(start)+uint64(i*3_500_000/max(ahead, 1)), queue.VisitorID{byte(i)})))
	}
	for i := range behind {
		positions = append(positions, census.Position(queue.NewKey(8, 1, uint64(start+int64(i)), queue.VisitorID{byte(i)})))
	}
	f.set("waiting", ahead+behind-called, "census", map[string]any{
		"at": time.Now().Add(time.Minute).UnixMilli(), "total": ahead + behind, "knots": census.Fit(positions).Pack(),
	})
	if called > 0 {
		f.set("called", queue.NewKey(8, 0, uint64(start)+uint64((called-1)*3_500_000/ahead), queue.VisitorID{255}).String())
	}
}

// call says "your turn" to everyone waiting, over their sockets as soon as they have one, and lets them in.
func (f *front) call(window time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.until = time.Now().Add(window)
	for id := range f.known {
		f.called[id] = true
		if conn := f.sockets[id]; conn != nil {
			conn.Write(context.Background(), websocket.MessageText, f.turn())
		}
	}
}

func (f *front) turn() []byte {
	message, _ := json.Marshal(map[string]any{"type": "turn", "zone": "main", "ref": "1.0", "until": f.until.UnixMilli()})
	return message
}

// nudge makes every page ask for the status soon, once there is a socket to say so.
func (f *front) nudge() {
	for range 100 {
		f.mu.Lock()
		ready := len(f.sockets) > 0
		f.mu.Unlock()
		if ready {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, conn := range f.sockets {
		conn.Write(context.Background(), websocket.MessageText, []byte(`{"type":"status"}`))
	}
}

func (f *front) callAll() { f.call(time.Minute) }

func (f *front) refuseWith(code string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuse = code
}

func (f *front) key(id string) queue.Key {
	visitor, err := queue.ParseVisitorID(id)
	if err != nil {
		return queue.Key{}
	}
	return queue.NewKey(8, 0, uint64(f.known[id].UnixMilli()), visitor)
}

func (f *front) cookie(r *http.Request, kind string) string {
	c, err := r.Cookie("__Host-foyer-" + kind + "-main")
	if err != nil || f.cookieOff {
		return ""
	}
	return c.Value
}

func (f *front) keep(w http.ResponseWriter, kind, value string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: "__Host-foyer-" + kind + "-main", Value: value, Path: "/", MaxAge: age, Secure: true, HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
}

func (f *front) answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func (f *front) count(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[name]++
}

func (f *front) made(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[name]
}
