package web

import (
	"context"

	"foyer/internal/problem"
	"foyer/internal/room/token"
)

// Insider returns the access token of a caller inside the zone. A header wins over a cookie, even if it proves nothing;
// a request by cookie must come from our own pages. The token may have expired: whether its grant still lives is for
// the service to see.
func (g *Gateway) Insider(ctx context.Context, r Request) (token.Access, error) {
	if text := r.Header(token.AccessHeader); text != "" {
		return g.Tokens.Access(ctx, r.Zone, text)
	}
	first := error(problem.New(problem.Unauthorized, "enter the zone first: it gives the access token"))
	texts := r.Cookie(token.AccessCookie(r.Zone))
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
