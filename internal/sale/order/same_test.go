package order

import (
	"testing"
	"time"
)

// TestEveryChangeOfAStepIsSeen changes one thing of an order after the other: each makes it another one, which is
// written.
func TestEveryChangeOfAStepIsSeen(t *testing.T) {
	whole := func() Order {
		o := threeSeats()
		o.PartialRefunds = []PartialRefund{{Seats: []string{"A"}, Amount: 1000, AskedAt: sold}}
		o.FailedRefunds = []FailedRefund{{ID: "re_1", Seats: []string{"B"}, Amount: 2000, At: sold}}
		return o
	}
	if !same(whole(), whole()) {
		t.Fatal("an order isn't the same as itself")
	}
	for name, change := range map[string]func(*Order){
		"state": func(o *Order) { o.State = Refunded }, "reason": func(o *Order) { o.Reason = ByRefusal },
		"used keys": func(o *Order) { o.UsedKeys++ }, "session": func(o *Order) { o.Session = "cs_2" },
		"address of the page": func(o *Order) { o.URL = "https://pay.example/2" },
		"payment":             func(o *Order) { o.Payment = "pi_2" }, "tries": func(o *Order) { o.Tries++ },
		"refund asked for": func(o *Order) { o.RefundAt = then }, "due": func(o *Order) { o.Due = then },
		"refunded": func(o *Order) { o.RefundedTotal++ }, "dispute": func(o *Order) { o.Dispute = "lost" },
		"mails":                            func(o *Order) { o.Mails++ },
		"a partial refund is done":         func(o *Order) { o.PartialRefunds[0].DoneAt = then },
		"a partial refund has other seats": func(o *Order) { o.PartialRefunds[0].Seats = []string{"A", "C"} },
		"another partial refund": func(o *Order) {
			o.PartialRefunds = append(o.PartialRefunds, PartialRefund{Seats: []string{"C"}})
		},
		"another refund failed":          func(o *Order) { o.FailedRefunds[0].ID = "re_2" },
		"a failed refund is asked again": func(o *Order) { o.FailedRefunds[0].AskedAt = then },
		"a failed refund is made again":  func(o *Order) { o.FailedRefunds[0].DoneAt = then },
		"one more refund failed": func(o *Order) {
			o.FailedRefunds = append(o.FailedRefunds, FailedRefund{ID: "re_2"})
		},
	} {
		if o := whole(); same(whole(), changed(o, change)) {
			t.Errorf("%s: not seen", name)
		}
	}
}

func changed(o Order, change func(*Order)) Order {
	change(&o)
	return o
}

// A refund that failed is asked for again once, and only for the seats that are meant.
func TestAFailedRefundIsAskedForAgainOnceAndForItsSeats(t *testing.T) {
	o := threeSeats()
	o.FailedRefunds = []FailedRefund{
		{ID: "re_1", Seats: []string{"A"}, Amount: 1000, At: sold},
		{ID: "re_2", Seats: []string{"B"}, Amount: 2000, At: sold},
		{ID: "re_3", Seats: []string{"C"}, Amount: 3000, At: sold, AskedAt: sold, RefundedTotal: 3000},
		{ID: "re_4", Seats: []string{"C"}, Amount: 3000, At: sold, AskedAt: sold, RefundedTotal: 3000, DoneAt: sold},
	}
	asked := refundAgain(o, []string{"A", "C"}, then)
	for i, want := range []time.Time{then, {}, sold, sold} {
		if got := asked.FailedRefunds[i].AskedAt; !got.Equal(want) {
			t.Errorf("%s was asked for at %v, want %v", asked.FailedRefunds[i].ID, got, want)
		}
	}
	if asked.UsedKeys != o.UsedKeys+1 {
		t.Errorf("%d keys used for one refund", asked.UsedKeys-o.UsedKeys)
	}
	if again := refundAgain(asked, []string{"A", "C"}, then.Add(time.Hour)); !same(again, asked) {
		t.Errorf("asked for once more: %+v", again.FailedRefunds)
	}
}

// Money that was sent back and arrived is no reason to look for refunds that failed.
func TestNothingIsOwedOfRefundsThatArrived(t *testing.T) {
	o := threeSeats()
	o.RefundedTotal = o.Amount
	if o.sentAll() {
		t.Error("all was sent back, and none of it failed")
	}
	o.FailedRefunds = []FailedRefund{{ID: "re_1", Amount: 1000, At: sold}}
	if !o.sentAll() {
		t.Error("all was sent back, and some of it failed")
	}
}

// A seat that is named twice is refunded once.
func TestASeatNamedTwiceIsRefundedOnce(t *testing.T) {
	o, _, err := refundSeats(threeSeats(), partly("A", "A"), then)
	if err != nil || len(o.PartialRefunds) != 1 || o.PartialRefunds[0].Amount != 1000 {
		t.Errorf("%+v, %v", o.PartialRefunds, err)
	}
}
