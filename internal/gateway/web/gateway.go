// Package gateway turns Lambda events into calls of Foyer's services, and what they answer into responses.
//
// It checks what came in (front door, origin, size, shape, tokens) before a service sees it, so that a bad request
// changes nothing; and it tells callers of errors only what problem.Describe says, and the log the rest. It must
// never log a token, a visitor id or anything else that a person could be known by, and it decides nothing about
// queues and grants.
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
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
)

// HeaderHost names the host that the visitor asked for. The edge function adds it.
const HeaderHost = "x-foyer-host"

// Tokens checks and signs what visitors carry. Its errors have the code problem.Unauthorized when the token proves
// nothing, and others when it can't be told.
type Tokens interface {
	// Visitor checks a visitor token for the zone.
	Visitor(ctx context.Context, zone, text string) (token.Visitor, error)

	// Access checks an access token for the zone; one that was genuine and has expired still tells its grant.
	Access(ctx context.Context, zone, text string) (token.Access, error)

	// SignAccess signs an access token for a grant that lives until then, and tells until when the token holds.
	SignAccess(ctx context.Context, zone string, id queue.VisitorID, ref bucket.Ref, until time.Time) (text string, holds time.Time, err error)
}

// FrontDoor gives the secret with what requests through CloudFront carry: see doorValues. again asks for it as it is now, not as
// remembered: it may have been changed a moment ago.
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

// enter makes sure that the request came through the front door: execute-api must not be a way round it.
func (g *Gateway) CheckDoor(ctx context.Context, r Request) error {
	presented := r.Header(topology.HeaderFrontDoor)
	if presented == "" {
		return problem.New(problem.Forbidden, "requests come through the front door")
	}
	for _, again := range []bool{false, true} {
		secret, err := g.Door.Value(ctx, again)
		if err != nil {
			return problem.Wrap(problem.Internal, err, "")
		}
		if allows(secret, presented) {
			return nil
		}
	}
	return problem.New(problem.Forbidden, "requests come through the front door")
}

// same compares in constant time, whatever the lengths.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// report logs a failed request: what is ours as an error, what is the caller's as information.
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
