// Package currency is the one table of the currencies that a sale may be in: what an amount in minor units means, and
// which amounts can be charged. Maps, pages, mails, exports and charges all go by it.
//
// It follows the payment provider, whose minor units are charged, and not ISO 4217 where the two differ: see
// docs/payments.md. No other list of currencies may decide how an amount is written.
package currency

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Currency is what the provider says of one currency.
type Currency struct {
	Code   string // ISO 4217
	Digits int    // of the fraction: an amount of 10^Digits minor units is one of the currency
	Step   int64  // amounts must be a multiple of it
	Least  int64  // least charge, minor units; where the provider names none, about what it names for others
	Most   int64  // greatest charge, minor units
}

// most is the greatest charge: eight digits.
const most = 99_999_999

// mosts are the greatest charges where the provider takes more digits, from every card: more of rupiahs and of yen
// would be taken from some cards only.
var mosts = map[string]int64{
	"IDR": 999_999_999, "INR": 999_999_999, "COP": 9_999_999_999, "HUF": 9_999_999_999, "LBP": 99_999_999_999,
}

// Codes of currencies by their kind; any other is not accepted.
const (
	twoDigits = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF " +
		"CNY COP CRC CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR " +
		"JMD KES KGS KHR KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO " +
		"NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TOP " +
		"TRY TTD TWD TZS UAH USD UYU UZS WST XCD YER ZAR ZMW"
	noDigits    = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
	threeDigits = "BHD JOD KWD OMR TND" // the last digit must be 0
	wholeOnly   = "ISK UGX"             // no fraction any more, but charged in hundredths
)

// leasts are the least charges that the provider names, and cautious ones of currencies of which one is worth little.
var leasts = map[string]int64{
	"AED": 200, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50, "COP": 200_000, "CZK": 1500, "DKK": 250,
	"EUR": 50, "GBP": 30, "HKD": 400, "HUF": 17_500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300,
	"NZD": 50, "PLN": 200, "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
	"ISK": 10_000, "UGX": 200_000, "KRW": 1000, "CLP": 500, "VND": 15_000, "IDR": 1_000_000, "PYG": 5000,
	"TWD": 2000, "PHP": 3000, "ZAR": 1000, "TRY": 2500, "RSD": 6000, "BHD": 200, "JOD": 400, "KWD": 200, "OMR": 200,
	"TND": 2000, "BIF": 2000, "DJF": 100, "GNF": 5000, "KMF": 250, "MGA": 2500, "RWF": 1000, "VUV": 100, "XAF": 400,
	"XOF": 400, "XPF": 100,
}

var table = build()

func build() map[string]Currency {
	all := map[string]Currency{}
	for _, kind := range []struct {
		codes  string
		digits int
		step   int64
	}{{twoDigits, 2, 1}, {noDigits, 0, 1}, {threeDigits, 3, 10}, {wholeOnly, 2, 100}} {
		for _, code := range strings.Fields(kind.codes) {
			c := Currency{Code: code, Digits: kind.digits, Step: kind.step, Least: 50, Most: cmp.Or(mosts[code], most)}
			if least, named := leasts[code]; named {
				c.Least = least
			}
			all[code] = c
		}
	}
	return all
}

// Of returns the currency of a code, in any case, and reports whether it is accepted.
func Of(code string) (Currency, bool) {
	c, ok := table[strings.ToUpper(code)]
	return c, ok
}

// All returns every currency that is accepted, by code.
func All() []Currency {
	all := make([]Currency, 0, len(table))
	for _, code := range slices.Sorted(maps.Keys(table)) {
		all = append(all, table[code])
	}
	return all
}

// Digits returns the digits of a currency's fraction: 2 for one that isn't accepted, which nothing is sold in.
func Digits(code string) int {
	if c, ok := Of(code); ok {
		return c.Digits
	}
	return 2
}

// Check returns an error that says why an amount can't be charged. Nothing at all can be: it is free.
func (c Currency) Check(minor int64) error {
	switch {
	case minor == 0:
		return nil
	case minor < c.Least:
		return fmt.Errorf("is less than can be charged in %s, %s", c.Code, c.Decimal(c.Least))
	case minor > c.Most:
		return fmt.Errorf("is more than can be charged in %s, %s", c.Code, c.Decimal(c.Most))
	case minor%c.Step != 0:
		return fmt.Errorf("can't be charged in %s: it must end with %s", c.Code, strings.TrimPrefix(fmt.Sprint(c.Step), "1"))
	}
	return nil
}

// Decimal returns an amount as a plain number with the currency's digits: 65.50, 1200, 1.230.
func (c Currency) Decimal(minor int64) string { return Decimal(minor, c.Digits) }

// Decimal returns an amount in minor units as a plain number with so many digits in its fraction.
func Decimal(minor int64, digits int) string {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	text := strconv.FormatInt(minor, 10)
	if digits == 0 {
		return sign + text
	}
	for len(text) <= digits {
		text = "0" + text
	}
	return sign + text[:len(text)-digits] + "." + text[len(text)-digits:]
}
