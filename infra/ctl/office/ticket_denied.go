package office

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"slices"

	"foyer/infra/ctl/cli"
	"foyer/internal/sale/order"
	"foyer/internal/sale/ticket"
)

// denied returns a function that says why a genuine ticket lets nobody in all the same; nil if it does. A signature
// can't show that a ticket's money went back: a list does, or the order itself.
func (c *ticketVerify) denied(a *cli.App) (func(ticket.Claim) error, error) {
	back, err := c.list()
	if err != nil || !c.Online {
		return func(claim ticket.Claim) error {
			if back[[2]string{claim.Order, claim.Seat}] {
				return fmt.Errorf("seat %s was refunded", claim.Seat)
			}
			return nil
		}, err
	}
	orders, err := a.Parts.Orders()
	if err != nil {
		return nil, err
	}
	return func(claim ticket.Claim) error {
		o, err := orders.Get(a.Ctx, claim.Order)
		switch {
		case err != nil:
			return errors.New(cli.Explain(err))
		case !slices.ContainsFunc(o.Good(), func(l order.Line) bool { return l.Seat == claim.Seat }):
			return fmt.Errorf("seat %s was refunded, or never paid", claim.Seat)
		}
		return nil
	}, nil
}

// list reads orders and seats from the columns of those names.
func (c *ticketVerify) list() (map[[2]string]bool, error) {
	if c.Denied == "" {
		return nil, nil
	}
	file, err := os.Open(c.Denied)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil || len(lines) == 0 || len(lines[0]) < 2 || lines[0][0] != "order" || lines[0][1] != "seat" {
		return nil, fmt.Errorf("%s is not what ledger export denied writes", c.Denied)
	}
	back := map[[2]string]bool{}
	for _, line := range lines[1:] {
		back[[2]string{line[0], line[1]}] = true
	}
	return back, nil
}
