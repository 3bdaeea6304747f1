package order

import (
	"slices"
	"strings"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/seat"
)

// failed returns an order in a state of which so much was sent back, and of that 1000 for seat A came back again.
func failed(s State, sent int64) Order {
	o := threeSeats()
	o.State, o.RefundedTotal = s, sent
	o.FailedRefunds = []FailedRefund{{ID: "re_1", Seats: []string{"A"}, Amount: 1000, At: sold}}
	return o
}

// seen returns the event of a payment in a state, with nothing refunded.
func seen(s PaymentState) Event {
	e := money(0)
	e.Payment.State = s
	return e
}

// What the provider reports decides together with what was asked for: neither alone.
func TestHowTheMoneyStands(t *testing.T) {
	asked := func(o Order) Order { o.RefundAt = sold; return o }
	free := func(s State) Order { o := threeSeats(); o.State, o.Amount, o.Method = s, 0, Free; return o }
	for name, c := range map[string]struct {
		o      Order
		event  Event
		state  State
		effect Effect
	}{
		"free, pending":                     {free(Pending), seen(PaymentFree), Pending, Settle},
		"free, with its seats taken":        {free(Authorised), seen(PaymentFree), Paid, None},
		"free, given back":                  {asked(free(Paid)), seen(PaymentFree), Refunded, None},
		"free, and bought":                  {free(Paid), seen(PaymentFree), Paid, None},
		"given back, an old report":         {asked(threeSeats()), seen(PaymentUnpaid), Paid, None},
		"given back":                        {asked(threeSeats()), seen(PaymentCaptured), Paid, IssueRefund},
		"all sent, some came back":          {asked(failed(Paid, 6000)), seen(PaymentCaptured), Refunded, None},
		"all sent, an old report":           {asked(failed(Paid, 6000)), seen(PaymentUnpaid), Paid, None},
		"all sent by hand, some came back":  {failed(Paid, 6000), seen(PaymentCaptured), Paid, None},
		"some sent, and that came back":     {asked(failed(Paid, 5999)), seen(PaymentCaptured), Paid, IssueRefund},
		"ending, all sent, some came back":  {failed(Closing, 6000), seen(PaymentCaptured), Refunded, None},
		"ending, some sent, that came back": {failed(Closing, 5999), seen(PaymentCaptured), Closing, IssueRefund},
	} {
		o, effect, err := Step(c.o, c.event, then)
		if err != nil || o.State != c.state || effect != c.effect {
			t.Errorf("%s: %s and %v, %v; want %s and %v", name, o.State, effect, err, c.state, c.effect)
		}
	}
}

// A seat of a free order that is given back is done at once: there is no money that could follow.
func TestASeatOfAFreeOrderIsGivenBack(t *testing.T) {
	o := threeSeats()
	o.Amount, o.Method = 0, Free
	for i := range o.Lines {
		o.Lines[i].Price = 0
	}
	for _, e := range []Event{partly("A"), seen(PaymentFree)} {
		var err error
		if o, _, err = Step(o, e, then); err != nil {
			t.Fatal(err)
		}
	}
	if left := seats(o.Remaining()); left != "BC" {
		t.Errorf("left: %s", left)
	}
}

func TestTheNextRefundIsTheOneThatWasAskedForFirst(t *testing.T) {
	partial := PartialRefund{Seats: []string{"B"}, Amount: 2000, RefundedTotal: 3000, AskedAt: sold}
	done := partial
	done.DoneAt = then
	again := FailedRefund{ID: "re_1", Number: 7, Seats: []string{"A"}, Amount: 1000, At: sold}
	asked, made, early := again, again, again
	asked.AskedAt, asked.RefundedTotal = sold, 5000
	made.AskedAt, made.RefundedTotal, made.DoneAt = sold, 2000, then
	early.AskedAt, early.RefundedTotal, early.Number = sold, 2000, 8
	for name, c := range map[string]struct {
		state   State
		partial []PartialRefund
		failed  []FailedRefund
		number  int
		amount  int64
	}{
		"none":                             {Paid, nil, nil, 0, 0},
		"one that came back unasked":       {Refunded, nil, []FailedRefund{again}, 0, 0},
		"one that came back":               {Refunded, nil, []FailedRefund{asked}, 7, 1000},
		"one that was made again":          {Refunded, nil, []FailedRefund{made}, 0, 0},
		"a seat's before it":               {Paid, []PartialRefund{partial}, []FailedRefund{asked}, 1, 2000},
		"a seat's after it":                {Paid, []PartialRefund{partial}, []FailedRefund{early}, 8, 1000},
		"of two that came back":            {Paid, nil, []FailedRefund{early, asked}, 8, 1000},
		"a seat's that is done":            {Paid, []PartialRefund{done}, nil, 0, 0},
		"of an order that was never paid":  {Cancelled, []PartialRefund{partial}, nil, 0, 0},
		"of a paid order, and of the rest": {Paid, []PartialRefund{done, partial}, []FailedRefund{made}, 2, 2000},
	} {
		o := threeSeats()
		o.State, o.PartialRefunds, o.FailedRefunds = c.state, c.partial, c.failed
		if number, amount := o.NextRefund(); number != c.number || amount != c.amount {
			t.Errorf("%s: %d of %d, want %d of %d", name, number, amount, c.number, c.amount)
		}
	}
}

// A refund that came back is heard of once, is for the seats of its number, and is owed until it was made again.
func TestARefundThatCameBackIsOwedUntilItIsMadeAgain(t *testing.T) {
	step := func(o Order, e Event, at time.Duration) Order {
		t.Helper()
		o, _, err := Step(o, e, then.Add(at))
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	back := func(refunded int64, number int) Event {
		e := money(refunded)
		e.Payment.Failed = []RefundFailure{{ID: "re_1", Number: number, Amount: 2000}}
		return e
	}
	o := step(step(threeSeats(), partly("B"), 0), money(2000), time.Second)
	for range 2 { // it is reported with every payment from now on
		o = step(o, back(0, 1), 2*time.Second)
	}
	if len(o.FailedRefunds) != 1 || !slices.Equal(o.FailedRefunds[0].Seats, []string{"B"}) || o.Owed() != 2000 {
		t.Fatalf("owed %d: %+v", o.Owed(), o.FailedRefunds)
	}
	if at := o.PartialRefunds[0].DoneAt; !at.Equal(then.Add(time.Second)) {
		t.Errorf("the seat's refund was done at %v", at)
	}
	o = step(o, partly("B"), 3*time.Second)
	if len(o.PartialRefunds) != 1 || o.Owed() != 2000 {
		t.Fatalf("asked for again: owed %d, %+v", o.Owed(), o.PartialRefunds)
	}
	// Another seat's refund is done once both are: what is made again comes first.
	other := step(step(o, partly("A"), 0), back(2000, 1), 0)
	if number, amount := other.NextRefund(); other.Owed() != 0 || number != 2 || amount != 1000 {
		t.Errorf("of refund %d, %d are still to go; owed %d", number, amount, other.Owed())
	}
	if o = step(o, back(1999, 1), 4*time.Second); o.Owed() != 2000 {
		t.Error("made again by less")
	}
	if o = step(o, back(2000, 1), 5*time.Second); o.Owed() != 0 {
		t.Errorf("still owed: %+v", o.FailedRefunds)
	}
	// What was given back twice for seat B is for no other seat.
	if _, _, err := Step(o, already("A"), then); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("no money stands for seat A: %v", err)
	}
	for number, want := range map[int]string{0: "", 1: "B", 2: ""} {
		o := step(step(step(threeSeats(), partly("B"), 0), money(2000), 0), back(0, number), 0)
		if got := strings.Join(o.FailedRefunds[0].Seats, ""); got != want {
			t.Errorf("refund %d was for %q, want %q", number, got, want)
		}
	}
	whole := threeSeats()
	whole.RefundAt = sold
	if got := strings.Join(step(whole, back(0, 0), 0).FailedRefunds[0].Seats, ""); got != "ABC" {
		t.Errorf("the refund of everything was for %q", got)
	}
	byHand := step(threeSeats(), money(6000), 0)
	if got := strings.Join(step(byHand, back(4000, 0), 0).FailedRefunds[0].Seats, ""); got != "ABC" {
		t.Errorf("the refund that ended the order was for %q", got)
	}
}

// Once all of the money is with the buyer, nothing that came back is left, whether or not it was asked for again.
func TestARefundInFullMakesGoodWhatFailed(t *testing.T) {
	o := failed(Paid, 1000)
	o.FailedRefunds = append(o.FailedRefunds, FailedRefund{ID: "re_2", Amount: 1000, At: sold, AskedAt: sold})
	o, _, err := Step(o, money(6000), then)
	if err != nil || len(o.FailedRefunds) != 2 {
		t.Fatalf("%+v, %v", o.FailedRefunds, err)
	}
	for i, asked := range []time.Time{then, sold} {
		if r := o.FailedRefunds[i]; !r.AskedAt.Equal(asked) || !r.DoneAt.Equal(then) {
			t.Errorf("%s was asked for at %v and done at %v", r.ID, r.AskedAt, r.DoneAt)
		}
	}
}

// A refund that is made again is never of more than is left of the money.
func TestWhatIsMadeAgainIsWithinTheRest(t *testing.T) {
	o := failed(Refunded, 6500) // a hand gave 500 of it
	o.FailedRefunds[0].AskedAt, o.FailedRefunds[0].RefundedTotal = sold, 7000
	if _, amount := o.NextRefund(); amount != 500 {
		t.Errorf("%d are refunded next", amount)
	}
}

// What is said to be refunded is all of the money, whatever sum comes with it, and more where more was charged.
func TestARefundInFullIsOfAllThatWasCharged(t *testing.T) {
	for back, want := range map[int64]int64{0: 6000, 6000: 6000, 9000: 9000} {
		e := money(back)
		e.Payment.State = PaymentRefunded
		if o, _, err := Step(threeSeats(), e, then); err != nil || o.State != Refunded || o.RefundedTotal != want {
			t.Errorf("%d: %s, %d, %v", back, o.State, o.RefundedTotal, err)
		}
	}
}

// What the provider says of an order that has ended without money changes nothing; that it names the order isn't asked.
func TestNothingIsHeardOfAnEndedOrder(t *testing.T) {
	for _, state := range []PaymentState{PaymentCancelled, PaymentUnpaid, PaymentFree} {
		o := threeSeats()
		o.State, o.EndedAt = Expired, sold
		e := seen(state)
		e.Payment.Order = ""
		if after, effect, err := Step(o, e, then); err != nil || effect != None || after.Version != o.Version {
			t.Errorf("%s: version %d, %s, %v", state, after.Version, effect, err)
		}
	}
}

// What the message of a refund that was made by hand says is never below nothing.
func TestHowMuchWasGivenByHandIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		first Event
		want  string
	}{
		"some":                    {money(1999), "gave back 1999 that"},
		"less than what is asked": {partly("C"), "gave back 0 that"},
	} {
		o, _, err := Step(threeSeats(), c.first, then)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := Step(o, already("B"), then); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHowOftenTicketsAreMailedAgain(t *testing.T) {
	for mails, want := range map[int]int{0: MostMails, MostMails - 1: 1, MostMails: 0, MostMails + 1: 0} {
		o := threeSeats()
		o.Email, o.Mails = "ada@example.com", mails
		if got := o.MailsLeft(); got != want {
			t.Errorf("after %d mails %d are left", mails, got)
		}
	}
}

// An order that costs something isn't paid by a checkout that asked for nothing.
func TestNothingIsNoPriceOfSeats(t *testing.T) {
	for amount, settles := range map[int64]bool{0: true, 6000: false} {
		o := threeSeats()
		o.State, o.Amount = Pending, amount
		o, effect, err := Step(o, seen(PaymentFree), then)
		if err != nil || (effect == Settle) != settles || (o.Reason == ByMismatch) == settles {
			t.Errorf("%d: %s, %s, %s, %v", amount, o.State, o.Reason, effect, err)
		}
	}
}

func TestWhichDisputesThreatenTheMoney(t *testing.T) {
	for dispute, want := range map[Dispute]bool{
		Undisputed: false, Inquired: true, Disputed: true, DisputeWon: false, DisputeLost: true,
	} {
		if got := dispute.Threatens(); got != want {
			t.Errorf("%q threatens: %v", dispute, got)
		}
	}
}

func TestTheLinesOfARefundAreThoseOfItsSeats(t *testing.T) {
	if got := seats(threeSeats().LinesOf(PartialRefund{Seats: []string{"C", "A"}})); got != "AC" {
		t.Errorf("lines of %q", got)
	}
}

// A webhook may name the session before the answer to its creation comes, which alone has the address.
func TestTheAddressOfTheCheckoutIsKeptOnce(t *testing.T) {
	o := threeSeats()
	o.State = Pending
	for _, url := range []string{"https://pay.example.com/1", "https://pay.example.com/2"} {
		var err error
		if o, _, err = Step(o, Event{Kind: Opened, Session: o.Session, URL: url}, then); err != nil {
			t.Fatal(err)
		}
		if o.URL != "https://pay.example.com/1" {
			t.Errorf("the address is %s", o.URL)
		}
	}
}

// A seat that is in a refund already is passed over in the next one, and no refund is of nothing.
func TestASeatIsInOneRefund(t *testing.T) {
	o := threeSeats()
	for _, e := range []Event{partly("B"), partly("B"), partly("A", "B")} {
		var err error
		if o, _, err = Step(o, e, then); err != nil {
			t.Fatal(err)
		}
	}
	if len(o.PartialRefunds) != 2 || o.PartialRefunds[1].Amount != 1000 {
		t.Errorf("%+v", o.PartialRefunds)
	}
}

// While all of an order is being refunded, no seat of it is refunded beside that.
func TestASeatIsNotRefundedBesideTheWholeOrder(t *testing.T) {
	o := threeSeats()
	for _, e := range []Event{whole(), partly("B")} {
		var err error
		if o, _, err = Step(o, e, then); err != nil {
			t.Fatal(err)
		}
	}
	if len(o.PartialRefunds) > 0 {
		t.Errorf("%+v", o.PartialRefunds)
	}
}

func TestWhatTheBankHasIsSaid(t *testing.T) {
	o := threeSeats()
	for dispute, want := range map[Dispute]string{DisputeLost: "is lost", Disputed: "once that is won"} {
		o.Dispute = dispute
		if _, _, err := Step(o, whole(), then); problem.CodeOf(err) != problem.Conflict ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", dispute, err)
		}
	}
}

// Only a paid order that nobody gives back has tickets, and only those can be mailed again.
func TestTicketsAreGoodWhileTheOrderIsPaid(t *testing.T) {
	for _, s := range []State{Pending, Authorised, Closing, Expired, Cancelled, Refunded} {
		o := threeSeats()
		o.State, o.Email = s, "ada@example.com"
		if len(o.Good()) > 0 || o.MailsLeft() > 0 {
			t.Errorf("%s: %d tickets, %d mails", s, len(o.Good()), o.MailsLeft())
		}
	}
	o := threeSeats()
	if o.MailsLeft() != 0 {
		t.Error("an erased buyer is written to")
	}
	if o.Email = "ada@example.com"; o.MailsLeft() != MostMails {
		t.Errorf("%d mails left", o.MailsLeft())
	}
}

func TestAnOrderThatIsRefundedWaitsSinceItWasAsked(t *testing.T) {
	o := threeSeats()
	o.PartialRefunds = []PartialRefund{{AskedAt: sold, DoneAt: sold}, {AskedAt: then.Add(1)}, {AskedAt: then}}
	if got := o.OverdueFrom(); !got.Equal(then) {
		t.Errorf("waits since %v, want %v", got, then)
	}
}

// Past its grace a pending order is looked at later, not in the past.
func TestAStalledOrderIsDueInTheFuture(t *testing.T) {
	o := Order{State: Pending, PayBy: sold}
	for _, at := range []time.Time{sold.Add(Grace), sold.Add(Grace + time.Hour)} {
		if next := stalled(o, Event{}, at); !next.Due.After(at) {
			t.Errorf("due at %v, looked at %v", next.Due, at)
		}
	}
}

// Seats go to the house only where the refund says so.
func TestOnlyWhatIsMeantGoesToTheHouse(t *testing.T) {
	before := threeSeats()
	after := before
	after.PartialRefunds = []PartialRefund{
		{Seats: []string{"A"}, ToHouse: true, DoneAt: then}, {Seats: []string{"B"}, DoneAt: then},
	}
	s := Released(before, after)
	if !slices.Equal(s.Seats, []string{"A", "B"}) || !slices.Equal(s.ToHouse, []string{"A"}) {
		t.Errorf("%v, to the house %v", s.Seats, s.ToHouse)
	}
}

// The standard price isn't counted beside the seats, under either of its names.
func TestCountedAt(t *testing.T) {
	o := Order{State: Pending, Limit: 3}
	o.Lines = []Line{{Seat: "A"}, {Seat: "B", Type: seat.Standard}, {Seat: "C", Type: "child", Most: 2}}
	if n := CountedAt(Order{}, o); len(n) != 1 || n["child"] != 1 {
		t.Errorf("counted %v", n)
	}
	gone := o
	gone.State = Cancelled
	if n := CountedAt(o, gone); len(n) != 1 || n["child"] != -1 {
		t.Errorf("counted %v when it ended", n)
	}
	for bought, want := range map[int]problem.Code{0: "", 1: problem.Limit} {
		if err := WithinLimits(o, bought, nil); problem.CodeOf(err) != want {
			t.Errorf("three of three seats, %d bought: %v", bought, err)
		}
	}
	for bought, want := range map[int]problem.Code{1: "", 2: problem.Limit} {
		if err := WithinLimits(o, 0, map[string]int{"child": bought}); problem.CodeOf(err) != want {
			t.Errorf("one of two children, %d bought: %v", bought, err)
		}
	}
}
