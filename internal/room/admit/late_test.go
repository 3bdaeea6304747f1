package admit_test

import (
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/zone"
)

// overcall says of the zone that far more were called than come, or that it isn't so any more.
func (d *door) overcall(yes bool) {
	d.t.Helper()
	st, err := d.cloud.Zones().Status(d.t.Context(), "main")
	d.is(err, "")
	st.Zone, st.Version, st.Overcalled = "main", st.Version+1, yes
	d.is(d.cloud.Zones().SaveStatus(d.t.Context(), st), "")
}

func TestWhoClaimsLateInACrowdOfGhostsIsCalledAnew(t *testing.T) {
	d := newDoor(t, func(s *zone.Settings) { s.Capacity = 1 })
	d.register(visitor(1))
	d.register(visitor(2))
	d.tick()
	d.now = d.now.Add(bucket.ClaimSoon)
	d.overcall(true)
	_, err := d.Enter(t.Context(), visitor(1), bucket.Ref{Page: 1})
	d.is(err, problem.NotCalled)
	d.now = d.now.Add(time.Second)
	if r := d.tick(); r.Called != 1 {
		t.Fatalf("%d called", r.Called)
	}
	d.overcall(true)
	if _, err := d.Enter(t.Context(), visitor(2), bucket.Ref{}); problem.CodeOf(err) != problem.NotCalled {
		t.Errorf("somebody else had the place: %v", err)
	}
	e, err := d.Enter(t.Context(), visitor(1), bucket.Ref{Page: 1})
	d.is(err, "")
	if e.Ref.Page != 2 {
		t.Errorf("inside by %v", e.Ref)
	}
}

func TestALateClaimIsLetInWhereMostCome(t *testing.T) {
	for name, c := range map[string]struct {
		after time.Duration
		over  bool
	}{
		"soon, in a crowd of ghosts": {bucket.ClaimSoon - time.Millisecond, true},
		"late, among the living":     {bucket.ClaimSoon, false},
	} {
		d := newDoor(t, nil)
		d.register(visitor(1))
		d.tick()
		d.overcall(c.over)
		d.now = d.now.Add(c.after)
		if _, err := d.Enter(t.Context(), visitor(1), bucket.Ref{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestALateClaimWhosePlaceIsGoneRegistersAgain(t *testing.T) {
	d := newDoor(t, nil)
	d.register(visitor(1))
	d.tick()
	d.overcall(true)
	d.now = d.now.Add(bucket.ClaimSoon)
	g := d.grants()[0]
	d.is(d.Queue.Remove(t.Context(), d.settings.Queue(), g.Key), "")
	_, err := d.Enter(t.Context(), visitor(1), bucket.Ref{})
	d.is(err, problem.Missed)
}

// grants is every grant of the log.
func (d *door) grants() (all []bucket.Grant) {
	d.t.Helper()
	pages, err := d.Log.Read(d.t.Context(), bucket.Of{Zone: "main", Shards: 1}, 1)
	d.is(err, "")
	for _, p := range pages {
		all = append(all, p.Grants...)
	}
	return all
}
