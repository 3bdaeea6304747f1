package gateway

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"foyer/internal/room/token"
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/order"
	"foyer/internal/sale/ticket"
)

// What comes with the calls of an order.
const (
	HeaderIdempotency = "idempotency-key"
	HeaderOrderSecret = "x-foyer-order-secret"
)

// Cashier sells orders; checkout.Service is one.
type Orders interface {
	// Start makes an order of the seats that the visitor holds and opens the provider's page for it.
	Start(ctx context.Context, a token.Access, r checkout.Request) (checkout.Started, error)

	// Read gives an order to whoever has its secret; problem.NotFound otherwise.
	Read(ctx context.Context, id string, secret order.LinkSecret) (order.Order, error)

	// Cancel gives up an order that is not paid.
	Cancel(ctx context.Context, id string, secret order.LinkSecret) (order.Order, error)
}

// Checkout answers the checkout function's events: orders are made inside a zone; they are read and given up by whoever
// has their secret, from anywhere.
type Checkout struct {
	Gateway
	Orders Orders
	// Tickets are a paid order's.
	Tickets func(ctx context.Context, o order.Order) ([]ticket.Ticket, error)
}

// Handle takes an HTTP API event.
func (h *Checkout) Handle(ctx context.Context, e events.APIGatewayV2HTTPRequest) (Response, error) {
	return h.serve(ctx, e, h.routes()), nil
}

func (h *Checkout) routes() routes {
	return routes{
		"orders":                {http.MethodPost: h.start},
		"orders/{order}":        {http.MethodGet: h.read},
		"orders/{order}/cancel": {http.MethodPost: h.cancel},
	}
}

// buyer is the body of POST orders.
type buyer struct {
	Email string `json:"email"`
	Name  string `json:"name"`
}

// ordered is the answer to it.
type ordered struct {
	Order       string `json:"order"`
	Secret      string `json:"secret"`
	CheckoutURL string `json:"checkoutUrl"`
	Deadline    int64  `json:"deadline"` // ms
}

func (h *Checkout) start(ctx context.Context, r request) (Response, error) {
	var body buyer
	if err := r.decode(&body); err != nil {
		return Response{}, err
	}
	a, err := h.insider(ctx, r)
	if err != nil {
		return Response{}, err
	}
	started, err := h.Orders.Start(ctx, a, checkout.Request{
		Key: r.header(HeaderIdempotency), Email: body.Email, Name: body.Name, Site: r.site(),
	})
	if err != nil {
		return Response{}, err
	}
	return ok(ordered{started.Order, string(started.Secret), started.URL, started.Deadline.UnixMilli()}), nil
}

// site is the front door as the visitor reached it: by https, unless the visitor's own page, on this very host, says
// that it was http, as on a laptop.
func (r request) site() string {
	if u, err := url.Parse(r.header("origin")); err == nil && r.ownOrigin(r.header("origin")) == nil {
		return u.Scheme + "://" + u.Host
	}
	return "https://" + r.host()
}

// shown is an order as its buyer sees it. Times are ms, amounts minor units.
type shown struct {
	Order       string          `json:"order"`
	Zone        string          `json:"zone"`
	State       order.State     `json:"state"`
	Reason      order.Reason    `json:"reason,omitempty"` // why it ended
	Email       string          `json:"email"`
	Name        string          `json:"name"`
	Seats       []bought        `json:"seats"`
	Amount      int64           `json:"amount"`
	Currency    string          `json:"currency"`
	Deadline    int64           `json:"deadline"`
	Now         int64           `json:"now"`                   // by our clock, for the countdown
	CheckoutURL string          `json:"checkoutUrl,omitempty"` // while it can be paid
	PaidAt      int64           `json:"paidAt,omitempty"`
	Refunded    int64           `json:"refunded,omitempty"` // of the amount: what went back, or is on its way
	Tickets     []ticket.Ticket `json:"tickets,omitempty"`  // once it is paid
}

type bought struct {
	Seat     string `json:"seat"`
	Section  string `json:"section"`
	Label    string `json:"label"` // for people
	Category string `json:"category"`
	Price    int64  `json:"price"`
	Refunded bool   `json:"refunded,omitempty"` // its money went back, or is on its way
}

func (h *Checkout) read(ctx context.Context, r request) (Response, error) {
	o, err := h.Orders.Read(ctx, r.item, order.LinkSecret(r.header(HeaderOrderSecret)))
	return h.show(ctx, o, err)
}

func (h *Checkout) cancel(ctx context.Context, r request) (Response, error) {
	if err := r.decode(&struct{}{}); err != nil {
		return Response{}, err
	}
	o, err := h.Orders.Cancel(ctx, r.item, order.LinkSecret(r.header(HeaderOrderSecret)))
	return h.show(ctx, o, err)
}

func (h *Checkout) show(ctx context.Context, o order.Order, err error) (Response, error) {
	if err != nil {
		return Response{}, err
	}
	s := shown{
		Order: o.ID, Zone: o.Zone, State: o.State, Reason: o.Reason, Email: o.Email, Name: o.Name,
		Amount: o.Amount, Currency: strings.ToUpper(o.Currency), Deadline: o.PayBy.UnixMilli(), Now: h.Now().UnixMilli(),
	}
	stand := o.Unrefunded()
	if o.State == order.Refunded || !o.RefundAt.IsZero() {
		stand = nil
	}
	for _, l := range o.Lines {
		s.Seats = append(s.Seats, bought{l.Seat, l.Section, l.Label, l.Category, l.Price, !slices.Contains(stand, l)})
	}
	for _, one := range s.Seats {
		if one.Refunded {
			s.Refunded += one.Price
		}
	}
	switch o.State {
	case order.Pending:
		s.CheckoutURL = o.URL
	case order.Paid:
		s.PaidAt = o.PaidAt.UnixMilli()
		if s.Tickets, err = h.Tickets(ctx, o); err != nil {
			return Response{}, err
		}
	}
	return ok(s), nil
}
