package order_test

import (
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
)

func TestTicketsAreMailedAgainWithinBounds(t *testing.T) {
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	o := order.Order{ID: "o", State: order.Paid, PaidAt: at, Email: "ada@example.con", EmailHash: "h", Version: 4,
		Lines: []order.Line{{Seat: "A-1-1", Price: 100}}}
	again := func(email string) error {
		next, effect, err := order.Step(o, order.Event{Kind: order.Remail, Email: email}, at)
		if err == nil && (next.Version != o.Version+1 || effect != order.None) {
			t.Errorf("version %d, effect %q", next.Version, effect)
		}
		o = next
		return err
	}
	if err := again("ada@example.com"); err != nil || o.Email != "ada@example.com" || o.EmailHash != "h" {
		t.Fatalf("%v, to %s, counted for %s", err, o.Email, o.EmailHash)
	}
	at = at.Add(order.MailEvery - time.Millisecond)
	if err := again("eve@example.com"); problem.CodeOf(err) != problem.Cooling || o.Email != "ada@example.com" {
		t.Errorf("a moment later: %v, to %s", err, o.Email)
	}
	for left := order.MostMails - 1; left > 0; left-- {
		at = at.Add(order.MailEvery)
		if got := o.MailsLeft(); got != left {
			t.Errorf("%d left, want %d", got, left)
		}
		if err := again(""); err != nil || o.Email != "ada@example.com" {
			t.Fatal(err)
		}
	}
	at = at.Add(24 * time.Hour)
	if err := again(""); problem.CodeOf(err) != problem.Limit || o.MailsLeft() != 0 {
		t.Errorf("once too often: %v", err)
	}
	for name, other := range map[string]order.Order{
		"not paid":       {ID: "o", State: order.Pending, Lines: o.Lines},
		"refunded":       {ID: "o", State: order.Refunded, PaidAt: at, Lines: o.Lines},
		"being refunded": {ID: "o", State: order.Paid, PaidAt: at, RefundAt: at, Lines: o.Lines},
	} {
		if _, _, err := order.Step(other, order.Event{Kind: order.Remail}, at); problem.CodeOf(err) != problem.Conflict {
			t.Errorf("%s: %v", name, err)
		}
	}
}
