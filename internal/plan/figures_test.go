package plan

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// What a plan assumes is what was measured: the figures that docs/bench.md holds, within a quarter, since some of them
// are of a busy machine.
func TestThePlanRestsOnWhatIsMeasured(t *testing.T) {
	page, err := os.ReadFile("../../docs/bench.md")
	if err != nil {
		t.Fatal(err)
	}
	_, random, _ := strings.Cut(string(page), "\n| read units a tick of the log, capacity 5,000")
	for _, c := range []struct {
		what    string
		page    string
		row     string
		per     float64
		planned float64
	}{
		{"write units of a visitor", string(page), "write units a visitor, full pages", 1, writesRegister + writesToLeave},
		{"read units of a census for one who waits", string(page), "read units of a census, 999,660 waiting", 999_660,
			readsPerWaiting},
		{"read units of a tick for a live grant", random, "… after half an hour of random stays, capacity 5,000", 5000,
			readsPerGrant},
		{"status requests of a waiting minute", string(page), "status polls in a 20-minute wait, worst of many", 20,
			pollsPerMinute},
		{"bytes of the waiting page", string(page), "waiting page, first load, gzip", 1024, firstLoadKB},
	} {
		row := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(c.row) + `[^|]*\|[^|]*\| ([\d,.]+)`).
			FindStringSubmatch(c.page)
		if row == nil {
			t.Errorf("%s: docs/bench.md has no row %q", c.what, c.row)
			continue
		}
		measured, err := strconv.ParseFloat(strings.ReplaceAll(row[1], ",", ""), 64)
		if err != nil {
			t.Fatal(err)
		}
		if is := measured / c.per; c.planned < is/1.25 || c.planned > 1.6*is {
			t.Errorf("%s: planned with %v, measured %v", c.what, c.planned, is)
		}
	}
}
