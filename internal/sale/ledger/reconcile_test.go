package ledger_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"foyer/internal/sale/ledger"
	"foyer/internal/sale/order"
)

// sound returns a sale in which all sources agree.
func sound() ledger.Statement {
	part := paid("o6", "A-1-6", "A-1-7")
	part.PartialRefunds = []order.PartialRefund{
		{Seats: []string{"A-1-6"}, Amount: 4550, RefundedTotal: 4550, AskedAt: noon, DoneAt: noon.Add(time.Minute)},
	}
	part.RefundedTotal = 4550
	gone := paid("o3", "A-1-4")
	gone.State, gone.PaidAt = order.Expired, time.Time{}
	s := ledger.Statement{
		Taken:  []ledger.Taken{{"A-1-1", "o1"}, {"A-1-2", "o1"}, {"A-1-7", "o6"}},
		Orders: []order.Order{paid("o1", "A-1-1", "A-1-2"), refunded(paid("o2", "A-1-3")), gone, part},
		Payments: map[string]order.Payment{
			"o1": {Order: "o1", State: order.PaymentCaptured, Amount: 9100, Currency: "eur"},
			"o2": {Order: "o2", State: order.PaymentRefunded, Amount: 4550, Currency: "eur"},
			"o3": {Order: "o3", State: order.PaymentCancelled},
			"o6": {Order: "o6", State: order.PaymentCaptured, Amount: 9100, RefundedTotal: 4550, Currency: "eur"},
		},
	}
	for _, o := range s.Orders {
		s.Entries = append(s.Entries, ledger.EntriesOf(o)...)
	}
	return s
}

func TestASoundSaleHasNoDisagreement(t *testing.T) {
	if got := sound().Disagreements(noon.Add(24 * time.Hour)); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

func TestEveryKindOfDisagreementIsFound(t *testing.T) {
	pay := func(s *ledger.Statement, id string, change func(p *order.Payment)) {
		p := s.Payments[id]
		change(&p)
		s.Payments[id] = p
	}
	for want, spoil := range map[string]func(s *ledger.Statement){
		"order o9: seat A-9-9: the seat is taken by an order that doesn't exist": func(s *ledger.Statement) {
			s.Taken = append(s.Taken, ledger.Taken{Seat: "A-9-9", Order: "o9"})
		},
		"order o3: seat A-1-4: the seat is taken by an order that is expired": func(s *ledger.Statement) {
			s.Taken = append(s.Taken, ledger.Taken{Seat: "A-1-4", Order: "o3"})
		},
		"order o1: seat A-7-7: the seat is taken by an order that isn't of it": func(s *ledger.Statement) {
			s.Taken = append(s.Taken, ledger.Taken{Seat: "A-7-7", Order: "o1"})
		},
		"order o1: seat A-1-2: the order is paid but the seat is not taken": func(s *ledger.Statement) {
			s.Taken = slices.Delete(s.Taken, 1, 2)
		},
		"order o4: seat A-1-1: the seat is sold twice, also in order o1": func(s *ledger.Statement) {
			s.Orders = append(s.Orders, paid("o4", "A-1-1"))
			s.Payments["o4"] = order.Payment{State: order.PaymentCaptured, Amount: 4550, Currency: "eur"}
			s.Entries = append(s.Entries, ledger.EntriesOf(paid("o4", "A-1-1"))...)
		},
		`order o1: it is paid, the provider says "reserved"`: func(s *ledger.Statement) {
			pay(s, "o1", func(p *order.Payment) { p.State = order.PaymentAuthorised })
		},
		`order o3: it is expired, the provider says "captured"`: func(s *ledger.Statement) {
			pay(s, "o3", func(p *order.Payment) { p.State = order.PaymentCaptured })
		},
		`order o2: it is refunded, the provider says "captured"`: func(s *ledger.Statement) {
			pay(s, "o2", func(p *order.Payment) { p.State = order.PaymentCaptured })
		},
		"order o2: a refund of 4550 eur came back from the buyer's bank and was not made again": func(s *ledger.Statement) {
			i := slices.IndexFunc(s.Orders, func(o order.Order) bool { return o.ID == "o2" })
			s.Entries = slices.DeleteFunc(s.Entries, func(e ledger.Entry) bool { return e.Order == "o2" })
			s.Orders[i].FailedRefunds = []order.FailedRefund{{ID: "re_1", Seats: []string{"A-1-3"}, Amount: 4550, At: noon}}
			s.Entries = append(s.Entries, ledger.EntriesOf(s.Orders[i])...)
			pay(s, "o2", func(p *order.Payment) { p.State, p.RefundedTotal = order.PaymentCaptured, 0 })
		},
		`order o1: it is paid, the provider says ""`: func(s *ledger.Statement) {
			delete(s.Payments, "o1")
		},
		"order o1: it asks for 9100 eur, the provider charged 9101 eur": func(s *ledger.Statement) {
			pay(s, "o1", func(p *order.Payment) { p.Amount++ })
		},
		"order o1: the provider gave the money back, the order is still paid": func(s *ledger.Statement) {
			pay(s, "o1", func(p *order.Payment) { p.State = order.PaymentRefunded })
		},
		"order o1: seat A-1-1: the ledger lacks the sale": func(s *ledger.Statement) {
			s.Entries = s.Entries[1:]
		},
		"order o2: seat A-1-3: the ledger lacks the refund": func(s *ledger.Statement) {
			s.Entries = slices.Delete(s.Entries, 3, 4)
		},
		"order o8: seat A-1-1: the ledger has a sale of an order that doesn't exist": func(s *ledger.Statement) {
			e := s.Entries[0]
			e.Order = "o8"
			s.Entries = append(s.Entries, e)
		},
		"order o1: seat A-1-1: the ledger has a refund that the order doesn't tell of": func(s *ledger.Statement) {
			e := s.Entries[0]
			e.Kind = ledger.Refund
			s.Entries = append(s.Entries, e)
		},
		"order o1: seat A-1-1: the ledger has the sale differently: 1 eur, not 4550 eur": func(s *ledger.Statement) {
			s.Entries[0].Amount = 1
		},
		"order o5: it is still pending past its deadline": func(s *ledger.Statement) {
			o := paid("o5", "A-1-5")
			o.State, o.PaidAt = order.Pending, time.Time{}
			s.Orders = append(s.Orders, o)
		},
		"order o1: the provider gave back 500, of which 500 is for no seat": func(s *ledger.Statement) {
			pay(s, "o1", func(p *order.Payment) { p.RefundedTotal = 500 })
		},
		"order o6: the provider gave back 4000, its refunded seats cost 4550": func(s *ledger.Statement) {
			pay(s, "o6", func(p *order.Payment) { p.RefundedTotal = 4000 })
		},
		"order o6: seat A-1-6: the seat is taken by an order that isn't of it": func(s *ledger.Statement) {
			s.Taken = append(s.Taken, ledger.Taken{Seat: "A-1-6", Order: "o6"})
		},
		"order o6: seat A-1-6: the ledger lacks the refund": func(s *ledger.Statement) {
			s.Entries = slices.DeleteFunc(
				s.Entries, func(e ledger.Entry) bool { return e.Seat == "A-1-6" && e.Kind == ledger.Refund },
			)
		},
		"order o7: the refund of [A-1-8] is still under way": func(s *ledger.Statement) {
			o := paid("o7", "A-1-8")
			o.PartialRefunds = []order.PartialRefund{{Seats: []string{"A-1-8"}, Amount: 4550, AskedAt: noon}}
			s.Orders, s.Taken = append(s.Orders, o), append(s.Taken, ledger.Taken{Seat: "A-1-8", Order: "o7"})
			s.Payments["o7"] = order.Payment{State: order.PaymentCaptured, Amount: 4550, Currency: "eur"}
			s.Entries, s.Orders[len(s.Orders)-1].Due = append(s.Entries, ledger.EntriesOf(o)...), noon.Add(48*time.Hour)
		},
		// Each look puts the next one off, so that none is ever overdue.
		"order o1: it is still authorised": func(s *ledger.Statement) {
			o := &s.Orders[0]
			o.State, o.PaidAt, o.AuthorisedAt, o.Tries, o.Due = order.Authorised, time.Time{}, noon, 9, noon.Add(48*time.Hour)
			s.Entries = slices.DeleteFunc(s.Entries, func(e ledger.Entry) bool { return e.Order == "o1" })
			pay(s, "o1", func(p *order.Payment) { p.State = order.PaymentAuthorised })
		},
		"order o1: the refund of all of it is still under way": func(s *ledger.Statement) {
			s.Orders[0].RefundAt, s.Orders[0].Tries, s.Orders[0].Due = noon, 9, noon.Add(48*time.Hour)
		},
		"order o3: it is still closing": func(s *ledger.Statement) {
			o := &s.Orders[2]
			o.State, o.Tries, o.Due = order.Closing, 9, noon.Add(48*time.Hour)
			pay(s, "o3", func(p *order.Payment) { p.State = order.PaymentAuthorised })
		},
		"order o1: the buyer's bank disputes the payment of 9100 eur: open": func(s *ledger.Statement) {
			pay(s, "o1", func(p *order.Payment) { p.Dispute = order.Disputed })
		},
		"order o1: the buyer's bank disputes the payment of 9100 eur: lost": func(s *ledger.Statement) {
			s.Orders[0].Dispute = order.DisputeLost
		},
		"order o1: its seats cost 9100, it asks for 1": func(s *ledger.Statement) {
			s.Orders[0].Amount = 1
			pay(s, "o1", func(p *order.Payment) { p.Amount = 1 })
		},
	} {
		s := sound()
		spoil(&s)
		got := s.Disagreements(noon.Add(24 * time.Hour))
		if len(got) != 1 || !strings.HasPrefix(got[0].String(), want) {
			t.Errorf("want %q, got %q", want, got)
		}
		if strings.Contains(want, "still") || strings.Contains(want, "lacks") {
			if got := s.Disagreements(noon.Add(-24 * time.Hour)); len(got) != 0 {
				t.Errorf("%q, though it isn't settled yet", got)
			}
		}
	}
}

// What fits in one thing alone doesn't fit.
func TestWhatMostlyFitsIsADisagreement(t *testing.T) {
	captured := order.Payment{State: order.PaymentCaptured, Amount: 9100, Currency: "eur"}
	for name, c := range map[string]struct {
		change func(o *order.Order, p *order.Payment)
		want   string
	}{
		"as it should be":  {func(*order.Order, *order.Payment) {}, ""},
		"another currency": {func(_ *order.Order, p *order.Payment) { p.Currency = "usd" }, "charged 9100 usd"},
		"a free order that the provider was asked about": {func(o *order.Order, p *order.Payment) {
			o.Method, o.Session, *p = order.Free, "cs_1", order.Payment{}
		}, `the provider says ""`},
		"sent back, though it expired": {func(o *order.Order, p *order.Payment) {
			o.State, p.RefundedTotal = order.Expired, 9100
		}, `it is expired, the provider says "captured"`},
		"sent back, though it was never captured": {func(o *order.Order, p *order.Payment) {
			o.State, p.State, p.RefundedTotal = order.Refunded, order.PaymentAuthorised, 9100
		}, `it is refunded, the provider says "reserved"`},
		"refunded at the provider": {func(o *order.Order, p *order.Payment) {
			o.State, p.State, p.RefundedTotal = order.Refunded, order.PaymentRefunded, 9100
		}, ""},
	} {
		o, p := paid("o1", "A-1-1", "A-1-2"), captured
		c.change(&o, &p)
		s := ledger.Statement{Orders: []order.Order{o}, Payments: map[string]order.Payment{"o1": p}}
		s.Entries = ledger.EntriesOf(o)
		if o.Takes() {
			s.Taken = []ledger.Taken{{Seat: "A-1-1", Order: "o1"}, {Seat: "A-1-2", Order: "o1"}}
		}
		got := s.Disagreements(noon.Add(24 * time.Hour))
		if len(got) > 1 || (len(got) == 1) != (c.want != "") || len(got) == 1 && !strings.Contains(got[0].String(), c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if fits := ledger.Fits(o, p); fits != (c.want == "") {
			t.Errorf("%s: it fits: %v", name, fits)
		}
	}
}

// A refund in full that the provider has made is only not heard of yet.
func TestARefundThatWasAskedForIsNoSurprise(t *testing.T) {
	s := sound()
	s.Orders[0].RefundAt = noon.Add(24 * time.Hour)
	p := s.Payments["o1"]
	p.State = order.PaymentRefunded
	s.Payments["o1"] = p
	if got := s.Disagreements(noon.Add(24 * time.Hour)); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// An order that ends is late once nobody looks at it in time, or after many looks.
func TestWhenAnOrderThatEndsIsLate(t *testing.T) {
	for _, c := range []struct {
		tries int
		due   time.Duration
		late  bool
	}{{0, time.Hour, true}, {0, 48 * time.Hour, false}, {5, 48 * time.Hour, false}, {6, 48 * time.Hour, true}} {
		s := sound()
		s.Orders[2].State, s.Orders[2].Tries, s.Orders[2].Due = order.Closing, c.tries, noon.Add(c.due)
		s.Payments["o3"] = order.Payment{Order: "o3", State: order.PaymentAuthorised}
		if got := s.Disagreements(noon.Add(24 * time.Hour)); (len(got) > 0) != c.late {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestWhatIsOnItsWayIsNotMissedYet(t *testing.T) {
	s := sound()
	s.Entries = nil
	if got := s.Disagreements(noon); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// What the provider says now counts, not what the order has: the webhook of a dispute's end may be lost.
func TestADisputeThatWasWonIsListedNoMore(t *testing.T) {
	s := sound()
	s.Orders[0].Dispute = order.Disputed
	won := s.Payments["o1"]
	won.Dispute = order.DisputeWon
	s.Payments["o1"] = won
	if got := s.Disagreements(noon.Add(24 * time.Hour)); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
