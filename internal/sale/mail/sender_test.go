package mail_test

import (
	"testing"

	"foyer/internal/sale/mail"
)

func TestSenders(t *testing.T) {
	for text, want := range map[string]string{
		"tickets@example.com":                    "<tickets@example.com>",
		"The Hall <tickets@example.com>":         `"The Hall" <tickets@example.com>`,
		"The Hall, Berlin <tickets@example.com>": `"The Hall, Berlin" <tickets@example.com>`,
		`"Hall; A:B" <tickets@example.com>`:      `"Hall; A:B" <tickets@example.com>`,
		"The Hall (Berlin) <t@example.com>":      `"The Hall (Berlin)" <t@example.com>`,
		"Théâtre <t@example.com>":                "=?utf-8?q?Th=C3=A9=C3=A2tre?= <t@example.com>",
		`" <t@example.com>`:                      `"\"" <t@example.com>`,
		`Hall" <t@example.com>`:                  `"Hall\"" <t@example.com>`,
		`"Hall <t@example.com>`:                  `"\"Hall" <t@example.com>`,
		"tickets":                                "",
		"tickets@example":                        "",
		"tickets@example.com>":                   "",
		"Hall <tickets@example.com":              "",
		"Hall <tickets@example.com >":            "",
		`Hall <"a b"@example.com>`:               "",
		"Hall <a\u00a0b@example.com>":            "",
		"a@example.com, b@example.com":           "",
		"x\r\nBcc: y <t@example.com>":            "",
		"Hall <josé@example.com>":                "",
	} {
		got, err := mail.ParseSender(text)
		if (err == nil) != (want != "") || err == nil && got.String() != want {
			t.Errorf("%q: %v, %v; want %s", text, got, err, want)
		}
	}
}
