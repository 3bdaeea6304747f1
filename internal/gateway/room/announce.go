package room

import (
	"context"
	"log/slog"

	"foyer/internal/gateway/deadline"
	"foyer/internal/room/announce"
)

// Announcer pushes a zone's state to those nearest in line; announce.Service is one.
type Announcer interface {
	Announce(ctx context.Context, zone string) (announce.Result, error)
}

// Announce answers the announce function's events, which the relay makes.
type Announce struct {
	Log   *slog.Logger
	Lines Announcer
}

// Announcement is the event: the zone whose state changed.
type Announcement struct {
	Zone string `json:"zone"`
}

// Handle announces. A push that fails is not tried again: by then its visitor has seen the change in the status.
func (h *Announce) Handle(ctx context.Context, e Announcement) error {
	ctx, cancel := deadline.Within(ctx)
	defer cancel()
	r, err := h.Lines.Announce(ctx, e.Zone)
	if err != nil {
		h.Log.LogAttrs(ctx, slog.LevelError, "not announced", slog.String("zone", e.Zone), slog.String("cause", err.Error()))
		return err
	}
	h.Log.LogAttrs(ctx, slog.LevelInfo, "announced", slog.String("zone", e.Zone), slog.Int("pushed", r.Pushed),
		slog.Int("gone", r.Gone), slog.Int("failed", r.Failed))
	return nil
}
