// Package printable says which texts of people stand on pages, tickets, in mails and in lists as they are: it is the
// one rule for names, titles, labels and senders, held where a text comes in.
package printable

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// mostMarks is how many marks may follow one letter: more pile up over the lines around it.
const mostMarks = 8

// blanks look like nothing, and pass for letters.
const blanks = "\u115f\u1160\u2800\u3164\uffa0"

// Line reports whether text is one line of 1 to most characters, without spaces at its ends, of which people can see
// each: no control characters, none that turn the direction of what follows, none that isn't assigned.
func Line(text string, most int) bool {
	n := utf8.RuneCountInString(text)
	_, odd := Odd(text)
	return n > 0 && n <= most && strings.TrimSpace(text) == text && !odd
}

// Odd returns the first character of a text that can't be printed, and reports whether there is one. In a text of which
// nothing would be seen it is the first of all.
func Odd(text string) (rune, bool) {
	marks, seen := 0, text == ""
	for _, r := range text {
		switch {
		case joiner(r):
		case unicode.Is(unicode.Mn, r):
			marks++
		default:
			marks, seen = 0, seen || !unicode.IsSpace(r)
		}
		blank := strings.ContainsRune(blanks, r)
		if marks > mostMarks || r == utf8.RuneError || blank || !joiner(r) && !unicode.IsGraphic(r) {
			return r, true
		}
	}
	first, _ := utf8.DecodeRuneInString(text)
	return first, !seen
}

// joiner reports whether r joins or parts letters, as names in Persian, Hindi and other scripts need it.
func joiner(r rune) bool { return r == '\u200c' || r == '\u200d' }
