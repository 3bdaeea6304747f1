package order

import (
	"crypto/sha256"
	"encoding/hex"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"foyer/internal/printable"
	"foyer/internal/problem"
)

// Longest parts of an address, RFC 5321, and of a name.
const (
	maxLocal   = 64
	maxAddress = 254
	maxName    = 120 // characters
)

// CheckEmail makes sure that text is one bare address that mail can be sent to, and returns it with its domain in
// ASCII. It returns problem.Invalid.
func CheckEmail(text string) (string, error) {
	bad := problem.New(problem.Invalid, "email is not an address that a ticket can be sent to")
	text = strings.TrimFunc(norm.NFC.String(text), pasted)
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text || strings.ContainsFunc(text, unprintable) {
		return "", bad
	}
	local, domain := cut(text)
	if strings.ContainsFunc(local, func(r rune) bool { return r > unicode.MaxASCII }) { // Amazon SES can't send to it
		return "", bad
	}
	ascii, err := asciiDomain(domain)
	dot := strings.LastIndexByte(ascii, '.')
	if err != nil || dot < 0 || !topLevel(ascii[dot+1:]) || len(local) > maxLocal || len(local)+1+len(ascii) > maxAddress {
		return "", bad
	}
	return local + "@" + ascii, nil
}

// topLevel reports whether the last part of a domain can be one: letters, or a name in another script.
func topLevel(name string) bool {
	return strings.HasPrefix(name, "xn--") || len(name) > 1 && !strings.ContainsAny(name, "0123456789-")
}

// pasted reports whether r may stand around a text that was pasted: it isn't seen there, and not meant.
func pasted(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }

func unprintable(r rune) bool { return !unicode.IsGraphic(r) }

func cut(address string) (local, domain string) {
	at := strings.LastIndexByte(address, '@')
	return address[:at], address[at+1:]
}

// mailboxes is how providers read an address: which signs in the local part they ignore, what begins a tag, and the one
// domain for those that reach the same mailbox. Only what a provider documents is here.
var mailboxes = map[string]struct{ ignores, tag, domain string }{
	"gmail.com": {".", "+", "gmail.com"}, "googlemail.com": {".", "+", "gmail.com"},
	"proton.me": {".-_", "+", "proton.me"}, "protonmail.com": {".-_", "+", "proton.me"},
	"protonmail.ch": {".-_", "+", "proton.me"}, "pm.me": {".-_", "+", "proton.me"},
	"icloud.com": {"", "+", "icloud.com"}, "me.com": {"", "+", "icloud.com"}, "mac.com": {"", "+", "icloud.com"},
	"ymail.com": {"", "-", "ymail.com"}, "rocketmail.com": {"", "-", "rocketmail.com"},
}

// yahoo reports whether Yahoo has mailboxes at a domain: yahoo.com, yahoo.fr, yahoo.co.uk, yahoo.com.br.
func yahoo(domain string) bool {
	name, rest, _ := strings.Cut(domain, ".")
	country := strings.TrimPrefix(strings.TrimPrefix(rest, "com."), "co.")
	return name == "yahoo" && (rest == "com" || len(country) == 2)
}

// NormalEmail returns one spelling for all addresses that, as far as can be known, reach the same mailbox: in lower
// case, without a tag, and as the provider reads it. It is for counting only; mail goes to what the buyer wrote. The
// address must have passed CheckEmail.
func NormalEmail(address string) string {
	local, domain := cut(strings.ToLower(norm.NFKC.String(address)))
	box, known := mailboxes[domain]
	if !known {
		box.tag, box.domain = "+", domain
	}
	if yahoo(domain) {
		box.tag = "-"
	}
	// Fastmail takes anything@ada.fastmail.com for ada@fastmail.com.
	if user, host, _ := strings.Cut(domain, "."); host == "fastmail.com" || host == "fastmail.fm" {
		local, box.domain = user, host
	}
	if plain, _, _ := strings.Cut(local, box.tag); plain != "" {
		local = plain
	}
	local = strings.Map(func(r rune) rune {
		if strings.ContainsRune(box.ignores, r) {
			return -1
		}
		return r
	}, local)
	return local + "@" + box.domain
}

// HashEmail returns the key under which a zone counts an address's seats, so that no table is keyed by addresses.
func HashEmail(zone, address string) string {
	sum := sha256.Sum256([]byte("foyer e-mail 1\n" + zone + "\n" + NormalEmail(address)))
	return hex.EncodeToString(sum[:16])
}

// unseen reports whether r may stand around a name that was pasted: a space, or a mark that isn't seen.
func unseen(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune("\u200b\u200e\u200f\u2060\ufeff", r)
}

// CheckName makes sure that text can stand on a ticket, and returns it in NFC. It returns problem.Invalid.
func CheckName(text string) (string, error) {
	text = strings.TrimFunc(norm.NFC.String(text), unseen)
	switch odd, found := printable.Odd(text); {
	case text == "" || utf8.RuneCountInString(text) > maxName:
		return "", problem.New(problem.Invalid, "name is 1 to %d characters", maxName)
	case found:
		return "", problem.New(problem.Invalid, "name has a character that can't be printed, %U: leave it out", odd)
	}
	return text, nil
}
