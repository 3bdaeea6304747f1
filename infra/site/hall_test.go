package site

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/coder/websocket"

	"foyer/infra/topology"
	"foyer/internal/gateway/sale"
	"foyer/internal/gateway/web"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/sale/choose"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/seatmap"
	"foyer/internal/sale/venue"
	"foyer/internal/store/memory/memsale"
)

// hall is a front door for the pages of the sale: the seats function itself over stores in memory, everybody inside,
// and orders and sockets that the test plays.
type hall struct {
	*httptest.Server
	pages Files
	cloud *memsale.Cloud
	seats *sale.Seats
	zone  zone.Settings

	mu       sync.Mutex
	visitors int
	sockets  map[*websocket.Conn][]string // → sections on view
	blocked  bool                         // sockets don't open
	deaf     bool                         // sockets say nothing
	calls    map[string]int
	down     map[string]int // path's last part → status to answer with
	order    map[string]any // what GET order says
	ordered  []string       // bodies of POST orders, with their keys
}

func newHall(t testing.TB, file string, perBuyer int) *hall {
	h := &hall{cloud: memsale.New(), zone: zone.New("main"), sockets: map[*websocket.Conn][]string{},
		calls: map[string]int{}, down: map[string]int{}}
	var err error
	if h.pages, err = BuildIn(language()); err != nil {
		t.Fatal(err)
	}
	h.zone.State, h.zone.Version, h.zone.SeatsPerBuyer = zone.Open, 1, perBuyer
	if err := h.cloud.Zones().SaveSettings(t.Context(), h.zone); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("../../testdata/venues/" + file + ".json")
	if err != nil {
		t.Fatal(err)
	}
	v, err := venue.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	store := h.cloud.Seats()
	loader := &seatmap.Loader{Zones: h.cloud.Zones(), Seats: store, Maps: store, Now: time.Now}
	if _, err := loader.Load(t.Context(), "main", v); err != nil {
		t.Fatal(err)
	}
	maps := &seatmap.Maps{Store: store, Now: time.Now}
	h.seats = &sale.Seats{
		Gateway: web.Gateway{Door: open{}, Tokens: open{}, Log: slog.New(slog.DiscardHandler), Now: time.Now},
		Sale: &choose.Service{
			Settings: h.cloud.Zones(), Log: h.cloud.Log(), Seats: store, Maps: maps,
			Pick: func(int) int { return 0 }, Now: time.Now,
		},
		Maps: maps, State: store, Board: store,
	}
	h.Server = httptest.NewServer(h)
	t.Cleanup(func() {
		h.CloseClientConnections()
		h.Close()
	})
	return h
}

// heldUntil is until when the seats are kept while the payment provider is in trouble.
var heldUntil = time.Now().Add(47 * time.Minute)

// open is a front door that is open, and tokens that are the number of a page of grants.
type open struct{ web.Tokens }

func (open) Value(context.Context, bool) (string, error) { return "s", nil }

func (open) Access(_ context.Context, zone, text string) (token.Access, error) {
	n, err := strconv.Atoi(text)
	return token.Access{Zone: zone, ID: visitorID(n), Ref: bucket.Ref{Page: int64(n)}}, err
}

func visitorID(n int) (id queue.VisitorID) {
	id[0], id[1] = byte(n), byte(n>>8)
	return id
}

// admit lets somebody new in for an hour and gives their token.
func (h *hall) admit() string {
	h.mu.Lock()
	h.visitors++
	n := h.visitors
	h.mu.Unlock()
	grant := bucket.Grant{Key: queue.NewKey(8, 0, 1, visitorID(n)), State: bucket.Inside, Until: time.Now().Add(time.Hour)}
	_ = h.cloud.Log().
		Append(context.Background(), h.zone.Grants(),
			bucket.Page{Number: int64(n), At: time.Now(), Grants: []bucket.Grant{grant}})
	return strconv.Itoa(n)
}

func (h *hall) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie("__Host-foyer-a-main"); err != nil || c.Value == "" {
		token := &http.Cookie{
			Name:     "__Host-foyer-a-main",
			Value:    h.admit(),
			Path:     "/",
			Secure:   true,
			HttpOnly: true,
			SameSite: http.SameSiteLaxMode,
		}
		http.SetCookie(w, token)
		r.AddCookie(token)
	}
	rest, api := strings.CutPrefix(r.URL.Path, "/foyer/zones/main/")
	switch {
	case api:
		h.api(w, r, rest)
	case strings.HasPrefix(r.URL.Path, "/foyer/orders/"):
		h.orders(w, r)
	case strings.HasPrefix(r.URL.Path, Prefix):
		name := strings.TrimPrefix(r.URL.Path, Prefix)
		content, found := h.pages[name]
		if !found {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
		w.Write(content)
	case r.URL.Path == "/ws":
		h.socket(w, r)
	case r.URL.Path == "/pay":
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<h1>Pay here</h1>")
	default:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(h.pages["hosted/index.html"])
	}
}

func (h *hall) api(w http.ResponseWriter, r *http.Request, name string) {
	last, _, _ := strings.Cut(name, "/")
	h.mu.Lock()
	h.calls[r.Method+" "+last]++
	down := h.down[last]
	h.mu.Unlock()
	switch {
	case down == 422 && last == "orders": // the provider refuses the e-mail address
		h.answer(w, down, map[string]any{"code": "refused", "field": "email", "detail": "the test says no",
			"heldUntil": heldUntil.UnixMilli()})
	case down == 409 && last == "orders": // the address has as many at a price type as it may
		h.answer(w, down, map[string]any{"code": "limit", "field": "types", "detail": "the test says no"})
	case down != 0 && last == "orders": // the provider is in trouble, and the seats are kept for longer
		h.answer(w, down, map[string]any{"code": "provider", "detail": "the test says no",
			"heldUntil": heldUntil.UnixMilli()})
	case down != 0:
		h.answer(w, down, map[string]any{"code": "busy", "detail": "the test says no"})
	case name == "status":
		h.answer(w, 200, map[string]any{"zone": "main", "now": time.Now().UnixMilli(), "state": "open"})
	case name == "event":
		answerEvent(w, ferries)
	case name == "enter":
		now := time.Now()
		h.answer(w, 200, map[string]any{"state": "inside", "ref": "1.0", "until": now.Add(time.Hour).UnixMilli(),
			"renewAt": now.Add(90 * time.Second).UnixMilli()})
	case name == "leave":
		h.answer(w, 200, map[string]any{"state": "left"})
	case name == "orders":
		body, _ := io.ReadAll(r.Body)
		h.mu.Lock()
		h.ordered = append(h.ordered, r.Header.Get("Idempotency-Key")+" "+string(body))
		h.mu.Unlock()
		h.answer(w, 200, map[string]any{"order": "ab12", "secret": "shh", "checkoutUrl": "/pay",
			"deadline": time.Now().Add(10 * time.Minute).UnixMilli()})
	default:
		h.function(w, r)
	}
}

// function asks the seats function, as API Gateway would.
func (h *hall) function(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	e := events.APIGatewayV2HTTPRequest{
		Version: "2.0",
		RawPath: r.URL.Path,
		Body:    string(body),
		Headers: map[string]string{topology.HeaderFrontDoor: "s", "host": r.Host},
	}
	for name := range r.Header {
		e.Headers[strings.ToLower(name)] = r.Header.Get(name)
	}
	e.RequestContext.HTTP.Method = r.Method
	answer, err := h.seats.Handle(r.Context(), e)
	if err != nil {
		http.Error(w, err.Error(), 500)
		return
	}
	for name, value := range answer.Headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(answer.StatusCode)
	io.WriteString(w, answer.Body)
	if r.Method == http.MethodPost && answer.StatusCode == 200 {
		h.push()
	}
}

// push sends every section on view to its viewers, as the fan-out does.
func (h *hall) push() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.deaf {
		return
	}
	for conn, ids := range h.sockets {
		sections := map[string]any{}
		for _, id := range ids {
			sections[id] = h.state(id)
		}
		message, _ := json.Marshal(map[string]any{"type": "seats", "at": time.Now().UnixMilli(), "sections": sections})
		conn.Write(context.Background(), websocket.MessageText, message)
	}
}

// state returns what a message says of a section.
func (h *hall) state(section string) map[string]any {
	now := time.Now()
	seats, _ := h.cloud.Seats().Snapshot(context.Background(), "main", section)
	marks := map[string]any{}
	for _, one := range seats {
		m := map[string]any{"v": one.Version, "s": one.Status(now)}
		if one.Status(now) == seat.Locked {
			m["u"] = one.Until.UnixMilli()
		}
		marks[one.ID] = m
	}
	return marks
}

// broadcast sends any message to everybody.
func (h *hall) broadcast(message string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for conn := range h.sockets {
		conn.Write(context.Background(), websocket.MessageText, []byte(message))
	}
}

func (h *hall) socket(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	blocked := h.blocked || r.URL.Query().Get("for") != "map"
	h.mu.Unlock()
	if blocked {
		http.Error(w, "no", http.StatusForbidden)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() {
		h.mu.Lock()
		delete(h.sockets, conn)
		h.mu.Unlock()
	}()
	for {
		_, data, err := conn.Read(context.Background())
		if err != nil {
			return
		}
		var m struct {
			Action   string
			Sections []string
		}
		json.Unmarshal(data, &m)
		h.mu.Lock()
		if m.Action == "view" {
			h.sockets[conn] = m.Sections
			h.calls["view"]++
		}
		h.mu.Unlock()
		if m.Action == "ping" {
			conn.Write(context.Background(), websocket.MessageText, []byte(`{"type":"pong"}`))
		}
	}
}

// drop breaks every socket.
func (h *hall) drop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for conn := range h.sockets {
		conn.CloseNow()
	}
}

func (h *hall) orders(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls[r.Method+" order"]++
	if r.Header.Get("X-Foyer-Order-Secret") != "shh" || h.order == nil {
		h.answer(w, 404, map[string]any{"code": "not_found"})
		return
	}
	if strings.HasSuffix(r.URL.Path, "/cancel") {
		h.order["state"] = "closing"
		h.order["reason"] = "cancelled"
	}
	if strings.HasSuffix(r.URL.Path, "/mail") {
		if h.order["mailsLeft"] == 4 {
			h.answer(w, 429, map[string]any{"code": "cooling"})
			return
		}
		var body struct{ Email string }
		json.NewDecoder(r.Body).Decode(&body)
		h.order["email"], h.order["mailsLeft"] = body.Email, 4
	}
	h.answer(w, 200, h.order)
}

func (h *hall) answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func (h *hall) made(name string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.calls[name]
}

func (h *hall) say(status int, paths ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range paths {
		h.down[p] = status
	}
}
