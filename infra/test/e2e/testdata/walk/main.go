// Command walk goes a visitor's whole way, from the first 429 to the ticket, by a client that is generated from
// docs/openapi.yaml (package api). It knows nothing of Foyer but that document.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"walk/api"
)

func main() {
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
	defer stop()
	// Programs say what they take; the protected path of the zone is the client's own address here.
	client, err := api.NewClient(os.Getenv("URL"), api.WithClient(&http.Client{Transport: accepting{}}))
	if err == nil {
		err = walk(ctx, &visitor{api: client})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "walk:", err)
		os.Exit(1)
	}
	fmt.Println("walked the whole way")
}

type accepting struct{}

func (accepting) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Accept", "application/json")
	if r.URL.Path == "/" {
		r.URL.Path = os.Getenv("PAGE")
	}
	return http.DefaultTransport.RoundTrip(r)
}

// visitor is what an app keeps.
type visitor struct {
	api             *api.Client
	zone            string
	token, access   api.OptString
	page, enter     string
	order, password string
}

func walk(ctx context.Context, v *visitor) error {
	for _, step := range []struct {
		name string
		take func(context.Context) error
	}{
		{"arrive", v.arrives}, {"register", v.registers}, {"wait", v.waits}, {"enter", v.enters},
		{"see the site", v.sees}, {"choose seats", v.chooses}, {"order and pay", v.orders}, {"get the ticket", v.collects},
		{"leave", v.leaves}, {"register again", v.comesBack},
	} {
		if err := step.take(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

// as returns an answer of the type that is hoped for.
func as[T any](answer any, err error) (T, error) {
	good, ok := answer.(T)
	if err == nil && !ok {
		err = fmt.Errorf("answered %T %+v", answer, answer)
	}
	return good, err
}

func (v *visitor) arrives(ctx context.Context) error {
	told, err := as[*api.WaitingHeaders](v.api.Arrive(ctx, api.ArriveParams{}))
	if err != nil {
		return err
	}
	v.zone, v.token = told.Response.Zone, told.Response.VisitorToken
	if !v.token.Set || told.RetryAfter < 1 {
		return fmt.Errorf("told %+v", told)
	}
	return nil
}

func (v *visitor) registers(ctx context.Context) error {
	place, err := as[*api.Place](v.api.Register(ctx, nil, api.RegisterParams{Zone: v.zone, XFoyerVisitor: v.token}))
	if err == nil && place.Zone != v.zone {
		err = fmt.Errorf("a place in %q", place.Zone)
	}
	return err
}

// waits asks for the status until the visitor's own key was called.
func (v *visitor) waits(ctx context.Context) error {
	for {
		status, err := as[*api.Status](v.api.ReadStatus(ctx, api.ReadStatusParams{Zone: v.zone, XFoyerVisitor: v.token}))
		if err != nil {
			return err
		}
		if you, known := status.You.Get(); known && you.Key.Set && status.Called >= you.Key.Value {
			return nil
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return errors.Join(ctx.Err(), fmt.Errorf("the status is %+v", status))
		}
	}
}

func (v *visitor) enters(ctx context.Context) error {
	inside, err := as[*api.Inside](v.api.Enter(ctx, api.OptClaim{}, api.EnterParams{Zone: v.zone, XFoyerVisitor: v.token}))
	if err == nil && (!inside.AccessToken.Set || inside.EndsIn < 1 || inside.RenewIn < 1) {
		err = fmt.Errorf("told %+v", inside)
	}
	if err == nil {
		v.access = inside.AccessToken
	}
	return err
}

func (v *visitor) sees(ctx context.Context) error {
	_, err := as[*api.ArriveOKHeaders](v.api.Arrive(ctx, api.ArriveParams{XFoyerVisitor: v.token, XFoyerAccess: v.access}))
	return err
}

func (v *visitor) chooses(ctx context.Context) error {
	hall, err := as[*api.OverviewHeaders](v.api.ReadMap(ctx, api.ReadMapParams{Zone: v.zone}))
	if err != nil {
		return err
	}
	section := hall.Response.Sections[0].ID.Value
	if _, err := as[*api.SectionHeaders](v.api.ReadMapSection(ctx, api.ReadMapSectionParams{Zone: v.zone, Section: section})); err != nil {
		return err
	}
	if _, err := as[*api.SnapshotHeaders](v.api.ReadSnapshot(ctx, api.ReadSnapshotParams{Zone: v.zone, Section: section})); err != nil {
		return err
	}
	if _, err := as[*api.CountsHeaders](v.api.ReadCounts(ctx, api.ReadCountsParams{Zone: v.zone})); err != nil {
		return err
	}
	want := &api.Wanted{Best: api.NewOptWantedBest(api.WantedBest{N: 2})}
	held, err := as[*api.Held](v.api.ChooseSeats(ctx, want, api.ChooseSeatsParams{Zone: v.zone, XFoyerAccess: v.access}))
	if err != nil {
		return err
	}
	again, err := as[*api.Held](v.api.ReadHeld(ctx, api.ReadHeldParams{Zone: v.zone, XFoyerAccess: v.access}))
	if err == nil && (len(held.Seats) != 2 || strings.Join(held.Seats, " ") != strings.Join(again.Seats, " ")) {
		err = fmt.Errorf("chose %+v, and has %+v", held, again)
	}
	return err
}

// orders orders twice, as after a lost answer, and pays at the provider's page, which is none of Foyer's.
func (v *visitor) orders(ctx context.Context) error {
	buyer := &api.Buyer{Email: "ada@example.com", Name: "Ada Lovelace"}
	params := api.StartOrderParams{Zone: v.zone, XFoyerAccess: v.access, IdempotencyKey: "walks-the-whole-way-" + v.zone}
	first, err := as[*api.Ordered](v.api.StartOrder(ctx, buyer, params))
	if err != nil {
		return err
	}
	again, err := as[*api.Ordered](v.api.StartOrder(ctx, buyer, params))
	if err != nil {
		return err
	}
	if *first != *again {
		return fmt.Errorf("ordered %+v, and then %+v", first, again)
	}
	v.order, v.password = first.Order, first.Secret
	form := url.Values{"outcome": {"pay"}, "webhook": {"now"}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, first.CheckoutUrl.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	paid, err := http.DefaultTransport.RoundTrip(r) // which doesn't follow the provider back to the order's page
	if err != nil {
		return err
	}
	return paid.Body.Close()
}

func (v *visitor) collects(ctx context.Context) error {
	for {
		order, err := as[*api.Order](v.api.ReadOrder(ctx, api.ReadOrderParams{
			Order: v.order, XFoyerOrderSecret: api.NewOptString(v.password)}))
		if err != nil {
			return err
		}
		if order.State == api.OrderStatePaid && len(order.Tickets) == 2 {
			return nil
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return errors.Join(ctx.Err(), fmt.Errorf("the order is %+v", order))
		}
	}
}

func (v *visitor) leaves(ctx context.Context) error {
	_, err := as[*api.Left](v.api.Leave(ctx, nil, api.LeaveParams{Zone: v.zone, XFoyerVisitor: v.token, XFoyerAccess: v.access}))
	return err
}

// comesBack is told that the visit has ended, and arrives anew.
func (v *visitor) comesBack(ctx context.Context) error {
	_, err := as[*api.RegisterGone](v.api.Register(ctx, nil, api.RegisterParams{Zone: v.zone, XFoyerVisitor: v.token}))
	if err != nil {
		return err
	}
	v.token = api.OptString{}
	if err := v.arrives(ctx); err != nil {
		return err
	}
	return v.registers(ctx)
}
