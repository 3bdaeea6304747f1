package venue_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"foyer/internal/sale/venue"
)

// small is a valid map: two rows of four, an accessible seat and its companion's, and a floor of ten.
const small = `{"name":"Small","currency":"EUR","stage":{"x":0,"y":0},
 "categories":[{"id":"A","name":"Seats","price":1000},{"id":"S","name":"Standing","price":500,"color":"#102030"}],
 "sections":[
  {"id":"st","name":"Stalls","kind":"seated","category":"A","outline":[{"x":0,"y":0},{"x":4,"y":0},{"x":4,"y":4}],
   "rows":[
    {"id":"1","seats":[{"id":"st-1-1","x":-1.5,"y":1},{"id":"st-1-2","x":-0.5,"y":1},
     {"id":"st-1-3","x":0.5,"y":1},{"id":"st-1-4","x":1.5,"y":1}]},
    {"id":"2","seats":[{"id":"st-2-1","x":-1.5,"y":2,"accessible":true},{"id":"st-2-2","x":-0.5,"y":2,"companion":true},
     {"id":"st-2-3","x":0.5,"y":2},{"id":"st-2-4","x":1.5,"y":2}]}]},
  {"id":"fl","name":"Floor","kind":"standing","category":"S","capacity":10,
   "outline":[{"x":0,"y":5},{"x":4,"y":5},{"x":4,"y":9}]}]}`

func parse(t testing.TB, text string) venue.Venue {
	t.Helper()
	v, err := venue.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestParseFillsInWhatWasLeftOut(t *testing.T) {
	v := parse(t, small)
	seat := v.Sections[0].Rows[1].Seats[3]
	if seat.Label != "4" || seat.Category != "A" || v.Sections[0].Rows[1].Label != "2" || v.Size() != 18 {
		t.Errorf("%+v, size %d", seat, v.Size())
	}
	if s, _ := v.Section("fl"); s.CategoryOf("fl-10") != "S" || s.CategoryOf("fl-11") != "" ||
		s.CategoryOf("fl-01") != "" ||
		s.CategoryOf("st-1-1") != "" {
		t.Error("places of the floor")
	}
	if s, _ := v.Section("st"); s.CategoryOf("st-1-1") != "A" || s.CategoryOf("st-1-9") != "" {
		t.Error("seats of the stalls")
	}
}

// Every bad map of testdata is refused, and only at the paths that are listed for it.
func TestParseNamesEveryFaultAtOnce(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no bad maps")
	}
	for _, file := range files {
		var bad struct {
			Why   string
			Edits [][2]string // text of the small map, and what stands in its place
			Paths []string
		}
		raw, _ := os.ReadFile(file)
		if err := json.Unmarshal(raw, &bad); err != nil {
			t.Fatal(file, err)
		}
		text := small
		for _, edit := range bad.Edits {
			if !strings.Contains(text, edit[0]) {
				t.Fatalf("%s: the map holds no %s", file, edit[0])
			}
			text = strings.Replace(text, edit[0], edit[1], 1)
		}
		_, err := venue.Parse([]byte(text))
		var faults venue.Faults
		if !errors.As(err, &faults) {
			t.Errorf("%s: %v", file, err)
			continue
		}
		var got []string
		for _, f := range faults {
			got = append(got, f.Path)
		}
		if !slices.Equal(got, bad.Paths) {
			t.Errorf("%s: faults\n%v\nwant them at %v", file, err, bad.Paths)
		}
	}
}

func TestAnErrorNamesFiftyFaultsAndCountsTheRest(t *testing.T) {
	faults := make(venue.Faults, 60)
	if text := faults.Error(); strings.Count(text, "\n") != 50 || !strings.HasSuffix(text, "and 10 more") {
		t.Error(text)
	}
}

func TestDiffOnlyAllowsAdditions(t *testing.T) {
	for name, c := range map[string]struct {
		edits [][2]string
		added string
		where string // of the refusal; empty: allowed
	}{
		"nothing": {nil, "", ""},
		"a seat more": {
			[][2]string{{`{"id":"st-1-4","x":1.5,"y":1}`, `{"id":"st-1-4","x":1.5,"y":1},{"id":"st-1-5","x":2.5,"y":1}`}},
			"st-1-5", "",
		},
		"two places more":  {[][2]string{{`"capacity":10`, `"capacity":12`}}, "fl-11 fl-12", ""},
		"another name":     {[][2]string{{`"name":"Stalls"`, `"name":"Parterre"`}}, "", ""},
		"another position": {[][2]string{{`"x":1.5,"y":2`, `"x":1.6,"y":2.2`}}, "", ""},
		"a seat less":      {[][2]string{{`,{"id":"st-1-4","x":1.5,"y":1}`, ``}}, "", "$.sections, st, st-1-4"},
		"places less":      {[][2]string{{`"capacity":10`, `"capacity":9`}}, "", "$.sections, fl"},
		"another price":    {[][2]string{{`"price":500`, `"price":501`}}, "", "$.categories, S"},
		"another currency": {[][2]string{{`EUR`, `USD`}}, "", "$.currency"},
		"a seat's category": {
			[][2]string{{`"id":"st-1-4",`, `"id":"st-1-4","category":"S",`}}, "", "$.sections, st, st-1-4",
		},
		"no more accessible": {
			[][2]string{{`,"accessible":true`, ``}, {`,"companion":true`, ``}}, "", "$.sections, st, st-2-1",
		},
		"a companion's seat for everybody": {[][2]string{{`,"companion":true`, ``}}, "", ""},
		"a seat for companions only": {
			[][2]string{{`{"id":"st-2-3",`, `{"id":"st-2-3","companion":true,`}}, "", "$.sections, st, st-2-3",
		},
		"a section less": {
			[][2]string{{"\"id\":\"fl\"", `"id":"gone"`}},
			"gone-1 gone-10 gone-2 gone-3 gone-4 gone-5 gone-6 gone-7 gone-8 gone-9", "$.sections, fl",
		},
		"the floor's category": {[][2]string{{`"category":"S"`, `"category":"A"`}}, "", "$.sections, fl"},
	} {
		text := small
		for _, e := range c.edits {
			text = strings.Replace(text, e[0], e[1], 1)
		}
		change := venue.Diff(parse(t, small), parse(t, text))
		if got := strings.Join(change.Added, " "); got != c.added {
			t.Errorf("%s: added %q, want %q", name, got, c.added)
		}
		if (len(change.Refused) == 0) != (c.where == "") || c.where != "" && change.Refused[0].Path != c.where {
			t.Errorf("%s: refused %v, want it at %q", name, change.Refused, c.where)
		}
	}
}

func TestSelect(t *testing.T) {
	v := parse(t, small)
	for _, c := range []struct {
		section, row string
		want         int
	}{{"", "", 18}, {"st", "", 8}, {"st", "2", 4}, {"fl", "", 10}, {"fl", "1", 0}, {"none", "", 0}, {"", "1", 4}} {
		if got := v.Select(c.section, c.row); len(got) != c.want {
			t.Errorf("%q %q: %v", c.section, c.row, got)
		}
	}
}
