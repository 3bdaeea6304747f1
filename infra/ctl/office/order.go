// Package office holds the commands of those who look after what was sold: orders, refunds, tickets, the ledger, and
// jobs that were given up.
package office

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"foyer/infra/ctl/cli"
	"foyer/internal/problem"
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/mail"
	"foyer/internal/sale/order"
	"foyer/internal/texts"
)

// Order holds the commands that show and find orders, and erase their buyers.
type Order struct {
	Show  orderShow  `cmd:"" default:"withargs" help:"Ask the payment provider about an order, and show how it stands."`
	Find  orderFind  `cmd:"" help:"Find orders by number, by e-mail address, or by time."`
	Erase orderErase `cmd:"" help:"Forget who the buyer of an order is, for good."`
}

type orderShow struct {
	Order string `arg:"" help:"The order's number, as mails and tickets show it, or its id."`
	cli.Change
}

// Run asks and shows.
func (c *orderShow) Run(a *cli.App) error {
	till, o, err := getTill(a, c.Order)
	if err != nil {
		return err
	}
	if c.DryRun {
		return show(a, o)
	}
	o, err = till.Drive(a.Ctx, o.ID, "")
	if o.ID == "" {
		return err
	}
	if failed := show(a, o); failed != nil {
		return failed
	}
	if err != nil {
		return fmt.Errorf("the payment provider was not heard, this is what is known here: %w", err)
	}
	return nil
}

// Refund gives the money of an order back, or of some of its seats.
type Refund struct {
	Order           string   `arg:"" help:"The order's number, or its id."`
	Seats           []string `arg:"" optional:"" help:"Seats to refund; none: the whole order."`
	ToHouse         bool     `help:"Keep the seats for the house, as 'returned', instead of selling them again."`
	AlreadyRefunded bool     `help:"The money went back at the payment provider's own desk: only book it."`
	cli.Change
}

// Run refunds, and says what became of it. It may be repeated.
func (c *Refund) Run(a *cli.App) error {
	if len(c.Seats) == 0 && (c.ToHouse || c.AlreadyRefunded) {
		return problem.New(problem.Invalid, "name the seats: --to-house and --already-refunded are about seats")
	}
	till, o, err := getTill(a, c.Order)
	if err != nil {
		return err
	}
	if on, err := a.May(c.Change, cli.Asked, "%s", c.gives(o)); !on {
		return err
	}
	if len(c.Seats) == 0 {
		o, err = till.Refund(a.Ctx, o.ID)
	} else {
		o, err = till.RefundSeats(a.Ctx, o.ID,
			checkout.SeatsRefund{Seats: c.Seats, ToHouse: c.ToHouse, AlreadyRefunded: c.AlreadyRefunded})
	}
	switch {
	case problem.CodeOf(err) == problem.Provider && c.begun(o):
		if failed := show(a, o); failed != nil {
			return failed
		}
		return fmt.Errorf("the payment provider does not answer as it should; the refund goes on by itself: %w", err)
	case problem.CodeOf(err) == problem.Provider:
		return fmt.Errorf("the payment provider does not answer as it should, so nothing was asked for; try again: %w",
			err)
	case err != nil:
		return err
	}
	return show(a, o)
}

// gives says what the refund gives back, with the sum.
func (c *Refund) gives(o order.Order) string {
	lines, what := o.Unrefunded(), "all that is left of order "+o.Number
	if len(c.Seats) > 0 {
		lines = slices.DeleteFunc(lines, func(l order.Line) bool { return !slices.Contains(c.Seats, l.Seat) })
		what = "seats of order " + o.Number + ": " + strings.Join(c.Seats, " ")
	}
	if o.State == order.Refunded {
		lines = nil
	}
	var sum int64
	for _, l := range lines {
		sum += l.Price
	}
	for _, r := range o.FailedRefunds {
		of := func(seat string) bool { return slices.Contains(c.Seats, seat) }
		if !r.Done() && (len(c.Seats) == 0 || slices.ContainsFunc(r.Seats, of)) {
			sum += r.Amount
		}
	}
	money := mail.Money(sum, o.Currency, texts.English())
	if c.AlreadyRefunded {
		return "book " + money + " as given back at the provider's own desk, " + what
	}
	return "give back " + money + " to the buyer, " + what
}

// begun reports whether the order says that all that was asked for goes back.
func (c *Refund) begun(o order.Order) bool {
	if len(c.Seats) == 0 || !o.RefundAt.IsZero() {
		return !o.RefundAt.IsZero()
	}
	return !slices.ContainsFunc(c.Seats, func(seat string) bool {
		return !slices.ContainsFunc(o.PartialRefunds,
			func(r order.PartialRefund) bool { return slices.Contains(r.Seats, seat) })
	})
}

// show prints of an order what a box office asks for, but not the buyer.
func show(a *cli.App, o order.Order) error {
	if a.JSON {
		return a.Encode(jsonOrder(o))
	}
	money := func(n int64) string { return mail.Money(n, o.Currency, texts.English()) }
	a.Say("order %s, zone %s: %s%s, %s, made %s", o.Number, o.Zone, o.State, because(o), money(o.Amount),
		o.CreatedAt.UTC().Format(time.RFC3339))
	for _, l := range o.Lines {
		a.Say("  %s  %s%s%s", l.Seat, money(l.Price), typed(l), stands(o, l.Seat))
	}
	if o.RefundedTotal > 0 {
		a.Say("the provider gave back %s of %s", money(o.SentBack()), money(o.Amount))
	}
	for _, r := range o.FailedRefunds {
		a.Say("the buyer's bank sent %s back at %s%s", money(r.Amount), r.At.UTC().Format(time.RFC3339), again(r))
	}
	if o.Dispute != order.Undisputed {
		a.Say("the buyer's bank disputes the payment: %s", o.Dispute)
	}
	return nil
}

// jsonOrder returns what show prints, for programs. Amounts are in minor units.
func jsonOrder(o order.Order) any {
	type line struct {
		Seat   string `json:"seat"`
		Type   string `json:"type"`
		Amount int64  `json:"amount"`
		Refund string `json:"refund,omitempty"`
	}
	lines := []line{}
	for _, l := range o.Lines {
		lines = append(lines, line{l.Seat, l.Type, l.Price, strings.TrimSpace(stands(o, l.Seat))})
	}
	return map[string]any{"order": o.ID, "number": o.Number, "zone": o.Zone, "state": o.State, "reason": o.Reason,
		"amount":   o.Amount,
		"currency": o.Currency, "createdAt": o.CreatedAt.UTC(), "lines": lines, "refunded": o.SentBack(),
		"owed": o.Owed(), "dispute": o.Dispute}
}

// typed says at which price type a seat was sold, if the map has any.
func typed(l order.Line) string {
	if l.TypeName == "" {
		return ""
	}
	return ", " + l.TypeName
}

// again says what became of a refund that came back.
func again(r order.FailedRefund) string {
	switch {
	case r.Done():
		return "; it was made again at " + r.DoneAt.UTC().Format(time.RFC3339)
	case !r.AskedAt.IsZero():
		return "; it is being made again"
	}
	return ": the buyer is owed it; refund the order, or the seats, once more to try again"
}

func because(o order.Order) string {
	if o.Reason == "" {
		return ""
	}
	return " (" + strings.ReplaceAll(string(o.Reason), "_", " ") + ")"
}

// stands says how it stands with the money of one seat.
func stands(o order.Order, seat string) string {
	for _, r := range o.PartialRefunds {
		if !slices.Contains(r.Seats, seat) {
			continue
		}
		if r.Done() {
			return "  refunded " + r.DoneAt.UTC().Format(time.RFC3339)
		}
		return "  being refunded"
	}
	switch {
	case o.State == order.Refunded:
		return "  refunded " + o.EndedAt.UTC().Format(time.RFC3339)
	case !o.RefundAt.IsZero():
		return "  being refunded"
	}
	return ""
}
