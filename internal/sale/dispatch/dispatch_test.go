package dispatch_test

import (
	"slices"
	"testing"
	"time"

	"foyer/internal/sale/dispatch"
	"foyer/internal/sale/order"
)

func TestWork(t *testing.T) {
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	in := func(s order.State, paid, refund bool) order.Order {
		o := order.Order{State: s}
		if paid {
			o.PaidAt = noon
		}
		if refund {
			o.RefundAt = noon
		}
		return o
	}
	pending, authorised, paid := in(order.Pending, false, false), in(order.Authorised, false, false),
		in(order.Paid, true, false)
	giving, closing := in(order.Paid, true, true), in(order.Closing, false, false)
	tried := authorised
	tried.Tries, tried.Due = 3, noon
	lines := []order.Line{{Seat: "A-1-1"}, {Seat: "A-1-2"}}
	paid.Lines, giving.Lines = lines, lines
	asked, back, both, heard := paid, paid, paid, paid
	heard.RefundedTotal, heard.Dispute = 5, order.Disputed
	asked.PartialRefunds = []order.PartialRefund{{Seats: []string{"A-1-1"}, AskedAt: noon}}
	back.PartialRefunds = []order.PartialRefund{{Seats: []string{"A-1-1"}, AskedAt: noon, DoneAt: noon}}
	both.PartialRefunds = append(
		slices.Clone(back.PartialRefunds),
		order.PartialRefund{Seats: []string{"A-1-2"}, AskedAt: noon},
	)
	gone := in(order.Refunded, true, true)
	failed, again, good := gone, gone, gone
	failed.FailedRefunds = []order.FailedRefund{{ID: "re_1", Amount: 5, At: noon}}
	again.FailedRefunds = []order.FailedRefund{{ID: "re_1", Amount: 5, At: noon, AskedAt: noon}}
	good.FailedRefunds = []order.FailedRefund{{ID: "re_1", Amount: 5, At: noon, AskedAt: noon, DoneAt: noon}}
	swept := again
	swept.Tries = 3
	exchanged := good
	exchanged.FailedRefunds = []order.FailedRefund{
		{ID: "re_1", Amount: 5, At: noon, AskedAt: noon, DoneAt: noon}, {ID: "re_2", Amount: 5, At: noon},
	}
	seatFailed, seatAgain, seatGood, seatExchanged := back, back, back, back
	seatFailed.FailedRefunds, seatAgain.FailedRefunds = failed.FailedRefunds, again.FailedRefunds
	seatGood.FailedRefunds, seatExchanged.FailedRefunds = good.FailedRefunds, exchanged.FailedRefunds
	all, sweptSeats := asked, asked
	all.RefundAt, sweptSeats.Tries = noon, 3
	neverSold := in(order.Refunded, false, false)
	neverSold.FailedRefunds = failed.FailedRefunds
	mailed := paid
	mailed.Mails = 1
	tells := []dispatch.Queue{dispatch.Mails, dispatch.Bookings}
	for _, c := range []struct {
		name string
		old  *order.Order
		now  order.Order
		want []dispatch.Queue
	}{
		{"a new order", nil, pending, nil},
		{"authorised: capture", &pending, authorised, []dispatch.Queue{dispatch.Payments}},
		{"looked at again", &authorised, tried, nil},
		{"paid: ticket and books", &authorised, paid, []dispatch.Queue{dispatch.Mails, dispatch.Bookings}},
		{"paid, seen first: the same", nil, paid, []dispatch.Queue{dispatch.Mails, dispatch.Bookings}},
		{"a refund was asked for", &paid, giving, []dispatch.Queue{dispatch.Payments}},
		{
			"refunded: word to the buyer, and books", &giving, in(order.Refunded, true, true),
			[]dispatch.Queue{dispatch.Mails, dispatch.Bookings},
		},
		{"the money of a seat was asked for", &paid, asked, []dispatch.Queue{dispatch.Payments}},
		{"it is back: word to the buyer, and books", &asked, back, []dispatch.Queue{dispatch.Mails, dispatch.Bookings}},
		{"that of another, too", &back, both, []dispatch.Queue{dispatch.Payments}},
		{
			"one is back, another asked for", &asked, both,
			[]dispatch.Queue{dispatch.Mails, dispatch.Bookings, dispatch.Payments},
		},
		{"an amount was heard of", &paid, heard, nil},
		{"the tickets were asked for again", &paid, mailed, []dispatch.Queue{dispatch.Mails}},
		{"charged and given back, never sold", &closing, in(order.Refunded, false, false), nil},
		{"a refund came back", &gone, failed, tells},
		{"it was asked for again", &failed, again, []dispatch.Queue{dispatch.Payments}},
		{"and made again", &again, good, tells},
		{"nothing more", &good, good, nil},
		{"looked at again while it is made again", &again, swept, nil},
		{"it was made again, and another of the same amount came back", &again, exchanged, tells},
		{"that of a seat came back", &back, seatFailed, tells},
		{"that was asked for again", &seatFailed, seatAgain, []dispatch.Queue{dispatch.Payments}},
		{"that was made again", &seatAgain, seatGood, tells},
		{"that was made again, and another of the same amount came back", &seatAgain, seatExchanged, tells},
		{"looked at again while a seat is refunded", &asked, sweptSeats, nil},
		{"the rest was asked for, too", &asked, all, []dispatch.Queue{dispatch.Payments}},
		{"paid and to be refunded, seen first", nil, giving, append(slices.Clone(tells), dispatch.Payments)},
		{"that of an order that was never sold", nil, neverSold, []dispatch.Queue{dispatch.Mails}},
		{"given up: cancel", &pending, closing, []dispatch.Queue{dispatch.Payments}},
		{"expired", &closing, in(order.Expired, false, false), nil},
		{"cancelled", &closing, in(order.Cancelled, false, false), nil},
	} {
		if got := dispatch.Work(c.old, c.now); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
