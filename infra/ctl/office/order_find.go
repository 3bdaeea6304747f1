package office

import (
	"time"

	"foyer/infra/ctl/cli"
	"foyer/internal/problem"
	"foyer/internal/sale/mail"
	"foyer/internal/sale/order"
	"foyer/internal/texts"
)

// get reads an order by its number, or by its id.
func get(a *cli.App, text string) (order.Order, error) {
	orders, err := a.Parts.Orders()
	if err != nil {
		return order.Order{}, err
	}
	if number, err := order.ParseNumber(text); err == nil {
		if text, err = orders.ByNumber(a.Ctx, number); err != nil {
			return order.Order{}, err
		}
	}
	return orders.Get(a.Ctx, text)
}

// getTill returns what moves an order's money, and the order.
func getTill(a *cli.App, text string) (cli.Till, order.Order, error) {
	till, err := a.Parts.Till()
	if err != nil {
		return nil, order.Order{}, err
	}
	o, err := get(a, text)
	return till, o, err
}

type orderFind struct {
	Number string    `arg:"" optional:"" help:"The order's number; small letters, spaces and hyphens do no harm."`
	Zone   string    `help:"The zone; with --email or with a time." placeholder:"NAME"`
	Email  string    `help:"The buyer's e-mail address, in any of its spellings." placeholder:"ADDRESS"`
	From   time.Time `help:"Made at this time or later, such as 2026-05-01T18:00:00+02:00." placeholder:"TIME"`
	To     time.Time `help:"Made before this time; none: now." placeholder:"TIME"`
	Limit  int       `help:"The most orders to show: the latest." default:"50"`
}

// Help says how orders are found.
func (c *orderFind) Help() string {
	return "By number: order find K7M2P9QX4R. By address: order find --zone main --email ada@example.com. " +
		"By time: order find --zone main --from 2026-05-01T18:00:00Z --to 2026-05-01T18:10:00Z. No buyer is named."
}

// Run lists the orders that are found, the latest first. It fails when there is none.
func (c *orderFind) Run(a *cli.App) error {
	if err := c.check(a); err != nil {
		return err
	}
	if c.Number != "" {
		number, err := order.ParseNumber(c.Number)
		if err != nil {
			return err
		}
		o, err := get(a, number)
		if err != nil {
			return err
		}
		return list(a, []order.Order{o})
	}
	orders, err := a.Parts.Orders()
	if err != nil {
		return err
	}
	var ids []string
	if c.Email != "" {
		ids, err = orders.ByEmail(a.Ctx, order.HashEmail(c.Zone, c.Email), c.Limit+1)
	} else {
		ids, err = orders.Made(a.Ctx, c.Zone, c.From, c.until(a), c.Limit+1)
	}
	if err != nil {
		return err
	}
	var found []order.Order
	for _, id := range ids {
		o, err := orders.Get(a.Ctx, id)
		if err != nil {
			return err
		}
		if !o.CreatedAt.Before(c.From) && o.CreatedAt.Before(c.until(a)) {
			found = append(found, o)
		}
	}
	if len(found) == 0 {
		return problem.New(problem.NotFound, "no such order is found in zone %s", c.Zone)
	}
	if len(ids) > c.Limit {
		a.Note("there are more: these are the latest %d; narrow the time, or raise --limit", c.Limit)
		found = found[:min(c.Limit, len(found))]
	}
	return list(a, found)
}

// check makes sure that there is one way to look, and a whole one.
func (c *orderFind) check(a *cli.App) error {
	timed := !c.From.IsZero() || !c.To.IsZero()
	switch {
	case c.Number != "" && (c.Email != "" || c.Zone != "" || timed):
		return problem.New(problem.Invalid, "a number finds one order: leave the zone, the address and the times away")
	case c.Number == "" && c.Zone == "" || c.Number == "" && c.Email == "" && !timed:
		return problem.New(problem.Invalid, "say what to find: a number; or --zone with --email, or with --from and --to")
	case c.Limit < 1 || c.Limit > 1000:
		return problem.New(problem.Invalid, "--limit is 1 to 1000")
	case c.Number != "":
		return nil
	}
	if c.Email != "" {
		address, err := order.CheckEmail(c.Email)
		if err != nil {
			return err
		}
		c.Email = address
	}
	return a.Known(c.Zone)
}

// until returns the end of the time that is looked at.
func (c *orderFind) until(a *cli.App) time.Time {
	if c.To.IsZero() {
		return a.Now().Add(time.Minute) // clocks differ
	}
	return c.To
}

// list prints orders, a line each, and no buyer.
func list(a *cli.App, found []order.Order) error {
	if a.JSON {
		all := make([]any, len(found))
		for i, o := range found {
			all[i] = jsonOrder(o)
		}
		return a.Encode(all)
	}
	for _, o := range found {
		a.Say("%s  %s  zone %s  %s  %s%s  %s", o.Number, o.CreatedAt.UTC().Format(time.RFC3339), o.Zone,
			cli.Count(o.Seats(), "seat"), o.State, because(o), mail.Money(o.Amount, o.Currency, texts.English()))
	}
	return nil
}
