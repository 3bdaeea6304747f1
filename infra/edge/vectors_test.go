package edge

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
)

// vectors are testdata/tokens/vectors.json; package token makes them.
var vectors = func() (v struct {
	Secret   json.RawMessage
	Now      int64
	Edge     map[string]token.EdgeKeys
	Vectors  []vector
	Networks []struct{ Zone, Prefix, Hash string }
}) {
	text, err := os.ReadFile("../../testdata/tokens/vectors.json")
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	if err != nil {
		panic(err)
	}
	return v
}()

type vector struct{ Name, Kind, Zone, Token, Why, Claims string }

var (
	now  = time.UnixMilli(vectors.Now)
	ring = func() *token.Keyring {
		r, err := token.ParseKeyring(vectors.Secret)
		if err != nil {
			panic(err)
		}
		return r
	}()
	ann = queue.VisitorID{0xa1, 0xb2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
)

// state is the store's value for a zone, with what is changed of an ordinary open one.
func state(zone string, change map[string]any) map[string]string {
	s := map[string]any{
		"v": []int{1, 1}, "s": "open", "d": 0, "so": 0, "b": "closed", "p": "first-come", "o": 0,
		"k": vectors.Edge[zone].Keys, "lk": vectors.Edge[zone].Lasting,
		"c": "", "w": 12, "i": 3, "l": -1, "r": []int{100, 120}, "t": "A concert", "at": vectors.Now, "se": "", "co": "",
	}
	for k, v := range change {
		s[k] = v
	}
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return map[string]string{"z." + zone: string(text)}
}

// trial returns the request whose answer shows whether the function takes a token of the kind.
func trial(kind, zone, text string) Event {
	switch kind {
	case "visitor":
		return ask("GET /foyer/zones/"+zone+"/status", "x-foyer-visitor: "+text)
	case "access":
		return ask("GET /z/"+zone+"/page", "x-foyer-access: "+text)
	}
	e := ask("GET /z/" + zone + "/page")
	e.Request.QueryString["foyer_invite"] = Value{Value: text}
	return e
}

// believed reports whether the function took the token of a trial for good.
func believed(t *testing.T, kind string, o Outcome) bool {
	t.Helper()
	switch kind {
	case "visitor":
		var body struct{ You *struct{ ID string } }
		if o.Kind() != Status || json.Unmarshal([]byte(o.Response.Body), &body) != nil {
			t.Fatalf("no status: %+v", o.Response)
		}
		return body.You != nil
	case "access":
		return o.Kind() == Admitted
	}
	var body struct {
		ZoneStatus struct{ You struct{ Priority int } }
	}
	if o.Kind() != TooMany || json.Unmarshal([]byte(o.Response.Body), &body) != nil {
		t.Fatalf("no waiting room: %+v", o.Response)
	}
	return body.ZoneStatus.You.Priority != queue.DefaultPriority
}

func TestVectors(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		var calls []call
		for _, v := range vectors.Vectors {
			calls = append(calls, calling(trial(v.Kind, v.Zone, v.Token), state(v.Zone, nil)))
		}
		for i, o := range run(calls) {
			v := vectors.Vectors[i]
			if got := believed(t, v.Kind, o); got != (v.Why == "") {
				t.Errorf("%s: believed %v, want refused as %q", v.Name, got, v.Why)
			}
		}
	})
}

func TestEveryFlippedByteIsRefused(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		var calls []call
		var kinds []string
		for _, kind := range []string{"visitor", "access", "invite"} {
			text, in := valid(t, kind), state("main", nil)
			for i := range len(text) {
				flipped := []byte(text)
				flipped[i] ^= 1
				calls, kinds = append(calls, calling(trial(kind, "main", string(flipped)), in)), append(kinds, kind)
			}
			calls, kinds = append(calls, calling(trial(kind, "main", text), in)), append(kinds, kind)
		}
		good := 0
		for i, o := range run(calls) {
			if believed(t, kinds[i], o) {
				good++
			}
		}
		if good != 3 {
			t.Errorf("%d of %d tokens believed, want the 3 that nobody touched", good, len(calls))
		}
	})
}

func valid(t *testing.T, kind string) string {
	t.Helper()
	for _, v := range vectors.Vectors {
		if v.Name == kind+" valid" {
			return v.Token
		}
	}
	t.Fatalf("no valid %s among the vectors", kind)
	return ""
}

// TestGoAndTheEdgeSignTheSameBytes mints at the edge, and signs the same claims in Go.
func TestGoAndTheEdgeSignTheSameBytes(t *testing.T) {
	invites := []string{"", inviteToken("main", 1),
		older(t).SignInvite(token.Invite{Zone: "main", ID: ann, Priority: 1, Batch: "b1", Issued: now.Add(-time.Hour),
			Expires: now.Add(time.Hour)})}
	onEveryEngine(t, func(t *testing.T, run func([]call) []Outcome) {
		var calls []call
		for _, invite := range invites {
			calls = append(calls, calling(ask("GET /page?foyer_invite="+invite, "accept: text/html"), state("main", nil)))
		}
		for i, o := range run(calls) {
			minted := o.Response.Cookies["__Host-foyer-v-main"].Value
			v, err := ring.ParseVisitor("main", minted, now)
			if err != nil {
				t.Fatalf("call %d: Go refuses what the edge minted: %v", i, err)
			}
			if again := ring.SignVisitor(v, now); again != minted {
				t.Errorf("call %d: the edge signed\n%s, Go\n%s", i, minted, again)
			}
			want := token.Visitor{Zone: "main", ID: v.ID, Arrived: now, Priority: queue.DefaultPriority}
			if i > 0 {
				if want, err = ring.ParseInvite("main", invites[i], now); err != nil {
					t.Fatal(err)
				}
			}
			if v != want {
				t.Errorf("call %d: minted %+v, want %+v", i, v, want)
			}
		}
	})
}

// older is a keyring with the second of the keys alone, as it was before the first came.
func older(t *testing.T) *token.Keyring {
	t.Helper()
	var secret token.MasterKeys
	if err := json.Unmarshal(vectors.Secret, &secret); err != nil {
		t.Fatal(err)
	}
	secret.Keys = secret.Keys[1:]
	r, err := secret.Keyring()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Tokens of one visitor, for the tables.
func visitorToken(age time.Duration) string {
	return ring.SignVisitor(token.Visitor{Zone: "main", ID: ann, Arrived: now.Add(-age), Priority: 8}, now.Add(-age))
}

func accessToken(age time.Duration) string {
	return ring.SignAccess(token.Access{Zone: "main", ID: ann, Ref: bucket.Ref{Page: 1, Slot: 2},
		Networks: token.Networks{V4: ring.Network("main", "4 192.0.2")}}, now.Add(-age))
}

func inviteToken(zone string, priority int) string {
	return ring.SignInvite(token.Invite{Zone: zone, ID: ann, Priority: priority, Batch: "b1", Issued: now.Add(-time.Hour),
		Expires: now.Add(time.Hour)})
}

// expand puts tokens in the place of their names, in fixtures.
var expand = strings.NewReplacer(
	"$visitor", visitorToken(time.Minute), "$stale-visitor", visitorToken(8*24*time.Hour),
	"$access", accessToken(time.Minute), "$late-access", accessToken(31*time.Minute),
	"$invite", inviteToken("main", 1),
).Replace
