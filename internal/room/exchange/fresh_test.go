package exchange_test

import (
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/policy"
	"foyer/internal/room/zone"
)

// V1 was called, missed and came back within two seconds: a direct entry by a process that still takes V1 for reserved
// must not pass V1 by.
func TestADirectEntryPassesNobodyByWhoMissedAMomentAgo(t *testing.T) {
	w := newWorld(t, func(s *zone.Settings) { s.Capacity, s.Rate = 20, 60000 })
	a := w.admitter()
	v1, v2, v3 := w.visitor(1, epoch), w.visitor(2, epoch.Add(time.Second)), w.visitor(3, epoch.Add(2*time.Second))
	w.register(v1, "c1")
	if _, err := a.Direct(ctx, v2); err != nil { // calls v1 and v2
		t.Fatal(err)
	}
	// Page 2 is appended: page 1 isn't the log's end any more.
	if _, err := a.Direct(ctx, w.visitor(4, epoch.Add(1500*time.Millisecond))); err != nil {
		t.Fatal(err)
	}
	g := w.pages()[0].Grants[0]
	conn := "c1"
	missed := bucket.Change{
		Ref: bucket.Ref{Page: 1}, Key: g.Key, From: bucket.Reserved, FromConn: &conn, To: bucket.Missed, Until: w.now(),
	}
	if err := w.cloud.Log().Apply(ctx, w.zone.Grants(), missed); err != nil {
		t.Fatal(err)
	}
	if _, err := policy.SetAside(ctx, w.cloud.Queue(), w.zone, g.Key, "c1", w.now()); err != nil {
		t.Fatal(err)
	}
	w.register(v1, "c2") // back, first in line
	w.advance(time.Second)
	if _, err := a.Direct(ctx, v3); err != nil {
		t.Fatal(err)
	}
	if first := w.pages()[2].Grants[0].Key.Visitor(); first != v1.ID {
		t.Error("the higher key was called before the lower one, which was registered and there")
	}
}
