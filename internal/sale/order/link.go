package order

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"

	"foyer/internal/room/queue"
)

// IsID tells what an order id looks like.
func IsID(s string) bool {
	raw, err := hex.DecodeString(s)
	return err == nil && len(raw) == 16 && hex.EncodeToString(raw) == s
}

// NewID is the id of the order that a buyer makes with one Idempotency-Key: always the same for the same.
func NewID(zone string, buyer queue.VisitorID, key string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "foyer order id 1\n%s\n%s\n%s", zone, buyer, key))
	return hex.EncodeToString(sum[:16])
}

// Secret opens an order's pages to whoever has it: 128 bits as 32 hex digits.
type LinkSecret string

// SecretHash is what is stored of a secret. The secret has 128 bits, so that no salt or slow hash is needed.
type LinkHash [32]byte

// Key makes secrets. It is a secret itself.
type LinkKey [32]byte

// Secret is the secret of an order. Nobody without the key can tell it from random, and it needs no storing, so that
// a repeated request gets the same answer.
func (k LinkKey) Secret(id string) LinkSecret {
	mac := hmac.New(sha256.New, k[:])
	mac.Write([]byte("foyer order secret 1 " + id))
	return LinkSecret(hex.EncodeToString(mac.Sum(nil)[:16]))
}

// Hash is the secret as it is stored.
func (s LinkSecret) Hash() LinkHash {
	return sha256.Sum256([]byte("foyer order secret 1\n" + string(s)))
}

// Opens reports whether s is the secret that was hashed, in constant time.
func (s LinkSecret) Opens(h LinkHash) bool {
	mine := s.Hash()
	return subtle.ConstantTimeCompare(mine[:], h[:]) == 1
}
