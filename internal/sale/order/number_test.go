package order_test

import (
	"fmt"
	"regexp"
	"testing"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
)

func TestNumber(t *testing.T) {
	form, seen := regexp.MustCompile(`^[A-HJKMNP-TV-Z][0-9A-HJKMNP-TV-Z]{9}$`), map[string]bool{}
	for i := range 20_000 {
		n := order.NewNumber(fmt.Sprintf("%032x", i), i%3)
		if !form.MatchString(n) || seen[n] {
			t.Fatalf("order %d: number %q is not ten unambiguous characters, or the second of its kind", i, n)
		}
		seen[n] = true
	}
	first, again, second := order.NewNumber("a", 0), order.NewNumber("a", 0), order.NewNumber("a", 1)
	if first != again || first == second {
		t.Error("an order's number is not one of its own for each try")
	}
}

func TestParseNumber(t *testing.T) {
	for text, want := range map[string]string{
		"K7M2P9QX4R": "K7M2P9QX4R", " k7m2 p9qx 4r\n": "K7M2P9QX4R", "K7M-2P9-QX4R": "K7M2P9QX4R",
		"K0O1IL2345": "K001112345",
	} {
		if got, err := order.ParseNumber(text); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "K7M2P9QX4", "K7M2P9QX4RR", "K7M2P9QX4U", "K7M2P9QX4É", "00112233445566778899aabbccddeeff",
	} {
		if got, err := order.ParseNumber(text); problem.CodeOf(err) != problem.Invalid {
			t.Errorf("%q is taken for the number %q, %v", text, got, err)
		}
	}
}
