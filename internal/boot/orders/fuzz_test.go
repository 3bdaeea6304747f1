package orders_test

import (
	"testing"

	"foyer/internal/boot/orders"
)

func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"id":{"S":"o1"},"buyer":{"S":"000102030405060708090a0b0c0d0e0f"},"linkHash":{"S":"00"}}`, `{"id":{"Q":"1"}}`,
		`{"id":{"M":{"a":{"L":[{"SS":["a"]}]}}}}`, "{}", "null", "7", "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, image []byte) {
		if o, err := orders.Decode(image); err != nil && o.ID != "" {
			t.Errorf("%q is order %q, and an error: %v", image, o.ID, err)
		}
	})
}
