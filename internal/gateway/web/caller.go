package web

import (
	"context"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/token"
)

// Caller is the visitor that the request's token proves.
type Caller struct {
	token.Visitor
	ByCookie bool
}

// Caller returns the visitor who asks. A header wins over a cookie, even if it proves nothing; of several cookies the
// first that proves anything counts. A request by cookie must come from our own pages.
func (g *Gateway) Caller(ctx context.Context, r Request) (Caller, error) {
	if text := r.Header(token.VisitorHeader); text != "" {
		v, err := g.Tokens.Visitor(ctx, r.Zone, text)
		return Caller{Visitor: v}, err
	}
	texts := r.Cookie(token.VisitorCookie(r.Zone))
	if len(texts) == 0 {
		return Caller{}, problem.New(problem.Unauthorized, "arrive at the zone first: it gives the visitor token")
	}
	if err := r.sameOrigin(); err != nil {
		return Caller{}, err
	}
	var first error
	for _, text := range texts {
		v, err := g.Tokens.Visitor(ctx, r.Zone, text)
		if err == nil {
			return Caller{Visitor: v, ByCookie: true}, nil
		}
		if first == nil {
			first = err
		}
	}
	return Caller{}, first
}

// Ref returns the grant that the caller means: the named one, or else that of the request's access token; zero if there
// is neither. It is a hint: the grant itself says whose it is.
func (g *Gateway) Ref(ctx context.Context, r Request, c Caller, named *string) (bucket.Ref, error) {
	if named != nil {
		ref, err := bucket.ParseRef(*named)
		return ref, problem.Wrap(problem.Invalid, err, "ref is a page and a slot, such as 12.3")
	}
	texts := []string{r.Header(token.AccessHeader)}
	if c.ByCookie {
		texts = r.Cookie(token.AccessCookie(r.Zone))
	}
	for _, text := range texts {
		if text == "" {
			continue
		}
		if a, err := g.Tokens.Access(ctx, r.Zone, text); err == nil && a.ID == c.ID {
			return a.Ref, nil
		}
	}
	return bucket.Ref{}, nil
}
