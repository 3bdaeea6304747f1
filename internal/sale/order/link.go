package order

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"

	"foyer/internal/room/queue"
)

// IsID reports whether s is an order id: 32 lower-case hex digits.
func IsID(s string) bool {
	raw, err := hex.DecodeString(s)
	return err == nil && len(raw) == 16 && hex.EncodeToString(raw) == s
}

// NewID returns the id of the order that a buyer makes with one Idempotency-Key: the same key gives the same order.
func NewID(zone string, buyer queue.VisitorID, key string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "foyer order id 1\n%s\n%s\n%s", zone, buyer, key))
	return hex.EncodeToString(sum[:16])
}

// LinkSecret is the part of an order's link that opens its pages to anyone: 128 bits as 32 hex digits.
type LinkSecret string

// LinkHash is what is stored of a link secret. With 128 random bits it needs no salt and no slow hash.
type LinkHash [32]byte

// LinkKey is the key that link secrets are derived from. It is a secret itself.
type LinkKey [32]byte

// Secret returns the link secret of an order. Without the key it can't be told from random text. It is derived rather
// than stored, so that a repeated request gets the same answer.
func (k LinkKey) Secret(id string) LinkSecret {
	mac := hmac.New(sha256.New, k[:])
	mac.Write([]byte("foyer order secret 1 " + id))
	return LinkSecret(hex.EncodeToString(mac.Sum(nil)[:16]))
}

// Hash returns the secret as it is stored.
func (s LinkSecret) Hash() LinkHash {
	return sha256.Sum256([]byte("foyer order secret 1\n" + string(s)))
}

// Opens reports whether s is the secret that was hashed, in constant time.
func (s LinkSecret) Opens(h LinkHash) bool {
	mine := s.Hash()
	return subtle.ConstantTimeCompare(mine[:], h[:]) == 1
}
