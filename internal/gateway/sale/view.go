package sale

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"foyer/internal/gateway/deadline"
	"foyer/internal/gateway/web"
	"foyer/internal/problem"
)

// Viewers sets the sections that a connection views; viewers.Service is one. Repeating it does no harm.
type Viewers interface {
	View(ctx context.Context, conn string, sections []string, at time.Time) error
}

// View answers the view function's events: {"action":"view","sections":[…]} on the socket of a seat map. Messages carry
// no tokens: the handshake settled what the connection may do.
type View struct {
	Log     *slog.Logger
	Viewers Viewers
}

// viewed is the message.
type viewed struct {
	Action   string   `json:"action"`
	Sections []string `json:"sections"`
}

// Handle takes a message. Only API Gateway reads the answer.
func (h *View) Handle(
	ctx context.Context, e events.APIGatewayWebsocketProxyRequest,
) (events.APIGatewayProxyResponse, error) {
	ctx, cancel := deadline.Within(ctx)
	defer cancel()
	err := h.view(ctx, e)
	if err == nil {
		return events.APIGatewayProxyResponse{StatusCode: http.StatusOK}, nil
	}
	doc := problem.Describe(web.Coded(err), e.RequestContext.RequestID)
	level := slog.LevelInfo
	if doc.Status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	h.Log.LogAttrs(ctx, level, "refused", slog.String("route", "view"), slog.String("requestId", doc.RequestID),
		slog.String("code", string(doc.Code)), slog.Int("status", doc.Status), slog.String("cause", err.Error()))
	return events.APIGatewayProxyResponse{StatusCode: doc.Status}, nil
}

func (h *View) view(ctx context.Context, e events.APIGatewayWebsocketProxyRequest) error {
	c := e.RequestContext
	if c.EventType != "MESSAGE" || c.ConnectionID == "" {
		return problem.New(problem.Invalid, "this is no message")
	}
	var message viewed
	if err := (web.Request{Body: e.Body}).Decode(&message); err != nil {
		return err
	}
	return h.Viewers.View(ctx, c.ConnectionID, message.Sections, time.UnixMilli(c.RequestTimeEpoch))
}
