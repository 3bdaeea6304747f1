// Command foyerctl is the operators' command: zones, invites, seat maps and seats that the house keeps back, refunds,
// tickets, the ledger, and jobs that were given up.
//
// It speaks to the tables and secrets themselves, by the SDK's own configuration: AWS_PROFILE, AWS_REGION and, for a
// database elsewhere, AWS_ENDPOINT_URL_DYNAMODB and AWS_ENDPOINT_URL_SECRETS_MANAGER. It must never print a key.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"time"

	"github.com/alecthomas/kong"
)

// commands are all the commands.
type commands struct {
	Place  placeFlags `embed:"" group:"Where Foyer is:"`
	Tables tables     `embed:"" group:"Where Foyer is:"`
	Sold   sold       `embed:"" group:"Where Foyer is:"`

	JSON    bool             `name:"json" help:"Write the result as JSON."`
	Version kong.VersionFlag `help:"Print the version and end."`

	Zone   zoneCmd   `cmd:"" help:"Make zones, look at them, change them, open, pause and close them."`
	Invite inviteCmd `cmd:"" help:"Mint invites, and revoke them by batch."`
	Venue  venueCmd  `cmd:"" help:"Check seat maps and load them into zones."`
	Plan   planCmd   `cmd:"" help:"Work out what a sale needs: quotas, warm throughput, settings, and what it costs."`
	House  houseCmd  `cmd:"" help:"Keep seats back for the house, and give them to the sale."`

	FrontDoor  doorCmd       `cmd:"" help:"Replace what CloudFront proves itself to the functions with."`
	SiteSecret siteSecretCmd `cmd:"" help:"Replace what CloudFront proves itself to the protected site with."`

	Order   orderCmd   `cmd:"" help:"Ask the payment provider about an order, and show how it stands."`
	Refund  refundCmd  `cmd:"" help:"Give the money of an order back, or of some of its seats. May be repeated."`
	Ticket  ticketCmd  `cmd:"" help:"Check tickets, and give scanners what they check with."`
	Ledger  ledgerCmd  `cmd:"" help:"The books of the sale: reports, and whether everything agrees."`
	Letters lettersCmd `cmd:"" help:"What a function of a stream gave up, as events to hand to it again."`
	Redrive redriveCmd `cmd:"" help:"Put jobs that were given up back into their queue."`
}

// app holds what every command works with.
type app struct {
	ctx      context.Context
	in       io.Reader
	out      io.Writer
	err      io.Writer // questions and notes: what isn't a result
	terminal bool      // somebody can answer a question
	json     bool
	now      func() time.Time
	local    *time.Location // whose clock an operator reads; nil: this machine's
	parts    parts
}

// say writes a line of the result.
func (a *app) say(format string, args ...any) { fmt.Fprintf(a.out, format+"\n", args...) }

// note writes a line beside the result.
func (a *app) note(format string, args ...any) { fmt.Fprintf(a.err, format+"\n", args...) }

// result writes what came of a command: v with --json, else the line.
func (a *app) result(v any, format string, args ...any) error {
	if !a.json {
		a.say(format, args...)
		return nil
	}
	return a.encode(v)
}

func (a *app) encode(v any) error {
	out := json.NewEncoder(a.out)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	return out.Encode(v)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	a := &app{ctx: ctx, in: os.Stdin, out: os.Stdout, err: os.Stderr, terminal: isTerminal(os.Stdin), now: time.Now}
	if err := run(a, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "foyerctl:", explain(err))
		os.Exit(exitCode(err))
	}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// run parses the arguments and does what they say.
func run(a *app, args []string) error {
	var c commands
	parser, err := newParser(&c, kong.Writers(a.out, a.err))
	if err != nil {
		return err
	}
	said, err := parser.Parse(args)
	if err != nil {
		return err
	}
	a.json = c.JSON
	a.in = &interruptible{ctx: a.ctx, from: a.in}
	if a.parts == nil {
		there := &cloud{place: c.Place, tables: c.Tables, sold: c.Sold, ctx: a.ctx}
		if err := there.find(); err != nil {
			return err
		}
		a.parts = there
	}
	return said.Run(a)
}

func newParser(c *commands, options ...kong.Option) (*kong.Kong, error) {
	return kong.New(c, append(options, kong.Name("foyerctl"), kong.Description("The operators' command of Foyer."),
		kong.Vars{"version": version()})...)
}

// release is set by the release build.
var release string

// version returns the release, or the commit that this binary was built from.
func version() string {
	if release != "" {
		return release
	}
	info, _ := debug.ReadBuildInfo()
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return "unknown: built without its history"
}

// interruptible is a reader that ends with its context: Ctrl-C must end a command that waits for input.
type interruptible struct {
	ctx  context.Context
	from io.Reader
}

func (r *interruptible) Read(p []byte) (int, error) {
	type read struct {
		n   int
		err error
	}
	got, buffer := make(chan read, 1), make([]byte, len(p))
	go func() {
		n, err := r.from.Read(buffer)
		got <- read{n, err}
	}()
	select {
	case <-r.ctx.Done():
		return 0, r.ctx.Err()
	case g := <-got:
		return copy(p, buffer[:g.n]), g.err
	}
}
