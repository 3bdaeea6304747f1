package mail_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"foyer/internal/room/event"
	"foyer/internal/sale/order"
)

func TestARefundIsToldAfterTheTicketKeyWasReplaced(t *testing.T) {
	p := newPost(t)
	if _, err := p.job(t); err != nil {
		t.Fatal(err)
	}
	p.LinkKey = func(context.Context) (order.LinkKey, error) { return order.LinkKey{2}, nil }
	p.order.State, p.order.EndedAt = order.Refunded, noon
	if _, err := p.job(t); err != nil || len(p.mails) != 2 {
		t.Errorf("%d mails; %v", len(p.mails), err)
	}
}

func TestNamesThatTheCheckoutTakesAreMailedAsTheyAre(t *testing.T) {
	for _, name := range []string{`Ada \`, `Ada "`, `6'2" Bob`, `Dwayne "The Rock" Johnson`} {
		if _, err := order.CheckName(name); err != nil {
			t.Fatal(err)
		}
		p := newPost(t)
		p.order.Name = name
		if _, err := p.job(t); err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		_, to, _ := strings.Cut(p.mails[0], "To: ")
		if to, _, _ = strings.Cut(to, "\r\n"); !strings.Contains(to, strings.ReplaceAll(name, `"`, `\"`)) {
			t.Errorf("%q became %s", name, to)
		}
	}
}

func TestARefundSaysItsTaxAndItsSeller(t *testing.T) {
	p := newPost(t)
	for i := range p.order.Lines {
		p.order.Lines[i].VAT = 700
	}
	p.order.Seller, p.order.VATID = "Harbour Hall GmbH", "DE123456789"
	p.order.State, p.order.EndedAt = order.Refunded, noon
	if _, err := p.job(t); err != nil || len(p.mails) != 1 {
		t.Fatalf("%d mails; %v", len(p.mails), err)
	}
	for _, want := range []string{
		"Your refund for", "Includes 7% VAT: ", "Sold by Harbour Hall GmbH, VAT ID DE123456789",
	} {
		if n := strings.Count(unfolded(p.mails[0]), want); n < 2 {
			t.Errorf("%q is said %d times, want it in text and HTML:\n%s", want, n, p.mails[0])
		}
	}
}

func TestSeatsThatCostNothingAreNotRefunded(t *testing.T) {
	p := newPost(t)
	p.order.Amount, p.order.Method = 0, order.Free
	for i := range p.order.Lines {
		p.order.Lines[i].Price = 0
	}
	p.order.State, p.order.EndedAt = order.Refunded, noon
	if _, err := p.job(t); err != nil || len(p.mails) != 1 {
		t.Fatalf("%d mails; %v", len(p.mails), err)
	}
	if m := unfolded(p.mails[0]); strings.Contains(m, "card you paid") || !strings.Contains(m, "is nothing to refund") {
		t.Error(m)
	}
}

// unfolded returns a mail whose long lines aren't broken.
func unfolded(mail string) string { return strings.ReplaceAll(mail, "=\r\n", "") }

func TestNobodyIsWrittenToOnceErased(t *testing.T) {
	p := newPost(t)
	p.order.Name, p.order.Email = "", ""
	if sent, err := p.job(t); err != nil || sent || len(p.mails) != 0 {
		t.Errorf("%d mails; %v", len(p.mails), err)
	}
}

func TestWhoBoughtBeforeAChangeIsToldOnce(t *testing.T) {
	p := newPost(t)
	if _, err := p.job(t); err != nil {
		t.Fatal(err)
	}
	for i, status := range []event.Status{event.On, event.Postponed, event.Cancelled} {
		p.told = event.Event{Zone: "main", Version: int64(i) + 2, Name: "The Night Ferries", Status: status, Begin: noon}
		p.told.Change = event.Change{Version: p.told.Version, At: noon.Add(time.Minute)}
		for range 2 {
			if _, err := p.job(t); err != nil {
				t.Fatal(err)
			}
		}
		if len(p.mails) != i+2 || !strings.Contains(p.mails[i+1], "event.ics") {
			t.Fatalf("%d mails after change %d", len(p.mails), i+1)
		}
		if page := map[bool]string{true: "/order/", false: "/ticket/"}[status == event.Cancelled]; !strings.Contains(
			unfolded(p.mails[i+1]), page) {
			t.Errorf("a mail about an event that is %q doesn't lead to %s", status, page)
		}
	}
	p = newPost(t)
	p.told.Change.At = noon.Add(-time.Minute)
	p.told.Change = event.Change{Version: 2, At: noon}
	if _, err := p.job(t); err != nil || len(p.mails) != 1 {
		t.Errorf("a buyer who knew got %d mails, %v", len(p.mails), err)
	}
}
