// Package web is what every HTTP and WebSocket handler needs: requests and routes, the caller's proof, and answers.
//
// It checks a request (front door, origin, size, shape, tokens) before a service sees it, so that a bad request changes
// nothing. The caller gets of an error only what problem.Describe says; the log gets the rest. It must never log a
// token, a visitor id or anything else that identifies a person, and it decides nothing about queues, grants and seats.
package web

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"time"

	"foyer/infra/topology"
	"foyer/internal/aws/metrics"
	"foyer/internal/problem"
	"foyer/internal/room/token"
)

// HeaderHost names the host that the visitor asked for. The edge function adds it.
const HeaderHost = "x-foyer-host"

// Tokens checks and signs the visitors' tokens; keyring.Keyring is one. Its errors have the code problem.Unauthorized
// when the token proves nothing, and another code when the token can't be checked.
type Tokens interface {
	// Visitor checks a visitor token for the zone.
	Visitor(ctx context.Context, zone, text string) (token.Visitor, error)

	// Access checks an access token for the zone. A genuine token that has expired is no error.
	Access(ctx context.Context, zone, text string) (token.Access, error)

	// SignAccess signs an access token for the grant that a names. The token holds until the returned time: no longer
	// than a says, nor than token.AccessLife.
	SignAccess(ctx context.Context, a token.Access) (text string, holds time.Time, err error)

	// Network hashes the part of the viewer's address that the edge passed on; empty if there is none.
	Network(ctx context.Context, zone, prefix string) (token.Network, error)
}

// FrontDoor gives the secret that CloudFront adds to requests; doorValues says what it may hold. With again, the secret
// is read anew instead of remembered: it may have changed a moment ago.
type FrontDoor interface {
	Value(ctx context.Context, again bool) (string, error)
}

// Gateway is what every HTTP and WebSocket handler needs.
type Gateway struct {
	Door    FrontDoor
	Tokens  Tokens
	Log     *slog.Logger
	Metrics *metrics.Recorder
	Now     func() time.Time
}

// CheckDoor returns problem.Forbidden unless the request came through the front door: the APIs' own addresses must not
// be a way round it.
func (g *Gateway) CheckDoor(ctx context.Context, r Request) error {
	return proves(ctx, g.Door, r.Header(topology.HeaderFrontDoor), "requests come through the front door")
}

// CheckSite returns problem.Forbidden unless a server of the protected site asks.
func CheckSite(ctx context.Context, site FrontDoor, r Request) error {
	return proves(ctx, site, r.Header(topology.HeaderSite), "only the protected site's servers may ask that")
}

// proves returns problem.Forbidden with the detail, unless the secret allows what is presented.
func proves(ctx context.Context, by FrontDoor, presented, detail string) error {
	if presented == "" {
		return problem.New(problem.Forbidden, "%s", detail)
	}
	for _, again := range []bool{false, true} {
		secret, err := by.Value(ctx, again)
		if err != nil {
			return problem.Wrap(problem.Internal, err, "")
		}
		if allows(secret, presented) {
			return nil
		}
	}
	return problem.New(problem.Forbidden, "%s", detail)
}

// same reports whether a equals b, in constant time whatever their lengths.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// Report logs a refused request: our own failure as an error, the caller's as information.
func (g *Gateway) Report(ctx context.Context, zone, route, requestID string, doc problem.Document, err error) {
	level := slog.LevelInfo
	if doc.Status >= 500 {
		level = slog.LevelError
		g.Metrics.Add(zone, metrics.Refused, 1)
	}
	g.Log.LogAttrs(ctx, level, "refused",
		slog.String("zone", zone), slog.String("route", route), slog.String("requestId", requestID),
		slog.String("code", string(doc.Code)), slog.Int("status", doc.Status), slog.String("cause", err.Error()))
}
