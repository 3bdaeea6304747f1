package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"foyer/infra/local"
	localstripe "foyer/infra/local/stripe"
	"foyer/internal/room/zone"
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/ledger"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay/stripe"
	"foyer/internal/store/dynamo/dynsale"
	"foyer/internal/testkit/audittest"
)

// purchase is an order as its buyer's program knows it.
type purchase struct {
	Order, Secret, CheckoutURL, State string
	Seats                             []struct {
		Seat     string
		Refunded bool
	}
	Tickets  []struct{ Seat string }
	Refunded int64
}

// buys holds n seats, pays for them and waits until they are its own.
func (p *app) buys(n int) (b purchase) {
	t := p.h.t
	t.Helper()
	if a := p.post("seats", fmt.Sprintf(`{"best":{"n":%d}}`, n)); a.Status != http.StatusOK {
		t.Fatalf("choosing: %d %s", a.Status, a.Body)
	}
	a := ask(t, http.MethodPost, "/foyer/zones/"+p.h.name+"/orders", `{"email":"`+p.h.name+`@example.com","name":"Ada"}`,
		"X-Foyer-Visitor: "+p.visitor, "X-Foyer-Access: "+p.access, "Idempotency-Key: the-only-one-of-"+p.h.name)
	if err := json.Unmarshal([]byte(a.Body), &b); err != nil || b.CheckoutURL == "" {
		t.Fatalf("ordering: %d %s", a.Status, a.Body)
	}
	if _, err := cloud.Provider.Pay(b.CheckoutURL[strings.LastIndex(b.CheckoutURL, "/")+1:], localstripe.Approve,
		localstripe.WebhookNow); err != nil {
		t.Fatal(err)
	}
	until(t, soon, "the order to be paid", func() bool { b = b.now(t); return b.State == string(order.Paid) })
	return b
}

// now is the order as its page shows it.
func (b purchase) now(t testing.TB) (p purchase) {
	t.Helper()
	a := ask(t, http.MethodGet, "/foyer/orders/"+b.Order, "", "X-Foyer-Order-Secret: "+b.Secret)
	if err := json.Unmarshal([]byte(a.Body), &p); err != nil || a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	p.Secret = b.Secret
	return p
}

// kept is a secret that doesn't change.
type kept string

func (k kept) Value(context.Context, bool) (string, error) { return string(k), nil }

// desk holds what foyerctl refund works with.
func desk(h *hall) *checkout.Driver {
	seats := h.seats()
	return &checkout.Driver{
		Seats: seats, Orders: dynsale.NewOrders(cloud.Dynamo, cloud.Prefix+"orders", seats), Now: time.Now,
		Pay: &stripe.Provider{Keys: kept(cloud.Secrets.Get(local.PayKeysID)), URL: cloud.Provider.Base(), Now: time.Now},
	}
}

// TestRefundsReachEverybody gives money back in every way: of a seat, by hand at the provider's desk, of all that is
// left. Each time the provider, the seats, the mailbox, the ledger and the order's page come to agree.
func TestRefundsReachEverybody(t *testing.T) {
	t.Parallel()
	up(t)
	h := newHall(t, func(s *zone.Settings) { s.Capacity, s.SeatsPerBuyer = 10, 3 })
	h.sells("theatre-300")
	house, desk := h.audited(), desk(h)
	b := h.entersAlone().buys(3)
	seats := []string{b.Seats[0].Seat, b.Seats[1].Seat, b.Seats[2].Seat}
	mails := func() int { return len(cloud.Mailbox.Mails(h.name + "@example.com")) }
	rows := func(kind ledger.Kind) (n int) {
		all, err := house.Entries(t.Context(), h.name)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			if e.Kind == kind {
				n++
			}
		}
		return n
	}
	until(t, soon, "the sale to be everywhere", func() bool { return mails() == 1 && rows(ledger.Sale) == 3 })

	for range 2 {
		if _, err := desk.RefundSeats(t.Context(), b.Order,
			checkout.SeatsRefund{Seats: seats[:1], ToHouse: true}); err != nil {
			t.Fatal(err)
		}
	}
	until(t, soon, "the first seat's refund to be everywhere",
		func() bool { return mails() == 2 && rows(ledger.Refund) == 1 })
	if p := b.now(t); p.State != string(order.Paid) || len(p.Tickets) != 2 || !p.Seats[0].Refunded ||
		p.Seats[1].Refunded || p.Refunded == 0 {
		t.Errorf("the page shows %+v", p)
	}
	audittest.Agree(t, house, h.name, time.Now())

	price := house.orders()[0].Lines[1].Price
	if err := cloud.Provider.ByHand(b.Order, price); err != nil {
		t.Fatal(err)
	}
	until(t, soon, "the webhook to tell of the hand",
		func() bool { return house.orders()[0].RefundedTotal == house.orders()[0].Lines[0].Price+price })
	found, err := ledger.Verify(t.Context(), house, h.name, time.Now())
	if err != nil || len(found) != 1 || !strings.Contains(found[0].Says, "is for no seat") {
		t.Errorf("verify finds %v, %v", found, err)
	}
	if _, err := desk.RefundSeats(t.Context(), b.Order,
		checkout.SeatsRefund{Seats: seats[1:2], AlreadyRefunded: true}); err != nil {
		t.Fatal(err)
	}
	until(t, soon, "the second seat's refund to be everywhere",
		func() bool { return mails() == 3 && rows(ledger.Refund) == 2 })
	audittest.Agree(t, house, h.name, time.Now())

	if err := cloud.Provider.Dispute(b.Order, "needs_response"); err != nil {
		t.Fatal(err)
	}
	until(t, soon, "the dispute to be heard of", func() bool { return house.orders()[0].Dispute == order.Disputed })
	if err := cloud.Provider.Dispute(b.Order, "won"); err != nil {
		t.Fatal(err)
	}
	until(t, soon, "its end to be heard of", func() bool { return house.orders()[0].Dispute == order.DisputeWon })

	if _, err := desk.Refund(t.Context(), b.Order); err != nil {
		t.Fatal(err)
	}
	until(t, soon, "the last refund to be everywhere", func() bool { return mails() == 4 && rows(ledger.Refund) == 3 })
	if p := b.now(t); p.State != string(order.Refunded) || len(p.Tickets) != 0 {
		t.Errorf("the page shows %+v", p)
	}
	audittest.Agree(t, house, h.name, time.Now())
	if taken := h.taken(); len(taken) != 1 || taken[0] != seats[0] {
		t.Errorf("taken, or the house's: %v, want %s alone", taken, seats[0])
	}
}
