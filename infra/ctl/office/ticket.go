package office

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"foyer/infra/ctl/cli"
	"foyer/internal/problem"
	"foyer/internal/sale/ticket"
)

// Ticket holds the commands for tickets.
type Ticket struct {
	Keys   ticketKeys   `cmd:"" help:"Write the public keys for the scanners at the doors. Nothing in them is secret."`
	Verify ticketVerify `cmd:"" help:"Check tickets' codes, one a line: genuine, and not seen before in this run."`
}

type ticketKeys struct{}

// Run writes the public keys.
func (c *ticketKeys) Run(a *cli.App) error {
	keys, err := a.Parts.Tickets()
	if err != nil {
		return err
	}
	a.Say("%s", keys.Public())
	return nil
}

type ticketVerify struct {
	Codes  []string `arg:"" optional:"" name:"code" help:"What the QR codes hold; none: read from standard input."`
	Public string   `help:"File that ticket keys wrote: checks offline." type:"existingfile" placeholder:"FILE"`
	Zone   string   `help:"Refuse tickets of other zones." placeholder:"NAME"`
	Denied string   `help:"File that ledger export denied wrote." type:"existingfile" placeholder:"FILE"`
	Online bool     `help:"Look each ticket's order up, so that one that was refunded a moment ago is refused."`
}

// Run checks each code and says so on a line of its own. It fails when any was refused.
func (c *ticketVerify) Run(a *cli.App) error {
	keys, err := c.keys(a)
	if err != nil {
		return err
	}
	denied, err := c.denied(a)
	if err != nil {
		return err
	}
	if c.Zone != "" && c.Public == "" {
		if err := a.Known(c.Zone); err != nil {
			return err
		}
	}
	seen, refused := map[ticket.Claim]bool{}, 0
	check := func(code string) {
		claim, err := keys.Verify(strings.TrimSpace(code))
		switch {
		case err != nil:
			err = fmt.Errorf("%s", cli.Explain(err))
		case c.Zone != "" && claim.Zone != c.Zone:
			err = fmt.Errorf("it is for zone %s", claim.Zone)
		case seen[claim]:
			err = fmt.Errorf("seat %s was let in before", claim.Seat)
		default:
			err = denied(claim)
		}
		if err != nil {
			refused++
			_ = a.Result(checked{Reason: err.Error()}, "REFUSED  %v", err)
			return
		}
		seen[claim] = true
		_ = a.Result(checked{true, claim.Zone, claim.Seat, claim.Order, ""}, "good     zone %s, seat %s, order %s",
			claim.Zone,
			claim.Seat, claim.Order)
	}
	if len(c.Codes) > 0 {
		for _, code := range c.Codes {
			check(code)
		}
	} else {
		lines := bufio.NewScanner(a.In)
		for lines.Scan() {
			if strings.TrimSpace(lines.Text()) != "" {
				check(lines.Text())
			}
		}
		if err := lines.Err(); err != nil {
			return err
		}
	}
	if refused > 0 {
		return problem.New(problem.Unauthorized, "%d refused", refused)
	}
	return nil
}

// checked is one ticket's outcome.
type checked struct {
	Good   bool   `json:"good"`
	Zone   string `json:"zone,omitempty"`
	Seat   string `json:"seat,omitempty"`
	Order  string `json:"order,omitempty"`
	Reason string `json:"reason,omitempty"`
}

func (c *ticketVerify) keys(a *cli.App) (ticket.Keys, error) {
	if c.Public == "" {
		return a.Parts.Tickets()
	}
	text, err := os.ReadFile(c.Public)
	if err != nil {
		return ticket.Keys{}, err
	}
	return ticket.ParsePublic(string(text))
}
