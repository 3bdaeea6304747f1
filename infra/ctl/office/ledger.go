package office

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"foyer/infra/ctl/cli"
	"foyer/internal/sale/audit"
	"foyer/internal/sale/ledger"
)

// Ledger holds the commands for the books.
type Ledger struct {
	Restrict ledgerRestrict `cmd:"" help:"Make the ledger's tables and the bookkeeper's role, after the first deployment."`
	Migrate  ledgerMigrate  `cmd:"" help:"Bring the ledger's tables and views to this version."`
	Export   ledgerExport   `cmd:"" help:"Write a report as CSV."`
	Verify   ledgerVerify   `cmd:"" help:"Compare seats, orders, payments and ledger, and list every disagreement."`
}

type ledgerRestrict struct {
	Role string `arg:"" optional:"" help:"The output BookkeeperRoleArn; none: the database is no Aurora DSQL."`
	cli.Change
}

// Run makes the tables and the role that can only add to them, and lets the function connect as it.
func (c *ledgerRestrict) Run(a *cli.App) error {
	book, err := a.Parts.Book()
	if err != nil {
		return err
	}
	defer book.Close(a.Ctx)
	if on, err := a.May(c.Change, cli.Harmless, "make the ledger's tables, and the role %s", ledger.Writer); !on {
		return err
	}
	if err := book.Restrict(a.Ctx, c.Role); err != nil {
		return err
	}
	return a.Result(map[string]any{"role": ledger.Writer},
		"the tables are made; %s may add rows and read them, and nothing else",
		ledger.Writer)
}

type ledgerMigrate struct{ cli.Change }

// Run migrates.
func (c *ledgerMigrate) Run(a *cli.App) error {
	book, err := a.Parts.Book()
	if err != nil {
		return err
	}
	defer book.Close(a.Ctx)
	if on, err := a.May(c.Change, cli.Harmless, "bring the ledger's tables and views to this version"); !on {
		return err
	}
	steps, err := book.Migrate(a.Ctx)
	if err != nil {
		return err
	}
	return a.Result(map[string]any{"steps": steps}, "the ledger is up to date: %d steps made", steps)
}

type ledgerExport struct {
	Report string `arg:"" enum:"doors,denied,finance,refunds,minutes,totals"`
	Zone   string `arg:""`
	Out    string `short:"o" help:"File to write; it names buyers. Default: standard output." type:"path"`
}

// Help describes the reports.
func (c *ledgerExport) Help() string {
	return "doors: whom to let in. denied: tickets that let nobody in any more. finance: every sale and refund. " +
		"refunds. minutes: sales by section and minute. totals."
}

// Run writes the report.
func (c *ledgerExport) Run(a *cli.App) (err error) {
	if err := a.Known(c.Zone); err != nil {
		return err
	}
	book, err := a.Parts.Book()
	if err != nil {
		return err
	}
	defer book.Close(a.Ctx)
	to := a.Out
	if c.Out != "" {
		file, err := os.OpenFile(c.Out, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		defer file.Close()
		to = file
	}
	if !a.JSON {
		return book.Export(a.Ctx, to, c.Report, c.Zone)
	}
	var table bytes.Buffer
	if err := book.Export(a.Ctx, &table, c.Report, c.Zone); err != nil {
		return err
	}
	return encodeTable(to, &table)
}

// encodeTable writes the rows of a CSV table as a JSON list of objects, by the names of its columns.
func encodeTable(to io.Writer, table io.Reader) error {
	rows, err := csv.NewReader(table).ReadAll()
	if err != nil || len(rows) == 0 {
		return err
	}
	list := []map[string]string{}
	heads := rows[0]
	heads[0] = strings.TrimPrefix(heads[0], "\ufeff") // of spreadsheets' own
	for _, row := range rows[1:] {
		one := map[string]string{}
		for i, head := range heads {
			one[head] = row[i]
		}
		list = append(list, one)
	}
	return (&cli.App{Out: to}).Encode(list)
}

type ledgerVerify struct {
	Zone    string        `arg:""`
	Settled time.Duration `help:"The time that a sale takes to arrive everywhere, at most." default:"15m"`
	Resume  string        `help:"A file that keeps the payments read so far, to go on with after a failure." type:"path"`
}

// Run lists the disagreements and fails when there are any.
func (c *ledgerVerify) Run(a *cli.App) error {
	if err := a.Known(c.Zone); err != nil {
		return err
	}
	books, finish, err := a.Parts.Books()
	if err != nil {
		return err
	}
	defer finish()
	if books.Progress, err = c.progress(); err != nil {
		return err
	}
	found, err := ledger.Verify(a.Ctx, books, c.Zone, a.Now().Add(-c.Settled))
	if err := c.keep(books.Progress, err != nil); err != nil {
		return err
	}
	if err != nil && c.Resume != "" {
		return fmt.Errorf("%w; run it again with --resume %s to go on from here", err, c.Resume)
	}
	if err != nil {
		return err
	}
	said := []string{}
	for _, d := range found {
		said = append(said, fmt.Sprint(d))
	}
	if a.JSON {
		err = a.Encode(map[string]any{"zone": c.Zone, "agrees": len(found) == 0, "disagreements": said})
	} else if len(said) > 0 {
		a.Say("%s", strings.Join(said, "\n"))
	} else {
		a.Say("zone %s: seats, orders, payments and ledger agree", c.Zone)
	}
	if err == nil && len(found) > 0 {
		return &cli.DisagreementError{Text: cli.Count(len(found), "disagreement") + " in zone " + c.Zone}
	}
	return err
}

// progress reads how far an earlier run has come.
func (c *ledgerVerify) progress() (*audit.Progress, error) {
	p := &audit.Progress{}
	if c.Resume == "" {
		return p, nil
	}
	text, err := os.ReadFile(c.Resume)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err == nil {
		err = json.Unmarshal(text, p)
	}
	if err != nil {
		return nil, fmt.Errorf("%s can't be gone on with: remove it to begin anew: %w", c.Resume, err)
	}
	return p, nil
}

// keep writes the progress of a run that failed, and removes that of one that came to its end.
func (c *ledgerVerify) keep(p *audit.Progress, failed bool) error {
	if c.Resume == "" {
		return nil
	}
	if !failed {
		if err := os.Remove(c.Resume); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return os.WriteFile(c.Resume, text, 0o600)
}
