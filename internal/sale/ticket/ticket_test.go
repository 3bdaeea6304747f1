package ticket_test

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"math/big"
	"strings"
	"testing"

	"foyer/internal/problem"
	"foyer/internal/sale/ticket"
)

const secret = `{"kid":"t1","secret":"correct horse battery staple, thirty-two or more"}`

var claim = ticket.Claim{Zone: "main", Order: "K7M2P9QX4R", Seat: "A-4-12"}

func keys(t *testing.T, text string) ticket.Keys {
	t.Helper()
	k, err := ticket.ParseSecret(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sign(t *testing.T, k ticket.Keys, c ticket.Claim) string {
	t.Helper()
	code, err := k.Sign(c)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestAScannerWithPublicKeysReadsWhatWasSigned(t *testing.T) {
	k := keys(t, secret)
	scanner, err := ticket.ParsePublic(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	code := sign(t, k, claim)
	if got, err := scanner.Verify(code); err != nil || got != claim {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := scanner.Sign(claim); err == nil {
		t.Error("a scanner made a ticket")
	}
	if strings.Contains(k.Public(), "horse") {
		t.Error("the public keys hold the secret")
	}
	if len(code) > 235 || strings.Trim(code, "0123456789") != "" {
		t.Errorf("%d characters, that are not digits alone or make a QR code too dense for a phone: %s", len(code), code)
	}
}

// Every character, replaced by any other that a text may hold, taken out, doubled, or with one more before it.
func TestEveryAlteredCharacterFails(t *testing.T) {
	k := keys(t, secret)
	code := sign(t, k, claim)
	refused := func(altered string) {
		t.Helper()
		c, err := k.Verify(altered)
		if strings.TrimSpace(altered) != code && (err == nil || problem.CodeOf(err) != problem.Unauthorized) {
			t.Fatalf("%q gives %+v, %v", altered, c, err)
		}
	}
	alphabet := "AZaz0123456789-_.=+/ \n\r\t\x00é१"
	for i := range code {
		for _, c := range alphabet {
			refused(code[:i] + string(c) + code[i+1:])
			refused(code[:i] + string(c) + code[i:])
		}
		refused(code[:i] + code[i+1:])
		refused(code[:i])
	}
	for _, c := range alphabet {
		refused(code + string(c))
	}
}

// parts takes a code apart.
func parts(code string) (text, signature string) {
	n, _ := new(big.Int).SetString(code, 10)
	raw := string(n.Bytes())
	return raw[:len(raw)-64], raw[len(raw)-64:]
}

func joined(text, signature string) string {
	return new(big.Int).SetBytes([]byte(text + signature)).String()
}

func TestASplicedOrForeignTicketFails(t *testing.T) {
	k := keys(t, secret)
	mine, theirs := sign(t, k, claim), sign(t, k, ticket.Claim{Zone: "main", Order: "other", Seat: "A-4-13"})
	text, signature := parts(mine)
	_, another := parts(theirs)
	stranger := keys(t, strings.Replace(secret, "correct", "another", 1))
	for name, code := range map[string]string{
		"another ticket's signature": joined(text, another),
		"a stranger's signature":     sign(t, stranger, claim),
		"a zero signature":           joined(text, string(make([]byte, 64))),
		"no signature":               joined(text, ""),
		"an unknown key":             joined(strings.Replace(text, ".t1.", ".t9.", 1), signature),
		"nothing":                    "",
		"very long":                  strings.Repeat("9", 1<<20),
		"a later version":            joined(strings.Replace(text, "1.", "2.", 1), signature),
		"another part":               joined(text+".x", signature),
	} {
		if c, err := k.Verify(code); problem.CodeOf(err) != problem.Unauthorized {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}

func TestTicketsOutliveTheirKey(t *testing.T) {
	old := keys(t, secret)
	code := sign(t, old, claim)
	older := strings.TrimSuffix(strings.TrimPrefix(old.Public(), `{"keys":`), "}")
	fresh := keys(t, `{"kid":"t2","secret":"a new text that has thirty-two characters","older":`+older+`}`)
	if got, err := fresh.Verify(code); err != nil || got != claim {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := old.Verify(sign(t, fresh, claim)); problem.CodeOf(err) != problem.Unauthorized {
		t.Errorf("signed by an old key: %v", err)
	}
}

func TestBadSecretsAreRefusedWithoutBeingTold(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":         "hush",
		"too short":       `{"kid":"t1","secret":"hush"}`,
		"no id":           `{"secret":"hushhushhushhushhushhushhushhushhush"}`,
		"a bad id":        `{"kid":"T.1","secret":"hushhushhushhushhushhushhushhushhush"}`,
		"a bad key":       `{"kid":"t1","secret":"hushhushhushhushhushhushhushhushhush","older":[{"kid":"t0","public":""}]}`,
		"no list of keys": `{"kid":"t1","secret":"hushhushhushhushhushhushhushhushhush","older":7}`,
		"an older key twice": `{"kid":"t1","secret":"hushhushhushhushhushhushhushhushhush","older":[
			{"kid":"t0","public":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
			{"kid":"t0","public":"BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}`,
		"an older key with a bad id": `{"kid":"t1","secret":"hushhushhushhushhushhushhushhushhush",
			"older":[{"kid":"T.0","public":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}`,
		"a key twice": `{"kid":"t1","secret":"hushhushhushhushhushhushhushhushhush",
			"older":[{"kid":"t1","public":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}`,
	} {
		if _, err := ticket.ParseSecret(text); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ticket.ParsePublic(`{"keys":[]}`); err == nil {
		t.Error("a scanner without keys")
	}
}

func TestWhatCannotStandInACodeIsNotSigned(t *testing.T) {
	k := keys(t, secret)
	for _, c := range []ticket.Claim{
		{}, {"main", "o", ""}, {"ma.in", "o", "A-1"}, {"main", "o\n", "A-1"}, {"main", "o", strings.Repeat("A", 65)},
	} {
		if code, err := k.Sign(c); err == nil {
			t.Errorf("%+v became %s", c, code)
		}
	}
}

func TestTheImageAndTheModulesAreTheSameCode(t *testing.T) {
	k := keys(t, secret)
	tickets, err := k.Issue("main", "order", []string{"A-1-1", "A-1-2"})
	if err != nil || len(tickets) != 2 || tickets[1].Seat != "A-1-2" {
		t.Fatalf("%+v, %v", tickets, err)
	}
	raw, err := ticket.PNG(tickets[0].Code)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	size := tickets[0].QR.Size
	if got, want := img.Bounds().Dx(), (size+8)*8; got != want {
		t.Fatalf("%d pixels, want %d with the quiet zone", got, want)
	}
	bits, err := base64.RawURLEncoding.DecodeString(tickets[0].QR.Bits)
	if err != nil {
		t.Fatal(err)
	}
	for i := range size * size {
		r, _, _, _ := img.At((i%size+4)*8+4, (i/size+4)*8+4).RGBA()
		if black := bits[i/8]&(0x80>>(i%8)) != 0; black != (r == 0) {
			t.Fatalf("module %d differs", i)
		}
	}
}
