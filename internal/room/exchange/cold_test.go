package exchange_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// slowly is a log of which each part takes long to read, and of which parts can't be read.
type slowly struct {
	bucket.Log
	w     *world
	parts int
	fails int // the part that can't be read; 0: none
}

var errUnread = errors.New("down")

func (l *slowly) ReadBack(ctx context.Context, of bucket.Of, before int64, limit int) ([]bucket.Page, error) {
	if l.parts++; l.parts == l.fails {
		return nil, errUnread
	}
	l.w.advance(10 * time.Second)
	return l.Log.ReadBack(ctx, of, before, limit)
}

// A process that doesn't know yet who is inside says nothing, and goes on with the next tick where it was.
func TestAColdProcessSaysNothingBeforeItKnowsWhoIsInside(t *testing.T) {
	const pages = 300
	for _, fails := range []int{0, 2} {
		w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Session = 1000, time.Hour })
		for n := range int64(pages) {
			v := w.visitor(int(n), epoch)
			key := queue.NewKey(v.Priority, 0, uint64(n), v.ID)
			err := w.cloud.Log().Append(ctx, w.zone.Grants(), bucket.Page{
				Number: n + 1, At: epoch, Called: key,
				Grants: []bucket.Grant{{Key: key, State: bucket.Inside, Until: epoch.Add(time.Hour)}},
			})
			is(t, err, "")
		}
		w.x.Log = &slowly{Log: w.x.Log, w: w, fails: fails}
		m := &exchange.Memory{}
		_, err := w.x.Tick(ctx, w.zone, m)
		if err == nil || errors.Is(err, errUnread) != (fails > 0) || w.status().Version > 0 {
			t.Errorf("part %d fails: %v, and the status is %+v", fails, err, w.status())
		}
		for range 3 {
			if _, err = w.x.Tick(ctx, w.zone, m); err == nil {
				break
			}
		}
		if err != nil || w.status().Live != pages {
			t.Errorf("part %d failed: %v, %d are live", fails, err, w.status().Live)
		}
	}
}

// A process that could read nothing isn't ready, and has read nothing whole.
func TestAProcessThatReadNothingIsNotReady(t *testing.T) {
	w := newWorld(t, nil)
	w.x.Log = &slowly{Log: w.x.Log, w: w, fails: 1}
	m := &exchange.Memory{}
	if ready, whole, err := w.x.Warm(ctx, w.zone, m); ready || whole || !errors.Is(err, errUnread) {
		t.Errorf("ready %v, whole %v, %v", ready, whole, err)
	}
	if ready, whole, err := w.x.Warm(ctx, w.zone, m); !ready || !whole || err != nil {
		t.Errorf("once it can read: ready %v, whole %v, %v", ready, whole, err)
	}
}

// A process that doesn't know the whole log yet calls nobody of whom the rest of it may say that they were inside, or
// missed too often; others are called.
func TestAColdProcessCallsThoseWhoCanBeCalled(t *testing.T) {
	const pages = 150
	w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Rate = 100, 6000 })
	missed, left, fresh := w.visitor(1, epoch), w.visitor(2, epoch), w.visitor(3, epoch.Add(time.Hour))
	grant := func(n int64) (g bucket.Grant) {
		g = bucket.Grant{State: bucket.Left, Until: epoch}
		switch n {
		case 1, pages - 1:
			g.Key, g.State = policy.Keys(missed, w.zone, "")[0], bucket.Missed
		case 2:
			g.Key = policy.Keys(left, w.zone, "")[0]
		default:
			g.Key = policy.Keys(w.visitor(int(10+n), epoch.Add(time.Minute)), w.zone, "")[0]
		}
		return g
	}
	for n := int64(1); n <= pages; n++ {
		p := bucket.Page{Number: n, At: epoch, Called: grant(n).Key, Grants: []bucket.Grant{grant(n)}}
		if n >= pages-1 {
			p.Called = grant(pages).Key
		}
		is(t, w.cloud.Log().Append(ctx, w.zone.Grants(), p), "")
	}
	is(t, w.cloud.Zones().SaveStatus(ctx, zone.Status{Zone: "main", Version: 1, At: epoch, Floor: pages}), "")
	w.advance(2 * time.Hour)
	for _, v := range []token.Visitor{missed, left, fresh} {
		w.register(v, "there")
	}
	w.x.Log, w.x.Index = &slowly{Log: w.x.Log, w: w}, nil
	m := &exchange.Memory{}
	if r := w.tick(m); r.Called != 1 || r.Swept != 0 || r.PagesRead >= pages {
		t.Errorf("%d called, %d swept by %d pages", r.Called, r.Swept, r.PagesRead)
	}
	all := w.pages()
	if g := all[len(all)-1].Grants[0]; g.Key.Visitor() != fresh.ID {
		t.Errorf("%+v was called", g)
	}
	swept := 0
	for range 3 {
		r := w.tick(m)
		if swept += r.Swept; r.Called > 0 {
			t.Errorf("%d more called", r.Called)
		}
	}
	if swept != 1 {
		t.Errorf("%d swept when all was known", swept)
	}
}
