package ticket_test

import (
	"strings"
	"testing"

	"foyer/internal/sale/ticket"
)

const fuzzedSecret = `{"kid":"t1","secret":"0123456789abcdef0123456789abcdef"}`

// FuzzVerify looks for a code that opens the door and isn't one that we signed, in the form in which it was signed but
// for what a person may type around it.
func FuzzVerify(f *testing.F) {
	keys, err := ticket.ParseSecret(fuzzedSecret)
	if err != nil {
		f.Fatal(err)
	}
	code, err := keys.Sign(ticket.Claim{Zone: "main", Order: "K7M2P9QX4R", Seat: "A-4-12"})
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{
		code, " " + code + "\n", code[:40] + " " + code[40:], "0" + code, code + "0", "-" + code, "+" + code, code[1:],
		"1.t1.main",
		"", strings.Repeat("9", ticket.MaxCode+1), "٣" + code[1:], "0x" + code, "1_000",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, scanned string) {
		claim, err := keys.Verify(scanned)
		if err != nil {
			return
		}
		if again, err := keys.Sign(claim); err != nil || again != code {
			t.Errorf("%q opened the door as %+v", scanned, claim)
		}
	})
}

func FuzzParseSecret(f *testing.F) {
	for _, s := range []string{fuzzedSecret, `{"kid":"","secret":""}`, "{}", "null", "[]", "",
		`{"kid":"t1","secret":"0123456789abcdef0123456789abcdef","older":[{"kid":"t1","public":""}]}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := ticket.ParseSecret(text)
		if err != nil {
			return
		}
		again, err := ticket.ParsePublic(keys.Public())
		if err != nil || again.Public() != keys.Public() {
			t.Errorf("%q has the public keys %s, read as %s: %v", text, keys.Public(), again.Public(), err)
		}
	})
}
