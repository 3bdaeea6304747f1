package gateway

import (
	"context"
	"net/http"

	"github.com/aws/aws-lambda-go/events"

	"foyer/internal/problem"
	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/token"
)

// Admitter lets visitors in and out; admit.Service is one. ref is which grant the visitor thinks is theirs; zero: not
// known. Its errors are problem.UnknownZone, NotOpen, NotCalled, Missed and Ended, with RetryAfter where waiting helps.
type Admitter interface {
	// Enter claims the visitor's grant, or renews it. Repeating it gives the same grant.
	Enter(ctx context.Context, v token.Visitor, ref bucket.Ref) (admit.Entry, error)

	// Direct is Enter for one who may not have registered: while the zone has room it registers the visitor and
	// runs one ordinary tick, which may call them.
	Direct(ctx context.Context, v token.Visitor) (admit.Entry, error)

	// Leave ends the visitor's grant, or gives up their place. Leaving again is no error.
	Leave(ctx context.Context, v token.Visitor, ref bucket.Ref) error
}

// Admit answers the admit function's events: enter and leave.
type Admit struct {
	Gateway
	Grants Admitter
}

// Handle takes an HTTP API event.
func (h *Admit) Handle(ctx context.Context, e events.APIGatewayV2HTTPRequest) (Response, error) {
	return h.serve(ctx, e, h.routes()), nil
}

func (h *Admit) routes() routes {
	return routes{
		"enter": {http.MethodPost: h.enterByCall, http.MethodGet: h.enterByPage},
		"leave": {http.MethodPost: h.leave},
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

func (h *Admit) enterByCall(ctx context.Context, r request) (Response, error) {
	var body struct {
		Ref string `json:"ref"`
	}
	if err := r.decode(&body); err != nil {
		return Response{}, err
	}
	c, err := h.caller(ctx, r, false)
	if err != nil {
		return Response{}, err
	}
	ref, err := h.ref(ctx, r, c, body.Ref)
	if err != nil {
		return Response{}, err
	}
	inside, err := h.Grants.Enter(ctx, c.Visitor, ref)
	if err != nil {
		return Response{Cookies: h.farewell(r, c, err)}, err
	}
	return h.welcome(ctx, c, inside)
}

func (h *Admit) welcome(ctx context.Context, c caller, inside admit.Entry) (Response, error) {
	text, err := h.sign(ctx, c, inside)
	if err != nil {
		return Response{}, err
	}
	answer := entered{
		State: "inside", Ref: inside.Ref.String(), Until: inside.Until.UnixMilli(), RenewAt: inside.RenewAt.UnixMilli(),
	}
	if !c.byCookie {
		answer.AccessToken = text
		return ok(answer), nil
	}
	return ok(answer, h.accessCookie(c.Zone, text, inside)), nil
}

// sign gives the access token.
func (h *Admit) sign(ctx context.Context, c caller, inside admit.Entry) (string, error) {
	text, _, err := h.Tokens.SignAccess(ctx, c.Zone, c.ID, inside.Ref, inside.Until)
	return text, err
}

// accessCookie outlives its token, so that the edge sees who comes back late and renews it; it ends with the session.
func (h *Admit) accessCookie(zone, text string, inside admit.Entry) string {
	return setCookie(token.AccessCookie(zone), text, max(inside.Until.Sub(h.Now()), token.AccessLife))
}

// enterByPage answers a browser's navigation: it is sent to where it wanted, or to the waiting room there.
func (h *Admit) enterByPage(ctx context.Context, r request) (Response, error) {
	to := r.param("to")
	c, inside, err := h.direct(ctx, r)
	var text string
	if err == nil {
		text, err = h.sign(ctx, c, inside)
	}
	switch code := problem.CodeOf(err); code {
	case "":
		return redirect(target(to, false), h.accessCookie(c.Zone, text, inside)), nil
	case problem.UnknownZone:
		return Response{}, err
	case problem.Ended:
		return redirect(target(to, false), h.farewell(r, c, err)...), nil
	default:
		h.turnedAway(ctx, r, err)
		return redirect(target(to, true)), nil
	}
}

// direct lets a browser in, by the grant that its access token names or by whatever it has.
func (h *Admit) direct(ctx context.Context, r request) (c caller, inside admit.Entry, err error) {
	if c, err = h.caller(ctx, r, true); err != nil {
		return c, inside, err
	}
	ref, err := h.ref(ctx, r, c, "")
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

// turnedAway logs why a browser was sent to the waiting room; that it isn't its turn yet is no news.
func (h *Admit) turnedAway(ctx context.Context, r request, err error) {
	err = known(err)
	if doc := problem.Describe(err, r.id); doc.Code != problem.NotCalled {
		h.report(ctx, r.zone, r.route, r.id, doc, err)
	}
}

// farewell takes the tokens of a visit that has ended from a browser, so that it arrives anew.
func (h *Admit) farewell(r request, c caller, err error) []string {
	if !c.byCookie || problem.CodeOf(err) != problem.Ended {
		return nil
	}
	return forget(r.zone)
}

func forget(zone string) []string {
	return []string{clearCookie(token.AccessCookie(zone)), clearCookie(token.VisitorCookie(zone))}
}

// left is the answer to POST leave.
type leaveAnswer struct {
	State string `json:"state"`
}

func (h *Admit) leave(ctx context.Context, r request) (Response, error) {
	if err := r.decode(&struct{}{}); err != nil {
		return Response{}, err
	}
	c, err := h.caller(ctx, r, false)
	if err != nil {
		return Response{}, err
	}
	ref, err := h.ref(ctx, r, c, "")
	if err != nil {
		return Response{}, err
	}
	if err := h.Grants.Leave(ctx, c.Visitor, ref); err != nil {
		return Response{}, err
	}
	if !c.byCookie {
		return ok(leaveAnswer{"left"}), nil
	}
	return ok(leaveAnswer{"left"}, forget(r.zone)...), nil
}
