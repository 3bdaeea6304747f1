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
	const me, nobody = "'80' + '0'.repeat(44)", `{at: 200, total: 0, knots: ''}`
	ahead := func(census, you, key string) string {
		return `placeOf({called: '', census: ` + census + `, you: ` + you + `}, ` + key + `).ahead`
	}
	for _, c := range []struct{ name, js, want string }{
		{"no census yet", ahead("null", "{arrivedAt: 100}", me), "null"},
		{"nobody I know", ahead(nobody, "null", me), "null"},
		{"draw not revealed", ahead(nobody, "{arrivedAt: 100}", "''"), "null"},
		{"census as old as the arrival", ahead(nobody, "{arrivedAt: 200}", me), "null"},
		{"alone", ahead(nobody, "{arrivedAt: 199}", me), "0"},
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
