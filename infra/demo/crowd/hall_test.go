package crowd_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// hall is a door's seats, one row of them, with a till and a payment page, as simple as can be.
type hall struct {
	door    *door
	seats   int                  // 0: it sells none
	holders map[string]*place    // seat → its holder
	orders  map[string]*purchase // by id
	keys    map[string]*purchase // by idempotency key
	presses []string             // outcome and webhook of every press of the payment page's button
	leaks   int                  // requests to the payment page that disclose a visitor
	apps    float64              // share of its visitors that are apps
	stale   bool                 // pictures show every seat as available
}

type purchase struct {
	id, email, state string
	who              *place
	seats            []string
}

func (h *hall) routes(mux *http.ServeMux) {
	h.holders, h.orders, h.keys = map[string]*place{}, map[string]*purchase{}, map[string]*purchase{}
	mux.HandleFunc("GET /foyer/zones/main/map", h.locked(h.overview))
	mux.HandleFunc("GET /foyer/zones/main/map/A", h.locked(h.section))
	mux.HandleFunc("GET /foyer/zones/main/sections/A", h.locked(h.picture))
	mux.HandleFunc("POST /foyer/zones/main/seats", h.asVisitor(h.choose))
	mux.HandleFunc("POST /foyer/zones/main/orders", h.asVisitor(h.order))
	mux.HandleFunc("GET /pay/{order}", h.locked(h.page))
	mux.HandleFunc("POST /pay/{order}", h.locked(h.page))
	mux.HandleFunc("GET /foyer/orders/{order}", h.locked(h.read))
	mux.HandleFunc("POST /foyer/orders/{order}/cancel", h.locked(h.read))
}

func (h *hall) locked(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h.door.mu.Lock()
		defer h.door.mu.Unlock()
		next(w, r)
	}
}

func (h *hall) asVisitor(next func(http.ResponseWriter, *http.Request, *place)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who := h.door.who(r)
		h.locked(func(w http.ResponseWriter, r *http.Request) { next(w, r, who) })(w, r)
	}
}

func says(w http.ResponseWriter, status int, body any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func refuses(w http.ResponseWriter, status int, code string) {
	says(w, status, map[string]string{"code": code})
}

func (h *hall) ids() (all []string) {
	for n := range h.seats {
		all = append(all, fmt.Sprintf("A-1-%d", n+1))
	}
	return all
}

func (h *hall) overview(w http.ResponseWriter, _ *http.Request) {
	if h.seats == 0 {
		refuses(w, http.StatusNotFound, "not_found")
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=30")
	says(w, 200, map[string]any{
		"sections":   []any{map[string]any{"id": "A", "seats": h.seats}},
		"types":      []any{map[string]any{"id": "child", "most": 1}, map[string]any{"id": "carer", "for": "companion"}},
		"categories": []any{map[string]any{"id": "c", "prices": []any{map[string]any{"type": "child"}}}},
	})
}

func (h *hall) section(w http.ResponseWriter, _ *http.Request) {
	var row []map[string]string
	for _, id := range h.ids() {
		row = append(row, map[string]string{"id": id, "category": "c"})
	}
	w.Header().Set("Cache-Control", "public, max-age=30")
	says(w, 200, map[string]any{"id": "A", "rows": []any{map[string]any{"seats": row}}})
}

func (h *hall) picture(w http.ResponseWriter, _ *http.Request) {
	seats := map[string]any{}
	for id := range h.holders {
		if !h.stale {
			seats[id] = map[string]any{"s": "l", "u": time.Now().Add(time.Hour).UnixMilli()}
		}
	}
	says(w, 200, map[string]any{"seats": seats})
}

func (h *hall) choose(w http.ResponseWriter, r *http.Request, who *place) {
	var body struct {
		Seats *[]string
		Types map[string]string
		Best  *struct {
			N     int
			Types map[string]int
		}
	}
	_ = json.NewDecoder(r.Body).Decode(&body)
	var want []string
	types := body.Types
	if body.Best != nil {
		for _, id := range h.ids() {
			if h.holders[id] == nil && len(want) < body.Best.N {
				want = append(want, id)
			}
		}
		if len(want) < body.Best.N {
			refuses(w, http.StatusConflict, "no_seats")
			return
		}
		types = map[string]string{}
		for kind := range body.Best.Types {
			types[want[0]] = kind
		}
	} else {
		want = *body.Seats
	}
	for id, kind := range types {
		if !slices.Contains(want, id) || kind != "child" || len(types) > 1 {
			refuses(w, http.StatusBadRequest, "invalid")
			return
		}
	}
	for _, id := range want {
		if h.holders[id] != nil && h.holders[id] != who {
			refuses(w, http.StatusConflict, "seat_taken")
			return
		}
	}
	for id, holder := range h.holders {
		if holder == who {
			delete(h.holders, id)
		}
	}
	for _, id := range want {
		h.holders[id] = who
	}
	says(w, 200, map[string]any{"seats": want, "types": types})
}

func (h *hall) order(w http.ResponseWriter, r *http.Request, who *place) {
	key := r.Header.Get("Idempotency-Key")
	p := h.keys[key]
	if p == nil {
		p = &purchase{id: fmt.Sprint(len(h.keys) + 1), state: "pending", who: who}
		for id, holder := range h.holders {
			if holder == who {
				p.seats = append(p.seats, id)
			}
		}
		var body struct{ Email string }
		_ = json.NewDecoder(r.Body).Decode(&body)
		p.email = strings.ToLower(body.Email)
		h.keys[key], h.orders[p.id] = p, p
	}
	says(w, 200, map[string]string{"order": p.id, "secret": "s" + p.id, "checkoutUrl": h.door.URL + "/pay/" + p.id})
}

func (h *hall) page(w http.ResponseWriter, r *http.Request) {
	p := h.orders[r.PathValue("order")]
	if r.Header.Get("Cookie")+r.Header.Get("X-Foyer-Visitor")+r.Header.Get("X-Foyer-Order-Secret") != "" {
		h.leaks++
	}
	if r.Method == http.MethodGet {
		_, _ = io.WriteString(w, "<form>")
		return
	}
	outcome := r.PostFormValue("outcome")
	h.presses = append(h.presses, outcome+" "+r.PostFormValue("webhook"))
	switch outcome {
	case "decline":
		_, _ = io.WriteString(w, "declined")
	case "timeout":
		p.state = "paid"
		w.WriteHeader(http.StatusGatewayTimeout)
	default:
		p.state = "paid"
		http.Redirect(w, r, h.door.URL+"/foyer/site/order/index.html#"+p.id, http.StatusSeeOther)
	}
}

func (h *hall) read(w http.ResponseWriter, r *http.Request) {
	p := h.orders[r.PathValue("order")]
	if r.Header.Get("X-Foyer-Order-Secret") != "s"+p.id {
		refuses(w, http.StatusNotFound, "not_found")
		return
	}
	if r.Method == http.MethodPost && p.state == "pending" {
		p.state = "cancelled"
		for _, id := range p.seats {
			delete(h.holders, id)
		}
	}
	says(w, 200, map[string]any{"state": p.state, "seats": make([]struct{}, len(p.seats))})
}

// paidSeats is every seat that was paid, in order.
func (h *hall) paidSeats() (all []string) {
	h.door.mu.Lock()
	defer h.door.mu.Unlock()
	for _, p := range h.orders {
		if p.state == "paid" {
			all = append(all, p.seats...)
		}
	}
	slices.Sort(all)
	return all
}
