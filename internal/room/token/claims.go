package token

import (
	"encoding/json"
	"strconv"

	"foyer/internal/room/queue"
)

// claims is the union of all claims, as numbers and text. A kind writes only its own.
type claims struct {
	Arrived  int64  `json:"arr"`
	Audience string `json:"aud"`
	Expires  int64  `json:"exp"`
	Issued   int64  `json:"iat"`
	Priority int    `json:"pri"`
	Ref      string `json:"ref"`
	Subject  string `json:"sub"`
}

// The three functions below are no regular expressions, which would be compiled at every cold start.

// isAudience reports whether s can be the name of a zone.
func isAudience(s string) bool {
	return spelled(s, 1, 32, func(c byte) bool { return isLetterOrDigit(c) || c == '-' }) && s[0] != '-'
}

// isSubject reports whether s is 32 lower-case hex digits.
func isSubject(s string) bool {
	return spelled(s, 32, 32, func(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' })
}

func isLetterOrDigit(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

// spelled reports whether s has least to most bytes, all of them allowed.
func spelled(s string, least, most int, allowed func(byte) bool) bool {
	if len(s) < least || len(s) > most {
		return false
	}
	for _, c := range []byte(s) {
		if !allowed(c) {
			return false
		}
	}
	return true
}

const (
	maxSeconds = 99_999_999_999      // 11 digits
	maxMillis  = 999_999_999_999_999 // 15 digits
)

// encode writes the claims of a kind in the one accepted form.
func (c claims) encode(what kind) string {
	out := make([]byte, 0, 192)
	open := byte('{')
	name := func(n string) {
		out = append(append(append(out, open, '"'), n...), '"', ':')
		open = ','
	}
	number := func(n string, v int64) { name(n); out = strconv.AppendInt(out, v, 10) }
	text := func(n, v string) { name(n); out = append(append(append(out, '"'), v...), '"') }
	if what == visitor {
		number("arr", c.Arrived)
	}
	text("aud", c.Audience)
	number("exp", c.Expires)
	number("iat", c.Issued)
	if what == access {
		text("ref", c.Ref)
	} else {
		number("pri", int64(c.Priority))
	}
	text("sub", c.Subject)
	return string(append(out, '}'))
}

// decode reads claims that encode wrote, for the zone. Anything that encode would have written differently, and
// any value out of bounds, is ErrClaims.
func decode(what kind, zone string, raw []byte) (claims, error) {
	var c claims
	if json.Unmarshal(raw, &c) != nil || !c.sound() || c.encode(what) != string(raw) {
		return claims{}, ErrClaims
	}
	if c.Audience != zone {
		return claims{}, ErrAudience
	}
	return c, nil
}

func (c claims) sound() bool {
	return isAudience(c.Audience) && isSubject(c.Subject) &&
		within(c.Arrived, maxMillis) && within(c.Expires, maxSeconds) && within(c.Issued, maxSeconds) &&
		within(int64(c.Priority), queue.MaxPriority)
}

func within(v, most int64) bool { return v >= 0 && v <= most }
