package mail_test

import (
	"context"
	"strings"
	"testing"

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
