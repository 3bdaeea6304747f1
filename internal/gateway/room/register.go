package room

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"foyer/internal/aws/metrics"
	"foyer/internal/gateway/deadline"
	"foyer/internal/gateway/web"
	"foyer/internal/problem"
	"foyer/internal/room/register"
	"foyer/internal/room/token"
)

// Places guarantees places in the queue; register.Service is one. conn is the visitor's connection, made at connAt;
// empty without one. It returns problem.UnknownZone, problem.NotOpen for a zone where nobody can take a place, and
// problem.Ended for a visitor whose visit is over. Repeating it does no harm.
type Places interface {
	Connect(ctx context.Context, v token.Visitor, conn string, connAt time.Time) (register.Place, error)
}

// MapOpener lets a connection view a zone's seat map. Repeating it does no harm.
type MapOpener interface {
	Open(ctx context.Context, zone, conn string, at time.Time) error
}

// Register answers the register function's events: POST register, and $connect of the socket, in the waiting room and
// of a seat map.
type Register struct {
	web.Gateway
	Places Places
	Maps   MapOpener
	Events Events
}

// Handle takes either event. Only a socket's has an event type.
func (h *Register) Handle(ctx context.Context, event json.RawMessage) (any, error) {
	var kind struct {
		Version        string
		RequestContext struct{ EventType string }
	}
	if err := json.Unmarshal(event, &kind); err != nil {
		return nil, fmt.Errorf("gateway: this is no event: %w", err)
	}
	if kind.RequestContext.EventType != "" {
		var e events.APIGatewayWebsocketProxyRequest
		if err := json.Unmarshal(event, &e); err != nil {
			return nil, fmt.Errorf("gateway: socket event: %w", err)
		}
		return h.connect(ctx, e), nil
	}
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(event, &e); err != nil || kind.Version != "2.0" {
		return nil, fmt.Errorf("gateway: this is neither an HTTP event of version 2.0 nor a socket's: %w", err)
	}
	return h.Serve(ctx, e, h.routes()), nil
}

func (h *Register) routes() web.Routes {
	return web.Routes{
		"register":   {http.MethodPost: h.register},
		"event":      {http.MethodGet: h.event},
		"event.ics":  {http.MethodGet: h.calendar},
		"event.html": {http.MethodGet: h.preview},
	}
}

// registered is the answer to POST register.
type registered struct {
	Zone         string `json:"zone"`
	Key          string `json:"key"`          // hex; empty while a draw is secret
	RegisteredAt int64  `json:"registeredAt"` // ms
	Lane         int    `json:"lane"`
}

func (h *Register) register(ctx context.Context, r web.Request) (web.Response, error) {
	if err := r.Decode(&struct{}{}); err != nil {
		return web.Response{}, err
	}
	c, err := h.Caller(ctx, r)
	if err != nil {
		return web.Response{}, err
	}
	place, err := h.place(ctx, c.Visitor, "", time.Time{})
	if err != nil {
		return web.Response{Cookies: farewell(r, c, err)}, err
	}
	return web.OK(registered{r.Zone, publicKey(place), place.RegisteredAt.UnixMilli(), place.Lane}), nil
}

// publicKey returns the order key as the visitor may know it: none while a draw is secret. From the key one could see
// how good one's draw is, and come back as somebody else until it is better.
func publicKey(p register.Place) string {
	if p.Secret {
		return ""
	}
	return p.Key.String()
}

// place registers the visitor and counts it: as a reconnect if the place is older than the request.
func (h *Register) place(ctx context.Context, v token.Visitor, conn string, at time.Time) (register.Place, error) {
	began := h.Now().Truncate(time.Millisecond)
	place, err := h.Places.Connect(ctx, v, conn, at)
	if err != nil {
		return register.Place{}, err
	}
	name := metrics.Reconnects
	if !place.RegisteredAt.Before(began) {
		name = metrics.Arrivals
	}
	h.Metrics.Add(v.Zone, name, 1)
	return place, nil
}

// connect answers $connect. A refused handshake gets the problem's status; API Gateway replaces its body.
func (h *Register) connect(
	ctx context.Context, e events.APIGatewayWebsocketProxyRequest,
) events.APIGatewayProxyResponse {
	defer h.Metrics.Flush()
	ctx, cancel := deadline.Within(ctx)
	defer cancel()
	r := web.FromSocket(e)
	err := h.CheckDoor(ctx, r)
	if err == nil {
		err = h.open(ctx, r, e)
	}
	if err == nil {
		return events.APIGatewayProxyResponse{StatusCode: http.StatusOK}
	}
	err = web.Coded(err)
	doc := problem.Describe(err, r.ID)
	h.Report(ctx, r.Zone, r.Route, r.ID, doc, err)
	answer := web.Refusal(doc, "")
	return events.APIGatewayProxyResponse{StatusCode: answer.StatusCode, Headers: answer.Headers, Body: answer.Body}
}

// open registers the connection. Browsers name the origin of every handshake, and it must be one of our own pages.
func (h *Register) open(ctx context.Context, r web.Request, e events.APIGatewayWebsocketProxyRequest) error {
	if e.RequestContext.EventType != "CONNECT" || e.RequestContext.ConnectionID == "" {
		return problem.New(problem.Invalid, "this is no handshake")
	}
	if r.Zone == "" {
		return problem.New(problem.UnknownZone, "the query names no zone")
	}
	forMap := e.QueryStringParameters["for"] == "map"
	named := token.VisitorHeader
	if forMap {
		named = token.AccessHeader
	}
	if origin := r.Header("origin"); origin != "" || r.Header(named) == "" {
		if err := r.OwnOrigin(origin); err != nil {
			return err
		}
	}
	if forMap {
		return h.openMap(ctx, r, e)
	}
	c, err := h.Caller(ctx, r)
	if err != nil {
		return err
	}
	_, err = h.place(ctx, c.Visitor, e.RequestContext.ConnectionID, time.UnixMilli(e.RequestContext.ConnectedAt))
	return err
}

// openMap lets the connection of a caller inside the zone view its seat map. It registers nobody.
func (h *Register) openMap(ctx context.Context, r web.Request, e events.APIGatewayWebsocketProxyRequest) error {
	a, err := h.Insider(ctx, r)
	if err != nil {
		return err
	}
	if !a.Expires.After(h.Now()) {
		return problem.New(problem.Unauthorized, "the access token has expired: renew it first")
	}
	return h.Maps.Open(ctx, r.Zone, e.RequestContext.ConnectionID, time.UnixMilli(e.RequestContext.ConnectedAt))
}
