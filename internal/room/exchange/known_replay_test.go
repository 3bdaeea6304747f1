package exchange_test

import (
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/policy"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
	"foyer/internal/testkit/known"
)

func TestKnownAVisitorWhoLeftIsFirstAgainOnceTheLogIsGone(t *testing.T) {
	known.Fault(t, "a token is signed anew for as long as its page asks for the status, but the log forgets who has left "+
		"after eight days: then the visitor is first in line again")
	w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Rate = 1, 600 })
	v := w.visitor(1, epoch)
	w.register(v, "")
	w.tick(&exchange.Memory{})
	in, err := w.admit.Enter(ctx, v, bucket.Ref{})
	is(t, err, "")
	is(t, w.admit.Leave(ctx, v, in.Ref), "")

	w.advance(9 * 24 * time.Hour) // of the log, its time to live has left only what a later visitor did
	hourAgo, later := w.now().Add(-time.Hour), w.visitor(2, epoch.Add(24*time.Hour))
	left := bucket.Grant{Key: policy.Keys(later, w.zone, "")[0], State: bucket.Left, Until: hourAgo}
	w.x.Log = memroom.New().Log()
	page := bucket.Page{Number: 2, At: hourAgo, Called: left.Key, Grants: []bucket.Grant{left}}
	is(t, w.x.Log.Append(ctx, w.zone.Grants(), page), "")

	w.register(w.visitor(10, hourAgo), "") // has waited for an hour
	w.register(v, "")
	w.tick(&exchange.Memory{})
	pages, err := w.x.Log.Read(ctx, w.zone.Grants(), 3)
	is(t, err, "")
	if len(pages) != 1 || pages[0].Grants[0].Key.Visitor() == v.ID {
		t.Errorf("the visitor who had left was called: %+v", pages)
	}
}
