package order

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"foyer/internal/problem"
)

// NumberLength is how many characters an order's number has.
const NumberLength = 10

// The characters of numbers are Crockford's base 32, without letters that are taken for digits or for each other. The
// first is a letter: a spreadsheet doesn't take 12E4567890 for a figure then, and the payment provider wants a letter
// in what it prints on statements.
const (
	numberLetters = "ABCDEFGHJKMNPQRSTVWXYZ"
	numberChars   = "0123456789" + numberLetters
)

// ErrNumberTaken means that another order has the number.
var ErrNumberTaken = errors.New("order: the number is another order's")

// NewNumber returns the number under which people know an order: on its pages, mails and tickets, at the payment
// provider, in exports and at the box office. It opens nothing. Should the number be another order's already, the next
// try gives another; the same order and try always give the same.
func NewNumber(id string, try int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "foyer order number 1\n%s\n%d", id, try))
	number := []byte{numberLetters[binary.BigEndian.Uint32(sum[28:])%uint32(len(numberLetters))]}
	for _, b := range sum[:NumberLength-1] {
		number = append(number, numberChars[b%32])
	}
	return string(number)
}

// ParseNumber reads a number as people write it down: in any case, with spaces and hyphens, with O for 0 and I or L
// for 1. It returns problem.Invalid for any other text.
func ParseNumber(text string) (string, error) {
	tidy := strings.NewReplacer(" ", "", "-", "", "O", "0", "I", "1", "L", "1")
	number := tidy.Replace(strings.ToUpper(strings.TrimSpace(text)))
	other := func(r rune) bool { return !strings.ContainsRune(numberChars, r) }
	if len(number) != NumberLength || strings.ContainsFunc(number, other) {
		return "", problem.New(problem.Invalid, "%.40q is no order number: it has %d letters and digits, such as K7M2P9QX4R",
			text, NumberLength)
	}
	return number, nil
}
