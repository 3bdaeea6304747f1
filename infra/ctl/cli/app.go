// Package cli is what all of the operators' commands share: where Foyer is and how it is reached, what a command says
// before it changes anything, how it writes its result, and what it ends with.
//
// It knows no command. It must never print a key.
package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// App holds what every command works with.
type App struct {
	Ctx      context.Context
	In       io.Reader
	Out      io.Writer
	Err      io.Writer // questions and notes: what isn't a result
	Terminal bool      // somebody can answer a question
	JSON     bool
	Now      func() time.Time
	Local    *time.Location // whose clock an operator reads; nil: this machine's
	Parts    Parts
}

// Say writes a line of the result.
func (a *App) Say(format string, args ...any) { fmt.Fprintf(a.Out, format+"\n", args...) }

// Note writes a line beside the result.
func (a *App) Note(format string, args ...any) { fmt.Fprintf(a.Err, format+"\n", args...) }

// Result writes what came of a command: v with --json, else the line.
func (a *App) Result(v any, format string, args ...any) error {
	if !a.JSON {
		_, err := fmt.Fprintf(a.Out, format+"\n", args...)
		return err
	}
	return a.Encode(v)
}

func (a *App) Encode(v any) error {
	out := json.NewEncoder(a.Out)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	return out.Encode(v)
}

// Clock returns a time by the operator's clock, and by UTC where that is another.
func (a *App) Clock(t time.Time) string {
	local := t.In(cmp.Or(a.Local, time.Local))
	if _, offset := local.Zone(); offset == 0 {
		return t.UTC().Format(time.RFC3339)
	}
	return local.Format(time.RFC3339) + " (" + t.UTC().Format("15:04 MST") + ")"
}

// Count returns a number of things in words.
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprint(n, " ", thing, "s")
}

// Interruptible is a reader that ends with its context: Ctrl-C must end a command that waits for input.
type Interruptible struct {
	Ctx  context.Context
	From io.Reader
}

func (r *Interruptible) Read(p []byte) (int, error) {
	type read struct {
		n   int
		err error
	}
	got, buffer := make(chan read, 1), make([]byte, len(p))
	go func() {
		n, err := r.From.Read(buffer)
		got <- read{n, err}
	}()
	select {
	case <-r.Ctx.Done():
		return 0, r.Ctx.Err()
	case g := <-got:
		return copy(p, buffer[:g.n]), g.err
	}
}
