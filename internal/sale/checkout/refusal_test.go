package checkout_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"foyer/internal/problem"
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
)

// Whatever the provider refuses, the buyer keeps the seats, is told which field it is about, and may choose others.
func TestARefusalKeepsTheSeats(t *testing.T) {
	for _, c := range []struct{ code, param, field, says string }{
		{"email_invalid", "customer_email", "email", "e-mail address"},
		{"parameter_invalid_string_empty", "customer_email", "email", "e-mail address"},
		{"amount_too_small", "", "seats", "less than a card can be charged"},
		{"amount_too_large", "line_items[0][price_data][unit_amount]", "seats", "more than a card can be charged"},
		{"invalid_charge_amount", "", "seats", "can't be charged"},
		{"url_invalid", "success_url", "", "the organiser"},
		{"", "", "", "the organiser"},
	} {
		t.Run(c.code+" "+c.param, func(t *testing.T) {
			w := newWorld(t, 2)
			a := w.buyers[0]
			w.chooses(a, "A-1-1")
			w.bank.before = func(call, _ string) error {
				return &pay.RefusedError{Code: c.code, Param: c.param, Cause: errors.New("400")}
			}
			var said []problem.Document
			for range 2 { // the same answer to the same request
				_, err := w.service.Start(w.ctx, a, request("1"))
				said = append(said, problem.Describe(err, ""))
				w.bank.before = func(string, string) error { return nil }
			}
			d := said[0]
			if d.Code != problem.Refused || d.Field != c.field || !strings.Contains(d.Detail, c.says) ||
				!strings.Contains(d.Detail, "your seats are kept") || d.HeldUntil != w.holds(a).Until.UnixMilli() {
				t.Errorf("the buyer reads %+v", d)
			}
			if said[1].Detail != d.Detail || said[1].Code != d.Code || said[1].Field != d.Field {
				t.Errorf("and then %+v", said[1])
			}
			for id := range w.all() {
				w.is(id, order.Cancelled, order.ByRefusal)
			}
			if h := w.holds(a); len(h.Seats) != 1 || h.Paying {
				t.Errorf("holds %+v", h)
			}
			if _, err := w.sale.Choose(w.ctx, w.buyers[1], []string{"A-1-1"}); problem.CodeOf(err) != problem.SeatTaken {
				t.Errorf("another buyer gets the seat: %v", err)
			}
			w.chooses(a, "A-1-1", "A-1-2")
			started := w.starts(a, "2")
			w.bank.pays(started.URL)
			_, err := w.service.Drive(w.ctx, started.Order, "")
			w.must(err)
			w.is(started.Order, order.Paid, "")
		})
	}
}

// The table of docs/payments.md says what the code does.
func TestTheTableOfRefusals(t *testing.T) {
	text, err := os.ReadFile("../../../docs/payments.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]checkout.Refusal{}
	_, table, _ := strings.Cut(string(text), "## What the provider may refuse")
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 4 || strings.HasPrefix(cells[0], " ---") || strings.Contains(cells[0], "code") {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if cells[1] != "yes" {
			t.Errorf("%s: seats are always kept, the table says %q", cells[0], cells[1])
		}
		rows[strings.Trim(cells[0], "`")] = checkout.Refusal{
			Field: strings.Trim(cells[2], "`–"), Detail: strings.Trim(cells[3], "“”"),
		}
	}
	if want := checkout.Refusals(); len(rows) != len(want) {
		t.Errorf("%d rows, %d in the code", len(rows), len(want))
	}
	for key, want := range checkout.Refusals() {
		if rows[key] != want {
			t.Errorf("%s: the table says %+v, the code %+v", key, rows[key], want)
		}
	}
}
