package venue_test

import (
	"os"
	"path/filepath"
	"testing"

	"foyer/internal/sale/venue"
)

// FuzzParse looks for a map that is taken, and can't be stored or isn't the same then.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/*.json", "testdata/*/*.json", "../../../testdata/venues/club*.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range files {
			raw, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			if len(raw) < 20_000 { // larger seeds only slow the fuzzer down
				f.Add(raw)
			}
		}
	}
	f.Add([]byte(`{"name":"H","currency":"EUR","stage":{"x":0,"y":0},"categories":[{"id":"a","name":"A","price":5000}],` +
		`"sections":[{"id":"S","name":"S","kind":"seated","outline":[{"x":0,"y":0},{"x":9,"y":0},{"x":9,"y":9}],` +
		`"rows":[{"id":"1","category":"a","seats":[{"id":"S-1-1","x":1,"y":1}]}]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := venue.Parse(raw)
		if err != nil {
			return
		}
		for _, one := range v.Sections {
			packed, err := venue.Pack(one)
			if err != nil {
				t.Fatalf("section %q: %v", one.ID, err)
			}
			var again venue.Section
			if err := venue.Unpack(packed, &again); err != nil || again.ID != one.ID || len(again.Rows) != len(one.Rows) {
				t.Errorf("section %q was read as %q: %v", one.ID, again.ID, err)
			}
		}
	})
}

func FuzzUnpack(f *testing.F) {
	good, err := venue.Pack(venue.Section{ID: "S"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, packed []byte) {
		var s venue.Section
		_ = venue.Unpack(packed, &s) // it returns
	})
}
