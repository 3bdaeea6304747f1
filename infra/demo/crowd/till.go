package crowd

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// started is the answer to checking out.
type started struct {
	Order, Secret, CheckoutURL string
}

// checkOut makes an order of what is locked, pays, and waits for the answer.
func (v *visitor) checkOut(ctx context.Context) error {
	o, err := v.order(ctx, v.purchase.key)
	if err != nil {
		return err
	}
	v.sold(func(s *Sales) { s.Orders++ })
	if err := v.drop(ctx, ordered); err != nil {
		return err
	}
	if v.purchase.restarts { // back to the map, and to the payment page once more
		if o, err = v.order(ctx, v.purchase.anotherKey); err != nil {
			return err
		}
	}
	if v.purchase.dawdles {
		if err := v.pause(ctx, 8*v.stay+v.upTo(6*v.stay)); err != nil {
			return err
		}
	}
	if v.purchase.declined {
		if err := v.press(ctx, o, "decline", "now"); err != nil {
			return err
		}
		v.sold(func(s *Sales) { s.Declined++ })
		if !v.purchase.again {
			if err := v.cancel(ctx, o); err != nil {
				return err
			}
			return errOver
		}
	}
	if o.CheckoutURL != "" {
		if err := v.press(ctx, o, v.purchase.outcome, v.purchase.webhook); err != nil {
			return err
		}
	}
	if v.purchase.drops == charged {
		return errGone
	}
	return v.result(ctx, o)
}

// order asks for the payment page, as often as it takes: the key makes one order of it.
func (v *visitor) order(ctx context.Context, key string) (o started, err error) {
	buyer := map[string]string{"email": v.purchase.email, "name": v.purchase.name}
	a, err := v.insisting(ctx, "checking out", "orders", buyer, "Idempotency-Key", key)
	if err != nil {
		return o, err
	}
	if a.status == http.StatusOK {
		if err := json.Unmarshal(a.body, &o); err != nil {
			return o, fmt.Errorf("checking out: %w", err)
		}
		return o, nil
	}
	switch a.code() {
	case "limit", "no_seats", "seat_taken", "conflict": // the mailbox has its seats already, or the locks ran out
		v.release(ctx)
		return o, errOver
	}
	return o, v.turnedOut("checking out", a)
}

// press turns the knobs of the payment page and presses its button. A page that hangs or has closed is no error: the
// order's own page shows what came of it.
func (v *visitor) press(ctx context.Context, o started, outcome, webhook string) error {
	form := url.Values{"outcome": {outcome}, "webhook": {webhook}}.Encode()
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		a, err := v.browser.elsewhere(ctx, method, o.CheckoutURL, form)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil || a.status != http.StatusOK {
			return nil
		}
		if err := v.think(ctx); err != nil {
			return err
		}
	}
	return nil
}

// cancel cancels the order by its link.
func (v *visitor) cancel(ctx context.Context, o started) error {
	return v.insist(ctx, "cancelling", func() (answer, error) {
		return v.browser.order(ctx, http.MethodPost, o.Order+"/cancel", o.Secret)
	})
}

// How a buyer asks for the result: as the order's page does, often at first, and in the end no more.
const (
	firstLook = 500 * time.Millisecond
	lastLook  = 5 * time.Second
	maxLooks  = 40
)

// result reads the order by its link until nothing can change any more.
func (v *visitor) result(ctx context.Context, o started) error {
	pause := firstLook
	for range maxLooks {
		a, err := v.browser.order(ctx, http.MethodGet, o.Order, o.Secret)
		var shown struct {
			State string
			Seats []struct{}
		}
		if err == nil && a.status == http.StatusOK {
			err = json.Unmarshal(a.body, &shown)
		}
		if err == nil && a.status == http.StatusNotFound {
			return fmt.Errorf("reading the order: status %d", a.status)
		}
		switch shown.State {
		case "paid":
			v.sold(func(s *Sales) { s.Paid++; s.Seats += len(shown.Seats) })
			return nil
		case "expired", "cancelled", "refunded":
			return errOver
		}
		if err := v.pause(ctx, max(a.retryAfter, pause+v.upTo(pause/2))); err != nil {
			return err
		}
		pause = min(pause*3/2, lastLook)
	}
	return errOver // the mail will say
}
