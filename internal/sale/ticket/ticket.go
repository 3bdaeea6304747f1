// Package ticket owns the content of a ticket's QR code: digits that hold a short text, signed, which a scanner at the
// door verifies offline, without a key that could make one.
//
//	1.<key id>.<zone>.<order number>.<seat> and 64 bytes of signature, read as one number in base 256
//	1.t1.main.K7M2P9QX4R.A-4-12
//
// The signature is Ed25519 over the text. Digits alone are read by any scanner and typed alike under Caps Lock and
// nearly every keyboard layout, and a QR code packs them best. A text has exactly one form: any altered digit makes it
// worthless. A copy of a genuine code is as genuine as the first: scanners have to remember the seats that they let in.
//
// The package must never read a clock, a file or a table, and never let a signing key out.
package ticket

import (
	"crypto/ed25519"
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"sync"

	"foyer/internal/problem"
)

// version begins every text. It is not empty, so that no digit of a code is lost.
const version = "1"

// MaxCode is the greatest length of a code, in digits.
const MaxCode = 650

// partPattern matches a zone, an order's number and a seat in a text.
var partPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`) })

// Claim is what a ticket says: the order of this number has bought this seat.
type Claim struct{ Zone, Order, Seat string }

// check returns an error that names the part that can't stand in a code.
func (c Claim) check() error {
	for _, part := range []struct{ name, value string }{{"zone", c.Zone}, {"order", c.Order}, {"seat", c.Seat}} {
		if !partPattern().MatchString(part.value) {
			return fmt.Errorf("ticket: the %s %.40q is not 1 to 64 letters, digits, hyphens and underscores",
				part.name, part.value)
		}
	}
	return nil
}

// Sign returns the code of a claim. The same key and claim always give the same code.
func (k Keys) Sign(c Claim) (string, error) {
	if err := c.check(); err != nil {
		return "", err
	}
	if len(k.private) == 0 {
		return "", fmt.Errorf("ticket: these keys can't sign")
	}
	text := []byte(strings.Join([]string{version, k.current, c.Zone, c.Order, c.Seat}, "."))
	return digits(append(text, ed25519.Sign(k.private, text)...)), nil
}

// digits returns bytes, of which the first is not 0, as one decimal number.
func digits(raw []byte) string { return new(big.Int).SetBytes(raw).String() }

// Verify returns what a scanned code claims. An error, of the code problem.Unauthorized, means that the code proves
// nothing; its text says why, for the person at the door.
func (k Keys) Verify(scanned string) (Claim, error) {
	text, signature, ok := split(scanned)
	parts := strings.Split(text, ".")
	if !ok || len(parts) != 5 || parts[0] != version {
		return Claim{}, problem.New(problem.Unauthorized, "this is not one of our tickets")
	}
	public, known := k.public[parts[1]]
	if !known {
		return Claim{}, problem.New(problem.Unauthorized, "this ticket's key %.8q is not known here", parts[1])
	}
	c := Claim{Zone: parts[2], Order: parts[3], Seat: parts[4]}
	if c.check() != nil || !ed25519.Verify(public, []byte(text), []byte(signature)) {
		return Claim{}, problem.New(problem.Unauthorized, "this ticket is forged or damaged")
	}
	return c, nil
}

// split returns the text and the signature in a code.
func split(scanned string) (text, signature string, ok bool) {
	if len(scanned) > 4*MaxCode { // other scripts' digits have several bytes
		return "", "", false
	}
	code := typed(scanned)
	number, ok := new(big.Int).SetString(code, 10)
	if !ok || len(code) > MaxCode {
		return "", "", false
	}
	raw := string(number.Bytes())
	cut := len(raw) - ed25519.SignatureSize
	if cut <= 0 || number.Sign() <= 0 || number.String() != code { // no zero before it
		return "", "", false
	}
	return raw[:cut], raw[cut:], true
}
