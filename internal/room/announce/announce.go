// Package announce pushes a zone's new state to the visitors who are nearest in line, over their sockets: that it
// opens, pauses, closes or is sold out, and what the operator says of its event. Everybody else sees it in the status,
// at the next poll. A push is a courtesy: one that is lost, or comes twice, does no harm.
package announce

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"foyer/internal/parallel"
	"foyer/internal/problem"
	"foyer/internal/room/event"
	"foyer/internal/room/heads"
	"foyer/internal/room/queue"
	"foyer/internal/room/socket"
	"foyer/internal/room/zone"
)

// Bounds of one announcement.
const (
	Nearest   = 5000 // places in line, counted from the first
	PerSecond = 3000 // pushes, of the 10,000 requests a second that API Gateway takes of an account
	atOnce    = 256  // pushes under way
)

// Zones reads zones as they stand, consistently. It is the part of zone.Store that announcements need.
type Zones interface {
	event.Reader
	Settings(ctx context.Context, zone string) (zone.Settings, error)
	Status(ctx context.Context, zone string) (zone.Status, error)
}

// Message is what changed, as the status has it. While everybody is let through it says only that something changed, so
// that pages ask: the edge decides who goes on.
type Message struct {
	Type    string `json:"type"` // "status"
	Zone    string `json:"zone"`
	Version int64  `json:"version"` // counts changes: of two messages the higher is the later
	*Change
}

// Change is what pages show at once.
type Change struct {
	State   zone.State `json:"state"`
	SoldOut bool       `json:"soldOut"`
	OpensAt int64      `json:"opensAt"` // epoch ms; 0: none
	Event   int64      `json:"event"`   // version of the event; 0: the operator has set none

	Told *event.Event `json:"told,omitempty"` // the event itself: the CDN may keep an older one for a while
}

// Result is what became of an announcement.
type Result struct {
	Pushed int
	Gone   int // connections that were gone
	Failed int // pushes that failed: these visitors see the change in the status
}

// Service announces. It is safe for use by several goroutines.
type Service struct {
	Zones Zones
	Queue queue.Store
	// Post sends a message to a connection, or returns socket.ErrGone.
	Post func(ctx context.Context, conn string, message []byte) error
	Now  func() time.Time
	// Sleep waits, or returns the context's error.
	Sleep func(ctx context.Context, d time.Duration) error
}

// Announce pushes the zone's state, as it stands now, to those nearest in its line. Before a draw nobody is: to tell
// some first would tell them their places.
func (s *Service) Announce(ctx context.Context, name string) (Result, error) {
	settings, err := s.Zones.Settings(ctx, name)
	if problem.CodeOf(err) == problem.UnknownZone {
		return Result{}, nil
	}
	if err != nil {
		return Result{}, err
	}
	now := s.Now()
	if !settings.Queues() || settings.Policy == zone.Draw && !settings.Revealed(now) {
		return Result{}, nil
	}
	message, err := s.message(ctx, settings, now)
	if err != nil {
		return Result{}, err
	}
	line, err := s.nearest(ctx, settings)
	if err != nil {
		return Result{}, err
	}
	line = slices.DeleteFunc(line, func(e queue.Entry) bool { return e.Conn == "" })
	return s.push(ctx, line, message), nil
}

func (s *Service) message(ctx context.Context, settings zone.Settings, now time.Time) ([]byte, error) {
	status, err := s.Zones.Status(ctx, settings.Zone)
	if err != nil {
		return nil, err
	}
	e, err := s.Zones.Event(ctx, settings.Zone)
	if err != nil {
		return nil, err
	}
	m := Message{Type: "status", Zone: settings.Zone, Version: settings.Version + status.Version + e.Version}
	if settings.LetThrough {
		return json.Marshal(m)
	}
	view := zone.Visible(settings, status, now)
	m.Change = &Change{State: view.State, SoldOut: view.SoldOut, Event: e.Version}
	if !settings.OpensAt.IsZero() {
		m.OpensAt = settings.OpensAt.UnixMilli()
	}
	if e.Version > 0 {
		e = e.Told(settings.Title)
		m.Told = &e
	}
	return json.Marshal(m)
}

// nearest returns the first places of the line, in order.
func (s *Service) nearest(ctx context.Context, settings zone.Settings) (line []queue.Entry, err error) {
	all, err := heads.Open(ctx, s.Queue, settings, make([]heads.Passing, settings.QueueShards), Nearest)
	if err != nil {
		return nil, err
	}
	for len(line) < Nearest {
		e, more, err := all.Next(ctx)
		if err != nil || !more {
			return line, err
		}
		line = append(line, e)
	}
	return line, nil
}

// push sends the message to each, the first in line first, at PerSecond.
func (s *Service) push(ctx context.Context, line []queue.Entry, message []byte) Result {
	var pushed, gone atomic.Int64
	start := s.Now()
	_ = parallel.Do(ctx, len(line), atOnce, func(i int) error {
		due := start.Add(time.Duration(i) * time.Second / PerSecond)
		if err := s.Sleep(ctx, max(due.Sub(s.Now()), 0)); err != nil {
			return err
		}
		err := s.Post(ctx, line[i].Conn, message)
		switch {
		case err == nil:
			pushed.Add(1)
		case errors.Is(err, socket.ErrGone):
			gone.Add(1)
		}
		return err
	})
	r := Result{Pushed: int(pushed.Load()), Gone: int(gone.Load())}
	r.Failed = len(line) - r.Pushed - r.Gone
	return r
}
