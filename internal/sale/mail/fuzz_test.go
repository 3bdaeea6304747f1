package mail_test

import (
	"strings"
	"testing"

	"foyer/internal/sale/mail"
)

// FuzzParseSender looks for a sender that is taken and could add a header to a mail.
func FuzzParseSender(f *testing.F) {
	for _, s := range []string{
		"tickets@example.com", "The Hall, Berlin <tickets@example.com>", `"The \"Hall\"" <t@example.com>`, "<t@example.com>",
		"H\r\nBcc: x <t@example.com>", "t@example", "t@exämple.com", "<>", "", `"\`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		from, err := mail.ParseSender(s)
		if err != nil {
			return
		}
		if text := from.String(); strings.ContainsAny(text, "\r\n") || !strings.Contains(from.Address, "@") {
			t.Errorf("%q was taken as %q", s, text)
		}
	})
}
