package sale

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"foyer/internal/gateway/web"
	"foyer/internal/room/token"
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/currency"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/ticket"
)

// Headers of calls about orders.
const (
	HeaderIdempotency = "idempotency-key"
	HeaderOrderSecret = "x-foyer-order-secret"
)

// Orders makes, reads and cancels orders; checkout.Starter is one.
type Orders interface {
	// Start makes an order of the seats that the visitor holds and opens the payment provider's page for it.
	Start(ctx context.Context, a token.Access, r checkout.Request) (checkout.Started, error)

	// Read returns the order, or problem.NotFound if the secret isn't the order's.
	Read(ctx context.Context, id string, secret order.LinkSecret) (order.Order, error)

	// Cancel cancels an order that is not paid, and returns it.
	Cancel(ctx context.Context, id string, secret order.LinkSecret) (order.Order, error)

	// Remail has the tickets mailed again, to another address if one is given.
	Remail(ctx context.Context, id string, secret order.LinkSecret, email string) (order.Order, error)
}

// Checkout answers the checkout function's events. An order is made inside a zone; with its secret, anybody can read
// and cancel it from anywhere.
type Checkout struct {
	web.Gateway
	Orders Orders
	// Tickets makes the tickets of a paid order.
	Tickets func(ctx context.Context, o order.Order) ([]ticket.Ticket, error)
}

// Handle takes an HTTP API event.
func (h *Checkout) Handle(ctx context.Context, e events.APIGatewayV2HTTPRequest) (web.Response, error) {
	return h.Serve(ctx, e, h.routes()), nil
}

func (h *Checkout) routes() web.Routes {
	return web.Routes{
		"orders":                {http.MethodPost: h.start},
		"orders/{order}":        {http.MethodGet: h.read},
		"orders/{order}/cancel": {http.MethodPost: h.cancel},
		"orders/{order}/mail":   {http.MethodPost: h.remail},
	}
}

// buyer is the body of POST orders.
type buyer struct {
	Email string `json:"email"`
	Name  string `json:"name"`
}

// ordered is the answer to POST orders.
type ordered struct {
	Order       string `json:"order"`
	Secret      string `json:"secret"`
	CheckoutURL string `json:"checkoutUrl"`
	Deadline    int64  `json:"deadline"` // ms
}

func (h *Checkout) start(ctx context.Context, r web.Request) (web.Response, error) {
	var body buyer
	if err := r.Decode(&body); err != nil {
		return web.Response{}, err
	}
	a, err := h.Insider(ctx, r)
	if err != nil {
		return web.Response{}, err
	}
	started, err := h.Orders.Start(ctx, a, checkout.Request{
		Key: r.Header(HeaderIdempotency), Email: body.Email, Name: body.Name, Site: r.Site(),
	})
	if err != nil {
		return web.Response{}, err
	}
	return web.OK(ordered{started.Order, string(started.Secret), started.URL, started.Deadline.UnixMilli()}), nil
}

// shown is an order as its buyer sees it. Times are ms, amounts minor units.
type shown struct {
	Order       string          `json:"order"`
	Number      string          `json:"number"` // for people
	Zone        string          `json:"zone"`
	State       order.State     `json:"state"`
	Reason      order.Reason    `json:"reason,omitempty"` // why it ended
	Method      order.Method    `json:"method,omitempty"`
	Email       string          `json:"email"`
	Name        string          `json:"name"`
	Seats       []bought        `json:"seats"`
	Amount      int64           `json:"amount"`
	Currency    string          `json:"currency"`
	Digits      int             `json:"digits"` // of the currency's fraction
	Deadline    int64           `json:"deadline"`
	Now         int64           `json:"now"`                   // by our clock, for the countdown
	CheckoutURL string          `json:"checkoutUrl,omitempty"` // while it can be paid
	PaidAt      int64           `json:"paidAt,omitempty"`
	Refunded    int64           `json:"refunded,omitempty"` // of the amount: what went back, or is on its way
	Owed        int64           `json:"owed,omitempty"`     // of it: what the buyer's bank sent back to the seller
	Tickets     []ticket.Ticket `json:"tickets,omitempty"`  // once it is paid
	Seller      string          `json:"seller,omitempty"`   // who sells, if that is stated, and their VAT id
	VATID       string          `json:"vatId,omitempty"`
	Taxes       []tax           `json:"taxes,omitempty"`     // that the amount includes
	MailsLeft   int             `json:"mailsLeft,omitempty"` // how often they may be mailed again
}

// tax is the value added tax of one rate.
type tax struct {
	Percent string `json:"percent"`
	Amount  int64  `json:"amount"`
}

type bought struct {
	Seat     string     `json:"seat"`
	Section  string     `json:"section"`
	Label    seat.Label `json:"label"`
	Category string     `json:"category"`
	Type     string     `json:"type"`               // the price type
	TypeName string     `json:"typeName,omitempty"` // for people; none: the map has no types
	Price    int64      `json:"price"`
	Refunded bool       `json:"refunded,omitempty"` // its money went back, or is on its way
}

func (h *Checkout) read(ctx context.Context, r web.Request) (web.Response, error) {
	o, err := h.Orders.Read(ctx, r.Item, order.LinkSecret(r.Header(HeaderOrderSecret)))
	return h.show(ctx, o, err)
}

func (h *Checkout) cancel(ctx context.Context, r web.Request) (web.Response, error) {
	if err := r.Decode(&struct{}{}); err != nil {
		return web.Response{}, err
	}
	o, err := h.Orders.Cancel(ctx, r.Item, order.LinkSecret(r.Header(HeaderOrderSecret)))
	return h.show(ctx, o, err)
}

// another is the body of POST orders/{order}/mail.
type another struct {
	Email string `json:"email,omitempty"` // where the tickets go from now on; none: where they went
}

func (h *Checkout) remail(ctx context.Context, r web.Request) (web.Response, error) {
	var body another
	if err := r.Decode(&body); err != nil {
		return web.Response{}, err
	}
	o, err := h.Orders.Remail(ctx, r.Item, order.LinkSecret(r.Header(HeaderOrderSecret)), body.Email)
	return h.show(ctx, o, err)
}

func (h *Checkout) show(ctx context.Context, o order.Order, err error) (web.Response, error) {
	if err != nil {
		return web.Response{}, err
	}
	s := shown{
		Order: o.ID, Number: o.Number, Zone: o.Zone, State: o.State, Reason: o.Reason, Method: o.Method,
		Email: o.Email, Name: o.Name,
		Amount: o.Amount, Currency: strings.ToUpper(o.Currency), Digits: currency.Digits(o.Currency),
		Deadline: o.PayBy.UnixMilli(), Now: h.Now().UnixMilli(),
		Owed: o.Owed(), MailsLeft: o.MailsLeft(),
		Seller: o.Seller, VATID: o.VATID,
	}
	stand := o.Unrefunded()
	if o.State == order.Refunded || !o.RefundAt.IsZero() {
		stand = nil
	}
	for _, l := range o.Lines {
		s.Seats = append(s.Seats, bought{
			l.Seat, l.Section, l.Label, l.Category, l.Type, l.TypeName, l.Price, !slices.Contains(stand, l),
		})
	}
	for _, t := range order.Taxes(stand) {
		s.Taxes = append(s.Taxes, tax{t.Percent(), t.Amount})
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
			return web.Response{}, err
		}
	}
	return web.OK(s), nil
}
