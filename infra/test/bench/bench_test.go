package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"foyer/internal/room/queue"
)

func TestFiguresAreShortAndReadable(t *testing.T) {
	for x, want := range map[float64]string{
		0: "0", 0.004: "0", 0.083: "0.08", 1: "1", 4.08: "4.08", 17.94: "17.9", 95: "95", 999.96: "1,000", 1000: "1,000",
		14336.4: "14,336", 1e6: "1,000,000",
	} {
		if got := figure(x); got != want {
			t.Errorf("%v prints as %s, not %s", x, got, want)
		}
	}
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		row  Row
		want verdict
	}{
		{atMost("", 5, 5, ""), met}, {atMost("", 5, 5.01, ""), notMet}, {atMost("", 0, 0, ""), met},
		{atMost("", 0, 0.1, ""), notMet},
		{atLeast("", 0.7, 0.7, ""), met}, {atLeast("", 0.7, 0.69, ""), notMet},
		{about("", 95, 99, ""), met}, {about("", 95, 100, ""), notMet},
		{figureOnly("", 7, ""), noBudget},
	} {
		if c.row.Verdict != c.want {
			t.Errorf("%s of %s: %q, not %q", c.row.Measured, c.row.Budget, c.row.Verdict, c.want)
		}
	}
}

func TestTheTableNumbersItsNotes(t *testing.T) {
	var out bytes.Buffer
	printText(&out, "Measured", []Row{atMost("one", 5, 4, " B").with("first"), figureOnly("two", 1, ""),
		atLeast("three", 2, 1, "").with("second")})
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

func TestOnlySectionsThatExistAreChosen(t *testing.T) {
	if _, err := choice([]string{"writes", "nothing"}); err == nil {
		t.Error("a section that doesn't exist was chosen")
	}
	if chosen, err := choice([]string{"page", "writes"}); err != nil || len(chosen) != 2 || chosen[0].name != "writes" {
		t.Errorf("%v %v", chosen, err)
	}
}

func TestVisitorsAreToldApartByTheirIDs(t *testing.T) {
	shards := map[int]int{}
	for n := range 1000 {
		v := visitorID(n)
		if number(v) != n {
			t.Fatalf("visitor %d is read back as %d", n, number(v))
		}
		shards[v.Shard(4)]++
	}
	for shard, n := range shards {
		if n < 200 || n > 300 {
			t.Errorf("%d of 1,000 visitors in shard %d of 4", n, shard)
		}
	}
}

func TestLoadedPlacesComeInOrder(t *testing.T) {
	var keys []queue.Key
	for n := 0; n < 100; n += 10 {
		keys = append(keys, loaded(n, time.UnixMilli(1_700_000_000_000)).Key)
	}
	if !slices.IsSortedFunc(keys, queue.Key.Compare) {
		t.Error("later places come earlier")
	}
}

func TestPlacesOfAFewAreExact(t *testing.T) {
	rows, err := placeErrors(t.Context(), &Env{quick: true})
	if err != nil || len(rows) != 6 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, r := range rows {
		if r.Verdict != met {
			t.Errorf("%s: %s of %s", r.What, r.Measured, r.Budget)
		}
	}
}

func TestThePagesOwnModulesCount(t *testing.T) {
	rows, err := statusPolls(t.Context(), &Env{quick: true, root: "../../.."})
	if err != nil || len(rows) != 2 || rows[0].figure < 5 {
		t.Fatalf("%+v, %v", rows, err)
	}
}
