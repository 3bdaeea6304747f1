package venue

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
)

// Bounds of an overview or a section as it is stored and sent. An item of the database has at most 400 KB, an answer
// of a function 6 MB.
const (
	MaxPacked   = 400_000   // bytes of gzip
	maxUnpacked = 5_000_000 // bytes of JSON
)

// Pack returns an overview or a section as stores keep it: JSON in gzip. It returns an error if that is too large.
func Pack(part any) ([]byte, error) {
	raw, err := json.Marshal(part)
	if err != nil {
		return nil, fmt.Errorf("pack a map: %w", err)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(raw); err != nil {
		return nil, fmt.Errorf("pack a map: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack a map: %w", err)
	}
	if len(raw) > maxUnpacked || packed.Len() > MaxPacked {
		return nil, fmt.Errorf("is too large to be stored: %d bytes, packed %d, of at most %d and %d; "+
			"split it, or give positions with fewer digits", len(raw), packed.Len(), maxUnpacked, MaxPacked)
	}
	return packed.Bytes(), nil
}

// Unpack reads what Pack returned.
func Unpack(packed []byte, into any) error {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return fmt.Errorf("unpack a map: %w", err)
	}
	if err := json.NewDecoder(io.LimitReader(r, maxUnpacked)).Decode(into); err != nil {
		return fmt.Errorf("unpack a map: %w", err)
	}
	return nil
}

// hash names what a section is: another hash, another section.
func (s Section) hash() string {
	raw, _ := json.Marshal(s) // numbers and texts alone: it can't fail for what was read from a file
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8])
}
