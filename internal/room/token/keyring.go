package token

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

const (
	keyBytes = 32
	maxKeys  = 2
	// keyText is the length of a signing key: the unpadded base64url text of 32 bytes.
	keyText = 43
)

// isKid reports whether s is 1 to 8 of a–z and 0–9. It is no regular expression, since one would be compiled at every
// cold start.
func isKid(s string) bool {
	odd := func(c rune) bool { return (c < 'a' || c > 'z') && (c < '0' || c > '9') }
	return len(s) >= 1 && len(s) <= 8 && !strings.ContainsFunc(s, odd)
}

// IsBatch reports whether s can be the name of a batch of invites: 1 to 8 of a–z and 0–9.
func IsBatch(s string) bool { return isKid(s) }

var b64 = base64.RawURLEncoding.Strict()

// MasterKeys is the stored form of a keyring. The first key signs, all verify.
type MasterKeys struct {
	Keys []MasterKey `json:"keys"` // 1 to 2
	Seed string      `json:"seed"` // base64url of 32 bytes: the root of every zone's draw seed
	// Lasting is the root of what holds for longer than the keys do: invites, the statements to the protected site, and
	// the hashes of networks. It isn't replaced when the keys are.
	Lasting MasterKey `json:"lasting"`
}

// MasterKey is a key and the name by which tokens refer to it.
type MasterKey struct {
	ID  string `json:"kid"` // 1 to 8 of a–z, 0–9
	Key string `json:"key"` // base64url of 32 bytes
}

// NewMasterKeys makes one key named kid, a seed and a lasting key. It fails when random does.
func NewMasterKeys(random io.Reader, kid string) (MasterKeys, error) {
	raw := make([]byte, 3*keyBytes)
	if _, err := io.ReadFull(random, raw); err != nil {
		return MasterKeys{}, fmt.Errorf("token: new secret: %w", err)
	}
	text := func(n int) string { return b64.EncodeToString(raw[n*keyBytes : (n+1)*keyBytes]) }
	return MasterKeys{
		Keys: []MasterKey{{ID: kid, Key: text(0)}}, Seed: text(1), Lasting: MasterKey{ID: "l1", Key: text(2)},
	}, nil
}

// Keyring signs with its first key and verifies with all. It is safe for concurrent use.
type Keyring struct {
	keys    []masterKey
	lasting masterKey
	seed    []byte
}

type masterKey struct {
	id  string
	raw []byte
}

// ParseKeyring reads MasterKeys from their JSON. Unknown fields, a repeated kid, and keys that aren't 32 bytes in
// canonical base64url are errors; an error never quotes a key.
func ParseKeyring(secret []byte) (*Keyring, error) {
	dec := json.NewDecoder(bytes.NewReader(secret))
	dec.DisallowUnknownFields()
	var s MasterKeys
	if err := dec.Decode(&s); err != nil {
		return nil, errors.New("token: the keyring is not the JSON of a secret")
	}
	if dec.More() {
		return nil, errors.New("token: the keyring has something after its JSON")
	}
	return s.Keyring()
}

// Keyring checks the keys and makes them usable.
func (s MasterKeys) Keyring() (*Keyring, error) {
	if len(s.Keys) < 1 || len(s.Keys) > maxKeys {
		return nil, fmt.Errorf("token: a keyring has 1 to %d keys, not %d", maxKeys, len(s.Keys))
	}
	ring := &Keyring{}
	for i, k := range s.Keys {
		if i > 0 && k.ID == s.Keys[0].ID {
			return nil, fmt.Errorf("token: two keys are called %q", k.ID)
		}
		key, err := k.decode()
		if err != nil {
			return nil, fmt.Errorf("token: key %d: %w", i+1, err)
		}
		ring.keys = append(ring.keys, key)
	}
	lasting, err := s.Lasting.decode()
	if err != nil {
		return nil, fmt.Errorf("token: lasting key: %w", err)
	}
	ring.lasting = lasting
	seed, err := decodeKey(s.Seed)
	if err != nil {
		return nil, fmt.Errorf("token: seed: %w", err)
	}
	ring.seed = seed
	return ring, nil
}

func (k MasterKey) decode() (masterKey, error) {
	if !isKid(k.ID) {
		return masterKey{}, errors.New("a kid is 1 to 8 of a–z and 0–9")
	}
	raw, err := decodeKey(k.Key)
	return masterKey{k.ID, raw}, err
}

func decodeKey(text string) ([]byte, error) {
	raw, err := b64.DecodeString(text)
	if err != nil || len(raw) != keyBytes {
		return nil, fmt.Errorf("not %d bytes in unpadded base64url", keyBytes)
	}
	return raw, nil
}

// Seed returns the draw seed of a zone, 32 bytes. It stays secret until the draw is revealed.
func (r *Keyring) Seed(zone string) [32]byte { return sum(r.seed, "foyer draw 1 "+zone) }

// EdgeKeys are the keys that the edge needs for a zone. It derives from them what signs each kind of token, as Keyring
// does.
type EdgeKeys struct {
	Keys    []EdgeKey `json:"k"`  // the first signs, all verify; the same in every zone
	Lasting EdgeKey   `json:"lk"` // of this zone
}

// EdgeKey is a key's name and the key. That is text, so that it serves as one in JavaScript.
type EdgeKey [2]string

// Equal reports whether both are the same keys in the same order.
func (k EdgeKeys) Equal(other EdgeKeys) bool {
	return slices.Equal(k.Keys, other.Keys) && k.Lasting == other.Lasting
}

// EdgeKeys returns the keys that the edge needs for a zone.
func (r *Keyring) EdgeKeys(zone string) EdgeKeys {
	all := EdgeKeys{Lasting: EdgeKey{r.lasting.id, r.lasting.edge("lasting " + zone)}}
	for _, k := range r.keys {
		all.Keys = append(all.Keys, EdgeKey{k.id, k.edge("edge")})
	}
	return all
}

// StatementKey returns the key by which the protected site checks what the gate says of the zone's visitors: a text
// that serves as an HMAC key, and for nothing else.
func (r *Keyring) StatementKey(zone string) string { return r.lasting.signing(statement, zone) }

// of returns the keys that may have signed a token of this kind, first the one that signs.
func (r *Keyring) of(what kind) []masterKey {
	if what == invite || what == statement {
		return []masterKey{r.lasting}
	}
	return r.keys
}

// edge derives what the edge is given of a key.
func (k masterKey) edge(label string) string {
	derived := sum(k.raw, "foyer 1 "+label)
	return b64.EncodeToString(derived[:])
}

// signing derives the key of one purpose and zone, as the text that serves as an HMAC key here and in JavaScript.
func (k masterKey) signing(what kind, zone string) string {
	root, label := "edge", string(what)+" "+zone
	if what == invite || what == statement {
		root, label = "lasting "+zone, string(what)
	}
	return derive(k.edge(root), label)
}

// derive is the edge's own step from the key that it was given.
func derive(key, label string) string {
	derived := sum([]byte(key), label)
	return b64.EncodeToString(derived[:])
}

func sum(key []byte, text string) [32]byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return [32]byte(mac.Sum(nil))
}
