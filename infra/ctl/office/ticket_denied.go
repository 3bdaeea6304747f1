package office

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

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
	return func(claim ticket.Claim) error {
		o, err := get(a, claim.Order)
		switch {
		case err != nil:
			return errors.New(cli.Explain(err))
		case !slices.ContainsFunc(o.Good(), func(l order.Line) bool { return l.Seat == claim.Seat }):
			return fmt.Errorf("seat %s was refunded, or never paid", claim.Seat)
		}
		return nil
	}, nil
}

// list reads orders' numbers and seats from the columns of those names, also after a spreadsheet has saved the list:
// with a mark at its start, semicolons or tabs, and columns that were moved or added.
func (c *ticketVerify) list() (map[[2]string]bool, error) {
	if c.Denied == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(c.Denied)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(raw, []byte("\xff\xfe")) || bytes.HasPrefix(raw, []byte("\xfe\xff")) {
		return nil, fmt.Errorf("%s is in UTF-16: save it as CSV in UTF-8", c.Denied)
	}
	text := strings.TrimPrefix(string(raw), "\ufeff")
	first, rest, _ := strings.Cut(text, "\n")
	if strings.HasPrefix(first, "sep=") {
		text = rest
		first, _, _ = strings.Cut(text, "\n")
	}
	lines := csv.NewReader(strings.NewReader(text))
	lines.FieldsPerRecord = -1
	for _, comma := range ",;\t" {
		if strings.Count(first, string(comma)) > strings.Count(first, string(lines.Comma)) {
			lines.Comma = comma
		}
	}
	all, err := lines.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s is no CSV: %w", c.Denied, err)
	}
	if len(all) == 0 {
		all = [][]string{nil}
	}
	number, seat := slices.Index(all[0], "number"), slices.Index(all[0], "seat")
	if number < 0 || seat < 0 {
		return nil, fmt.Errorf("%s has no columns number and seat: it is not what ledger export denied writes", c.Denied)
	}
	back := map[[2]string]bool{}
	for i, line := range all[1:] {
		if strings.Join(line, "") == "" {
			continue
		}
		if len(line) <= max(number, seat) || line[number] == "" || line[seat] == "" {
			return nil, fmt.Errorf("%s: line %d has no number or no seat", c.Denied, i+2)
		}
		back[[2]string{line[number], line[seat]}] = true
	}
	return back, nil
}
