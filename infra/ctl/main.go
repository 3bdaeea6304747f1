// Command foyerctl is the operators' command: zones, invites, seat maps and seats that the house keeps back, refunds,
// tickets, the ledger, and jobs that were given up.
//
// It speaks to the tables and secrets themselves, by the SDK's own configuration: AWS_PROFILE, AWS_REGION and, for a
// database elsewhere, AWS_ENDPOINT_URL_DYNAMODB and AWS_ENDPOINT_URL_SECRETS_MANAGER. It must never print a key.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"foyer/internal/problem"
)

// commands are all the commands.
type commands struct {
	Tables tables `embed:"" group:"Where Foyer is:"`
	Sold   sold   `embed:"" group:"Where Foyer is:"`

	Zone   zoneCmd   `cmd:"" help:"Make zones, look at them, change them, open, pause and close them."`
	Invite inviteCmd `cmd:"" help:"Mint invites: one line each, for one place each."`
	Venue  venueCmd  `cmd:"" help:"Check seat maps and load them into zones."`
	Plan   planCmd   `cmd:"" help:"Work out what a sale needs: quotas, warm throughput, settings, and what it costs."`
	House  houseCmd  `cmd:"" help:"Keep seats back for the house, and give them to the sale."`

	FrontDoor doorCmd `cmd:"" help:"Replace what CloudFront proves itself to the functions with."`

	Order   orderCmd   `cmd:"" help:"Ask the payment provider about an order, and show how it stands."`
	Refund  refundCmd  `cmd:"" help:"Give the money of an order back, or of some of its seats. May be repeated."`
	Ticket  ticketCmd  `cmd:"" help:"Check tickets, and give scanners what they check with."`
	Ledger  ledgerCmd  `cmd:"" help:"The books of the sale: reports, and whether everything agrees."`
	Letters lettersCmd `cmd:"" help:"What a function of a stream gave up, as events to hand to it again."`
	Redrive redriveCmd `cmd:"" help:"Put jobs that were given up back into their queue."`
}

// app holds what every command works with.
type app struct {
	ctx   context.Context
	in    io.Reader
	out   io.Writer
	now   func() time.Time
	parts parts
}

func (a *app) say(format string, args ...any) { fmt.Fprintf(a.out, format+"\n", args...) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	a := &app{ctx: ctx, in: os.Stdin, out: os.Stdout, now: time.Now}
	if err := run(a, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "foyerctl:", explain(err))
		os.Exit(1)
	}
}

// run parses the arguments and does what they say.
func run(a *app, args []string) error {
	var c commands
	parser, err := kong.New(&c, kong.Name("foyerctl"), kong.Description("The operators' command of Foyer."),
		kong.UsageOnError(), kong.Writers(a.out, os.Stderr))
	if err != nil {
		return err
	}
	said, err := parser.Parse(args)
	if err != nil {
		return err
	}
	if a.parts == nil {
		a.parts = &cloud{tables: c.Tables, sold: c.Sold, ctx: a.ctx}
	}
	return said.Run(a)
}

// explain returns an error in an operator's words: the detail where there is one, each part on a line of its own.
func explain(err error) string {
	var p *problem.Error
	if errors.As(err, &p) && p.Detail != "" {
		return strings.ReplaceAll(p.Detail, "; ", "\n  ")
	}
	return err.Error()
}
