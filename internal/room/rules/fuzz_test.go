package rules_test

import (
	"testing"

	"foyer/internal/room/rules"
)

// FuzzParse looks for rules that are taken and say something else when they are written down.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"main /", "open GET /about*", "main GET,POST /buy # a remark\n\nopen /*.css", "a b c d", "main PURGE /x",
		"main /a*b*",
		"main //x", "main /foyer/x", "Main /", "main /..", "main /%2e", "open", "\x00", "main /é",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, err := rules.Parse(text)
		if err != nil {
			return
		}
		for _, r := range all {
			again, err := rules.Parse(r.String())
			if err != nil || len(again) != 1 || again[0].String() != r.String() {
				t.Errorf("%q holds %q, which is read as %v: %v", text, r, again, err)
			}
		}
	})
}
