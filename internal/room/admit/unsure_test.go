package admit_test

import (
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// fill appends pages of strangers who came and left.
func (d *door) fill(pages int) {
	d.t.Helper()
	log, of := d.cloud.Log(), d.settings.Grants()
	last, err := log.ReadBack(d.t.Context(), of, 0, 1)
	d.is(err, "")
	for i := range pages {
		p := bucket.Page{Number: last[0].Number + 1 + int64(i), At: d.now, Called: last[0].Called}
		left := bucket.Grant{Key: queue.NewKey(0, 0, 1, visitor(uint64(900+i)).ID), State: bucket.Left, Until: d.now}
		p.Grants = []bucket.Grant{left}
		d.is(log.Append(d.t.Context(), of, p), "")
	}
}

// A process that knows the end of the log only doesn't know whether somebody at the front has been inside before. It
// must neither call them again nor pass them by.
func TestDirectLeavesThoseItCantJudgeToTheExchanger(t *testing.T) {
	early := func(n uint64) token.Visitor {
		v := visitor(n)
		v.Arrived = noon.Add(-time.Minute)
		return v
	}
	for name, c := range map[string]struct {
		change func(*zone.Settings)
		back   token.Visitor // has been inside
		others []token.Visitor
	}{
		"a key below those called": {nil, visitor(1), []token.Visitor{visitor(2), visitor(3), visitor(4)}},
		"another place after the draw": {func(s *zone.Settings) { s.Policy, s.OpensAt = zone.Draw, noon }, early(1),
			[]token.Visitor{early(2), early(3), visitor(4)}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoor(t, c.change)
			if d.settings.Policy == zone.Draw && policy.Rank("5eed", c.back.ID) > policy.Rank("5eed", c.others[0].ID) {
				c.back, c.others[0] = c.others[0], c.back // the last page is always known: be not on it
			}
			for _, v := range []token.Visitor{c.back, c.others[0], c.others[1]} {
				d.now = noon
				d.register(v)
			}
			d.now = noon.Add(time.Minute)
			d.settings.Capacity = 1
			for range 3 { // inside and out again, until the floor has left them behind
				d.tick()
				for _, v := range []token.Visitor{c.back, c.others[0], c.others[1]} {
					if e, err := d.Enter(t.Context(), v, bucket.Ref{}); err == nil {
						d.is(d.Leave(t.Context(), v, e.Ref), "")
					}
				}
				d.now = d.now.Add(2 * time.Minute)
			}
			d.fill(20) // so that the end of the log doesn't show them
			d.settings.Capacity = 5
			d.tick()
			d.now = d.now.Add(2 * time.Minute)
			d.tick()
			if st, _ := d.cloud.Zones().Status(t.Context(), "main"); st.Floor <= 1 {
				t.Fatalf("the floor is %d: the test tests nothing", st.Floor)
			}
			d.register(c.back)
			_, err := d.process().Direct(t.Context(), c.others[2])
			d.is(err, problem.NotCalled)
			d.now = d.now.Add(time.Second)
			if r := d.tick(); r.Swept != 1 || r.Called != 1 {
				t.Errorf("the exchanger: %+v", r)
			}
		})
	}
}
