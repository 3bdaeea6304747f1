// Command foyerctl is the operators' command: zones, invites, seat maps and seats that the house keeps back, refunds,
// tickets, the ledger, and jobs that were given up.
//
// It speaks to the tables and secrets themselves, by the SDK's own configuration: AWS_PROFILE, AWS_REGION and, for a
// database elsewhere, AWS_ENDPOINT_URL_DYNAMODB and AWS_ENDPOINT_URL_SECRETS_MANAGER. It must never print a key.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"time"

	"github.com/alecthomas/kong"

	"foyer/infra/ctl/cli"
	"foyer/infra/ctl/deploy"
	"foyer/infra/ctl/office"
	"foyer/infra/ctl/rehearse"
	"foyer/infra/ctl/zones"
	"foyer/internal/problem"
)

// commands are all the commands.
type commands struct {
	Place  cli.PlaceFlags `embed:"" group:"Where Foyer is:"`
	Tables cli.Tables     `embed:"" group:"Where Foyer is:"`
	Sold   cli.Sold       `embed:"" group:"Where Foyer is:"`

	JSON    bool             `name:"json" help:"Write the result as JSON."`
	Version kong.VersionFlag `help:"Print the version and end."`

	Zone   zones.Zone   `cmd:"" help:"Make zones, look at them, change them, open, pause and close them."`
	Rules  zones.Rules  `cmd:"" help:"Which hosts and paths belong to which zone, and which are open to all."`
	Event  zones.Event  `cmd:"" help:"What everybody is told of a zone's event: name, time, place, organiser."`
	Invite zones.Invite `cmd:"" help:"Mint invites, and revoke them by batch."`
	Venue  zones.Venue  `cmd:"" help:"Check seat maps and load them into zones."`
	House  zones.House  `cmd:"" help:"Keep seats back for the house, and give them to the sale."`

	Doctor       deploy.Doctor       `cmd:"" group:"deploy" help:"Say what isn't right with an account and a deployment."`
	Plan         deploy.Plan         `cmd:"" group:"deploy" help:"Work out what a sale needs, and what it costs."`
	Rehearse     rehearse.Rehearse   `cmd:"" group:"deploy" help:"Send a crowd to your own staging stage, and report."`
	FrontDoor    deploy.FrontDoor    `cmd:"" group:"deploy" help:"Replace what CloudFront shows the functions."`
	SiteSecret   deploy.SiteSecret   `cmd:"" group:"deploy" help:"Replace what CloudFront shows the site."`
	StatementKey deploy.StatementKey `cmd:"" group:"deploy" help:"Print the key by which the site checks who comes."`

	Order   office.Order     `cmd:"" help:"Ask the payment provider about an order, and show how it stands."`
	Refund  office.Refund    `cmd:"" help:"Give the money of an order back, or of some of its seats. May be repeated."`
	Ticket  office.Ticket    `cmd:"" help:"Check tickets, and give scanners what they check with."`
	Ledger  office.Ledger    `cmd:"" help:"The books of the sale: reports, and whether everything agrees."`
	Letters office.LetterBox `cmd:"" help:"What a function of a stream gave up, as events to hand to it again."`
	Redrive office.Redrive   `cmd:"" help:"Put jobs that were given up back into their queue."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	a := &cli.App{Ctx: ctx, In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Terminal: isTerminal(os.Stdin), Now: time.Now}
	if err := run(a, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "foyerctl:", cli.Explain(err))
		os.Exit(cli.ExitCode(err))
	}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// run parses the arguments and does what they say.
func run(a *cli.App, args []string) error {
	var c commands
	parser, err := newParser(&c, kong.Writers(a.Out, a.Err))
	if err != nil {
		return err
	}
	said, err := parser.Parse(args)
	if err != nil {
		return err
	}
	a.JSON = c.JSON
	a.In = &cli.Interruptible{Ctx: a.Ctx, From: a.In}
	if a.Parts == nil {
		there := &cli.Cloud{Place: c.Place, Names: c.Tables, Sale: c.Sold, Ctx: a.Ctx}
		// Before a first deployment there is nothing to find yet, and a plan asks no cloud.
		if said.Command() != "plan" {
			err := there.Find()
			if err != nil && (said.Command() != "doctor" || problem.CodeOf(err) != problem.NotFound) {
				return err
			}
		}
		a.Parts = there
	}
	return said.Run(a)
}

func newParser(c *commands, options ...kong.Option) (*kong.Kong, error) {
	return kong.New(c, append(options, kong.Name("foyerctl"), kong.Description("The operators' command of Foyer."),
		kong.ExplicitGroups([]kong.Group{{Key: "deploy", Title: "Of those who deploy, with rights on AWS:"}}),
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
