package order

import (
	"slices"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/queue"
)

// Draft is what an order is made of.
type Draft struct {
	ID       string
	Zone     string
	Buyer    queue.VisitorID
	Grant    string
	Secret   LinkSecret
	Email    string // checked
	Name     string // checked
	Lines    []Line
	Currency string
	Limit    int
	Site     string
	Event    string
	Seller   string
	VATID    string
	Request  string
	PayBy    time.Time
	Follows  string
}

// New returns a pending order. It returns problem.NoSeats for a draft without seats or past its time to pay, and
// problem.Limit for one of more seats than the limit.
func New(d Draft, now time.Time) (Order, error) {
	switch {
	case len(d.Lines) == 0:
		return Order{}, problem.New(problem.NoSeats, "you hold no seats: choose some first")
	case len(d.Lines) > d.Limit:
		return Order{}, problem.New(problem.Limit, "a buyer may have %d seats", d.Limit)
	case !now.Before(d.PayBy):
		return Order{}, problem.New(problem.NoSeats, "your seats' time is over: choose again")
	}
	o := Order{
		ID: d.ID, Number: NewNumber(d.ID, 0), Version: 1, Zone: d.Zone,
		Buyer: d.Buyer, Grant: d.Grant, LinkHash: d.Secret.Hash(),
		Email: d.Email, EmailHash: HashEmail(d.Zone, d.Email), Name: d.Name,
		Lines: slices.Clone(d.Lines), Currency: d.Currency, Limit: d.Limit, Site: d.Site, Event: d.Event, Request: d.Request,
		Seller: d.Seller, VATID: d.VATID,
		State: Pending, CreatedAt: ms(now), PayBy: ms(d.PayBy), Due: ms(d.PayBy), Method: Card, Follows: d.Follows,
	}
	for _, l := range d.Lines {
		o.Amount += l.Price
	}
	if o.Amount == 0 {
		o.Method = Free
	}
	return o, nil
}

// ms returns t as every store keeps it: in UTC, to the millisecond.
func ms(t time.Time) time.Time { return time.UnixMilli(t.UnixMilli()).UTC() }
