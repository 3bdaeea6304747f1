package census_test

import (
	"encoding/base64"
	"testing"
)

// atob is the browser's: base64, padded or not, to a string of bytes.
func atob(text string) (string, error) {
	raw, err := base64.RawStdEncoding.DecodeString(text)
	out := make([]rune, len(raw))
	for i, b := range raw {
		out[i] = rune(b)
	}
	return string(out), err
}

func TestWhatThePageSaysOfPlaceAndWait(t *testing.T) {
	vm := places(t)
	const me = `{arrivedAt: 100, key: '80' + '0'.repeat(44)}`
	for _, c := range []struct{ name, js, want string }{
		{"no census yet", `place({census: null, called: '', you: ` + me + `})`, "null"},
		{"nobody I know", `place({census: {at: 200, knots: ''}, called: '', you: null})`, "null"},
		{"draw not revealed", `place({census: {at: 200, knots: ''}, called: '', you: {arrivedAt: 100, key: ''}})`, "null"},
		{"census as old as the arrival", `place({census: {at: 100, knots: ''}, called: '', you: ` + me + `})`, "null"},
		{"census older than the registration", `place({census: {at: 200, knots: ''}, called: '', you: ` + me + `}, 250)`, "null"},
		{"alone", `place({census: {at: 101, knots: ''}, called: '', you: ` + me + `})`, "1"},
		{"wait", `waitRange(120, {low: 60, high: 240})`, `{"low":30,"high":120}`},
		{"wait rounds up", `waitRange(1, {low: 50, high: 70})`, `{"low":1,"high":2}`},
		{"nobody enters at worst", `waitRange(120, {low: 0, high: 60})`, `{"low":120,"high":null}`},
		{"nobody enters", `waitRange(120, {low: 0, high: 0})`, "null"},
		{"no place", `waitRange(null, {low: 1, high: 1})`, "null"},
		{"no rate", `waitRange(3, null)`, "null"},
	} {
		got, err := vm.RunString(`JSON.stringify(` + c.js + `)`)
		if err != nil || got.String() != c.want {
			t.Errorf("%s: %v, %v, want %s", c.name, got, err, c.want)
		}
	}
}
