package order_test

import (
	"strings"
	"testing"

	"foyer/internal/sale/order"
)

func TestAddressesThatReachOneMailboxAreOne(t *testing.T) {
	for _, c := range []struct{ given, want string }{
		{"ada@example.com", "ada@example.com"},
		{"  Ada@Example.COM ", "ada@example.com"},
		{"ada+tickets@example.com", "ada@example.com"},
		{"ada+a+b@example.com", "ada@example.com"},
		{"+ada@example.com", "+ada@example.com"},
		{"a.d.a@example.com", "a.d.a@example.com"},
		{"A.D.A+1@gmail.com", "ada@gmail.com"},
		{"a.da@googlemail.com", "ada@gmail.com"},
		{"a.d-a_1+x@protonmail.com", "ada1@proton.me"},
		{"ada1@pm.me", "ada1@proton.me"},
		{"ada+1@me.com", "ada@icloud.com"},
		{"a-da@icloud.com", "a-da@icloud.com"},
		{"ada-tickets@yahoo.com", "ada@yahoo.com"},
		{"ada-tickets@yahoo.co.uk", "ada@yahoo.co.uk"},
		{"ada-tickets@yahoo.example", "ada-tickets@yahoo.example"},
		{"-ada@ymail.com", "-ada@ymail.com"},
		{"tickets@ada.fastmail.com", "ada@fastmail.com"},
		{"tickets@ada.fastmail.fm", "ada@fastmail.fm"},
		{"ada+tickets@fastmail.com", "ada@fastmail.com"},
		{"a-da@example.com", "a-da@example.com"},
		{"ada@münchen.de", "ada@xn--mnchen-3ya.de"},
		{"ada@MÜNCHEN.de", "ada@xn--mnchen-3ya.de"},
		{"ada@xn--mnchen-3ya.de", "ada@xn--mnchen-3ya.de"},
		{"ada@例え.jp", "ada@xn--r8jz45g.jp"},
		{"ada@bücher-und-mehr.example", "ada@xn--bcher-und-mehr-gsb.example"},
		{"ada@straße.de", "ada@xn--strae-oqa.de"}, // IDNA 2008: a domain of its own, not strasse.de
		{"ada@ｅｘａｍｐｌｅ。com", "ada@example.com"},
		{"ada@почта.рф", "ada@xn--80a1acny.xn--p1ai"},
		{"\u200eada@example.com\u2060", "ada@example.com"}, // pasted with marks that aren't seen
	} {
		checked, err := order.CheckEmail(c.given)
		if err != nil {
			t.Errorf("%q: %v", c.given, err)
			continue
		}
		if got := order.NormalEmail(checked); got != c.want {
			t.Errorf("%q is %q, want %q", c.given, got, c.want)
		}
	}
	if order.HashEmail("main", "a.d.a@gmail.com") != order.HashEmail("main", "ADA+x@googlemail.com") ||
		order.HashEmail("main", "a@b.c") == order.HashEmail("other", "a@b.c") {
		t.Error("an address is counted per zone and mailbox")
	}
}

func TestWhatIsNoAddress(t *testing.T) {
	for _, bad := range []string{
		"", "ada", "@example.com", "ada@", "ada@localhost", "ada@exa mple.com", "Ada <ada@example.com>", "<ada@example.com>",
		"ada@example.com, eve@example.com", "ada@example.com\r\nBcc: eve@example.com", "ada@-example.com", "ada@[127.0.0.1]",
		"ada@example..com", "ada@exam_ple.com", "ada@xn--zzzzzz.com", "ada@a\u200db.com", "ada@אa.com",
		strings.Repeat("a", 65) + "@example.com", "a@" + strings.Repeat("b", 64) + ".com",
		"a@" + strings.Repeat("bcd.", 63) + "com", "ada@example.com\x00", "a\u202eda@example.com",
		"ada@example.c-m", "ada@example.c", "a\u00a0da@example.com", "ada@exa\u3000mple.com", `"a da"@example.com`,
		`"ada"@example.com`, "ada(work)@example.com", "ada@example.123", "ada@1.2.3.4", "ada@exam\u00adple.com",
		strings.Repeat("a", 64) + "@" + strings.Repeat("bcd.", 50) + "com",
	} {
		if got, err := order.CheckEmail(bad); err == nil {
			t.Errorf("%q passes as %q", bad, got)
		}
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		given, want string
		ok          bool
	}{
		{" Ada Lovelace ", "Ada Lovelace", true}, {"Zoe\u0308", "Zoë", true}, {"李小龍", "李小龍", true}, {"", "", false},
		{"\u200bAda\ufeff", "Ada", true},
		{"  ", "", false},
		{"Ada\r\nBcc: x", "", false}, {"\u202eadA", "", false}, {strings.Repeat("x", 121), "", false},
	} {
		if got, err := order.CheckName(c.given); got != c.want || (err == nil) != c.ok {
			t.Errorf("%q: %q, error %v", c.given, got, err)
		}
	}
}

func TestSecrets(t *testing.T) {
	var key, other order.LinkKey
	other[0] = 1
	s := key.Secret(id)
	if !s.Opens(s.Hash()) || len(s) != 32 || s != key.Secret(id) {
		t.Errorf("secret %q", s)
	}
	for _, wrong := range []order.LinkSecret{"", key.Secret("00"), other.Secret(id), s[:31], s + "0"} {
		if wrong.Opens(s.Hash()) {
			t.Errorf("%q opens it too", wrong)
		}
	}
}

// An address may be as long as SMTP takes it, and no longer: 64 bytes before the at sign, 254 in all.
func TestTheLongestAddress(t *testing.T) {
	local := strings.Repeat("a", 64)
	domain := strings.Repeat("b", 63) + "." + strings.Repeat("c", 63) + "." + strings.Repeat("d", 57) + ".com"
	for _, c := range []struct {
		local, domain string
		ok            bool
	}{
		{local, "example.com", true}, {local + "a", "example.com", false},
		{local, domain, true}, {local, "b" + domain, false},
		{local[1:], domain, true}, {local, strings.Replace(domain, "d", "dd", 1), false},
	} {
		if _, err := order.CheckEmail(c.local + "@" + c.domain); (err == nil) != c.ok {
			t.Errorf("%d bytes at %d: %v", len(c.local), len(c.domain), err)
		}
	}
}

func TestNamesAreLimitedByCharacters(t *testing.T) {
	for _, name := range []string{strings.Repeat("王", 41), strings.Repeat("Ш", 120)} {
		if _, err := order.CheckName(name); err != nil {
			t.Errorf("%d letters: %v", len([]rune(name)), err)
		}
	}
	if _, err := order.CheckName(strings.Repeat("Ш", 121)); err == nil {
		t.Error("121 letters stand on no ticket")
	}
}

func TestAnAddressThatSESCannotReachIsRefused(t *testing.T) {
	if got, err := order.CheckEmail("josé@example.com"); err == nil {
		t.Errorf("%q passes", got)
	}
}
