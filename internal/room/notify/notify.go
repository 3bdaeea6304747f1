// Package notify pushes their turn to called visitors, from the records of the grants' stream, and frees the slots of
// visitors whose connection is gone. A record may come twice, or late: neither does harm.
package notify

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"foyer/internal/parallel"
	"foyer/internal/room/bucket"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/socket"
	"foyer/internal/room/zone"
)

// Result is what one record led to.
type Result struct {
	Pushed int
	Gone   int // connections that were gone: their slots are free, their places kept
	Failed int // pushes to try again
}

// Service notifies. It is safe for use by several goroutines.
type Service struct {
	Settings zone.Reader // a zone.Cache, as a rule
	Queue    queue.Store
	Log      bucket.Log
	Pusher   socket.Pusher
	Now      func() time.Time
}

// Turn is the message to a visitor who is called.
type Turn struct {
	Type  string `json:"type"` // "turn"
	Zone  string `json:"zone"`
	Ref   string `json:"ref"`   // the grant, to be handed to enter
	Until int64  `json:"until"` // end of the claim window, epoch ms
}

// Notify pushes to every visitor whom the change of a page from old to page called, or found on a new connection. Old
// is nil for a new page. An error means that some pushes failed and the record should come again.
func (s *Service) Notify(ctx context.Context, zoneName string, old *bucket.Page, page bucket.Page) (Result, error) {
	slots := Due(old, page, s.Now())
	if len(slots) == 0 {
		return Result{}, nil
	}
	settings, err := s.Settings.Settings(ctx, zoneName)
	if err != nil {
		return Result{}, err
	}
	var (
		mu     sync.Mutex
		result Result
	)
	err = parallel.Do(ctx, len(slots), bucket.PageSize, func(i int) error {
		gone, err := s.push(ctx, settings, bucket.Ref{Page: page.Number, Slot: slots[i]}, page.Grants[slots[i]])
		mu.Lock()
		defer mu.Unlock()
		result.count(gone, err)
		return err
	})
	return result, err
}

func (r *Result) count(gone bool, err error) {
	switch {
	case err != nil:
		r.Failed++
	case gone:
		r.Gone++
	default:
		r.Pushed++
	}
}

// Due returns the slots of page whose visitors are to be told of their turn at the time now: reserved, reachable, still
// in time, and new or on a new connection since old.
func Due(old *bucket.Page, page bucket.Page, now time.Time) []int {
	var slots []int
	for i, g := range page.Grants {
		if g.State != bucket.Reserved || g.Conn == "" || !g.Until.After(now) {
			continue
		}
		if old == nil || i >= len(old.Grants) || old.Grants[i].Conn != g.Conn || old.Grants[i].State != bucket.Reserved {
			slots = append(slots, i)
		}
	}
	return slots
}

func (s *Service) push(
	ctx context.Context, settings zone.Settings, ref bucket.Ref, g bucket.Grant,
) (gone bool, err error) {
	message, err := json.Marshal(Turn{"turn", settings.Zone, ref.String(), g.Until.UnixMilli()})
	if err != nil {
		return false, err
	}
	err = s.Pusher.Push(ctx, g.Conn, message)
	if !errors.Is(err, socket.ErrGone) {
		return false, err
	}
	return true, s.free(ctx, settings, ref, g)
}

// free gives back the slot of a gone connection, and keeps its visitor's place, unless the visitor claimed or
// reconnected meanwhile.
func (s *Service) free(ctx context.Context, settings zone.Settings, ref bucket.Ref, g bucket.Grant) error {
	now := s.Now()
	err := s.Log.Apply(ctx, settings.Grants(), bucket.Change{
		Ref: ref, Key: g.Key, From: bucket.Reserved, FromConn: &g.Conn, To: bucket.Missed, Until: now,
	})
	var stands *bucket.StateError
	if errors.As(err, &stands) && stands.Grant.State != bucket.Missed {
		return nil
	}
	if err != nil && stands == nil {
		return err
	}
	_, err = policy.SetAside(ctx, s.Queue, settings, g.Key, g.Conn, now)
	return err
}
