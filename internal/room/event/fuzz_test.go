package event_test

import (
	"testing"

	"foyer/internal/room/event"
)

// FuzzParse looks for an event that is taken and isn't the same when it was stored.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"name":"N","begin":"2026-06-01 20:00","timeZone":"Europe/Berlin","place":"Hall","organiser":"O",` +
			`"contact":"o@example.com"}`,
		`{"name":"N","begin":"2026-06-01T20:00","doors":"2026-06-01 19:00","end":"2026-06-01 23:00:00",` +
			`"timeZone":"America/New_York","place":"H","organiser":"O","contact":"o@example.com","vat":"5.5",` +
			`"seller":"S","vatId":"DE1","categoryVAT":{"a":"19"},"picture":"https://e.example/p","pictureText":"P"}`,
		`{"begin":"2026-03-29 02:30","timeZone":"Europe/Berlin"}`, `{"name":"N"} {}`, `{"Name":null}`, "[]", "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := event.Parse(raw)
		if err != nil {
			return
		}
		again, err := event.Decode(e.Encode())
		if err != nil || again.Encode() != e.Encode() {
			t.Errorf("%q: stored as %s, read as %s: %v", raw, e.Encode(), again.Encode(), err)
		}
	})
}
