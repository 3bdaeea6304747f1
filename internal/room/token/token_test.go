package token

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
)

func TestWhatIsSignedIsWhatIsRead(t *testing.T) {
	r := ring(testSecret)
	v := Visitor{Zone: "main", ID: ann, Arrived: testNow.Add(-time.Hour), Priority: 3}
	if got, err := r.ParseVisitor("main", r.SignVisitor(v, testNow), testNow); err != nil || got != v {
		t.Errorf("visitor: got %+v, %v", got, err)
	}
	a := Access{
		Zone: "main", ID: ann, Ref: bucket.Ref{Page: 7, Slot: 11}, AskAt: testNow.Add(AskAgain),
		Expires: testNow.Add(5 * time.Minute), Networks: Networks{V6: r.Network("main", "6 2001:db8:1")},
	}
	if got, err := r.ParseAccess("main", r.SignAccess(a, testNow), testNow); err != nil || got != a {
		t.Errorf("access: got %+v, %v", got, err)
	}
}

func TestAccessOutlivesNeitherItsGrantNorHalfAnHour(t *testing.T) {
	r := ring(testSecret)
	for _, c := range []struct{ ask, want time.Duration }{
		{0, AccessLife}, {time.Hour, AccessLife}, {time.Minute, time.Minute}, {AccessLife, AccessLife},
	} {
		a := Access{Zone: "main", ID: ann, Ref: bucket.Ref{Page: 1}}
		if c.ask > 0 {
			a.Expires = testNow.Add(c.ask)
		}
		got, err := r.ParseAccess("main", r.SignAccess(a, testNow), testNow)
		if err != nil || got.Expires.Sub(testNow) != c.want || got.AskAt.Sub(testNow) != min(c.want, AskAgain) {
			t.Errorf("asked for %v: got %v, %v; want %v", c.ask, got.Expires.Sub(testNow), err, c.want)
		}
	}
}

func TestAnExpiredAccessTokenStillNamesItsGrant(t *testing.T) {
	r := ring(testSecret)
	token := r.SignAccess(Access{Zone: "main", ID: ann, Ref: bucket.Ref{Page: 7, Slot: 2}}, testNow)
	got, err := r.ParseAccess("main", token, testNow.Add(AccessLife))
	if !errors.Is(err, ErrExpired) || got.Ref.String() != "7.2" || got.ID != ann {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := r.ParseAccess("other", token, testNow.Add(AccessLife)); errors.Is(err, ErrExpired) ||
		got != (Access{}) {
		t.Errorf("in another zone: got %+v, %v", got, err)
	}
}

func TestOneInviteIsOneVisitorOnEveryDevice(t *testing.T) {
	r := ring(testSecret)
	token := good(r, "main", ann)[invite]
	first, err := r.ParseInvite("main", token, testNow)
	if err != nil {
		t.Fatal(err)
	}
	later, err := r.ParseInvite("main", token, testNow.Add(time.Hour))
	if err != nil || later != first {
		t.Errorf("an hour later: %+v, %v; at first %+v", later, err, first)
	}
	rotated := MasterKeys{Keys: []MasterKey{{ID: "k3", Key: oldSecret.Seed}, {ID: "k4", Key: oldSecret.Seed}},
		Seed: testSecret.Seed, Lasting: testSecret.Lasting}
	if after, err := ring(rotated).ParseInvite("main", token, testNow); err != nil || after != first {
		t.Errorf("after a rotation: %+v, %v; at first %+v", after, err, first)
	}
	if first.ID == ann || first.Priority != 2 {
		t.Errorf("got %+v: the visitor id must not be the invite's own", first)
	}
}

func TestEveryFlippedByteIsRefused(t *testing.T) {
	r := ring(testSecret)
	for what, token := range good(r, "main", ann) {
		for i := range len(token) {
			for _, bit := range []byte{1, 2, 32, 128} {
				bad := []byte(token)
				bad[i] ^= bit
				if parseAny(r, what, "main", string(bad)) == nil {
					t.Fatalf("%s token with bit %d of byte %d flipped was accepted", what, bit, i)
				}
			}
		}
	}
}

func TestARefusalTellsTheCallerNothing(t *testing.T) {
	_, err := ring(testSecret).ParseVisitor("main", good(ring(lostSecret), "main", ann)[visitor], testNow)
	shown, _ := json.Marshal(problem.Describe(err, ""))
	if problem.CodeOf(err) != problem.Unauthorized || bytes.Contains(shown, []byte("signature")) {
		t.Errorf("%v shows as %s", err, shown)
	}
}

// TestGolangJWTAgrees holds the format to somebody else's reading of the standard.
func TestGolangJWTAgrees(t *testing.T) {
	r := ring(testSecret)
	for what, token := range good(r, "main", ann) {
		key := []byte(r.of(what)[0].signing(what, "main"))
		parser := jwt.NewParser(
			jwt.WithValidMethods([]string{"HS256"}),
			jwt.WithAudience("main"),
			jwt.WithExpirationRequired(),
			jwt.WithIssuedAt(),
			jwt.WithStrictDecoding(),
			jwt.WithTimeFunc(func() time.Time { return testNow }),
		)
		parsed, err := parser.Parse(token, func(*jwt.Token) (any, error) { return key, nil })
		if err != nil || !parsed.Valid {
			t.Errorf("%s: golang-jwt refuses what we sign: %v", what, err)
			continue
		}
		theirs := jwt.NewWithClaims(jwt.SigningMethodHS256, numbers(t, parsed.Claims.(jwt.MapClaims)))
		theirs.Header["kid"], theirs.Header["typ"] = r.of(what)[0].id, "foyer-"+string(what)+"+jwt"
		text, err := theirs.SignedString(key)
		if err != nil || text != token {
			t.Errorf("%s: golang-jwt signs the same claims as\n%s, %v; we as\n%s", what, text, err, token)
		}
		if err := parseAny(r, what, "main", text); err != nil {
			t.Errorf("%s: we refuse what golang-jwt signs: %v", what, err)
		}
	}
}

// numbers keeps whole numbers whole: as floats they would be written with an exponent.
func numbers(t *testing.T, c jwt.MapClaims) jwt.MapClaims {
	t.Helper()
	for name, v := range c {
		if f, ok := v.(float64); ok {
			c[name] = int64(f)
		}
	}
	return c
}

func TestParseKeyring(t *testing.T) {
	const k, seed = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE", "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk"
	one := func(kid, key string) string { return `{"kid":"` + kid + `","key":"` + key + `"}` }
	lasting := `,"lasting":` + one("l1", k)
	wrap := func(keys string) string { return `{"keys":[` + keys + `],"seed":"` + seed + `"` + lasting + `}` }
	for _, c := range []struct{ name, secret, want string }{
		{"one key", wrap(one("k1", k)), ""},
		{"two keys", wrap(one("k1", k) + "," + one("k2", k)), ""},
		{"the shortest and the longest kid", wrap(one("a", k) + "," + one("abcdefgh", k)), ""},
		{"no key", wrap(""), "1 to 2 keys"},
		{"three keys", wrap(one("a", k) + "," + one("b", k) + "," + one("c", k)), "1 to 2 keys"},
		{"the same kid twice", wrap(one("k1", k) + "," + one("k1", k)), "two keys"},
		{"a kid in upper case", wrap(one("K1", k)), "a kid is"},
		{"an empty kid", wrap(one("", k)), "a kid is"},
		{"a long kid", wrap(one("abcdefghi", k)), "a kid is"},
		{"an empty key", wrap(one("k1", "")), "not 32 bytes"},
		{"a short key", wrap(one("k1", k[:42])), "not 32 bytes"},
		{"a padded key", wrap(one("k1", k+"=")), "not 32 bytes"},
		{"a key with unused bits set", wrap(one("k1", k[:42]+"F")), "not 32 bytes"},
		{"no lasting key", `{"keys":[` + one("k1", k) + `],"seed":"` + seed + `"}`, "lasting key: a kid is"},
		{"no seed", `{"keys":[` + one("k1", k) + `]` + lasting + `}`, "seed: not 32 bytes"},
		{"an unknown field", `{"keys":[],"sed":""}`, "not the JSON"},
		{"two secrets", wrap(one("k1", k)) + wrap(one("k1", k)), "after its JSON"},
		{"no JSON", "hello", "not the JSON"},
		{"nothing", "", "not the JSON"},
	} {
		_, err := ParseKeyring([]byte(c.secret))
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), k[:20]) {
			t.Errorf("%s: the error quotes the key: %v", c.name, err)
		}
	}
}

func TestNamesOfBatches(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "z": true, "0": true, "9": true, "az09az09": true,
		"": false, "az09az09a": false, "`": false, "{": false, "/": false, ":": false, "A": false, "a-b": false,
	} {
		if IsBatch(name) != want {
			t.Errorf("%q is the name of a batch: %v", name, !want)
		}
	}
}

func TestNewSecretMakesAKeyring(t *testing.T) {
	s, err := NewMasterKeys(bytes.NewReader(bytes.Repeat([]byte{5, 6, 7}, 32)), "k1")
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(s)
	if _, err := ParseKeyring(text); err != nil {
		t.Error(err)
	}
	if _, err := NewMasterKeys(bytes.NewReader(nil), "k1"); err == nil {
		t.Error("a secret was made of no randomness")
	}
}

func TestKeysAreApartByPurposeZoneAndMaster(t *testing.T) {
	seen, r := map[string]string{}, ring(testSecret)
	for _, zone := range []string{"main", "b"} {
		for _, what := range append(slices.Clone(kinds), statement) {
			for _, k := range r.of(what) {
				name, key := k.id+" "+string(what)+" "+zone, k.signing(what, zone)
				if len(key) != keyText || seen[key] != "" {
					t.Errorf("%s has the key of %s, or a short one", name, seen[key])
				}
				seen[key] = name
			}
		}
		for _, given := range append(r.EdgeKeys(zone).Keys, r.EdgeKeys(zone).Lasting) {
			if seen[given[1]] != "" {
				t.Errorf("the edge is given the key of %s itself", seen[given[1]])
			}
		}
	}
	if r.EdgeKeys("main").Lasting == r.EdgeKeys("b").Lasting {
		t.Error("two zones share a lasting key")
	}
	if ring(testSecret).Seed("main") == ring(testSecret).Seed("b") {
		t.Error("two zones share a draw seed")
	}
}

// FuzzParse looks for a token that is accepted though we didn't sign it, and for panics.
func FuzzParse(f *testing.F) {
	r := ring(testSecret)
	mine := map[string]bool{}
	for _, v := range makeVectors() {
		f.Add(v.Token)
		mine[v.Token] = mine[v.Token] || v.Why == ""
	}
	f.Fuzz(func(t *testing.T, token string) {
		for _, what := range kinds {
			if parseAny(r, what, "main", token) == nil && !mine[token] {
				t.Errorf("accepted as %s: %q", what, token)
			}
		}
	})
}

func TestTheEdgesKeysAreEqualOnlyWhereAllAre(t *testing.T) {
	a, b := EdgeKey{"a", "1"}, EdgeKey{"b", "2"}
	keys := EdgeKeys{Keys: []EdgeKey{a, b}, Lasting: a}
	for _, c := range []struct {
		other EdgeKeys
		want  bool
	}{
		{EdgeKeys{Keys: []EdgeKey{a, b}, Lasting: a}, true},
		{EdgeKeys{Keys: []EdgeKey{b, a}, Lasting: a}, false},
		{EdgeKeys{Keys: []EdgeKey{a}, Lasting: a}, false},
		{EdgeKeys{Keys: []EdgeKey{a, b}, Lasting: b}, false},
	} {
		if got := keys.Equal(c.other); got != c.want {
			t.Errorf("%v: %v", c.other, got)
		}
	}
}
