package site

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"testing"
	"time"

	smithytime "github.com/aws/smithy-go/time"

	"foyer/internal/gateway/sale"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/choose"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/seatmap"
	"foyer/internal/sale/ticket"
	"foyer/internal/sale/venue"
	"foyer/internal/sale/viewers"
	"foyer/internal/store/memory/memsale"
)

// ticketSecret is what tickets are signed with, and links to orders.
const ticketSecret = `{"kid":"t1","secret":"correct horse battery staple, thirty-two or more"}`

// wireSale makes the sale's functions.
func (c *cloud) wireSale() {
	c.bank = &bank{c: c, money: map[string]order.Payment{}}
	seats, views, orders := c.mem.Seats(), c.mem.Viewers(), c.mem.Orders()
	maps := &seatmap.Maps{Store: seats, Now: c.now}
	c.choice = &choose.Service{
		Settings: c.mem.Zones(), Log: c.mem.Log(), Seats: seats, Maps: maps,
		Pick: func(int) int { return 0 }, Now: c.now,
	}
	c.seats = &sale.Seats{Gateway: c.gateway, Sale: c.choice, Maps: maps, State: seats, Board: seats}
	c.fanout = &viewers.Service{
		Store: views, Pace: views, Seats: seats, Pusher: c, ID: rand.Text, Now: time.Now,
		Sleep: smithytime.SleepWithContext,
	}
	c.view = &sale.View{Log: slog.New(slog.DiscardHandler), Viewers: c.fanout}
	keys, err := ticket.ParseSecret(ticketSecret)
	c.must(err)
	c.orders = &checkout.Starter{
		Opener: checkout.Opener{
			Driver: checkout.Driver{Seats: seats, Orders: orders, Pay: c.bank, Now: c.now},
			Key:    func(context.Context) (order.LinkKey, error) { return keys.LinkKey(), nil },
		},
		Sale: c.choice, Events: c.mem.Zones(), Looks: memsale.NewOnce(), Owner: rand.Text,
	}
	c.checkout = &sale.Checkout{Gateway: c.gateway, Orders: c.orders,
		Tickets: func(_ context.Context, o order.Order) ([]ticket.Ticket, error) {
			var ids []string
			for _, line := range o.Good() {
				ids = append(ids, line.Seat)
			}
			return keys.Issue(o.Zone, o.Number, ids)
		}}
	c.mem.Changes.Seat = c.deliver()
}

// deliver returns what hears of seats that change, and has viewers told, as the fan-out does.
func (c *cloud) deliver() func(string, seat.Seat, seat.Seat) {
	changed := make(chan seat.Seat, 100_000)
	ctx, stop := context.WithCancel(context.Background())
	c.t.Cleanup(stop)
	go func() {
		for {
			all := viewers.Changes{Zone: "main"}
			select {
			case <-ctx.Done():
				return
			case one := <-changed:
				all.Add(venue.SectionOf(one.ID), one, time.Now())
			}
			for len(changed) > 0 {
				one := <-changed
				all.Add(venue.SectionOf(one.ID), one, time.Now())
			}
			_, _ = c.fanout.Deliver(ctx, all) // maps that aren't told catch up
		}
	}()
	return func(_ string, _, one seat.Seat) { changed <- one }
}

// hall is a cloud whose zone sells seats, and where everybody who comes is inside.
type hall struct {
	*cloud
	visitors int
}

func newHall(t testing.TB, file string, perBuyer int) *hall {
	t.Helper()
	raw, err := os.ReadFile("../../testdata/venues/" + file + ".json")
	if err != nil {
		t.Fatal(err)
	}
	v, err := venue.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return newHallOf(t, v, perBuyer)
}

func newHallOf(t testing.TB, v venue.Venue, perBuyer int) *hall {
	t.Helper()
	h := &hall{cloud: newCloud(t)}
	h.change(func(s *zone.Settings) {
		s.State, s.SeatsPerBuyer, s.Capacity, s.Session = zone.Open, perBuyer, 1000, time.Hour
	})
	h.status(func(st *zone.Status) { st.State, st.SeatsLeft = zone.Open, -1 })
	h.tell(ferries)
	store := h.mem.Seats()
	loader := &seatmap.Loader{Zones: h.mem.Zones(), Seats: store, Maps: store, Now: time.Now}
	_, err := loader.Load(context.Background(), "main", v)
	h.must(err)
	h.guests = h.letIn
	return h
}

// letIn gives who comes to a page without a token the tokens of a visit.
func (h *hall) letIn(r *http.Request) []*http.Cookie {
	if c, err := r.Cookie(token.AccessCookie("main")); err == nil && c.Value != "" {
		return nil
	}
	if r.Header.Get("Sec-Fetch-Mode") != "navigate" {
		return nil
	}
	v, a := h.admits()
	text, _, err := h.keys.SignAccess(r.Context(), a)
	h.must(err)
	cookie := func(name, value string, site http.SameSite) *http.Cookie {
		return &http.Cookie{Name: name, Value: value, Path: "/", Secure: true, HttpOnly: true, SameSite: site}
	}
	return []*http.Cookie{
		cookie(token.VisitorCookie("main"), h.ring.SignVisitor(v, time.Now()), http.SameSiteLaxMode),
		cookie(token.AccessCookie("main"), text, http.SameSiteNoneMode),
	}
}

// admits lets somebody new in for an hour.
func (h *hall) admits() (token.Visitor, token.Access) {
	h.mu.Lock()
	h.visitors++
	n := h.visitors
	h.mu.Unlock()
	v := token.Visitor{
		Zone: "main", ID: queue.VisitorID{byte(n), byte(n >> 8)}, Arrived: time.Now(), Priority: queue.DefaultPriority,
	}
	key := queue.NewKey(v.Priority, 0, uint64(v.Arrived.UnixMilli()), v.ID)
	until := time.Now().Add(time.Hour)
	settings, _ := h.mem.Stands("main")
	h.must(h.mem.Log().Append(context.Background(), settings.Grants(), bucket.Page{
		Number: int64(n), At: time.Now(), Grants: []bucket.Grant{{Key: key, State: bucket.Inside, Until: until}},
	}))
	return v, token.Access{Zone: "main", ID: v.ID, Ref: bucket.Ref{Page: int64(n)}, Expires: until}
}

// ends ends every visit.
func (h *hall) ends() {
	h.t.Helper()
	settings, _ := h.mem.Stands("main")
	for _, p := range h.mem.Pages("main") {
		for slot, g := range p.Grants {
			h.must(h.mem.Log().Apply(context.Background(), settings.Grants(), bucket.Change{
				Ref: bucket.Ref{Page: p.Number, Slot: slot}, Key: g.Key, From: g.State, To: bucket.Left, Until: time.Now(),
			}))
		}
	}
}

// hush asks the viewers of a section to read its snapshot, as the fan-out does when too much changes.
func (h *hall) hush(section string) {
	h.t.Helper()
	audience, err := h.mem.Viewers().Of(context.Background(), "main", section, time.Now())
	h.must(err)
	message, err := json.Marshal(viewers.SnapshotMessage{
		Type: "snapshot", Section: section, Until: time.Now().Add(20 * time.Second).UnixMilli(),
	})
	h.must(err)
	for _, conn := range audience.Conns {
		h.must(h.Push(context.Background(), conn, message))
	}
}

// deafen makes sockets say nothing.
func (c *cloud) deafen() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deaf = true
}
