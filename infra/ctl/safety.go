package main

import (
	"bufio"
	"fmt"
	"strings"

	"foyer/internal/problem"
)

// change holds the flags of every command that changes something.
type change struct {
	DryRun bool `help:"Say what would happen, and change nothing."`
	Yes    bool `short:"y" help:"Do not ask."`
}

// risk says whether a change must be confirmed.
type risk bool

// The risks. What can shut people out, spend money or give it back is asked.
const (
	harmless risk = false
	asked    risk = true
)

// planned is what a dry run says.
type planned struct {
	Where  place  `json:"where"`
	Would  string `json:"would"`
	DryRun bool   `json:"dryRun"`
	Asks   bool   `json:"asks"` // without --yes
}

// may says what will happen and where, and returns whether to go on: not in a dry run, and not without an answer where
// one is needed.
func (a *app) may(c change, r risk, format string, args ...any) (bool, error) {
	what, where := fmt.Sprintf(format, args...), a.parts.where()
	if c.DryRun {
		return false, a.result(planned{where, what, true, bool(r)}, "%s: would %s; nothing is changed", where, what)
	}
	a.note("%s: %s", where, what)
	if r == harmless || c.Yes {
		return true, nil
	}
	if !a.terminal {
		return false, problem.New(problem.Refused,
			"nothing was changed: this asks first, and there is nobody to ask. Add --yes if it is meant, or --dry-run")
	}
	fmt.Fprint(a.err, "Go on? Type yes: ")
	line, err := bufio.NewReader(a.in).ReadString('\n')
	if a.ctx.Err() != nil {
		return false, a.ctx.Err()
	}
	if answer := strings.TrimSpace(line); !strings.EqualFold(answer, "yes") {
		return false, problem.New(problem.Refused, "nothing was changed: the answer was %q, not yes", answer)
	}
	_ = err // an answer may end without a newline
	return true, nil
}

// known makes sure that there is such a zone. A wrong name must never be taken for "nothing to do".
func (a *app) known(zone string) error {
	zones, err := a.parts.zones()
	if err != nil {
		return err
	}
	_, err = zones.Settings(a.ctx, zone)
	return err
}
