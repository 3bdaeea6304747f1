// Package room turns the Lambda events of the waiting room's functions into calls of its services, and what they return
// into answers. It never imports the sale.
package room

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"foyer/internal/gateway/web"
	"foyer/internal/problem"
	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/token"
)

// Admitter lets visitors in and out; admit.Service is one. ref is the grant that the visitor takes for theirs; zero if
// unknown. Its errors are problem.UnknownZone, NotOpen, NotCalled, Elsewhere, Missed and Ended, with RetryAfter where
// waiting helps.
type Admitter interface {
	// EnterFrom claims the visitor's grant, or renews it. Repeating it gives the same grant. A visitor who asks from a
	// network while the grant is in use on another gets problem.Elsewhere for a while.
	EnterFrom(ctx context.Context, v token.Visitor, ref bucket.Ref, from token.Network) (admit.Entry, error)

	// DirectFrom is EnterFrom for a visitor who may not have registered: while the zone has room, it registers the
	// visitor and runs one ordinary tick, which may call them.
	DirectFrom(ctx context.Context, v token.Visitor, from token.Network) (admit.Entry, error)

	// Leave ends the visitor's grant, or gives up their place. Leaving again is no error.
	Leave(ctx context.Context, v token.Visitor, ref bucket.Ref) error

	Visits
}

// Admit answers the admit function's events: enter, leave, and what the protected site asks and says of visits.
type Admit struct {
	web.Gateway
	Site   web.FrontDoor // the protected site's secret
	Grants Admitter
}

// Handle takes an HTTP API event.
func (h *Admit) Handle(ctx context.Context, e events.APIGatewayV2HTTPRequest) (web.Response, error) {
	return h.Serve(ctx, e, h.routes()), nil
}

func (h *Admit) routes() web.Routes {
	return web.Routes{
		"enter": {http.MethodPost: h.enter},
		"leave": {http.MethodPost: h.leave},

		"visits/{visit}": {http.MethodGet: h.visit, http.MethodPost: h.endVisit},
	}
}

// entered is the answer to POST enter. Times are seconds from now: no clock of the visitor's device is asked.
type entered struct {
	State       string `json:"state"`
	Ref         string `json:"ref"`
	EndsIn      int64  `json:"endsIn"`
	RenewIn     int64  `json:"renewIn"`
	AccessToken string `json:"accessToken,omitempty"` // for clients without cookies
}

func (h *Admit) enter(ctx context.Context, r web.Request) (web.Response, error) {
	var body struct {
		Ref    *string `json:"ref"`
		Direct bool    `json:"direct"`
	}
	if err := r.Decode(&body); err != nil {
		return web.Response{}, err
	}
	c, err := h.Caller(ctx, r)
	if err != nil {
		return web.Response{}, err
	}
	ref, err := h.Ref(ctx, r, c, body.Ref)
	if err != nil {
		return web.Response{}, err
	}
	from, err := h.Tokens.Network(ctx, c.Zone, r.Header(token.NetworkHeader))
	if err != nil {
		return web.Response{}, err
	}
	inside, err := h.let(ctx, c, ref, from, body.Direct)
	if err != nil {
		return web.Response{Cookies: farewell(r, c, err)}, err
	}
	return h.welcome(ctx, c, inside)
}

// let lets a visitor in, by the grant that is named or else by any that there is. A visitor who asks to go in directly
// is registered where there is none.
func (h *Admit) let(
	ctx context.Context, c web.Caller, ref bucket.Ref, from token.Network, direct bool,
) (admit.Entry, error) {
	if !direct {
		return h.Grants.EnterFrom(ctx, c.Visitor, ref, from)
	}
	if !ref.IsZero() {
		inside, err := h.Grants.EnterFrom(ctx, c.Visitor, ref, from)
		if code := problem.CodeOf(err); code != problem.Missed && code != problem.NotCalled {
			return inside, err
		}
	}
	return h.Grants.DirectFrom(ctx, c.Visitor, from)
}

func (h *Admit) welcome(ctx context.Context, c web.Caller, inside admit.Entry) (web.Response, error) {
	text, _, err := h.Tokens.SignAccess(ctx, token.Access{
		Zone: c.Zone, ID: c.ID, Ref: inside.Ref, Expires: inside.Until, Networks: inside.Networks,
	})
	if err != nil {
		return web.Response{}, err
	}
	in := func(at time.Time) int64 { return max(0, int64(at.Sub(h.Now())/time.Second)) }
	answer := entered{
		State: "inside", Ref: inside.Ref.String(), EndsIn: in(inside.Until), RenewIn: in(inside.RenewAt),
	}
	if !c.ByCookie {
		answer.AccessToken = text
		return web.OK(answer), nil
	}
	return web.OK(answer, h.accessCookie(c.Zone, text, inside)), nil
}

// accessCookie lives until the session ends: longer than its token may, so that the edge sees a visitor who comes back
// late and has the token renewed.
func (h *Admit) accessCookie(zone, text string, inside admit.Entry) string {
	age := max(inside.Until.Sub(h.Now()), token.AskAgain)
	return web.SetCookie(token.AccessCookie(zone), text, age, token.AccessAttributes)
}

// farewell returns cookies that remove the tokens of a visit that has ended, so that the browser arrives anew; or,
// where an invite took the place of another, goes back to that.
func farewell(r web.Request, c web.Caller, err error) []string {
	if !c.ByCookie || problem.CodeOf(err) != problem.Ended {
		return nil
	}
	out := forget(r.Zone)
	if old := r.Cookie(token.OldCookie(r.Zone)); len(old) == 1 {
		out[1] = web.SetCookie(token.VisitorCookie(r.Zone), old[0], token.VisitorLife, token.VisitorAttributes)
		out = append(out, web.ClearCookie(token.OldCookie(r.Zone)))
	}
	return out
}

func forget(zone string) []string {
	return []string{web.ClearCookie(token.AccessCookie(zone)), web.ClearCookie(token.VisitorCookie(zone))}
}

// leaveAnswer is the answer to POST leave.
type leaveAnswer struct {
	State string `json:"state"`
}

func (h *Admit) leave(ctx context.Context, r web.Request) (web.Response, error) {
	if err := r.Decode(&struct{}{}); err != nil {
		return web.Response{}, err
	}
	c, err := h.Caller(ctx, r)
	if err != nil {
		return web.Response{}, err
	}
	ref, err := h.Ref(ctx, r, c, nil)
	if err != nil {
		return web.Response{}, err
	}
	if err := h.Grants.Leave(ctx, c.Visitor, ref); err != nil {
		return web.Response{}, err
	}
	if !c.ByCookie {
		return web.OK(leaveAnswer{"left"}), nil
	}
	return web.OK(leaveAnswer{"left"}, forget(r.Zone)...), nil
}
