package web

import (
	"context"

	"foyer/internal/problem"
	"foyer/internal/room/token"
)

// insider finds out who asks from inside the zone, by the access token: a header wins over a cookie, also when it
// proves nothing, and a request by cookie must come from our own pages. A token that has expired still tells its grant;
// whether that lives is for the service to see.
func (g *Gateway) Insider(ctx context.Context, r Request) (token.Access, error) {
	if text := r.Header(token.AccessHeader); text != "" {
		return g.Tokens.Access(ctx, r.Zone, text)
	}
	first := error(problem.New(problem.Unauthorized, "enter the zone first: it gives the access token"))
	texts := r.cookie(token.AccessCookie(r.Zone))
	if len(texts) == 0 {
		return token.Access{}, first
	}
	if err := r.sameOrigin(); err != nil {
		return token.Access{}, err
	}
	for i, text := range texts {
		a, err := g.Tokens.Access(ctx, r.Zone, text)
		if err == nil {
			return a, nil
		}
		if i == 0 {
			first = err
		}
	}
	return token.Access{}, first
}
