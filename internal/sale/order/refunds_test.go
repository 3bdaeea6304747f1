package order

import (
	"slices"
	"testing"
	"time"

	"foyer/internal/problem"
)

var (
	sold = time.UnixMilli(1_790_000_000_000).UTC()
	then = sold.Add(time.Hour)
)

// threeSeats returns a paid order of three seats at 1000, 2000 and 3000.
func threeSeats() Order {
	o := Order{
		ID:       "o1",
		Version:  7,
		State:    Paid,
		PaidAt:   sold,
		Amount:   6000,
		Currency: "eur",
		Session:  "cs_1",
		Payment:  "pi_1",
	}
	for i, id := range []string{"A", "B", "C"} {
		o.Lines = append(o.Lines, Line{Seat: id, Price: int64(1000 * (i + 1))})
	}
	return o
}

// money returns what the provider says after it refunded so much.
func money(back int64) Event {
	p := Payment{
		Order:         "o1",
		Session:       "cs_1",
		ID:            "pi_1",
		State:         PaymentCaptured,
		Amount:        6000,
		Currency:      "eur",
		RefundedTotal: back,
	}
	if back == 6000 {
		p.State = PaymentRefunded
	}
	return Event{Kind: PaymentSeen, Payment: p}
}

func partly(seats ...string) Event { return Event{Kind: RefundSeats, Seats: seats} }

func already(seats ...string) Event {
	return Event{Kind: RefundSeats, Seats: seats, AlreadyRefunded: true}
}

func whole() Event { return Event{Kind: RefundAll} }

// seats returns the seats of lines, for comparing.
func seats(lines []Line) (text string) {
	for _, l := range lines {
		text += l.Seat
	}
	return text
}

func TestRefundsOfSeats(t *testing.T) {
	for name, c := range map[string]struct {
		events     []Event
		state      State
		left, good string // seats
		number     int    // what is to be given back next
		amount     int64
	}{
		"nothing":                {nil, Paid, "ABC", "ABC", 0, 0},
		"asked for":              {[]Event{partly("B")}, Paid, "ABC", "AC", 1, 2000},
		"asked for twice":        {[]Event{partly("B"), partly("B", "B")}, Paid, "ABC", "AC", 1, 2000},
		"done":                   {[]Event{partly("B"), money(2000)}, Paid, "AC", "AC", 0, 0},
		"an old answer after it": {[]Event{partly("B"), money(2000), money(0)}, Paid, "AC", "AC", 0, 0},
		"not done by less":       {[]Event{partly("B"), money(1999)}, Paid, "ABC", "AC", 1, 2000},
		"one after the other":    {[]Event{partly("B"), partly("A", "B")}, Paid, "ABC", "C", 1, 2000},
		"the first of two done":  {[]Event{partly("B"), partly("A"), money(2000)}, Paid, "AC", "C", 2, 1000},
		"both done":              {[]Event{partly("B"), partly("A"), money(3000)}, Paid, "C", "C", 0, 0},
		"all seats, one by one": {
			[]Event{partly("A"), partly("B"), money(3000), partly("C"), money(6000)}, Refunded, "", "", 0, 0,
		},
		"given by hand: nobody's seat":       {[]Event{money(2000)}, Paid, "ABC", "ABC", 0, 0},
		"given by hand, then a seat as well": {[]Event{money(500), partly("B")}, Paid, "ABC", "AC", 1, 2000},
		"which is done when both are back":   {[]Event{money(500), partly("B"), money(2500)}, Paid, "AC", "AC", 0, 0},
		"and not when less is": {
			[]Event{partly("B"), money(2500), partly("A"), money(3000)}, Paid, "AC", "C", 2, 1000,
		},
		"the rest, where a hand was fast":  {[]Event{partly("B"), partly("C"), money(3500)}, Paid, "AC", "A", 2, 2500},
		"given by hand for this seat":      {[]Event{money(2000), already("B"), money(2000)}, Paid, "AC", "AC", 0, 0},
		"everything while a seat is asked": {[]Event{partly("B"), whole()}, Paid, "ABC", "", 0, 0},
		"everything after a seat": {
			[]Event{partly("B"), money(2000), whole(), money(6000)}, Refunded, "", "", 0, 0,
		},
		"a seat while everything is":          {[]Event{whole(), partly("B")}, Paid, "ABC", "", 0, 0},
		"a seat after everything":             {[]Event{whole(), money(6000), partly("B")}, Refunded, "ABC", "", 0, 0},
		"the last bit, where a hand was fast": {[]Event{partly("C"), money(3500)}, Paid, "AB", "AB", 0, 0},
	} {
		o := threeSeats()
		for i, e := range c.events {
			next, _, err := Step(o, e, then.Add(time.Duration(i)*time.Second))
			if err != nil {
				t.Errorf("%s: event %d: %v", name, i, err)
			}
			o = next
		}
		number, amount := o.NextRefund()
		left := o.Remaining()
		if o.State == Refunded && name != "a seat after everything" {
			left = nil
		}
		if o.State != c.state || seats(left) != c.left || seats(o.Good()) != c.good || number != c.number ||
			amount != c.amount {
			t.Errorf(
				"%s: %s, left %s, good %s, next %d: %d; want %+v",
				name,
				o.State,
				seats(left),
				seats(o.Good()),
				number,
				amount,
				c,
			)
		}
		if o.Open() != (c.number > 0 || o.State == Paid && !o.RefundAt.IsZero()) {
			t.Errorf("%s: open %v", name, o.Open())
		}
	}
}

func TestRefundsOfSeatsThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		events []Event
		want   problem.Code
	}{
		"another order's seat":                   {[]Event{partly("A", "Z")}, problem.Invalid},
		"more than there is":                     {[]Event{money(4000), partly("C")}, problem.Conflict},
		"more than there is, with what is asked": {[]Event{money(2000), partly("C"), partly("B")}, problem.Conflict},
		"already, and it isn't":                  {[]Event{money(1999), already("B")}, problem.Conflict},
		"already, for another":                   {[]Event{partly("B"), money(2000), already("A")}, problem.Conflict},
	} {
		o := threeSeats()
		for i, e := range c.events {
			next, _, err := Step(o, e, then)
			if last := i == len(c.events)-1; last != (err != nil) ||
				last && (problem.CodeOf(err) != c.want || next.Version != o.Version) {
				t.Errorf("%s: event %d: %v, want %s", name, i, err, c.want)
			}
			o = next
		}
	}
	for _, s := range []State{Pending, Authorised, Closing, Expired, Cancelled} {
		o := threeSeats()
		o.State = s
		if _, _, err := Step(o, partly("A"), then); problem.CodeOf(err) != problem.Conflict {
			t.Errorf("a seat of an order that is %s: %v", s, err)
		}
	}
}

func TestWhatAChangeGivesBack(t *testing.T) {
	paid := threeSeats()
	asked, _, _ := Step(paid, Event{Kind: RefundSeats, Seats: []string{"A"}, ToHouse: true}, then)
	done, _, _ := Step(asked, money(1000), then)
	gone, _, _ := Step(done, money(6000), then)
	for name, c := range map[string]struct {
		before, after Order
		seats, keep   []string
		mark          string
	}{
		"asked for":   {paid, asked, nil, nil, "o1#8"},
		"back":        {asked, done, []string{"A"}, []string{"A"}, "o1#9"},
		"the rest":    {done, gone, []string{"B", "C"}, nil, ""},
		"all at once": {paid, gone, []string{"A", "B", "C"}, []string{"A"}, ""},
		"never taken": {Order{State: Pending, Lines: paid.Lines}, Order{State: Closing, Lines: paid.Lines}, nil, nil, ""},
		"an authorised": {
			Order{State: Authorised, Lines: paid.Lines}, Order{State: Cancelled, Lines: paid.Lines}, []string{"A", "B", "C"},
			nil, "",
		},
		"paid and taken": {Order{State: Authorised, Lines: paid.Lines, ID: "o1"}, paid, nil, nil, "o1#7"},
	} {
		if s := Released(c.before, c.after); !slices.Equal(s.Seats, c.seats) || !slices.Equal(s.ToHouse, c.keep) ||
			s.Mark != c.mark {
			t.Errorf("%s: %+v", name, s)
		}
	}
	sale := paid
	sale.AuthorisedAt = sold.Add(-time.Second)
	for name, c := range map[string]struct {
		got, want time.Time
	}{
		"taken":         {Settlement(Order{State: Authorised, AuthorisedAt: sold}).At, sold},
		"a seat back":   {Released(asked, done).At, then},
		"the rest back": {Released(done, gone).At, gone.EndedAt},
		"paid":          {Settlement(sale).At, sold},
	} {
		if !c.got.Equal(c.want) {
			t.Errorf("%s: seats changed at %v, want %v", name, c.got, c.want)
		}
	}
	if n := Counted(asked, done); n != -1 {
		t.Errorf("an address is counted %d less for a seat", -n)
	}
	if gone.EndedAt.IsZero() || gone.Moved() != gone.EndedAt || done.Moved() != then || paid.Moved() != sold {
		t.Error("when an order moved last")
	}
}

func TestDisputesAreRemembered(t *testing.T) {
	o := threeSeats()
	for _, c := range []struct{ told, want Dispute }{
		{Undisputed, Undisputed}, {Disputed, Disputed}, {Undisputed, Disputed}, {DisputeWon, DisputeWon},
		{Undisputed, DisputeWon}, {Disputed, Disputed}, {DisputeLost, DisputeLost}, // the bank only inquired at first
	} {
		e := money(0)
		e.Payment.Dispute = c.told
		next, effect, err := Step(o, e, then)
		if err != nil || effect != None || next.Dispute != c.want || next.State != Paid ||
			(next.Version > o.Version) != (next.Dispute != o.Dispute) {
			t.Errorf(
				"told %q: %q, effect %q, version %d → %d, error %v",
				c.told,
				next.Dispute,
				effect,
				o.Version,
				next.Version,
				err,
			)
		}
		o = next
	}
}
