package mail

import (
	"html/template"
	"testing"
	texttemplate "text/template"
)

// A text or a page that breaks off in the middle is not sent.
func TestNoMailIsCutShort(t *testing.T) {
	const whole, broken = "Your tickets", "Your tickets: {{.Purchase.Nothing}}"
	v := view{Purchase: Purchase{Email: "ada@example.com"}, Subject: "Tickets"}
	for _, c := range []struct {
		text, page string
		sent       bool
	}{{whole, whole, true}, {broken, whole, false}, {whole, broken, false}} {
		text := texttemplate.Must(texttemplate.New("").Parse(c.text))
		page := template.Must(template.New("").Parse(c.page))
		if _, err := message(v, "tickets@example.com", text, page); (err == nil) != c.sent {
			t.Errorf("%q, %q: %v", c.text, c.page, err)
		}
	}
}
