package mail_test

import (
	"bytes"
	netmail "net/mail"
	"regexp"
	"strings"
	"testing"

	"foyer/internal/room/event"
	"foyer/internal/sale/mail"
	"foyer/internal/sale/order"
	"foyer/internal/texts"
	"foyer/internal/texts/textstest"
)

// Every mail in a language that nobody speaks: no English is left in its text, its page or its subject.
func TestMailsSayNothingThatIsNotInTheDictionary(t *testing.T) {
	d := textstest.Pseudo()
	markup := regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>|https?://\S+|&#?\w+;`)
	alt := regexp.MustCompile(`alt="([^"]*)"`)
	data := strings.NewReplacer("Zoë", "", "Night", "", "Ferries", "", "Ada", "", "Countess", "", "Lovelace", "", "of", "",
		"K7M2P9QX4R", "", "Stalls", "", "left", "", "Seller Ltd", "", "DE123", "", "Child", "")
	for name, compose := range map[string]func(mail.Purchase, string, *texts.Dictionary) ([]byte, error){
		"ticket": mail.Compose, "change": mail.ComposeChange, "refund": mail.ComposeRefund,
		"failed": mail.ComposeFailedRefund,
	} {
		for _, status := range []event.Status{event.On, event.Postponed, event.Cancelled} {
			p := purchase()
			p.Event.Name = "Ferries"
			p.Event.Status, p.Event.Begin, p.Event.Doors = status, noon, noon
			p.Taxes, p.Seller, p.VATID = []order.Tax{{Rate: 700, Amount: 100}}, "Seller Ltd", "DE123"
			p.Seats[0].Type, p.Others = "Child", true
			raw, err := compose(p, "tickets@example.com", d)
			if err != nil {
				t.Fatal(err)
			}
			m, err := netmail.ReadMessage(bytes.NewReader(raw))
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range leaves(t, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body, "") {
				if !strings.Contains(part.kind, "text/plain") && !strings.Contains(part.kind, "text/html") {
					continue
				}
				text := part.body
				for _, m := range alt.FindAllStringSubmatch(text, -1) {
					text += "\n" + m[1]
				}
				text = data.Replace(markup.ReplaceAllString(text, " "))
				if words := textstest.Outside(text); len(words) > 0 {
					t.Errorf("%s, %q: %s says %q", name, status, part.kind, words)
				}
			}
		}
	}
}
