package office

import (
	"fmt"

	"foyer/infra/ctl/cli"
)

type orderErase struct {
	Order string `arg:"" help:"The order's number, or its id."`
	cli.Change
}

// Help says what is erased and what isn't.
func (c *orderErase) Help() string {
	return "Erases the name and the address of the order, and the name in the books. What was sold, and for how much, " +
		"stays; tickets and links stay good. Nobody is written to any more: not of a refund, nor of a change of the " +
		"event. Streams forget within a day, backups within 35; at the payment provider, erase the payment there. " +
		"An order that waits for something can't be erased yet."
}

// Run erases the buyer in the orders, then in the books. It may be repeated.
func (c *orderErase) Run(a *cli.App) error {
	till, o, err := getTill(a, c.Order)
	if err != nil {
		return err
	}
	on, err := a.May(c.Change, cli.Asked,
		"erase the buyer's name and address from order %s and from the books, for good: nobody is written to any more",
		o.Number)
	if !on {
		return err
	}
	book, err := a.Parts.Book()
	if err != nil {
		return err
	}
	defer book.Close(a.Ctx)
	if o, err = till.Erase(a.Ctx, o.ID); err != nil {
		return err
	}
	if err := book.Erase(a.Ctx, o.ID); err != nil {
		return fmt.Errorf("order %s doesn't name its buyer any more, but the books do; run this again: %w", o.Number, err)
	}
	return a.Result(map[string]any{"number": o.Number},
		"order %s and the books don't name its buyer any more; at the payment provider, erase payment %s as well",
		o.Number, orNone(o.Payment))
}

func orNone(payment string) string {
	if payment == "" {
		return "(there is none)"
	}
	return payment
}
