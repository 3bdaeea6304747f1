package mail

import (
	"errors"
	netmail "net/mail"
	"strings"
	"unicode"

	"foyer/internal/printable"
)

// maxSender is the longest name of a sender, in characters.
const maxSender = 60

// ParseSender reads the sender of mails: an address, or a name and an address in angle brackets. A name may have any
// printable characters; it is quoted and encoded where it is sent.
func ParseSender(text string) (*netmail.Address, error) {
	text = strings.TrimSpace(text)
	from := &netmail.Address{Address: text}
	if at := strings.LastIndexByte(text, '<'); at >= 0 && strings.HasSuffix(text, ">") {
		from.Name, from.Address = strings.TrimSpace(text[:at]), text[at+1:len(text)-1]
	}
	if name := from.Name; len(name) > 1 && name[0] == '"' && name[len(name)-1] == '"' {
		from.Name = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(name[1 : len(name)-1])
	}
	bare, err := netmail.ParseAddress(from.Address)
	_, domain, _ := strings.Cut(from.Address, "@")
	foreign := func(r rune) bool { return r > unicode.MaxASCII }
	if err != nil || bare.Address != from.Address || !strings.Contains(domain, ".") ||
		strings.ContainsFunc(from.Address, foreign) {
		return nil, errors.New("mail: the sender is no e-mail address, with or without a name before it")
	}
	if from.Name != "" && !printable.Line(from.Name, maxSender) {
		return nil, errors.New("mail: the sender's name is not up to 60 printable characters")
	}
	return from, nil
}
