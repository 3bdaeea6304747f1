package gateway

import (
	"context"

	"foyer/internal/problem"
	"foyer/internal/room/token"
)

// insider finds out who asks from inside the zone, by the access token: a header wins over a cookie, also when it
// proves nothing, and a request by cookie must come from our own pages. A token that has expired still tells its grant;
// whether that lives is for the service to see.
func (g *Gateway) insider(ctx context.Context, r request) (token.Access, error) {
	if text := r.header(token.AccessHeader); text != "" {
		return g.Tokens.Access(ctx, r.zone, text)
	}
	first := error(problem.New(problem.Unauthorized, "enter the zone first: it gives the access token"))
	texts := r.cookie(token.AccessCookie(r.zone))
	if len(texts) == 0 {
		return token.Access{}, first
	}
	if err := r.sameOrigin(); err != nil {
		return token.Access{}, err
	}
	for i, text := range texts {
		a, err := g.Tokens.Access(ctx, r.zone, text)
		if err == nil {
			return a, nil
		}
		if i == 0 {
			first = err
		}
	}
	return token.Access{}, first
}
