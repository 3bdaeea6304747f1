package ticket

import (
	"strings"
)

// layouts are what the keys 1 to 9 and 0 type, where they don't type digits. A scanner that is set to an American
// keyboard presses those keys, whatever the machine's own layout is.
var layouts = []string{
	"&é\"'(-è_çà", // French
	"&é\"'(§è!çà", // Belgian
	"+ěščřžýáíé",  // Czech
	"+ľščťžýáíé",  // Slovak
	"123456789ö",  // Hungarian
	"۱۲۳۴۵۶۷۸۹۰",  // Persian
	"१२३४५६७८९०",  // Hindi
}

// typed returns the digits that a scanner meant: without what it puts around them, a line end or the mark of the kind
// of code (]Q1), and whatever the layout of the keyboard that it plays.
func typed(scanned string) string {
	code := strings.TrimSpace(scanned)
	if len(code) > 3 && code[0] == ']' {
		code = code[3:]
	}
	for _, keys := range layouts {
		if all := translate(code, []rune(keys)); all != "" {
			return all
		}
	}
	return code
}

// translate returns the digits that a code's characters stand for; empty: one of them is no key of the layout.
func translate(code string, keys []rune) string {
	var all strings.Builder
	for _, c := range code {
		at := -1
		for i, key := range keys {
			if key == c {
				at = i
			}
		}
		if at < 0 {
			return ""
		}
		all.WriteByte("1234567890"[at])
	}
	return all.String()
}
