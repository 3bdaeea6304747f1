package relay

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"foyer/internal/room/event"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// maxTitle is the most characters of a zone's title that the edge carries.
const maxTitle = 60

// state is the value under z.<zone>, which the edge reads for every request. Its names are short because it must
// stay under MaxValue.
type state struct {
	token.EdgeKeys
	Versions [2]int64      `json:"v"` // settings, status
	State    zone.State    `json:"s"`
	Direct   int           `json:"d"`
	SoldOut  int           `json:"so"`
	FailMode zone.FailMode `json:"b"`
	Policy   zone.Policy   `json:"p"`
	OpensAt  int64         `json:"o"` // ms; 0: none
	Called   string        `json:"c"` // hex; empty: nobody yet
	Waiting  int           `json:"w"`
	Inside   int           `json:"i"`
	Left     int           `json:"l"` // seats; -1: none are sold
	Rate     [2]int        `json:"r"` // a minute: low, high
	Title    string        `json:"t"`
	Event    int64         `json:"e,omitempty"` // version of the event; none: the operator has set none
	At       int64         `json:"at"`          // ms
	Seed     string        `json:"se"`
	Commit   string        `json:"co"`
	Revoked  string        `json:"x,omitempty"` // batches of invites, with spaces around each
}

// knots is the value under n.<zone>, which the edge reads for the status alone.
type knots struct {
	At    int64  `json:"v"` // ms: its version
	Total int    `json:"n"`
	Knots string `json:"k"` // packed; see package census

	ended time.Time // when the counting was done
}

// stateKey and knotsKey name a zone's two values.
func stateKey(zone string) string { return "z." + zone }
func knotsKey(zone string) string { return "n." + zone }

// rulesKey names the value of a host's rules.
func rulesKey(host string) string { return "r." + host }

// compose returns what the edge should know of a zone, each value within MaxValue.
func compose(s zone.Settings, e event.Event, st zone.Status, keys token.EdgeKeys, now time.Time) (state, knots) {
	view := zone.Visible(s, st, now)
	z := state{
		Versions: [2]int64{s.Version, st.Version},
		State:    view.State, Direct: bit(view.Direct), SoldOut: bit(view.SoldOut), FailMode: s.FailMode, Policy: s.Gate(),
		EdgeKeys: keys, Waiting: st.Waiting, Inside: st.Inside, Left: st.SeatsLeft, Rate: [2]int{st.RateLow, st.RateHigh},
		Title: cut(e.Name, maxTitle), Event: e.Version, Commit: st.Commit,
	}
	if s.Revoked != "" {
		z.Revoked = " " + s.Revoked + " "
	}
	if s.Revealed(now) { // the exchanger knows, and yet: what is out can't be taken back
		z.Seed = st.Seed
	}
	if !s.OpensAt.IsZero() {
		z.OpensAt = s.OpensAt.UnixMilli()
	}
	if !st.Called.IsZero() {
		z.Called = st.Called.String()
	}
	if !st.At.IsZero() {
		z.At = st.At.UnixMilli()
	}
	if st.Version == 0 {
		z.Left = -1 // no exchanger has looked yet: the seats are not known
	}
	n := knots{Total: st.Census.Total, Knots: st.Census.Knots}
	if !st.Census.At.IsZero() {
		n.At, n.ended = st.Census.At.UnixMilli(), st.Census.At.Add(st.Census.Duration)
	}
	return z.fit(), n.fit()
}

// sameState reports whether no visitor would see a difference.
func sameState(a, b state) bool {
	a.Versions, a.At, b.Versions, b.At = [2]int64{}, 0, [2]int64{}, 0
	return bytes.Equal(encode(a), encode(b))
}

// urgent reports whether a and b differ in something that can't wait for the next write in its turn: anything but the
// moving figures.
func urgent(a, b state) bool {
	a.Called, a.Waiting, a.Inside, a.Left, a.Rate = b.Called, b.Waiting, b.Inside, b.Left, b.Rate
	return !sameState(a, b)
}

// behind reports whether want is older than have, so that writing it would go backwards.
func (want state) behind(have state) bool {
	return want.Versions[0] < have.Versions[0] || want.Versions[1] < have.Versions[1]
}

// fit keeps the value within MaxValue: a title gives way when it would be too large.
func (want state) fit() state {
	for len(encode(want)) > MaxValue && want.Title != "" {
		want.Title = cut(want.Title, utf8.RuneCountInString(want.Title)-1)
	}
	return want
}

// fit keeps the value within MaxValue. Knots that don't fit are left out: the page then shows no place, but the
// waiting room works.
func (want knots) fit() knots {
	if len(encode(want)) > MaxValue {
		want.Knots = ""
	}
	return want
}

// after reports whether want is a later census that says something else.
func (want knots) after(have knots) bool {
	return want.At >= have.At && (want.Total != have.Total || want.Knots != have.Knots)
}

// encode is compact JSON without the HTML escapes that would cost bytes.
func encode(v any) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // strings and numbers always encode
		return nil
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

// cut keeps at most n characters of valid text.
func cut(s string, n int) string {
	s = strings.ToValidUTF8(s, "")
	runes := []rune(s)
	return string(runes[:min(len(runes), max(n, 0))])
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
