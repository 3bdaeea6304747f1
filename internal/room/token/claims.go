package token

import (
	"encoding/json"
	"strconv"

	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
)

// claims is the union of all claims, as numbers and text. A kind writes only its own.
type claims struct {
	Arrived  int64  `json:"arr"`
	Ask      int64  `json:"ask"`
	Audience string `json:"aud"`
	Batch    string `json:"bat"`
	Expires  int64  `json:"exp"`
	Issued   int64  `json:"iat"`
	Networks string `json:"net"`
	Priority int    `json:"pri"`
	Ref      string `json:"ref"`
	Subject  string `json:"sub"`
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
	if what == access {
		number("ask", c.Ask)
	}
	text("aud", c.Audience)
	if what == invite {
		text("bat", c.Batch)
	}
	number("exp", c.Expires)
	number("iat", c.Issued)
	if what == access {
		text("net", c.Networks)
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
	isInvite := what == invite
	if json.Unmarshal(raw, &c) != nil || !c.sound() || isInvite && !IsBatch(c.Batch) || c.encode(what) != string(raw) {
		return claims{}, ErrClaims
	}
	if c.Audience != zone {
		return claims{}, ErrAudience
	}
	return c, nil
}

func (c claims) sound() bool {
	_, err := queue.ParseVisitorID(c.Subject) // an invite's id has the same form
	return err == nil && zone.IsName(c.Audience) && within(c.Ask, maxSeconds) &&
		within(c.Arrived, maxMillis) && within(c.Expires, maxSeconds) && within(c.Issued, maxSeconds) &&
		within(int64(c.Priority), queue.MaxPriority)
}

func within(v, most int64) bool { return v >= 0 && v <= most }
