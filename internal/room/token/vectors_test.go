package token

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
)

// The vectors are what Go, the edge function and njs must agree on. After a change of the format that is meant:
//
//go:generate go test -run "TestVectors|TestStatements" -update .

var update = flag.Bool("update", false, "write the vectors anew")

const vectorsFile = "../../../testdata/tokens/vectors.json"

// vectorFile is testdata/tokens/vectors.json.
type vectorFile struct {
	Secret  MasterKeys          `json:"secret"`
	Now     int64               `json:"now"`  // ms
	Edge    map[string]EdgeKeys `json:"edge"` // by zone
	Vectors []vector            `json:"vectors"`
	// Networks are the hashes of a prefix in a zone.
	Networks []networkVector `json:"networks"`
}

// vector is one token and what must come of it. An empty Why means that it is good, and then Claims are its claims.
type vector struct {
	Name   string `json:"name"`
	Kind   kind   `json:"kind"`
	Zone   string `json:"zone"`
	Token  string `json:"token"`
	Why    string `json:"why,omitempty"`
	Claims string `json:"claims,omitempty"`
}

var whys = map[string]error{
	"missing": ErrMissing, "malformed": ErrMalformed, "header": ErrHeader, "signature": ErrSignature,
	"claims": ErrClaims, "audience": ErrAudience, "early": ErrEarly, "expired": ErrExpired,
}

var (
	testNow    = time.UnixMilli(1_790_000_000_000)
	testSecret = MasterKeys{
		Keys: []MasterKey{
			{ID: "k2", Key: b64.EncodeToString(bytes.Repeat([]byte{2}, 32))},
			{ID: "k1", Key: b64.EncodeToString(bytes.Repeat([]byte{1}, 32))},
		},
		Seed:    b64.EncodeToString(bytes.Repeat([]byte{9}, 32)),
		Lasting: MasterKey{ID: "l1", Key: b64.EncodeToString(bytes.Repeat([]byte{4}, 32))},
	}
	oldSecret = MasterKeys{Keys: []MasterKey{testSecret.Keys[1]}, Seed: testSecret.Seed, Lasting: testSecret.Lasting}
	// lostSecret has a key that was retired, under a name that is still in use.
	lostSecret = MasterKeys{
		Keys: []MasterKey{{ID: "k1", Key: b64.EncodeToString(bytes.Repeat([]byte{7}, 32))}},
		Seed: testSecret.Seed, Lasting: MasterKey{ID: "l1", Key: b64.EncodeToString(bytes.Repeat([]byte{7}, 32))},
	}
	goneSecret = MasterKeys{
		Keys: []MasterKey{{ID: "k0", Key: b64.EncodeToString(bytes.Repeat([]byte{1}, 32))}},
		Seed: testSecret.Seed, Lasting: MasterKey{ID: "l0", Key: testSecret.Lasting.Key},
	}
	ann = queue.VisitorID{0xa1, 0xb2, 0xc3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	ben = queue.VisitorID{0xbe, 0xee, 0xee, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func ring(s MasterKeys) *Keyring { return must(s.Keyring()) }

// good is a valid token of each kind.
func good(r *Keyring, zone string, who queue.VisitorID) map[kind]string {
	return map[kind]string{
		visitor: r.SignVisitor(Visitor{zone, who, testNow.Add(-time.Hour), 8}, testNow.Add(-time.Minute)),
		access: r.SignAccess(Access{Zone: zone, ID: who, Ref: bucket.Ref{Page: 12, Slot: 3},
			Networks: Networks{r.Network(zone, "4 192.0.2"), r.Network(zone, "6 2001:db8:1")}}, testNow.Add(-time.Minute)),
		invite: r.SignInvite(Invite{zone, who, 2, "b7", testNow.Add(-24 * time.Hour), testNow.Add(24 * time.Hour)}),
	}
}

// payload is the claims of a token as text.
func payload(token string) string {
	return string(must(b64.DecodeString(strings.Split(token, ".")[1])))
}

// resigned is a token of ours with other claims.
func resigned(what kind, zone, claims string) string {
	return ring(testSecret).sign(what, zone, claims)
}

var kinds = []kind{visitor, access, invite}

func makeVectors() []vector {
	var all []vector
	for _, what := range kinds {
		add := func(name, token, why string) {
			v := vector{Name: string(what) + " " + name, Kind: what, Zone: "main", Token: token, Why: why}
			if why == "" {
				v.Claims = payload(token)
			}
			all = append(all, v)
		}
		addKeys(what, add)
		addClaims(what, add)
		addTimes(what, add)
		addHeaders(what, add)
		addSpellings(what, add)
		addSplices(what, add)
	}
	return all
}

type adder func(name, token, why string)

func TestVectors(t *testing.T) {
	file := vectorFile{
		Secret:  testSecret,
		Now:     testNow.UnixMilli(),
		Vectors: sorted(makeVectors()), Networks: makeNetworks(),
		Edge: map[string]EdgeKeys{
			"main": ring(testSecret).EdgeKeys("main"), "other": ring(testSecret).EdgeKeys("other"),
		},
	}
	text := append(must(json.MarshalIndent(file, "", " ")), '\n')
	if *update {
		if err := os.WriteFile(vectorsFile, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(stored, text) {
		t.Fatalf("%s is not what the code makes: go generate ./internal/room/token, and look at the difference", vectorsFile)
	}
	for _, v := range file.Vectors {
		got := verdict(v, ring(testSecret))
		if got != v.Why {
			t.Errorf("%s: refused as %q, want %q", v.Name, got, v.Why)
		}
	}
}

// sorted puts vectors in one order, whatever maps did.
func sorted(all []vector) []vector {
	slices.SortStableFunc(all, func(a, b vector) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// verdict is why the vector's token is refused; empty when it is not.
func verdict(v vector, r *Keyring) string {
	for name, cause := range whys {
		if errors.Is(parseAny(r, v.Kind, v.Zone, v.Token), cause) {
			return name
		}
	}
	if err := parseAny(r, v.Kind, v.Zone, v.Token); err != nil {
		return err.Error()
	}
	return ""
}

func parseAny(r *Keyring, what kind, zone, token string) error {
	var err error
	switch what {
	case visitor:
		_, err = r.ParseVisitor(zone, token, testNow)
	case access:
		_, err = r.ParseAccess(zone, token, testNow)
	case invite:
		_, err = r.ParseInvite(zone, token, testNow)
	}
	return err
}
