package crowd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Sales counts what the buyers of a crowd have done. Paid, Ended, Empty, Dropped and the buyers still at it make up
// Buyers, except for those who failed or were turned out.
type Sales struct {
	Buyers   int `json:"buyers"`   // of all who entered, came to buy
	Chosen   int `json:"chosen"`   // seats they locked; those they exchanged count again
	Typed    int `json:"typed"`    // of them, those at a price type that isn't the standard one
	Lost     int `json:"lost"`     // choices that somebody else was quicker with
	Swapped  int `json:"swapped"`  // choices changed
	Released int `json:"released"` // choices given up
	Orders   int `json:"orders"`   // went on to pay
	Declined int `json:"declined"` // cards refused
	Paid     int `json:"paid"`     // read that their seats are paid
	Seats    int `json:"seats"`    // seats that these have
	Ended    int `json:"ended"`    // gave up or lost an order, or were over the limit: nothing was charged
	Dropped  int `json:"dropped"`  // left silently, at some step
	Empty    int `json:"empty"`    // found no seats, or didn't want them after all
}

// sold notes in the sales.
func (v *visitor) sold(change func(*Sales)) { v.tally.note(func(s *Stats) { change(&s.Sales) }) }

// Ways for a visit to end early.
var (
	errEvicted = errors.New("is inside no more")
	errNothing = errors.New("found no seats")
	errOver    = errors.New("the order came to nothing")
)

// buy is the time inside of a visitor who came for seats.
func (v *visitor) buy(ctx context.Context) error {
	o, err := read[overview](ctx, v, "map")
	if err != nil {
		return err
	}
	if len(o.Sections) == 0 {
		return v.look(ctx) // nothing is sold here
	}
	v.sold(func(s *Sales) { s.Buyers++ })
	err = v.shop(ctx, o)
	switch {
	case errors.Is(err, errNothing):
		v.sold(func(s *Sales) { s.Empty++ })
		return nil
	case errors.Is(err, errOver):
		v.sold(func(s *Sales) { s.Ended++ })
		return nil
	case errors.Is(err, errGone):
		v.sold(func(s *Sales) { s.Dropped++ })
	}
	return err
}

// shop chooses, pays and waits for the answer.
func (v *visitor) shop(ctx context.Context, o overview) error {
	if err := v.drop(ctx, looking); err != nil {
		return err
	}
	if err := v.choose(ctx, o); err != nil {
		return err
	}
	if v.purchase.swaps {
		v.swap(ctx, o)
	}
	if v.purchase.relents {
		v.release(ctx)
		return errNothing
	}
	if err := v.drop(ctx, chosen); err != nil {
		return err
	}
	return v.checkOut(ctx)
}

// drop lets a buyer think, and leave silently if this is the step.
func (v *visitor) drop(ctx context.Context, at step) error {
	if err := v.think(ctx); err != nil {
		return err
	}
	if v.purchase.drops == at {
		return errGone
	}
	return v.renew(ctx)
}

// think passes some of the time that a visitor stays.
func (v *visitor) think(ctx context.Context) error {
	return v.pause(ctx, v.stay/16+v.upTo(v.stay/8))
}

// choose locks seats: again and again while others are quicker, with fewer wishes each time, until patience ends.
func (v *visitor) choose(ctx context.Context, o overview) error {
	want, best := v.purchase.seats, v.purchase.best
	for ends := v.now().Add(2 * v.stay); ; {
		a, err := v.ask(ctx, o, want, best)
		switch {
		case err != nil:
			return err
		case a.status == http.StatusOK:
			return nil
		case want > 1:
			want--
		case best: // what is left isn't offered to everybody: places for wheelchairs
			best = false
		}
		if !v.now().Before(ends) {
			return errNothing
		}
		if err := v.think(ctx); err != nil {
			return err
		}
		if err := v.renew(ctx); err != nil {
			return err
		}
	}
}

// ask asks for seats once; an answer without seats to try again after has no status.
func (v *visitor) ask(ctx context.Context, o overview, n int, best bool) (a answer, err error) {
	body := map[string]any{"best": o.wish(n, v.random)}
	if !best {
		seats, types, err := v.click(ctx, o, n)
		if err != nil || len(seats) == 0 {
			return answer{}, err
		}
		body = map[string]any{"seats": seats, "types": types}
	}
	a, err = v.insisting(ctx, "choosing", "seats", body)
	if err != nil {
		return a, err
	}
	if a.status == http.StatusOK {
		var got struct {
			Seats []string
			Types map[string]string
		}
		if err := json.Unmarshal(a.body, &got); err != nil {
			return a, fmt.Errorf("choosing: %w", err)
		}
		v.sold(func(s *Sales) { s.Chosen, s.Typed = s.Chosen+len(got.Seats), s.Typed+len(got.Types) })
		return a, nil
	}
	switch a.code() {
	case "seat_taken":
		v.sold(func(s *Sales) { s.Lost++ })
	case "no_seats", "limit", "together":
	default:
		err = v.turnedOut("choosing", a)
	}
	return a, err
}

// click looks at a section's picture and chooses in it, seats and their price types.
func (v *visitor) click(ctx context.Context, o overview, n int) ([]string, map[string]string, error) {
	id := o.pick(v.random)
	part, err := read[section](ctx, v, "map/"+id)
	if err != nil {
		return nil, nil, err
	}
	state, err := read[snapshot](ctx, v, "sections/"+id)
	if err != nil {
		return nil, nil, err
	}
	seats := part.click(state, n, v.now(), v.random)
	return seats, o.types(part, seats, v.random), nil
}

// turnedOut is the error for an answer that ends a visit.
func (v *visitor) turnedOut(doing string, a answer) error {
	switch a.code() {
	case "ended", "unauthorized", "not_open", "waiting":
		return errEvicted
	}
	return fmt.Errorf("%s: status %d %s", doing, a.status, a.code())
}

// swap tries once to get other seats instead. A buyer who is too late for them still has the first.
func (v *visitor) swap(ctx context.Context, o overview) {
	if v.think(ctx) != nil {
		return
	}
	if a, err := v.ask(ctx, o, v.purchase.seats, !v.purchase.best); err == nil && a.status == http.StatusOK {
		v.sold(func(s *Sales) { s.Swapped++ })
	}
}

// release gives everything up.
func (v *visitor) release(ctx context.Context) {
	if a, err := v.insisting(ctx, "releasing", "seats", map[string]any{"seats": []string{}}); err == nil &&
		a.status == http.StatusOK {
		v.sold(func(s *Sales) { s.Released++ })
	}
}

// insisting posts until the answer is final.
func (v *visitor) insisting(ctx context.Context, doing, what string, body any,
	headers ...string) (a answer, err error) {
	err = v.insist(ctx, doing, func() (answer, error) {
		var err error
		a, err = v.browser.post(ctx, what, body, headers...)
		return a, err
	})
	return a, err
}

// renew keeps the access of a long visit alive, as the page does.
func (v *visitor) renew(ctx context.Context) error {
	if v.now().Sub(v.renewed) < time.Minute {
		return nil
	}
	v.renewed = v.now()
	a, err := v.insisting(ctx, "renewing", "enter", struct{}{})
	if err == nil && a.status != http.StatusOK {
		return errEvicted
	}
	return err
}
