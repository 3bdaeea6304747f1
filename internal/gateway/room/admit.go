// Package room turns the Lambda events of the waiting room's functions into calls of its services, and what they return
// into answers. It never imports the sale.
package room

import (
	"context"
	"net/http"

	"github.com/aws/aws-lambda-go/events"

	"foyer/internal/gateway/web"
	"foyer/internal/problem"
	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/token"
)

// Admitter lets visitors in and out; admit.Service is one. ref is the grant that the visitor takes for theirs; zero if
// unknown. Its errors are problem.UnknownZone, NotOpen, NotCalled, Missed and Ended, with RetryAfter where waiting
// helps.
type Admitter interface {
	// Enter claims the visitor's grant, or renews it. Repeating it gives the same grant.
	Enter(ctx context.Context, v token.Visitor, ref bucket.Ref) (admit.Entry, error)

	// Direct is Enter for a visitor who may not have registered: while the zone has room, it registers the visitor and
	// runs one ordinary tick, which may call them.
	Direct(ctx context.Context, v token.Visitor) (admit.Entry, error)

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
		"enter": {http.MethodPost: h.enterByCall, http.MethodGet: h.enterByPage},
		"leave": {http.MethodPost: h.leave},

		"visits/{visit}": {http.MethodGet: h.visit, http.MethodPost: h.endVisit},
	}
}

// entered is the answer to POST enter. Times are ms.
type entered struct {
	State       string `json:"state"`
	Ref         string `json:"ref"`
	Until       int64  `json:"until"`
	RenewAt     int64  `json:"renewAt"`
	AccessToken string `json:"accessToken,omitempty"` // for clients without cookies
}

func (h *Admit) enterByCall(ctx context.Context, r web.Request) (web.Response, error) {
	var body struct {
		Ref string `json:"ref"`
	}
	if err := r.Decode(&body); err != nil {
		return web.Response{}, err
	}
	c, err := h.Caller(ctx, r, false)
	if err != nil {
		return web.Response{}, err
	}
	ref, err := h.Ref(ctx, r, c, body.Ref)
	if err != nil {
		return web.Response{}, err
	}
	inside, err := h.Grants.Enter(ctx, c.Visitor, ref)
	if err != nil {
		return web.Response{Cookies: h.farewell(r, c, err)}, err
	}
	return h.welcome(ctx, c, inside)
}

func (h *Admit) welcome(ctx context.Context, c web.Caller, inside admit.Entry) (web.Response, error) {
	text, err := h.sign(ctx, c, inside)
	if err != nil {
		return web.Response{}, err
	}
	answer := entered{
		State: "inside", Ref: inside.Ref.String(), Until: inside.Until.UnixMilli(), RenewAt: inside.RenewAt.UnixMilli(),
	}
	if !c.ByCookie {
		answer.AccessToken = text
		return web.OK(answer), nil
	}
	return web.OK(answer, h.accessCookie(c.Zone, text, inside)), nil
}

// sign returns the access token.
func (h *Admit) sign(ctx context.Context, c web.Caller, inside admit.Entry) (string, error) {
	text, _, err := h.Tokens.SignAccess(ctx, c.Zone, c.ID, inside.Ref, inside.Until)
	return text, err
}

// accessCookie outlives its token, so that the edge sees a visitor who comes back late and renews the token; it ends
// with the session.
func (h *Admit) accessCookie(zone, text string, inside admit.Entry) string {
	return web.SetCookie(token.AccessCookie(zone), text, max(inside.Until.Sub(h.Now()), token.AccessLife))
}

// enterByPage answers a browser's navigation: with the page that it wanted, or the waiting room at the same address.
func (h *Admit) enterByPage(ctx context.Context, r web.Request) (web.Response, error) {
	to := r.Param("to")
	c, inside, err := h.direct(ctx, r)
	var text string
	if err == nil {
		text, err = h.sign(ctx, c, inside)
	}
	switch code := problem.CodeOf(err); code {
	case "":
		return web.Redirect(web.Target(to, false), h.accessCookie(c.Zone, text, inside)), nil
	case problem.UnknownZone:
		return web.Response{}, err
	case problem.Ended:
		return web.Redirect(web.Target(to, false), h.farewell(r, c, err)...), nil
	default:
		h.turnedAway(ctx, r, err)
		return web.Redirect(web.Target(to, true)), nil
	}
}

// direct lets a browser in, by the grant that its access token names or else by any that it has.
func (h *Admit) direct(ctx context.Context, r web.Request) (c web.Caller, inside admit.Entry, err error) {
	if c, err = h.Caller(ctx, r, true); err != nil {
		return c, inside, err
	}
	ref, err := h.Ref(ctx, r, c, "")
	if err != nil {
		return c, inside, err
	}
	if !ref.IsZero() {
		inside, err = h.Grants.Enter(ctx, c.Visitor, ref)
		if code := problem.CodeOf(err); code != problem.Missed && code != problem.NotCalled {
			return c, inside, err
		}
	}
	inside, err = h.Grants.Direct(ctx, c.Visitor)
	return c, inside, err
}

// turnedAway logs why a browser was sent to the waiting room, unless its turn just hasn't come yet.
func (h *Admit) turnedAway(ctx context.Context, r web.Request, err error) {
	err = web.Coded(err)
	if doc := problem.Describe(err, r.ID); doc.Code != problem.NotCalled {
		h.Report(ctx, r.Zone, r.Route, r.ID, doc, err)
	}
}

// farewell returns cookies that remove the tokens of a visit that has ended, so that the browser arrives anew.
func (h *Admit) farewell(r web.Request, c web.Caller, err error) []string {
	if !c.ByCookie || problem.CodeOf(err) != problem.Ended {
		return nil
	}
	return forget(r.Zone)
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
	c, err := h.Caller(ctx, r, false)
	if err != nil {
		return web.Response{}, err
	}
	ref, err := h.Ref(ctx, r, c, "")
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
