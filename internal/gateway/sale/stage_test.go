package sale

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"foyer/internal/gateway/web"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/choose"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
	"foyer/internal/sale/pay/stripe"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/seatmap"
	"foyer/internal/sale/ticket"
	"foyer/internal/sale/venue"
	"foyer/internal/store/memory/memsale"
	"foyer/internal/testkit/gatewaytest"
)

var errDown = errors.New("database is down")

// The secrets that the events' orders are of.
const (
	ticketSecret = `{"kid":"t1","secret":"ticket-secret-of-the-events-0123456789"}`
	paySecret    = `{"key":"sk_test_of_the_events","webhooks":["whsec_new","whsec_of_the_events"]}`
)

// cash plays the provider: one buyer, whose payment is in the state that the test sets. The real adapter checks
// webhooks.
type cash struct {
	stripe.Provider
	money order.PaymentState
	down  bool
	asked []string
}

func (c *cash) ask(what string, o order.Order) (order.Payment, error) {
	c.asked = append(c.asked, what)
	if c.down {
		return order.Payment{}, pay.Unavailable(errDown, time.Second)
	}
	return order.Payment{
		Order:    o.ID,
		Session:  "cs_test_1",
		ID:       "pi_1",
		State:    c.money,
		Amount:   o.Amount,
		Currency: o.Currency,
	}, nil
}

func (c *cash) Open(_ context.Context, at pay.Checkout) (pay.Session, error) {
	_, err := c.ask("open "+at.Return[:strings.Index(at.Return, "#")], at.Order)
	return pay.Session{ID: "cs_test_1", URL: "https://checkout.stripe.com/c/pay/cs_test_1"}, err
}

func (c *cash) Get(_ context.Context, o order.Order) (order.Payment, error) { return c.ask("get", o) }

func (c *cash) Capture(_ context.Context, o order.Order) (order.Payment, error) {
	c.money = order.PaymentCaptured
	return c.ask("capture", o)
}

func (c *cash) Expire(_ context.Context, o order.Order) (order.Payment, error) {
	c.money = order.PaymentCancelled
	return c.ask("expire", o)
}

// secret is a secret that stands still.
type secret string

func (s secret) Value(context.Context, bool) (string, error) { return string(s), nil }

// stage is the HTTP functions of the sale in front of stores in memory: the little theatre is in zone "main", and the
// events' visitor inside.
type stage struct {
	*gatewaytest.Stage
	cloud    *memsale.Cloud
	orders   *checkout.Starter
	cash     *cash
	seats    *Seats
	checkout *Checkout
	webhook  *Webhook
	owners   int
}

func newStage(t *testing.T) *stage {
	s := &stage{Stage: gatewaytest.New(t), cloud: memsale.New(), cash: &cash{money: order.PaymentUnpaid}}
	zone := gatewaytest.Zone()
	if err := s.cloud.Zones().SaveSettings(t.Context(), zone); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("../../../testdata/venues/theatre-300.json")
	if err != nil {
		t.Fatal(err)
	}
	v, err := venue.Parse(raw)
	if err == nil {
		err = s.cloud.Seats().SaveMap(t.Context(), "main", v, 0)
	}
	id, _ := queue.ParseVisitorID(gatewaytest.VisitorHex)
	page := bucket.Page{Number: 1, At: s.Now, Grants: []bucket.Grant{
		{Key: queue.NewKey(8, 0, 1, id), State: bucket.Inside, Until: s.Now.Add(time.Hour)},
	}}
	if err == nil {
		err = s.cloud.Log().Append(t.Context(), zone.Grants(), page)
	}
	keys, bad := ticket.ParseSecret(ticketSecret)
	if err = errors.Join(err, bad); err != nil {
		t.Fatal(err)
	}
	s.cash.Keys, s.cash.Now = secret(paySecret), s.Clock
	seats := s.cloud.Seats()
	maps := &seatmap.Maps{Store: seats, Now: s.Clock}
	choice := &choose.Service{
		Settings: s.cloud.Zones(), Log: s.cloud.Log(), Seats: seats, Maps: maps,
		Pick: func(int) int { return 0 }, Now: s.Clock,
	}
	s.orders = &checkout.Starter{Sale: choice, Looks: memsale.NewOnce(), Owner: s.owner, Opener: checkout.Opener{
		Driver: checkout.Driver{Seats: seats, Orders: s.cloud.Orders(), Pay: s.cash, Now: s.Clock},
		Key:    func(context.Context) (order.LinkKey, error) { return keys.LinkKey(), nil },
	}}
	s.seats = &Seats{Gateway: s.Gateway, Maps: maps, State: seats, Board: seats, Sale: choice}
	s.checkout = &Checkout{
		Gateway: s.Gateway, Orders: s.orders,
		Tickets: func(_ context.Context, o order.Order) ([]ticket.Ticket, error) {
			return keys.Issue(o.Zone, o.Number, order.Settlement(o).Seats)
		},
	}
	s.webhook = &Webhook{Gateway: s.Gateway, Orders: s.orders}
	return s
}

// owner returns another text with every call.
func (s *stage) owner() string {
	s.owners++
	return fmt.Sprint(s.owners)
}

// do sends one of the events, changed by a patch, to the function that it is named after.
func (s *stage) do(name, patch string) web.Response {
	s.Helper()
	handle := s.seats.Handle
	switch function, _, _ := strings.Cut(name, "-"); function {
	case "checkout":
		handle = s.checkout.Handle
	case "webhook":
		handle = s.webhook.Handle
	}
	out, err := handle(s.Context(), s.Request(name, patch))
	if err != nil {
		s.Fatal(err)
	}
	return out
}

// touched is every seat of a section that was ever touched.
func (s *stage) touched(section string) []seat.Seat {
	s.Helper()
	seats, err := s.cloud.Seats().Snapshot(s.Context(), "main", section)
	if err != nil {
		s.Fatal(err)
	}
	return seats
}
