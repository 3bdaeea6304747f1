package ticket

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"
)

// MinSecret is the least length, in characters, of the text that a signing key is derived from.
const MinSecret = 32

var idPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9]{1,8}$`) })

// Keys signs and verifies tickets, or only verifies them. The zero value verifies none.
type Keys struct {
	current string // id of the key that signs
	private ed25519.PrivateKey
	public  map[string]ed25519.PublicKey
	order   [32]byte
}

// secretFile is the secret's JSON. It needs only one random text, so that Secrets Manager can generate it.
type secretFile struct {
	ID     string      `json:"kid"`
	Secret string      `json:"secret"`
	Older  []publicKey `json:"older,omitempty"`
}

// publicFile is the JSON of the public keys, for scanners.
type publicFile struct {
	Keys []publicKey `json:"keys"`
}

type publicKey struct {
	ID     string `json:"kid"`
	Public string `json:"public"` // unpadded base64url
}

// ParseSecret reads the secret that tickets are signed with:
//
//	{"kid":"t1","secret":"<32 or more random characters>","older":[{"kid":"t0","public":"<base64url>"}]}
//
// Tickets signed by older keys stay valid. Errors quote nothing of the text.
func ParseSecret(text string) (Keys, error) {
	var file secretFile
	if json.Unmarshal([]byte(text), &file) != nil {
		return Keys{}, errors.New("ticket: the secret is not the JSON that it should be")
	}
	if !idPattern().MatchString(file.ID) || len(file.Secret) < MinSecret {
		return Keys{}, fmt.Errorf("ticket: the secret needs a kid of 1 to 8 letters and digits and "+
			"a text of %d characters or more", MinSecret)
	}
	k, err := parsePublic(file.Older)
	if err != nil {
		return Keys{}, err
	}
	if _, twice := k.public[file.ID]; twice {
		return Keys{}, fmt.Errorf("ticket: the key %s is there twice", file.ID)
	}
	k.current, k.private = file.ID, ed25519.NewKeyFromSeed(derive(file.Secret, "foyer ticket 1"))
	copy(k.order[:], derive(file.Secret, "foyer order 1"))
	k.public[file.ID] = k.private.Public().(ed25519.PublicKey)
	return k, nil
}

// derive returns 32 bytes derived from the secret for one purpose.
func derive(secret, purpose string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(purpose))
	return mac.Sum(nil)
}

// ParsePublic reads what Public returned: keys that verify and can't sign.
func ParsePublic(text string) (Keys, error) {
	var file publicFile
	if err := json.Unmarshal([]byte(text), &file); err != nil || len(file.Keys) == 0 {
		return Keys{}, errors.New(`ticket: the public keys are not {"keys":[{"kid":…,"public":…}]}`)
	}
	return parsePublic(file.Keys)
}

func parsePublic(list []publicKey) (Keys, error) {
	k := Keys{public: map[string]ed25519.PublicKey{}}
	for _, one := range list {
		raw, err := base64.RawURLEncoding.DecodeString(one.Public)
		if err != nil || len(raw) != ed25519.PublicKeySize || !idPattern().MatchString(one.ID) {
			return Keys{}, fmt.Errorf("ticket: the public key %.8q is none", one.ID)
		}
		if _, twice := k.public[one.ID]; twice {
			return Keys{}, fmt.Errorf("ticket: the key %s is there twice", one.ID)
		}
		k.public[one.ID] = raw
	}
	return k, nil
}

// Public returns the public keys as JSON, for scanners: nothing in it is secret.
func (k Keys) Public() string {
	var file publicFile
	for _, id := range slices.Sorted(maps.Keys(k.public)) {
		file.Keys = append(file.Keys, publicKey{id, base64.RawURLEncoding.EncodeToString(k.public[id])})
	}
	text, err := json.Marshal(file)
	if err != nil { // texts always marshal
		return "{}"
	}
	return string(text)
}

// LinkKey returns the key that the link secrets of orders are derived from, itself derived from the secret. It is the
// zero value for keys that can't sign.
func (k Keys) LinkKey() [32]byte { return k.order }
