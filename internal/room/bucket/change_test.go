package bucket_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
)

// A change counts as made already only where the grant stands exactly as it would leave it: anything else stands in the
// way.
func TestAChangeIsDoneOnlyWhereTheGrantStandsSo(t *testing.T) {
	conn, other := "c", "d"
	key := queue.NewKey(8, 0, 7, queue.VisitorID{1})
	change := bucket.Change{
		Ref: bucket.Ref{Page: 1}, Key: key, From: bucket.Reserved, To: bucket.Inside, Until: noon.Add(time.Hour),
		Conn: &conn,
	}
	as := bucket.Grant{Key: key, State: bucket.Inside, Until: noon.Add(time.Hour), Conn: conn}
	for name, c := range map[string]struct {
		bend func(*bucket.Grant)
		done bool
	}{
		"as asked":                {func(*bucket.Grant) {}, true},
		"another visitor's":       {func(g *bucket.Grant) { g.Key = queue.NewKey(8, 0, 8, queue.VisitorID{2}) }, false},
		"in another state":        {func(g *bucket.Grant) { g.State = bucket.Left }, false},
		"until another time":      {func(g *bucket.Grant) { g.Until = noon }, false},
		"over another connection": {func(g *bucket.Grant) { g.Conn = other }, false},
	} {
		g := as
		c.bend(&g)
		pending, err := bucket.Pending(bucket.Page{Number: 1, Grants: []bucket.Grant{g}}, []bucket.Change{change})
		var stands *bucket.StateError
		if change.Done(g) != c.done || errors.As(err, &stands) == c.done || len(pending) > 0 {
			t.Errorf("%s: done %v, pending %v, %v", name, change.Done(g), pending, err)
		}
	}
}

// A change asks for the end and the connection that were read only where it names them.
func TestAChangeHoldsOnlyWhereTheGrantStandsAsRead(t *testing.T) {
	conn, other := "c", "d"
	g := bucket.Grant{Key: queue.NewKey(8, 0, 7, queue.VisitorID{1}), State: bucket.Reserved, Until: noon, Conn: conn}
	for name, c := range map[string]struct {
		until time.Time
		conn  *string
		want  bool
	}{
		"whatever they are":       {time.Time{}, nil, true},
		"as they were read":       {noon, &conn, true},
		"until another time":      {noon.Add(1), nil, false},
		"over another connection": {time.Time{}, &other, false},
	} {
		change := bucket.Change{
			Key: g.Key, From: g.State, FromUntil: c.until, FromConn: c.conn, To: bucket.Inside, Until: noon,
		}
		if got := change.Holds(g); got != c.want {
			t.Errorf("%s: it holds: %v", name, got)
		}
		g := g
		g.State = bucket.Inside
		if !change.Done(g) {
			t.Errorf("%s: a change that leaves the connection as it is isn't done", name)
		}
	}
}

func TestOnlyTheZeroReferenceIsNone(t *testing.T) {
	if !(bucket.Ref{}).IsZero() || (bucket.Ref{Page: 1}).IsZero() {
		t.Error("page 1 is none, or page 0 is one")
	}
}

// A slot that the page doesn't have is nobody's grant, which stands in the way.
func TestAChangeOfASlotThatIsNotThereIsRefused(t *testing.T) {
	key := queue.NewKey(8, 0, 7, queue.VisitorID{1})
	p := bucket.Page{Number: 1, Grants: []bucket.Grant{{Key: key, State: bucket.Reserved, Until: noon}}}
	for _, slot := range []int{-1, 0, 1, 2} {
		pending, err := bucket.Pending(p, []bucket.Change{
			{Ref: bucket.Ref{Page: 1, Slot: slot}, Key: key, From: bucket.Reserved, To: bucket.Left, Until: noon},
		})
		var stands *bucket.StateError
		if there := slot == 0; there != (err == nil) || there != (len(pending) == 1) ||
			!there && (!errors.As(err, &stands) || stands.Grant != bucket.Grant{}) {
			t.Errorf("slot %d: pending %v, %v", slot, pending, err)
		}
	}
}

// Only a new connection for a visitor who may still claim is news for the notifier.
func TestAChangeReconnectsOnlyWhoMayClaim(t *testing.T) {
	conn := "c"
	for _, c := range []struct {
		to   bucket.State
		conn *string
		want bool
	}{
		{bucket.Reserved, &conn, true}, {bucket.Reserved, nil, false},
		{bucket.Inside, &conn, false}, {bucket.Missed, nil, false},
	} {
		if got := (bucket.Change{From: bucket.Reserved, To: c.to, Conn: c.conn}).Reconnects(); got != c.want {
			t.Errorf("to %c, connection given %v: %v", c.to, c.conn != nil, got)
		}
	}
}

// refs are references as they may come from outside: the first three are good.
var refs = []string{
	"1.0", "7.11", "9223372036854775807.3", "0.0", "-1.0", "1.12", "1.-1", "01.0", "1.00", "1", "1.", ".1", "1.0 ", "+1.0",
	"99999999999999999999.0", "1.0.0", "١.0", "",
}

func FuzzParseRef(f *testing.F) {
	for _, s := range refs {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := bucket.ParseRef(s)
		if err == nil && (r.String() != s || r.Page < 1 || r.Slot < 0 || r.Slot >= bucket.PageSize) {
			t.Errorf("%q was read as %+v", s, r)
		}
		if known := slices.Index(refs, s); known >= 0 && (err == nil) != (known < 3) {
			t.Errorf("%q: %v", s, err)
		}
	})
}
