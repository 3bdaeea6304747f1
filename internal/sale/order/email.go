package order

import (
	"crypto/sha256"
	"encoding/hex"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"foyer/internal/problem"
)

// Longest parts of an address, RFC 5321, and of a name.
const (
	maxLocal   = 64
	maxAddress = 254
	maxName    = 120 // characters
)

// Names in Persian, Hindi and other scripts have these between letters.
const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
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
	if err != nil || !strings.Contains(ascii, ".") || len(local) > maxLocal || len(local)+1+len(ascii) > maxAddress {
		return "", bad
	}
	return local + "@" + ascii, nil
}

// pasted reports whether r may stand around a text that was pasted: it isn't seen there, and not meant.
func pasted(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }

func unprintable(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }

func cut(address string) (local, domain string) {
	at := strings.LastIndexByte(address, '@')
	return address[:at], address[at+1:]
}

// googles are the domains whose mailboxes ignore dots.
var googles = map[string]bool{"gmail.com": true, "googlemail.com": true}

// NormalEmail returns one spelling for all addresses that, as far as can be known, reach the same mailbox: without the
// part after a plus, in lower case, at Google without dots. It is for counting only; mail goes to what the buyer wrote.
// The address must have passed CheckEmail.
func NormalEmail(address string) string {
	local, domain := cut(strings.ToLower(norm.NFKC.String(address)))
	if plain, _, tagged := strings.Cut(local, "+"); tagged && plain != "" {
		local = plain
	}
	if googles[domain] {
		local, domain = strings.ReplaceAll(local, ".", ""), "gmail.com"
	}
	return local + "@" + domain
}

// HashEmail returns the key under which a zone counts an address's seats, so that no table is keyed by addresses.
func HashEmail(zone, address string) string {
	sum := sha256.Sum256([]byte("foyer e-mail 1\n" + zone + "\n" + NormalEmail(address)))
	return hex.EncodeToString(sum[:16])
}

// CheckName makes sure that text can stand on a ticket, and returns it in NFC. It returns problem.Invalid.
func CheckName(text string) (string, error) {
	invisible := func(r rune) bool { return !unicode.IsGraphic(r) && r != zeroWidthJoiner && r != zeroWidthNonJoiner }
	text = strings.TrimSpace(norm.NFC.String(text))
	if text == "" || utf8.RuneCountInString(text) > maxName || strings.ContainsFunc(text, invisible) {
		return "", problem.New(problem.Invalid, "name is 1 to %d letters", maxName)
	}
	return text, nil
}
