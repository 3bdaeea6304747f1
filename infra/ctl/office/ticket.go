package office

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"

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
	return a.Result(map[string]any{"public": keys.Public()}, "%s", keys.Public())
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
		claim, err := keys.Verify(code)
		switch {
		case err != nil && rounded().MatchString(code):
			err = errors.New("a spreadsheet has rounded this code: let it read the column as text")
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
			claim.Zone, claim.Seat, claim.Order)
	}
	if len(c.Codes) > 0 {
		for _, code := range c.Codes {
			check(code)
		}
	} else {
		lines := bufio.NewScanner(a.In)
		for lines.Scan() {
			// A list that went through a spreadsheet has a mark at its start, quotes, and empty columns.
			if code := strings.Trim(lines.Text(), "\ufeff\"';, \t\r"); code != "" {
				check(code)
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

// rounded matches what spreadsheets make of long figures.
var rounded = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]([.,][0-9]+)?[eE]\+[0-9]+$`) })

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
