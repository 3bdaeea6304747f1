package measure

import (
	"bytes"
	"strings"
	"testing"
)

func TestFiguresAreShortAndReadable(t *testing.T) {
	for x, want := range map[float64]string{
		0: "0", 0.004: "0", 0.083: "0.08", 1: "1", 4.08: "4.08", 17.94: "17.9", 95: "95", 999.96: "1,000", 1000: "1,000",
		14336.4: "14,336", 1e6: "1,000,000",
	} {
		if got := Format(x); got != want {
			t.Errorf("%v prints as %s, not %s", x, got, want)
		}
	}
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		row  Row
		want Verdict
	}{
		{AtMost("", 5, 5, ""), Met}, {AtMost("", 5, 5.01, ""), NotMet}, {AtMost("", 0, 0, ""), Met},
		{AtMost("", 0, 0.1, ""), NotMet},
		{AtLeast("", 0.7, 0.7, ""), Met}, {AtLeast("", 0.7, 0.69, ""), NotMet},
		{About("", 95, 99, ""), Met}, {About("", 95, 100, ""), NotMet},
		{FigureOnly("", 7, ""), NoBudget},
	} {
		if c.row.Verdict != c.want {
			t.Errorf("%s of %s: %q, not %q", c.row.Measured, c.row.Budget, c.row.Verdict, c.want)
		}
	}
}

func TestASlopeIsThatOfMostPoints(t *testing.T) {
	x := []float64{0, 1, 2, 3, 4, 5, 6}
	for _, c := range []struct {
		y    []float64
		want float64
	}{
		{[]float64{5, 7, 9, 11, 13, 15, 17}, 2},
		{[]float64{1, 1, 1, 1, 1, 9, 9}, 0}, // one step, and nothing since
		{[]float64{3, 3, 90, 3, 3, 3, 3}, 0},
	} {
		if got := Slope(x, c.y); got != c.want {
			t.Errorf("%v grows by %v, not by %v", c.y, got, c.want)
		}
	}
}

func TestTheTableNumbersItsNotes(t *testing.T) {
	var out bytes.Buffer
	PrintText(&out, "Measured", []Row{AtMost("one", 5, 4, " B").With("first"), FigureOnly("two", 1, ""),
		AtLeast("three", 2, 1, "").With("second")})
	for _, want := range []string{"one [1]", "≤ 5 B", "80 %", "three [2]", "NOT MET", "[1] first", "[2] second"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

func TestNotesInMarkdownAreAtMost120ColumnsWide(t *testing.T) {
	text := "- [1] " + strings.TrimSpace(strings.Repeat("wörd ", 60))
	got := wrapped(text)
	if strings.Join(strings.Fields(got), " ") != text {
		t.Errorf("words changed: %s", got)
	}
	for line := range strings.Lines(got) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 120 || n < 20 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}
