package room

import (
	"context"
	"strings"

	"foyer/internal/gateway/web"
	"foyer/internal/problem"
	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
)

// Visits is what the protected site's servers know of a visit that they were told of; admit.Service is one. A visit
// that isn't there is problem.NotFound.
type Visits interface {
	// Visit returns how the visit stands.
	Visit(ctx context.Context, zone string, v queue.VisitorID, ref bucket.Ref) (admit.Visit, error)

	// EndVisit frees the visit's slot, and what else the visitor has unless the visitor bought. Repeating it does no harm.
	EndVisit(ctx context.Context, zone string, v queue.VisitorID, ref bucket.Ref, bought bool) (admit.Visit, error)
}

var visitStates = map[bucket.State]string{
	bucket.Reserved: "reserved", bucket.Inside: "inside", bucket.Left: "left", bucket.Expired: "expired",
	bucket.Missed: "missed",
}

// visitAnswer says how a visit stands. Times are ms.
type visitAnswer struct {
	Alive bool   `json:"alive"`
	State string `json:"state"` // one of visitStates
	Until int64  `json:"until"` // when it ends or has ended
}

func (h *Admit) visit(ctx context.Context, r web.Request) (web.Response, error) {
	id, ref, err := h.visitOf(ctx, r)
	if err != nil {
		return web.Response{}, err
	}
	v, err := h.Grants.Visit(ctx, r.Zone, id, ref)
	return web.OK(answerOf(v)), err
}

func (h *Admit) endVisit(ctx context.Context, r web.Request) (web.Response, error) {
	id, ref, err := h.visitOf(ctx, r)
	if err != nil {
		return web.Response{}, err
	}
	var body struct {
		State string `json:"state"`
	}
	if err := r.Decode(&body); err != nil {
		return web.Response{}, err
	}
	if body.State != "left" && body.State != "bought" {
		return web.Response{}, problem.New(problem.Invalid, `state is "left" or "bought"`)
	}
	v, err := h.Grants.EndVisit(ctx, r.Zone, id, ref, body.State == "bought")
	return web.OK(answerOf(v)), err
}

func answerOf(v admit.Visit) visitAnswer {
	return visitAnswer{Alive: v.Alive, State: visitStates[v.State], Until: v.Until.UnixMilli()}
}

// visitOf reads the visit's name, after the caller has proved to be the site.
func (h *Admit) visitOf(ctx context.Context, r web.Request) (id queue.VisitorID, ref bucket.Ref, err error) {
	if err := web.CheckSite(ctx, h.Site, r); err != nil {
		return id, ref, err
	}
	visitor, grant, _ := strings.Cut(r.Item, ".")
	if id, err = queue.ParseVisitorID(visitor); err == nil {
		ref, err = bucket.ParseRef(grant)
	}
	if err != nil {
		return id, ref, problem.New(problem.Invalid, "a visit is named as x-foyer-visit names it")
	}
	return id, ref, nil
}
