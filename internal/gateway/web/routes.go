package web

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"foyer/internal/gateway/deadline"
	"foyer/internal/problem"
)

// Handler answers one kind of request. Its error becomes a problem document.
type Handler func(ctx context.Context, r Request) (Response, error)

// Routes are the handlers of one function, by Request.Route and method.
type Routes map[string]map[string]Handler

// Serve answers one HTTP API event. It looks at nothing else before it has checked the front door's secret.
func (g *Gateway) Serve(ctx context.Context, e events.APIGatewayV2HTTPRequest, all Routes) Response {
	defer g.Metrics.Flush()
	ctx, cancel := deadline.Within(ctx)
	defer cancel()
	r, malformed := fromHTTP(e)
	answer, err := Response{}, g.CheckDoor(ctx, r)
	if err == nil {
		err = malformed
	}
	if err == nil {
		answer, err = all.handle(ctx, r)
	}
	if err != nil {
		answer = g.refuse(ctx, r, err, all.allow(r.Route), answer.Cookies)
	}
	return answer
}

func (all Routes) handle(ctx context.Context, r Request) (Response, error) {
	methods, found := all[r.Route]
	if !found {
		return Response{}, problem.New(problem.NotFound, "")
	}
	do, found := methods[r.method]
	if !found {
		return Response{}, problem.New(problem.Method, "")
	}
	return do(ctx, r)
}

// allow returns the value of an Allow header.
func (all Routes) allow(route string) string {
	return strings.Join(slices.Sorted(maps.Keys(all[route])), ", ")
}

// refuse answers with the part of err that the caller may know, and logs err.
func (g *Gateway) refuse(ctx context.Context, r Request, err error, allow string, cookies []string) Response {
	err = Coded(err)
	doc := problem.Describe(err, r.ID)
	g.Report(ctx, r.Zone, r.Route, r.ID, doc, err)
	answer := Refusal(doc, allow)
	answer.Cookies = cookies
	return answer
}
