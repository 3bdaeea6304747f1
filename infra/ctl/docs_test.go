package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"foyer/infra/ctl/cli"
	"foyer/internal/testkit/fence"
)

// prints are the beginnings of what blocks show that isn't typed: what a command prints, or what a file holds.
var prints = []string{"The line:", "1.<key id>", "open POST", "<script", "name = "}

// notHere are commands that this test can't run, and why. Those of loops and functions are parsed with their block.
var notHere = map[string]string{
	"aws": "asks AWS", "npx": "asks AWS", "out": "asks AWS", "curl": "asks a deployment",
	"export": "reads a deployment's outputs",
	".":      "reads what make run writes", "out()": "asks AWS", "}": "ends a function",
	"while": "a loop, parsed as a whole",
	"done":  "ends a loop", "rm": "removes a file", "--query": "goes on from the line before",
}

// Everything that the pages ask people to type is parsed, and run as far as it goes: foyerctl on a sale in memory, page
// by page in its order; make without doing what it would. -v lists what was run, and why the rest wasn't.
func TestTheCommandsOfThePagesRun(t *testing.T) {
	t.Chdir("../..") // files are named as from the module's folder
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks, err := fence.Blocks(append(pages, "README.md")...)
	if err != nil {
		t.Fatal(err)
	}
	d, page, ran := (*desk)(nil), "", 0
	for _, b := range blocks {
		if b.Page != page {
			d, page = typed(t, b.Page), b.Page
		}
		if b.Kind != "" || slices.ContainsFunc(prints, func(p string) bool { return strings.HasPrefix(b.Text, p) }) {
			continue
		}
		if err := b.Check(); err != nil {
			t.Error(err)
		}
		for _, command := range b.Commands() {
			did, err := d.runs(command)
			if err != nil {
				t.Errorf("%s: %s: %v", b, command, err)
			}
			if strings.HasPrefix(did, "ran") {
				ran++
			}
			t.Logf("%s: %s: %s", b, command, did)
		}
	}
	if ran < 30 {
		t.Errorf("only %d commands were run", ran)
	}
}

// typed is what a page's commands are typed at. The runbook begins with nothing; others speak of a sale that is there.
func typed(t *testing.T, page string) *desk {
	d := newDesk(t)
	d.sold.till = newCashbox()
	d.box.text, d.live = `{"a":"first","b":""}`, "a"
	if page != "docs/operate.md" {
		d.says("zone create main", "closed")
	}
	return d
}

// runs runs a command, or says why not.
func (d *desk) runs(command string) (did string, err error) {
	words := fence.Words(command)
	switch words[0] {
	case "foyerctl":
		return d.operates(words[1:])
	case "make":
		out, err := exec.CommandContext(d.Context(), "make", append([]string{"-n"}, words[1:]...)...).CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("%w: %s", err, out)
		}
		return "ran without doing it", nil
	case "go":
		out, err := exec.CommandContext(d.Context(), "go", "list", words[len(words)-1]).CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("%w: %s", err, out)
		}
		return "ran as far as there is such a package", nil
	}
	if variable.MatchString(words[0]) {
		return "not run: sets a variable", nil
	}
	if why := notHere[words[0]]; why != "" {
		return "not run: " + why, nil
	}
	return "", errors.New("nobody has said whether it can be run here")
}

var variable = regexp.MustCompile(`^[A-Z_]+=`)

// operates runs a command of ours, parsed by its own rules, on what is in memory.
func (d *desk) operates(words []string) (string, error) {
	if slices.Contains(words, "--help") {
		return "not run: it ends the program", nil
	}
	parser, err := newParser(&commands{}, kong.Exit(func(int) {}), kong.Writers(&strings.Builder{}, &strings.Builder{}))
	if err != nil {
		return "", err
	}
	said, err := parser.Parse(words)
	if errors.Is(err, fs.ErrNotExist) {
		return "parsed; not run: the file is the reader's own", nil
	}
	if err != nil {
		return "", err
	}
	for _, far := range []string{"ledger", "letters", "redrive"} {
		if words[0] == far {
			return "parsed; not run: the desk has no database and no queues; other tests have", nil
		}
	}
	if slices.ContainsFunc(said.Selected().Flags, func(f *kong.Flag) bool { return f.Name == "dry-run" }) &&
		!slices.Contains(words, "--dry-run") {
		words = append(words, "--yes")
	}
	if outputAt := slices.Index(words, "-o"); outputAt >= 0 {
		words = slices.Delete(slices.Clone(words), outputAt, outputAt+2)
	}
	err = d.does(words).err
	if errors.Is(err, fs.ErrNotExist) {
		return "parsed; not run: the file is the reader's own", nil
	}
	if err != nil && strings.Contains(err.Error(), "is not of this order") {
		return "ran, and the desk's one order has other seats", nil
	}
	if code := cli.ExitCode(err); code == cli.ExitUsage || code == cli.ExitFailed {
		return "", fmt.Errorf("exit code %d: %s", code, cli.Explain(err))
	}
	return fmt.Sprintf("ran, exit code %d", cli.ExitCode(err)), nil
}

// Commands in the pages' sentences exist as well, with the flags that they name.
func TestTheCommandsInSentencesExist(t *testing.T) {
	t.Chdir("../..")
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	parsed := 0
	for _, command := range inSentences(t, append(pages, "README.md")) {
		parser, err := newParser(&commands{}, kong.Exit(func(int) {}), kong.Writers(&strings.Builder{}, &strings.Builder{}))
		if err != nil {
			t.Fatal(err)
		}
		// A file that isn't there may be the reader's own.
		words := fence.Words(strings.NewReplacer("<", "", ">", "").Replace(command))
		if _, err := parser.Parse(words[1:]); err != nil && !errors.Is(err, fs.ErrNotExist) &&
			!strings.Contains(command, "--help") {
			t.Errorf("%s: %v", command, err)
		}
		parsed++
	}
	if parsed < 20 {
		t.Errorf("found %d commands only", parsed)
	}
}

// inSentences returns the commands of ours that stand in backquotes with what they are given.
func inSentences(t *testing.T, pages []string) (found []string) {
	t.Helper()
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		fenced := false
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "```") {
				fenced = !fenced
			}
			for i, part := range strings.Split(line, "`") {
				if !fenced && i%2 == 1 && strings.HasPrefix(part, "foyerctl ") && strings.Count(part, " ") > 1 {
					found = append(found, part)
				}
			}
		}
	}
	return found
}
