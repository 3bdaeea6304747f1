package edge

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"foyer/internal/room/queue"
	"foyer/internal/room/token"
)

func statusCall(zone map[string]any, headers ...string) call {
	return calling(ask("GET /foyer/zones/main/status", headers...), state("main", zone))
}

func TestStatus(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		c := statusCall(map[string]any{"c": "80", "co": "abc", "se": "def", "o": 7, "d": 1, "e": 3})
		c.Store["n.main"] = `{"v":5,"n":99,"k":"packed"}`
		o := run([]call{c})[0]
		got := body[publicStatus](t, o)
		if got.Zone != "main" || got.Title != "A concert" || got.State != "open" || !got.Direct || got.SoldOut ||
			got.Policy != "first-come" ||
			got.Now != vectors.Now || got.OpensAt != 7 || got.Called != "80" || got.Waiting != 12 || got.Inside != 3 ||
			got.SeatsLeft != -1 || got.Event != 3 ||
			got.Rate.Low != 100 || got.Rate.High != 120 || got.UpdatedAt != vectors.Now || got.You != nil {
			t.Errorf("got %+v", got)
		}
		if got.Draw == nil || got.Draw.Commitment != "abc" || got.Draw.Seed != "def" {
			t.Errorf("draw %+v", got.Draw)
		}
		if got.Census == nil || got.Census.At != 5 || got.Census.Total != 99 || got.Census.Knots != "packed" {
			t.Errorf("census %+v", got.Census)
		}
		for _, key := range append(vectors.Edge["main"].Keys, vectors.Edge["main"].Lasting) {
			if strings.Contains(o.Response.Body, key[1]) {
				t.Error("the status holds a key")
			}
		}
		if plain := body[publicStatus](t, run([]call{statusCall(nil)})[0]); plain.Census != nil || plain.Draw != nil {
			t.Errorf("without census and draw: %+v", plain)
		}
		c.Store["n.main"] = `{"v":5,"n":99,"k":""}` // its knots were too long for the store
		if got := body[publicStatus](t, run([]call{c})[0]); got.Census != nil {
			t.Errorf("a census without knots: %+v", got.Census)
		}
	})
}

// TestOrderKeyIsTheQueues holds the edge's order key to the queue's.
func TestOrderKeyIsTheQueues(t *testing.T) {
	early, late := token.Visitor{Zone: "main", ID: ann, Arrived: now.Add(-time.Hour), Priority: 0},
		token.Visitor{Zone: "main", ID: ann, Arrived: now.Add(-time.Minute), Priority: 15}
	opened := now.Add(-10 * time.Minute).UnixMilli()
	atOnce := token.Visitor{Zone: "main", ID: ann, Arrived: now.Add(-10 * time.Minute), Priority: 8}
	const seed = "00ff"
	mac := hmac.New(sha256.New, []byte(seed))
	mac.Write([]byte(ann.String()))
	drawn := binary.BigEndian.Uint64(append([]byte{0, 0}, mac.Sum(nil)[:6]...))
	cases := []struct {
		name string
		who  token.Visitor
		zone map[string]any
		want string
	}{
		{"first come", early, map[string]any{"o": opened},
			queue.NewKey(0, 0, uint64(early.Arrived.UnixMilli()), ann).String()},
		{"draw, not revealed", early, map[string]any{"p": "draw", "o": opened}, ""},
		{"draw, revealed", early, map[string]any{"p": "draw", "o": opened, "se": seed},
			queue.NewKey(0, 0, drawn, ann).String()},
		{"draw, at the opening", atOnce, map[string]any{"p": "draw", "o": opened},
			queue.NewKey(8, 1, uint64(opened), ann).String()},
		{"draw, too late", late, map[string]any{"p": "draw", "o": opened},
			queue.NewKey(15, 1, uint64(late.Arrived.UnixMilli()), ann).String()},
	}
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		var calls []call
		for _, c := range cases {
			calls = append(calls, statusCall(c.zone, header("visitor", ring.SignVisitor(c.who, now))))
		}
		for i, o := range run(calls) {
			you := body[publicStatus](t, o).You
			if you == nil || you.Key != cases[i].want || you.ID != ann.String() ||
				you.ArrivedAt != cases[i].who.Arrived.UnixMilli() || you.Priority != int64(cases[i].who.Priority) {
				t.Errorf("%s: got %+v, want key %s", cases[i].name, you, cases[i].want)
			}
		}
	})
}

func TestWhoKeepsWaitingKeepsThePlaceUnderNewKeys(t *testing.T) {
	old := older(t)
	place := token.Visitor{Zone: "main", ID: ann, Arrived: now.Add(-time.Hour), Priority: 4}
	lastYear := place
	lastYear.Arrived = now.Add(-365 * 24 * time.Hour)
	cases := []struct {
		name   string
		token  string
		signed bool
	}{
		{"fresh", ring.SignVisitor(place, now.Add(-time.Hour)), false},
		{"under the older key", old.SignVisitor(place, now.Add(-time.Hour)), true},
		{"a day old, and no more", ring.SignVisitor(place, now.Add(-24*time.Hour)), false},
		{"more than a day old", ring.SignVisitor(place, now.Add(-25*time.Hour)), true},
		{"expired", ring.SignVisitor(place, now.Add(-token.VisitorLife)), false},
		{"arrived a year ago", ring.SignVisitor(lastYear, now.Add(-25*time.Hour)), false},
	}
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		var calls []call
		for _, c := range cases {
			calls = append(calls, statusCall(nil, cookies("__Host-foyer-v-main="+c.token)),
				statusCall(nil, header("visitor", c.token)))
		}
		out := run(calls)
		for i, c := range cases {
			inCookie := out[2*i].Response.Cookies["__Host-foyer-v-main"].Value
			inBody := body[publicStatus](t, out[2*i+1]).VisitorToken
			if inCookie != inBody || (inCookie != "") != c.signed {
				t.Errorf("%s: signed anew as %q by cookie and %q by header, want %v", c.name, inCookie, inBody, c.signed)
			}
			if !c.signed {
				continue
			}
			if got, err := ring.ParseVisitor("main", inCookie, now); err != nil || got != place ||
				inCookie != ring.SignVisitor(place, now) {
				t.Errorf("%s: signed anew %+v, %v; want %+v", c.name, got, err, place)
			}
		}
	})
}
