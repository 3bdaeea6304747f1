package mail_test

import (
	"context"
	"strings"
	"testing"

	"foyer/internal/sale/order"
	"foyer/internal/testkit/known"
)

// After the ticket key's secret was replaced, the refund of an order made before is told to nobody.
func TestKnownRefundAfterRotation(t *testing.T) {
	known.Fault(t, "refund after rotation")
	p := newPost(t)
	if _, err := p.job(t); err != nil {
		t.Fatal(err)
	}
	p.LinkKey = func(context.Context) (order.LinkKey, error) { return order.LinkKey{2}, nil } // rotated
	p.order.State = order.Refunded                                                            // the event is cancelled months later
	p.order.EndedAt = noon
	_, err := p.job(t)
	if err != nil || len(p.mails) != 2 {
		t.Errorf("FAIL: word of the refund can't be sent: %v (%d mails)", err, len(p.mails))
	}
}

// A buyer whose name ends in a backslash, or holds one quotation mark, pays and gets no ticket.
func TestKnownNames(t *testing.T) {
	known.Fault(t, "names")
	for _, given := range []string{`Ada \`, `Ada "`, `6'2" Bob`, `Dwayne "The Rock" Johnson`} {
		name, err := order.CheckName(given)
		if err != nil {
			t.Fatal(err)
		}
		p := newPost(t)
		p.order.Name = name
		if _, err := p.job(t); err != nil {
			t.Errorf("FAIL: %q is taken at the checkout, and its ticket can't be mailed: %v", given, err)
			continue
		}
		to := p.mails[0][strings.Index(p.mails[0], "To: "):]
		if to = to[:strings.Index(to, "\r\n")]; !strings.Contains(to, strings.ReplaceAll(name, `"`, `\"`)) {
			t.Errorf("FAIL: %q became %s", given, to)
		}
	}
}
