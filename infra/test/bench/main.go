// Command bench prints every budget beside what is measured: `make bench`. Reads and writes are in the database's own
// units, as it reports them. Speeds are ratios of two things measured in the same run, since machines differ; what is
// measured in seconds says so.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"foyer/infra/test/bench/cold"
	"foyer/infra/test/bench/edge"
	"foyer/infra/test/bench/line"
	"foyer/infra/test/bench/live"
	"foyer/infra/test/bench/measure"
	"foyer/infra/test/bench/page"
)

type flags struct {
	Only  []string `help:"Run these sections only, separated by commas. See --list."`
	Quick bool     `help:"A smoke test: small crowds, no million, no builds for another machine."`
	List  bool     `help:"List the sections."`
	MD    string   `name:"md" help:"Write the table to this file too, as Markdown."`
}

func main() {
	var f flags
	kong.Parse(&f, kong.Name("bench"), kong.Description("Prints every budget beside what is measured."))
	if err := run(f); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(f flags) error {
	if f.List {
		for _, s := range sections {
			fmt.Printf("  %-9s %s\n", s.name, s.does)
		}
		return nil
	}
	chosen, err := choice(f.Only)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	env, err := measure.NewEnv(f.Quick, os.Stderr)
	if err != nil {
		return err
	}
	defer env.Close()
	began := time.Now()
	rows := rowsOf(ctx, env, chosen)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	head := heading(f.Quick, time.Since(began))
	measure.PrintText(os.Stdout, head, rows)
	if f.MD == "" {
		return nil
	}
	return measure.WriteMarkdown(f.MD, head, rows)
}

// section is a few rows that are measured together.
type section struct {
	name, does string
	measure    func(ctx context.Context, e *measure.Env) ([]measure.Row, error)
}

// sections is all of them, in the order in which they run and are printed. Those with the clock in their rows come
// before the million is loaded.
var sections = []section{
	{"writes", "write units of a visitor, from arrival to leaving", line.VisitorWrites},
	{"cloud", "the running local cloud: invocations, origin, turns on the socket, 429s", live.RunningCloud},
	{"polls", "status polls of the waiting page", page.StatusPolls},
	{"register", "registrations beside bare conditional puts", line.Registrations},
	{"locks", "locks of seats beside bare transactions", line.Locks},
	{"capacity", "read units of a tick by capacity", line.TicksByCapacity},
	{"exchanger", "an exchanger at Lambda's share of a processor: idle zones, long logs", line.Exchangers},
	{"busy", "an exchanger's share of a processor: many zones that tick every second", line.ManyZones},
	{"attack", "people who enter beside bots that never do, in the simulator", line.Attack},
	{"million", "read units of a tick and cost of a census by the queue's length, to a million", line.LongQueues},
	{"ghosts", "live visitors admitted with nine sockets of ten gone", line.Ghosts},
	{"places", "the error of places, up to a million", line.PlaceErrors},
	{"waits", "how often the true wait lies within the range that was shown", line.WaitRanges},
	{"edge", "the edge function: size, and time of a decision", edge.Function},
	{"page", "the waiting page's first load", page.WaitingPage},
	{"loads", "paint, shift, memory, map and seats on a buyer's phone", page.Loads},
	{"map", "frames of the seat map while it is panned, on a slow machine", page.Panning},
	{"lambda", "the functions as they are deployed", cold.LambdaZips},
	{"cold", "the functions' init, as Lambda starts them", cold.ColdStarts},
}

func choice(only []string) ([]section, error) {
	if len(only) == 0 {
		return sections, nil
	}
	var chosen []section
	for _, s := range sections {
		if slices.Contains(only, s.name) {
			chosen = append(chosen, s)
		}
	}
	if len(chosen) != len(only) {
		return nil, fmt.Errorf("there is no such section as one of %s; -list names them", strings.Join(only, ", "))
	}
	return chosen, nil
}

// rowsOf runs the sections one after the other. One that can't run says why in a row of its own.
func rowsOf(ctx context.Context, e *measure.Env, chosen []section) (rows []measure.Row) {
	for _, s := range chosen {
		if ctx.Err() != nil {
			return rows
		}
		began := time.Now()
		fmt.Fprintf(e.Progress, "%s: %s\n", s.name, s.does)
		got, err := s.measure(ctx, e)
		if err != nil {
			got = append(got, measure.Row{What: s.does, Measured: "–", Verdict: measure.Missing, Note: err.Error()})
		}
		fmt.Fprintf(e.Progress, "%s: %.1f s\n", s.name, time.Since(began).Seconds())
		rows = append(rows, got...)
	}
	return rows
}

func heading(quick bool, took time.Duration) string {
	text := fmt.Sprintf("Measured in %.0f s", took.Seconds())
	if quick {
		text += " by a smoke test: figures are of small crowds"
	}
	return text
}
