package printable_test

import (
	"strings"
	"testing"

	"foyer/internal/printable"
)

func TestLine(t *testing.T) {
	for _, text := range []string{
		"Ada", "O’Hara", "李小龍", "عبد الله", "नरेंद्र",
		"می\u200cخواهم", "👩\u200d👩\u200d👧", "Zoë", "A\u0301", "Ada Lovelace", "1",
		"é\u0323", "A" + strings.Repeat("\u0301", 8), strings.Repeat("ä", 20),
	} {
		if !printable.Line(text, 20) {
			t.Errorf("%q can't be printed", text)
		}
	}
	for _, text := range []string{
		"", " Ada", "Ada ", "A\nB", "A\x00", "\u202eadA", "A\u200bB", "\xff", "\ufffd", "\ue000",
		"\u2028", "\u3164", "\u200d",
		"\u0301", "A" + strings.Repeat("\u0301", 9), strings.Repeat("ä", 21), "A\u00adB",
	} {
		if printable.Line(text, 20) {
			t.Errorf("%q passes", text)
		}
	}
}
