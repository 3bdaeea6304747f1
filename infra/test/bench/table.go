package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Row is one line of the table.
type Row struct {
	What     string
	Budget   string // empty: there is none
	Measured string
	figure   float64 // Measured, as a number
	Ratio    float64 // measured as a part of the budget; 0: none
	Verdict  verdict
	Note     string // printed below the table
}

type verdict string

const (
	met      verdict = "met"
	notMet   verdict = "NOT MET"
	noBudget verdict = "" // no budget: for information
	missing  verdict = "can't run"
)

// atMost is a row whose measured figure must not exceed the budget.
func atMost(what string, budget, measured float64, unit string) Row {
	return bounded(what, "≤ ", budget, measured, unit, measured <= budget)
}

// atLeast is a row whose measured figure must not fall below the budget.
func atLeast(what string, budget, measured float64, unit string) Row {
	return bounded(what, "≥ ", budget, measured, unit, measured >= budget)
}

// about is a row whose measured figure may exceed the budget by a twentieth: the budget is itself an estimate.
func about(what string, budget, measured float64, unit string) Row {
	return bounded(what, "about ", budget, measured, unit, measured <= budget*1.05)
}

func bounded(what, sign string, budget, measured float64, unit string, ok bool) Row {
	r := Row{What: what, Budget: sign + figure(budget) + unit, Measured: figure(measured) +
		unit, figure: measured, Verdict: notMet}
	if budget > 0 {
		r.Ratio = measured / budget
	}
	if ok {
		r.Verdict = met
	}
	return r
}

// figureOnly is a row without a budget.
func figureOnly(what string, measured float64, unit string) Row {
	return Row{What: what, Measured: figure(measured) + unit, figure: measured}
}

// with adds a note.
func (r Row) with(format string, args ...any) Row {
	r.Note = fmt.Sprintf(format, args...)
	return r
}

// figure prints three or four digits of a number, thousands apart.
func figure(x float64) string {
	switch {
	case x != 0 && x < 10:
		return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", x), "0"), ".")
	case x < 999.95: // would print as 1000.0
		return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0")
	}
	return thousands(int64(x + 0.5))
}

func thousands(n int64) string {
	text := fmt.Sprint(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

var columns = []string{"what", "budget", "measured", "part", "verdict"}

// cells are a row's, with a mark for its note.
func (r Row) cells(notes *[]string) []string {
	part := ""
	if r.Ratio > 0 {
		part = fmt.Sprintf("%.0f %%", 100*r.Ratio)
	}
	what := r.What
	if r.Note != "" {
		*notes = append(*notes, r.Note)
		what += fmt.Sprintf(" [%d]", len(*notes))
	}
	return []string{what, r.Budget, r.Measured, part, string(r.Verdict)}
}

func printText(w io.Writer, head string, rows []Row) {
	var notes []string
	all, width := [][]string{columns}, make([]int, len(columns))
	for _, r := range rows {
		all = append(all, r.cells(&notes))
	}
	for _, cells := range all {
		for i, c := range cells {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	fmt.Fprintf(w, "\n%s\n\n", head)
	for _, cells := range all {
		for i, c := range cells {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(c))
			if i == 0 || i == len(cells)-1 {
				fmt.Fprint(w, "  ", c, pad)
			} else {
				fmt.Fprint(w, "  ", pad, c)
			}
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w)
	for i, note := range notes {
		fmt.Fprintf(w, "  [%d] %s\n", i+1, note)
	}
}

// wrapped breaks an item of a list into lines of at most 120 columns.
func wrapped(item string) string {
	var b strings.Builder
	width := 0
	for i, word := range strings.Fields(item) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case width+1+n > 120:
			b.WriteString("\n  ")
			width = 2
		default:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(word)
		width += n
	}
	return b.String() + "\n"
}

func writeMarkdown(name, head string, rows []Row) error {
	var notes []string
	var b strings.Builder
	fmt.Fprintf(&b, "# Budgets and what is measured\n\nWritten by `go run ./infra/test/bench --md %s`. %s.\n\n", name,
		head)
	line := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	line(columns)
	line([]string{"---", "---:", "---:", "---:", "---"})
	for _, r := range rows {
		line(r.cells(&notes))
	}
	b.WriteString("\n")
	for i, note := range notes {
		b.WriteString(wrapped(fmt.Sprintf("- [%d] %s", i+1, note)))
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(b.String()), 0o644)
}
