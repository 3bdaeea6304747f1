package ticket_test

import (
	"strings"
	"testing"
)

// What scanners make of one code: signs around it, and the layouts of the keyboards that they play.
func TestACodeIsReadHoweverItIsTyped(t *testing.T) {
	k := keys(t, secret)
	code := sign(t, k, claim)
	typed := func(keys ...string) string {
		var pairs []string
		for i, key := range keys {
			pairs = append(pairs, "1234567890"[i:i+1], key)
		}
		return strings.NewReplacer(pairs...).Replace(code)
	}
	for name, scanned := range map[string]string{
		"a line end":              code + "\r\n",
		"a tab, as for a table":   code + "\t",
		"the mark of a QR code":   "]Q1" + code,
		"Caps Lock":               strings.ToUpper(code),
		"a French keyboard":       typed("&", "é", "\"", "'", "(", "-", "è", "_", "ç", "à"),
		"a Belgian keyboard":      typed("&", "é", "\"", "'", "(", "§", "è", "!", "ç", "à"),
		"a Czech keyboard":        typed("+", "ě", "š", "č", "ř", "ž", "ý", "á", "í", "é"),
		"a Slovak keyboard":       typed("+", "ľ", "š", "č", "ť", "ž", "ý", "á", "í", "é"),
		"a Hungarian keyboard":    typed("1", "2", "3", "4", "5", "6", "7", "8", "9", "ö"),
		"a Persian keyboard":      typed("۱", "۲", "۳", "۴", "۵", "۶", "۷", "۸", "۹", "۰"),
		"a keyboard for Hindi":    typed("१", "२", "३", "४", "५", "६", "७", "८", "९", "०"),
		"French, with a line end": typed("&", "é", "\"", "'", "(", "-", "è", "_", "ç", "à") + "\r",
	} {
		if got, err := k.Verify(scanned); err != nil || got != claim {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
