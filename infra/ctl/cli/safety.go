package cli

import (
	"bufio"
	"fmt"
	"strings"

	"foyer/internal/problem"
)

// Change holds the flags of every command that changes something.
type Change struct {
	DryRun bool `help:"Say what would happen, and change nothing."`
	Yes    bool `short:"y" help:"Do not ask."`
}

// Risk says whether a change must be confirmed.
type Risk bool

// The risks. What can shut people out, spend money or give it back is asked.
const (
	Harmless Risk = false
	Asked    Risk = true
)

// Planned is what a dry run says.
type Planned struct {
	Where  Place  `json:"where"`
	Would  string `json:"would"`
	DryRun bool   `json:"dryRun"`
	Asks   bool   `json:"asks"` // without --yes
}

// May says what will happen and where, and returns whether to go on: not in a dry run, and not without an answer where
// one is needed.
func (a *App) May(c Change, r Risk, format string, args ...any) (bool, error) {
	what, where := fmt.Sprintf(format, args...), a.Parts.Where()
	if c.DryRun {
		return false, a.Result(Planned{where, what, true, bool(r)}, "%s: would %s; nothing is changed", where, what)
	}
	a.Note("%s: %s", where, what)
	if r == Harmless || c.Yes {
		return true, nil
	}
	if !a.Terminal {
		return false, problem.New(problem.Refused,
			"nothing was changed: this asks first, and there is nobody to ask. Add --yes if it is meant, or --dry-run")
	}
	fmt.Fprint(a.Err, "Go on? Type yes: ")
	line, err := bufio.NewReader(a.In).ReadString('\n')
	if a.Ctx.Err() != nil {
		return false, a.Ctx.Err()
	}
	if answer := strings.TrimSpace(line); !strings.EqualFold(answer, "yes") {
		return false, problem.New(problem.Refused, "nothing was changed: the answer was %q, not yes", answer)
	}
	_ = err // an answer may end without a newline
	return true, nil
}

// Known makes sure that there is such a zone. A wrong name must never be taken for "nothing to do".
func (a *App) Known(zone string) error {
	zones, err := a.Parts.Zones()
	if err != nil {
		return err
	}
	_, err = zones.Settings(a.Ctx, zone)
	return err
}
