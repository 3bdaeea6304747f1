package measure

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
	Figure   float64 // Measured, as a number
	Ratio    float64 // measured as a part of the budget; 0: none
	Verdict  Verdict
	Note     string // printed below the table
}

// Verdict is how a measured figure compares with its budget.
type Verdict string

// The verdicts.
const (
	Met      Verdict = "met"
	NotMet   Verdict = "NOT MET"
	NoBudget Verdict = "" // no budget: for information
	Missing  Verdict = "can't run"
)

// AtMost is a row whose measured figure must not exceed the budget.
func AtMost(what string, budget, measured float64, unit string) Row {
	return bounded(what, "≤ ", budget, measured, unit, measured <= budget)
}

// AtLeast is a row whose measured figure must not fall below the budget.
func AtLeast(what string, budget, measured float64, unit string) Row {
	return bounded(what, "≥ ", budget, measured, unit, measured >= budget)
}

// About is a row whose measured figure may exceed the budget by a twentieth: the budget is itself an estimate.
func About(what string, budget, measured float64, unit string) Row {
	return bounded(what, "about ", budget, measured, unit, measured <= budget*1.05)
}

func bounded(what, sign string, budget, measured float64, unit string, ok bool) Row {
	r := Row{What: what, Budget: sign + Format(budget) + unit, Measured: Format(measured) +
		unit, Figure: measured, Verdict: NotMet}
	if budget > 0 {
		r.Ratio = measured / budget
	}
	if ok {
		r.Verdict = Met
	}
	return r
}

// FigureOnly is a row without a budget.
func FigureOnly(what string, measured float64, unit string) Row {
	return Row{What: what, Measured: Format(measured) + unit, Figure: measured}
}

// With adds a note.
func (r Row) With(format string, args ...any) Row {
	r.Note = fmt.Sprintf(format, args...)
	return r
}

// Format prints three or four digits of a number, thousands apart.
func Format(x float64) string {
	switch {
	case x != 0 && x < 10:
		return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", x), "0"), ".")
	case x < 999.95: // would print as 1000.0
		return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0")
	}
	return Thousands(int64(x + 0.5))
}

func Thousands(n int64) string {
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

// PrintText writes the table and its notes for a terminal.
func PrintText(w io.Writer, head string, rows []Row) {
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

// WriteMarkdown writes the table and its notes to a file.
func WriteMarkdown(name, head string, rows []Row) error {
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
