package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"foyer/infra/ctl/cli"
	"foyer/internal/problem"
	"foyer/internal/room/zone"
	"foyer/internal/sale/venue"
)

// harmlessCommands change nothing that is stored, and why.
var harmlessCommands = map[string]string{
	"zone list": "reads", "zone show": "reads", "rules show": "reads", "rules try": "reads",
	"venue validate": "reads a file", "plan": "asks no cloud",
	"invite mint": "writes to its output only", "ticket keys": "reads", "ticket verify": "reads",
	"ledger export": "writes to its output only", "ledger verify": "reads", "statement-key": "reads",
	"order find": "reads", "event show": "reads",
}

// leaves are all commands, by their names.
func leaves(t *testing.T) map[string]*kong.Node {
	t.Helper()
	parser, err := newParser(&commands{})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*kong.Node{}
	for _, leaf := range parser.Model.Leaves(true) {
		name := leaf.Name
		for up := leaf.Parent; up.Parent != nil; up = up.Parent {
			name = up.Name + " " + name
		}
		all[name] = leaf
	}
	return all
}

// Every command either is known to change nothing, or can be tried without changing anything.
func TestEveryCommandThatChangesSomethingHasADryRun(t *testing.T) {
	all := leaves(t)
	for name, leaf := range all {
		has := slices.ContainsFunc(leaf.Flags, func(f *kong.Flag) bool { return f.Name == "dry-run" })
		if has == (harmlessCommands[name] != "") {
			t.Errorf("%q: has a dry run: %v, known to change nothing: %q", name, has, harmlessCommands[name])
		}
	}
	for name := range harmlessCommands {
		if all[name] == nil {
			t.Errorf("there is no command %q", name)
		}
	}
}

// tried is what one run of a command came to.
type tried struct {
	out, notes string
	err        error
}

// tries runs a command without anybody at a terminal.
func (d *desk) tries(command string) tried { return d.does(strings.Fields(command)) }

// does runs a command of these words.
func (d *desk) does(words []string) tried {
	var out, notes bytes.Buffer
	err := run(&cli.App{Ctx: d.Context(), In: strings.NewReader(d.sold.typed), Out: &out, Err: &notes,
		Now: func() time.Time { return noon }, Local: time.UTC, Parts: d}, words)
	return tried{out.String(), notes.String(), err}
}

// ready is a desk with an open zone, a map, an order and a front door.
func ready(t *testing.T) *desk {
	d := newDesk(t)
	d.sold.till = newCashbox()
	d.box.text, d.live = `{"a":"first","b":""}`, "a"
	d.says("zone create main --title Concert --capacity 500", "closed")
	d.says("zone open main", "open")
	d.says("venue load main "+theatre, "300 seats")
	d.says("house hold main press boxL-A-1", "1 seats")
	d.says("zone create idle", "closed")
	d.says("zone create lots --policy draw --opens 2030-05-01T10:00Z", "scheduled")
	return d
}

// state is all that the commands of TestCommandsDoNothingBySlip may change.
func (d *desk) state() string {
	s, _ := d.cloud.Zones().List(d.Context())
	map1, _ := d.cloud.Seats().Snapshot(d.Context(), "main", "boxL")
	sold, _ := venue.Read(d.Context(), d.cloud.Seats(), "main")
	hosts, _ := d.cloud.Rules().Rules(d.Context())
	text, _ := json.Marshal([]any{hosts, s, map1, sold, d.box.text, d.sold.till.(*cashbox).order})
	return string(text)
}

// slip is a command that changes something.
type slip struct {
	command string
	does    string // what the dry run and the note say
	asks    bool
	unknown string // the same with a zone or order that doesn't exist; "": it names none
}

// slips are the commands that change something, on a desk that is ready.
func (d *desk) slips() []slip {
	return []slip{
		{"zone create next --opens 2030-01-01T10:00:00+01:00", "make the zone next, scheduled", false, ""},
		{"zone set main --rate 5", "rate, a minute from 60 to 5", false, "zone set mian --rate 5"},
		{"zone set main --capacity 0", "nobody enters any more", true, ""},
		{"zone set main --opens 2030-01-01T10:00:00Z", "the sale stops at once", true, ""},
		{"zone open idle", "from closed to open", false, "zone open mian"},
		{"zone sale main off", "nobody chooses seats or starts an order any more", true, "zone sale mian off"},
		{"invite revoke main --batch press", "change zone main", false, "invite revoke mian --batch press"},
		{"rules set " + d.file("open GET /health\n"), "give the main host 1 rule", true, ""},
		{"zone reset idle", "remove 0 pages of grants", true, "zone reset mian"},
		{"zone delete idle", "its seat map, event and settings", true, "zone delete mian"},
		{"zone seed replace lots", "its public commitment changes from", true, "zone seed replace mian"},
		{"zone pause main", "from open to paused", false, "zone pause mian"},
		{"zone close main", "nobody waits or enters any more", true, "zone close mian"},
		{"zone let-through main on", "everybody goes on to the site at once", true, "zone let-through mian on"},
		{"venue load main " + grown(d.T), "version 2", false, "venue load mian " + theatre},
		{"house hold main press boxL-A-2", "keep back 1 seat of zone main for press", false,
			"house hold mian press boxL-A-2"},
		{"house release main press boxL-A-1", "put on sale 1 seat", false, "house release mian press boxL-A-1"},
		{"site-secret renew b", "put a new value into the protected site's slot b", true, ""},
		{"front-door renew b", "put a new value into the front door's slot b", true, ""},
		{"refund o1", "give back €75 to the buyer", true, "refund o2"},
		{"refund o1 A-1-2", "give back €25 to the buyer", true, "refund o2 A-1-2"},
	}
}

// triedElsewhere are the commands that change something which the desk's memory doesn't hold, and the tests that try
// them.
var triedElsewhere = map[string]string{
	"doctor":         "TestASmokeTestCanBeTriedDry",
	"order show":     "TestARefundThatCameBackIsMadeAgain",
	"event set":      "TestAnEventIsSetShownAndItsChangesAreTold",
	"event tell":     "TestAnEventIsSetShownAndItsChangesAreTold",
	"order erase":    "TestTheBooksAreExportedAndVerified",
	"ledger migrate": "TestTheBooksAreExportedAndVerified", "ledger restrict": "TestTheBooksAreExportedAndVerified",
	"rehearse": "TestARehearsalSaysItsPriceAndAsks",
	"letters":  "TestDeadLettersOfStreamsAreReadBackAndForgotten", "redrive": "TestJobsThatWereGivenUpAreRedriven",
}

// Every command that can be tried without changing anything is tried so, and each that names a zone or an order with
// one that doesn't exist.
func TestEveryCommandIsTried(t *testing.T) {
	d := ready(t)
	in := func(name string, lines []string) bool {
		return slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line+" ", name+" ") })
	}
	var changing, unknown []string
	for _, s := range d.slips() {
		changing, unknown = append(changing, s.command), append(unknown, s.unknown)
	}
	for name, test := range triedElsewhere {
		if leaves(t)[name] == nil || in(name, changing) {
			t.Errorf("%s, which %s tries, is no command or in the table as well", name, test)
		}
		if body := testOf(t, test); !strings.Contains(body, "--dry-run") && !strings.Contains(body, "DryRun: true") {
			t.Errorf("%s: the test %s doesn't try it dry", name, test)
		}
	}
	for name, leaf := range leaves(t) {
		if harmlessCommands[name] == "" && triedElsewhere[name] == "" && !in(name, changing) {
			t.Errorf("%s: add it to the table of commands that change something", name)
		}
		ofOrder := slices.ContainsFunc(leaf.Positional, func(p *kong.Value) bool { return p.Name == "order" })
		if ofOrder && !in(name, unknown) && !in(name, unknownOrders) {
			t.Errorf("%s: nobody tries it with an order that doesn't exist", name)
		}
		named := slices.ContainsFunc(leaf.Positional, func(p *kong.Value) bool { return p.Name == "zone" })
		if named && name != "zone create" && !in(name, unknown) && !in(name, unknownReads) &&
			!in(strings.TrimSuffix(name, " mint"), unknownReads) {
			t.Errorf("%s: nobody tries it with a zone that doesn't exist", name)
		}
	}
}

func TestCommandsDoNothingBySlip(t *testing.T) {
	for _, c := range ready(t).slips() {
		d := ready(t)
		before := d.state()
		dry := d.tries(c.command + " --dry-run")
		if dry.err != nil || !strings.Contains(dry.out, c.does) ||
			!strings.Contains(dry.out, "staging, account 123456789012, eu-west-1: would ") || d.state() != before {
			t.Errorf("%s --dry-run: %+v; changed: %v", c.command, dry, d.state() != before)
		}
		var said cli.Planned
		if dry := d.tries(c.command + " --dry-run --json"); json.Unmarshal([]byte(dry.out), &said) != nil ||
			!said.DryRun ||
			said.Asks != c.asks || said.Where.Account != "123456789012" {
			t.Errorf("%s --dry-run --json: %+v", c.command, dry)
		}
		bare := d.tries(c.command)
		if !strings.Contains(bare.notes, "staging, account 123456789012, eu-west-1: "+c.does[:4]) &&
			!strings.Contains(bare.notes, c.does) {
			t.Errorf("%s doesn't say what it does where: %s", c.command, bare.notes)
		}
		if c.asks != (cli.ExitCode(bare.err) == cli.ExitRefused) || c.asks != (bare.err != nil &&
			strings.Contains(cli.Explain(bare.err), "--yes")) ||
			c.asks != (d.state() == before) {
			t.Errorf("%s, asks: %v: %v, changed: %v", c.command, c.asks, bare.err, d.state() != before)
		}
		if c.asks {
			if yes := d.tries(c.command + " --yes"); yes.err != nil || d.state() == before {
				t.Errorf("%s --yes: %v, changed: %v", c.command, yes.err, d.state() != before)
			}
		}
		if c.unknown == "" {
			continue
		}
		before = d.state()
		if got := d.tries(c.unknown + " --yes"); cli.ExitCode(got.err) != cli.ExitNotFound || d.state() != before {
			t.Errorf("%s: %v, exit code %d", c.unknown, got.err, cli.ExitCode(got.err))
		}
	}
}

// testOf returns the text of a test that commands are tried by.
func testOf(t *testing.T, name string) string {
	t.Helper()
	for _, pattern := range []string{"*_test.go", "*/*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if _, rest, found := strings.Cut(string(text), "\nfunc "+name+"("); found {
				body, _, _ := strings.Cut(rest, "\n}\n")
				return body
			}
		}
	}
	t.Errorf("there is no test %s", name)
	return ""
}

// grown is the theatre with one more seat.
func grown(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(theatre)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "grown.json")
	if err := os.WriteFile(file, bytes.Replace(raw, []byte("The Little Theatre"), []byte("The Larger Theatre"), 1),
		0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// unknownReads are the commands of a zone that doesn't exist which read, or of which the desk keeps nothing.
var unknownReads = []string{"zone show mian", "ledger verify mian", "ledger export denied mian", "invite mian -n 1",
	"ticket verify --zone mian x", "event show mian", "statement-key mian", "event tell mian --yes",
	"event set mian event.toml --yes", "rehearse mian --yes"}

// unknownOrders are the commands of an order that doesn't exist of which the desk keeps nothing.
var unknownOrders = []string{"order show o2", "order erase o2 --yes"}

func TestCommandsOfAZoneOrOrderThatDoesNotExistFail(t *testing.T) {
	d := ready(t)
	event := d.write("event.toml", ferries)
	for _, command := range append(unknownReads, unknownOrders...) {
		command = strings.Replace(command, "event.toml", event, 1)
		if got := d.tries(command); cli.ExitCode(got.err) != cli.ExitNotFound || got.out != "" {
			t.Errorf("%s: %+v, exit code %d", command, got, cli.ExitCode(got.err))
		}
	}
}

func TestSomebodyAtATerminalIsAsked(t *testing.T) {
	for answer, want := range map[string]int{"yes\n": 0, "YES": 0, "y\n": cli.ExitRefused, "\n": cli.ExitRefused,
		"": cli.ExitRefused} {
		d := ready(t)
		var out, notes bytes.Buffer
		err := run(&cli.App{Ctx: t.Context(), In: strings.NewReader(answer), Out: &out, Err: &notes, Terminal: true,
			Now: func() time.Time { return noon }, Parts: d}, []string{"zone", "close", "main"})
		s, _ := d.cloud.Zones().Settings(t.Context(), "main")
		if cli.ExitCode(err) != want || (s.State == zone.Closed) != (want == 0) || !strings.Contains(notes.String(),
			"Go on?") {
			t.Errorf("%q: %v, state %s, notes %s", answer, err, s.State, notes.String())
		}
	}
}

func TestOpeningsAreMeant(t *testing.T) {
	d := newDesk(t)
	for command, want := range map[string]string{
		"zone create a --opens 2030-05-01T10:00:00":  "add a time zone, such as +02:00",
		"zone create a --opens 2030-05-01T10:00":     "add a time zone, such as +02:00",
		"zone create a --opens 2030-05-01":           "add a time zone, such as +02:00",
		"zone create a --opens tomorrow":             `"tomorrow" is no time such as 2030-05-01T10:00:00+02:00`,
		"zone create a --opens 2020-05-01T10:00:00Z": "has passed",
	} {
		if got := d.says(command, want); strings.Contains(got, "parse \"\"") {
			t.Errorf("%s: %s", command, got)
		}
		if got := d.tries(command); cli.ExitCode(got.err) != cli.ExitUsage {
			t.Errorf("%s: exit code %d", command, cli.ExitCode(got.err))
		}
	}
	d.says("zone create past --opens 2020-05-01T10:00:00Z --past-opening", "zone past is open")
	d.says("zone create main --opens 2030-05-01T10:00+02:00", "zone main is scheduled")
	d.says("zone set main --opens 2020-05-01T10:00:00Z", "has passed")
	d.says("zone open main", "zone main is open, version 2")
	d.says("zone open main", "zone main is as it was")
	d.says("zone create later --opens 2030-05-01T10:00Z", "scheduled")
	d.says("zone pause later", "paused")
	d.says("zone open later", "zone later is open")
	d.says("zone create none --opens none", "zone none is closed")
	d.says("zone set later --opens none", "zone later is open")
	d.says("zone create draw --policy draw --opens 2030-05-01T10:00Z", "scheduled")
	d.says("zone open draw", "zone draw draws at 2030-05-01T10:00:00Z, and can't open before")
	d.says("zone set main --policy draw", "the policy is fixed when the zone is made")
}

func TestTheLiveSlotIsNeverRenewed(t *testing.T) {
	d := ready(t)
	before := d.box.text
	for live, slot := range map[string]string{"a": "a", "b": "b", "": "b"} {
		d.live = live
		if got := d.tries("front-door renew " + slot + " --yes"); got.err == nil || d.box.text != before {
			t.Errorf("live %q, renew %s: %+v", live, slot, got)
		}
	}
}

func TestErrorsAreInAnOperatorsWords(t *testing.T) {
	call := func(err error) error {
		return problem.Wrap(problem.Internal, &smithy.OperationError{ServiceID: "DynamoDB", OperationName: "Scan",
			Err: err}, "")
	}
	for name, c := range map[string]struct {
		err  error
		exit int
		text string
	}{
		"no table":  {call(&smithy.GenericAPIError{Code: "ResourceNotFoundException"}), cli.ExitNotFound, "no such table"},
		"may not":   {call(&smithy.GenericAPIError{Code: "AccessDeniedException"}), cli.ExitDenied, "may not do that"},
		"run out":   {call(&smithy.GenericAPIError{Code: "ExpiredTokenException"}), cli.ExitDenied, "sign in again"},
		"throttled": {call(&smithy.GenericAPIError{Code: "ThrottlingException"}), cli.ExitUnreachable, "throttling"},
		"no keys": {call(errors.New("get identity: get credentials: failed to refresh")), cli.ExitDenied,
			"no AWS credentials"},
		"no region":  {call(&aws.MissingRegionError{}), cli.ExitUsage, "--region"},
		"no network": {call(&net.OpError{Op: "dial", Err: errors.New("refused")}), cli.ExitUnreachable, "doesn't answer"},
		"another": {call(&smithy.GenericAPIError{Code: "Odd", Message: "so"}), cli.ExitFailed,
			"DynamoDB refuses: Odd: so"},
		"conflict": {problem.New(problem.Conflict, "there is one"), cli.ExitRefused, "there is one"},
		"Ctrl-C":   {call(context.Canceled), cli.ExitInterrupted, "interrupted"},
		"provider": {problem.New(problem.Provider, "down"), cli.ExitUnreachable, "down"},
	} {
		got := cli.Explain(c.err)
		if cli.ExitCode(c.err) != c.exit || !strings.Contains(got, c.text) {
			t.Errorf("%s: exit code %d, %s", name, cli.ExitCode(c.err), got)
		}
		for _, sdk := range []string{"operation error", "StatusCode", "https response", "internal:"} {
			if strings.Contains(got, sdk) {
				t.Errorf("%s speaks as the SDK does: %s", name, got)
			}
		}
	}
	if got := newDesk(t).tries("zone shut main"); cli.ExitCode(got.err) != cli.ExitUsage {
		t.Errorf("a command that there isn't: exit code %d", cli.ExitCode(got.err))
	}
}

// Ctrl-C ends a command that waits for lines.
func TestACommandThatReadsInputEndsWhenInterrupted(t *testing.T) {
	d, ctx := newDesk(t), t.Context()
	ctx, stop := context.WithCancel(ctx)
	never, keep := io.Pipe()
	defer keep.Close()
	done := make(chan error)
	go func() {
		done <- run(&cli.App{Ctx: ctx, In: never, Out: io.Discard, Err: io.Discard, Now: time.Now, Parts: d},
			[]string{"ticket", "verify"})
	}()
	stop()
	if err := <-done; cli.ExitCode(err) != cli.ExitInterrupted {
		t.Errorf("it ends with %v", err)
	}
}

// printsElsewhere are the commands that change nothing and whose JSON other tests read.
var printsElsewhere = map[string]string{
	"ledger export": "TestTheBooksAreExportedAndVerified", "ledger verify": "TestTheBooksAreExportedAndVerified",
	"ticket verify": "TestScannersCheckTicketsOffline", "order find": "TestOrdersAreFoundByNumberAddressAndTime",
	"event show": "TestAnEventIsSetShownAndItsChangesAreTold",
}

func TestResultsCanBeReadByPrograms(t *testing.T) {
	d := ready(t)
	commands := []string{"zone list", "zone show main", "zone set main --rate 7", "zone pause main",
		"zone create other", "venue validate " + theatre, "venue load main " + theatre, "house hold main crew boxL-A-3",
		"order o1", "refund o1 A-1-2 --yes", "front-door renew b --yes", "rules show", "rules try https://a.example/x",
		"invite mint main -n 1", "ticket keys", "statement-key main",
		"plan --visitors 1000 --peak-minute 100 --capacity 10 --rate 10"}
	for name, why := range harmlessCommands {
		if !slices.ContainsFunc(commands, func(c string) bool { return strings.HasPrefix(c+" ", name+" ") }) &&
			!strings.Contains(testOf(t, printsElsewhere[name]), "--json") {
			t.Errorf("%s, which %s, is not tried with --json", name, why)
		}
	}
	for _, command := range commands {
		got := d.tries(command + " --json")
		if got.err != nil || !json.Valid([]byte(got.out)) {
			t.Errorf("%s --json: %s, %v", command, got.out, got.err)
		}
	}
}

func TestTheVersionIsSaid(t *testing.T) {
	parser, err := newParser(&commands{}, kong.Exit(func(int) {}), kong.Writers(io.Discard, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"--version"}); version() == "" || err != nil && !strings.Contains(err.Error(),
		"expected") {
		t.Errorf("%q, %v", version(), err)
	}
}
