package zones

import (
	"testing"

	"foyer/internal/problem"
)

// FuzzParseEvent looks for a file of an event that is neither taken nor refused in words for its writer.
func FuzzParseEvent(f *testing.F) {
	for _, s := range []string{
		"name = 'N'\nbegin = 2026-06-01 20:00:00\ntimeZone = 'Europe/Berlin'\nplace = 'Hall'\norganiser = 'O'\n" +
			"contact = 'o@example.com'\n",
		"begin = 2026-06-01T20:00:00Z\ndoors = 19:00:00\nend = 2026-06-02", "vat = inf", "[categoryVAT]\na = '7'", "=",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := parseEvent("event.toml", raw)
		if err != nil && problem.CodeOf(err) != problem.Invalid {
			t.Errorf("%q: %v", raw, err)
		}
		if err == nil && (e.Name == "" || e.Begin.IsZero()) {
			t.Errorf("%q was read as %+v", raw, e)
		}
	})
}
