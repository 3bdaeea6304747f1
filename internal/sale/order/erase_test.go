package order

import (
	"slices"
	"testing"
	"time"

	"foyer/internal/problem"
)

func TestABuyerIsErasedForGood(t *testing.T) {
	o := Order{
		ID: "o1", Number: "K7M2P9QX4R", Zone: "main", Version: 3, State: Paid, PaidAt: at(0), Amount: 100, Currency: "eur",
		Name: "Ada", Email: "ada@example.com", EmailHash: HashEmail("main", "ada@example.com"), Request: "r",
		Lines: []Line{{Seat: "A-1-1", Price: 100}},
	}
	eve := HashEmail("main", "eve@example.com")
	for i, address := range []string{"eve@example.com", "Eve+2@example.com", "ada@example.com"} {
		var err error
		if o, _, err = Step(o, Event{Kind: Remail, Email: address}, at(i*200)); err != nil ||
			!slices.Equal(o.Corrected, []string{eve}) || o.Email != address || o.Erased() {
			t.Fatalf("corrected to %s: %+v, %v", address, o, err)
		}
	}
	o.Version = 3
	for _, state := range []State{Pending, Authorised, Closing} {
		open := o
		open.State = state
		if _, _, err := Step(open, Event{Kind: Erase}, at(1)); problem.CodeOf(err) != problem.Conflict {
			t.Errorf("%s: %v", state, err)
		}
	}
	erased, effect, err := Step(o, Event{Kind: Erase}, at(1))
	if err != nil || effect != None || erased.Version != 4 ||
		erased.Name+erased.Email+erased.EmailHash+erased.Request != "" ||
		!erased.Erased() || len(erased.Corrected) > 0 || erased.Amount != 100 || len(erased.Good()) != 1 {
		t.Errorf("%+v, %v, %v", erased, effect, err)
	}
	if again, _, err := Step(erased, Event{Kind: Erase}, at(2)); err != nil || again.Version != 4 {
		t.Errorf("again: %+v, %v", again, err)
	}
	if _, _, err := Step(erased, Event{Kind: Remail, Email: "new@example.com"}, at(2)); problem.CodeOf(err) !=
		problem.Conflict || erased.MailsLeft() != 0 {
		t.Errorf("mailed again: %v", err)
	}
	if refunded, effect, err := Step(erased, Event{Kind: RefundAll}, at(2)); err != nil || effect != IssueRefund ||
		Counted(erased, refunded) != 0 {
		t.Errorf("a refund later: %+v, %v, %v", refunded, effect, err)
	}
}

func at(s int) time.Time { return time.Date(2026, 5, 1, 12, 0, s, 0, time.UTC) }
