package token

import (
	"crypto/hmac"
	"errors"
	"strings"
	"time"

	"foyer/internal/problem"
)

// kind is a token's purpose: it picks the derived key and the header's typ, so that one never passes for another.
type kind string

const (
	visitor kind = "visitor"
	access  kind = "access"
	invite  kind = "invite"
	// statement is what the gate writes for the protected site; see Keyring.StatementKey.
	statement kind = "statement"
)

// Limits and lives of tokens.
const (
	MaxLength   = 1024               // bytes of a token; anything longer is not looked at
	VisitorLife = 7 * 24 * time.Hour // of a visitor token, from its signing
	AskAgain    = 2 * time.Minute    // how long an access token loads pages before the admitter is asked again
	AccessLife  = 30 * time.Minute   // of an access token, at most
	Skew        = 5 * time.Second    // how far in the future a token may have been signed; expiry is exact
)

// Why a token was refused: the causes of the problem.Unauthorized that the parsers return, for logs only.
var (
	ErrMissing   = errors.New("no token")
	ErrMalformed = errors.New("not a compact token of ours")
	ErrHeader    = errors.New("unknown algorithm, key or type in the header")
	ErrSignature = errors.New("wrong signature")
	ErrClaims    = errors.New("claims are not in their canonical form")
	ErrAudience  = errors.New("made for another zone")
	ErrEarly     = errors.New("signed in the future")
	ErrExpired   = errors.New("expired")
)

func refuse(cause error) error { return problem.Wrap(problem.Unauthorized, cause, "") }

// header returns the one header that a token of this kind and key may have, encoded.
func header(what kind, kid string) string {
	return b64.EncodeToString([]byte(`{"alg":"HS256","kid":"` + kid + `","typ":"foyer-` + string(what) + `+jwt"}`))
}

// sign makes a compact token of the claims under the first key.
func (r *Keyring) sign(what kind, zone, claims string) string {
	key := r.of(what)[0]
	body := header(what, key.id) + "." + b64.EncodeToString([]byte(claims))
	return body + "." + signature(key.signing(what, zone), body)
}

func signature(key, body string) string {
	mac := sum([]byte(key), body)
	return b64.EncodeToString(mac[:])
}

// open checks header and signature, and returns the claims as signed and the key that signed them. Headers are compared
// whole, never parsed: nothing in them can be misread.
func (r *Keyring) open(what kind, zone, token string) (claims []byte, by masterKey, err error) {
	if token == "" {
		return nil, masterKey{}, ErrMissing
	}
	if len(token) > MaxLength {
		return nil, masterKey{}, ErrMalformed
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, masterKey{}, ErrMalformed
	}
	by, ok := r.named(what, parts[0])
	if !ok {
		return nil, masterKey{}, ErrHeader
	}
	want := signature(by.signing(what, zone), parts[0]+"."+parts[1])
	if !hmac.Equal([]byte(want), []byte(parts[2])) {
		return nil, masterKey{}, ErrSignature
	}
	claims, err = b64.DecodeString(parts[1])
	if err != nil {
		return nil, masterKey{}, ErrClaims
	}
	return claims, by, nil
}

func (r *Keyring) named(what kind, head string) (masterKey, bool) {
	for _, k := range r.of(what) {
		if head == header(what, k.id) {
			return k, true
		}
	}
	return masterKey{}, false
}

// span checks a token's times, in seconds since 1970, against now.
func span(issued, expires int64, now time.Time) error {
	switch {
	case time.Unix(issued, 0).After(now.Add(Skew)):
		return ErrEarly
	case !now.Before(time.Unix(expires, 0)):
		return ErrExpired
	}
	return nil
}
