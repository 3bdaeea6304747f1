// Package ticket owns the content of a ticket's QR code: a short text, signed, that a scanner at the door verifies
// offline, without a key that could make one.
//
//	FOYER1.<key id>.<zone>.<order>.<seat>.<signature>
//	FOYER1.t1.main.k3f0x9w2.A-4-12.MEQCIH…
//
// The signature is Ed25519 over everything before its dot, in unpadded base64url. A text has exactly one form: any
// altered character makes it worthless. A copy of a genuine code is as genuine as the first: scanners have to remember
// the seats that they let in.
//
// The package must never read a clock, a file or a table, and never let a signing key out.
package ticket

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"foyer/internal/problem"
)

// Version begins every code. It keeps these signatures apart from any others made with the same key.
const Version = "FOYER1"

// MaxCode is the greatest length of a code, in characters.
const MaxCode = 320

// partPattern matches a zone, an order and a seat in a code.
var partPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`) })

// Claim is what a ticket says: this order has bought this seat.
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
	text := strings.Join([]string{Version, k.current, c.Zone, c.Order, c.Seat}, ".")
	return text + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(k.private, []byte(text))), nil
}

// Verify returns what a code claims. An error, of the code problem.Unauthorized, means that the code proves nothing;
// its text says why, for the person at the door.
func (k Keys) Verify(code string) (Claim, error) {
	parts := strings.Split(code, ".")
	if len(code) > MaxCode || len(parts) != 6 || parts[0] != Version {
		return Claim{}, problem.New(problem.Unauthorized, "this is not one of our tickets")
	}
	public, known := k.public[parts[1]]
	if !known {
		return Claim{}, problem.New(problem.Unauthorized, "this ticket's key %.8q is not known here", parts[1])
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[5])
	// The decoder passes over line ends and stray last bits, so the text itself is compared too.
	whole := err == nil && base64.RawURLEncoding.EncodeToString(signature) == parts[5]
	c := Claim{Zone: parts[2], Order: parts[3], Seat: parts[4]}
	if !whole || c.check() != nil || !ed25519.Verify(public, []byte(strings.Join(parts[:5], ".")), signature) {
		return Claim{}, problem.New(problem.Unauthorized, "this ticket is forged or damaged")
	}
	return c, nil
}
