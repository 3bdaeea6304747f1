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

var b64 = base64.RawURLEncoding.Strict()

// MasterKeys is the stored form of a keyring. The first key signs, all verify.
type MasterKeys struct {
	Keys []MasterKey `json:"keys"` // 1 to 2
	Seed string      `json:"seed"` // base64url of 32 bytes: the root of every zone's draw seed
}

// MasterKey is a key and the name by which tokens refer to it.
type MasterKey struct {
	ID  string `json:"kid"` // 1 to 8 of a–z, 0–9
	Key string `json:"key"` // base64url of 32 bytes
}

// NewMasterKeys makes one key named kid, and a seed. It fails when random does.
func NewMasterKeys(random io.Reader, kid string) (MasterKeys, error) {
	raw := make([]byte, 2*keyBytes)
	if _, err := io.ReadFull(random, raw); err != nil {
		return MasterKeys{}, fmt.Errorf("token: new secret: %w", err)
	}
	key, seed := b64.EncodeToString(raw[:keyBytes]), b64.EncodeToString(raw[keyBytes:])
	return MasterKeys{Keys: []MasterKey{{ID: kid, Key: key}}, Seed: seed}, nil
}

// Keyring signs with its first key and verifies with all. It is safe for concurrent use.
type Keyring struct {
	keys []masterKey
	seed []byte
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
		if !isKid(k.ID) {
			return nil, fmt.Errorf("token: key %d: a kid is 1 to 8 of a–z and 0–9", i+1)
		}
		if i > 0 && k.ID == s.Keys[0].ID {
			return nil, fmt.Errorf("token: two keys are called %q", k.ID)
		}
		raw, err := decodeKey(k.Key)
		if err != nil {
			return nil, fmt.Errorf("token: key %q: %w", k.ID, err)
		}
		ring.keys = append(ring.keys, masterKey{k.ID, raw})
	}
	seed, err := decodeKey(s.Seed)
	if err != nil {
		return nil, fmt.Errorf("token: seed: %w", err)
	}
	ring.seed = seed
	return ring, nil
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

// EdgeKeys returns the signing keys that the edge needs for a zone, first the one that signs: rows of kid, visitor key,
// access key and invite key.
func (r *Keyring) EdgeKeys(zone string) [][4]string {
	rows := make([][4]string, len(r.keys))
	for i, k := range r.keys {
		rows[i] = [4]string{k.id, k.signing(visitor, zone), k.signing(access, zone), k.signing(invite, zone)}
	}
	return rows
}

// signing derives the key of one purpose, as the text that serves as an HMAC key here and in JavaScript. Visitor
// keys are one for all zones; access and invite keys are per zone, so that an origin can be given its own.
func (k masterKey) signing(what kind, zone string) string {
	label := "foyer " + string(what) + " 1"
	if what != visitor {
		label += " " + zone
	}
	derived := sum(k.raw, label)
	return b64.EncodeToString(derived[:])
}

func sum(key []byte, text string) [32]byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return [32]byte(mac.Sum(nil))
}
