package gateway

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"foyer/internal/problem"
)

// handler answers one kind of request. An error becomes a problem document.
type handler func(ctx context.Context, r request) (Response, error)

// routes is what one function answers: by the last part of the path, by method.
type routes map[string]map[string]handler

// serve answers one HTTP API event. Nothing else is looked at before the front door's secret.
func (g *Gateway) serve(ctx context.Context, e events.APIGatewayV2HTTPRequest, all routes) Response {
	defer g.Metrics.Flush()
	ctx, cancel := within(ctx)
	defer cancel()
	r, malformed := fromHTTP(e)
	answer, err := Response{}, g.enter(ctx, r.header(HeaderFrontDoor))
	if err == nil {
		err = malformed
	}
	if err == nil {
		answer, err = all.handle(ctx, r)
	}
	if err != nil {
		answer = g.refuse(ctx, r, err, all.allow(r.route), answer.Cookies)
	}
	return answer
}

func (all routes) handle(ctx context.Context, r request) (Response, error) {
	methods, found := all[r.route]
	if !found {
		return Response{}, problem.New(problem.NotFound, "")
	}
	do, found := methods[r.method]
	if !found {
		return Response{}, problem.New(problem.Method, "")
	}
	return do(ctx, r)
}

// allow is the value of an Allow header.
func (all routes) allow(route string) string {
	return strings.Join(slices.Sorted(maps.Keys(all[route])), ", ")
}

// refuse answers with what the caller may know of err and logs the rest.
func (g *Gateway) refuse(ctx context.Context, r request, err error, allow string, cookies []string) Response {
	err = known(err)
	doc := problem.Describe(err, r.id)
	g.report(ctx, r.zone, r.route, r.id, doc, err)
	answer := refusal(doc, allow)
	answer.Cookies = cookies
	return answer
}
