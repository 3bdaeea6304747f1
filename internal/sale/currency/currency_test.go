package currency_test

import (
	"strings"
	"testing"

	"foyer/internal/sale/currency"
)

func TestDigitsAreTheProvidersAndNotOfAnotherTable(t *testing.T) {
	for codes, want := range map[string]int{
		"EUR USD GBP CHF HUF IDR COP PKR RSD LAK MMK ALL AMD TZS UZS MUR GYD TWD ISK UGX": 2,
		"JPY KRW CLP VND XAF XOF XPF PYG RWF BIF DJF GNF KMF MGA VUV":                     0,
		"BHD JOD KWD OMR TND": 3,
	} {
		for _, code := range strings.Fields(codes) {
			if c, ok := currency.Of(strings.ToLower(code)); !ok || c.Digits != want {
				t.Errorf("%s has %d digits, accepted %v; want %d", code, c.Digits, ok, want)
			}
		}
	}
	for _, code := range []string{"ZZZ", "XXX", "XTS", "XAU", "", "EU", "EUR "} {
		if _, ok := currency.Of(code); ok {
			t.Errorf("%q is accepted", code)
		}
	}
}

func TestWhatCanBeCharged(t *testing.T) {
	for _, c := range []struct {
		code  string
		minor int64
		ok    bool
	}{
		{"EUR", 0, true}, {"EUR", 49, false}, {"EUR", 50, true}, {"EUR", 99_999_999, true}, {"EUR", 100_000_000, false},
		{"KWD", 1234, false}, {"KWD", 1230, true}, {"ISK", 650_000, true}, {"ISK", 650_050, false}, {"ISK", 6500, false},
		{"JPY", 49, false}, {"JPY", 50, true}, {"HUF", 17_499, false}, {"HUF", 1_290_000, true},
	} {
		of, _ := currency.Of(c.code)
		if err := of.Check(c.minor); (err == nil) != c.ok {
			t.Errorf("%d %s: %v", c.minor, c.code, err)
		}
	}
}

func TestEveryCurrencyIsOfOneKindAndCanCharge(t *testing.T) {
	all := currency.All()
	if len(all) < 135 {
		t.Errorf("only %d currencies", len(all))
	}
	for _, c := range all {
		if len(c.Code) != 3 || c.Least%c.Step != 0 || c.Check(c.Least) != nil || c.Least >= c.Most {
			t.Errorf("%+v", c)
		}
	}
}

func TestDecimal(t *testing.T) {
	for want, got := range map[string]string{
		"65.50": currency.Decimal(6550, 2), "0.05": currency.Decimal(5, 2), "-1.230": currency.Decimal(-1230, 3),
		"1200": currency.Decimal(1200, 0), "0.00": currency.Decimal(0, 2),
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
