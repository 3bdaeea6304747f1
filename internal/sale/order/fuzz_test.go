package order_test

import (
	"net/mail"
	"testing"

	"foyer/internal/sale/order"
)

func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{
		"K7M2P9QX4R", "k7m2 p9qx-4r", "O0IL123456", "K7M2P9QX4", "K7M2P9QX4RR", "", "ſ7M2P9QX4R", "K7M2P9QX4\x00",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := order.ParseNumber(s)
		if err != nil {
			return
		}
		if again, err := order.ParseNumber(n); err != nil || again != n || len(n) != order.NumberLength {
			t.Errorf("%q was read as %q, and that as %q: %v", s, n, again, err)
		}
	})
}

// FuzzCheckEmail looks for an address that is taken for a buyer's and can't be written to.
func FuzzCheckEmail(f *testing.F) {
	for _, s := range []string{
		"ada@example.com", " ada@example.com\u200b", "josé@example.com", "ada@1.2.3.4",
		`"a b"@example.com`, "ada@exämple.com",
		"Ada <ada@example.com>", "ada@example.com,bob@example.com", "ada@example", "@example.com", "ada@",
		"a\r\nb@example.com",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		address, err := order.CheckEmail(s)
		if err != nil {
			return
		}
		if again, err := order.CheckEmail(address); err != nil || again != address {
			t.Errorf("%q was taken as %q, and that as %q: %v", s, address, again, err)
		}
		for _, c := range address {
			if c <= ' ' || c > '~' {
				t.Errorf("%q was taken as %q", s, address)
			}
		}
		if parsed, err := mail.ParseAddress(address); err != nil || parsed.Address != address {
			t.Errorf("%q was taken as %q, which is %v: %v", s, address, parsed, err)
		}
	})
}

func FuzzIsID(f *testing.F) {
	for _, s := range []string{"0123456789abcdef0123456789abcdef", "0123456789ABCDEF0123456789abcdef", "0", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ok := len(s) == 32
		for _, c := range s {
			ok = ok && (c >= '0' && c <= '9' || c >= 'a' && c <= 'f')
		}
		if order.IsID(s) != ok {
			t.Errorf("%q: %v", s, !ok)
		}
	})
}
