package main

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"foyer/internal/room/policy"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

func TestAZoneIsResetAndDeleted(t *testing.T) {
	d := ready(t)
	d.says("zone reset main --yes", "zone main is open: close it first (foyerctl zone close main)")
	d.says("zone close main --yes", "closed")
	_, err := d.cloud.Queue().Register(t.Context(), queue.Of{Zone: "main", Shards: 4}, queue.Entry{Key: queue.Key{1}})
	if err != nil {
		t.Fatal(err)
	}
	d.says("zone reset main --dry-run", "would remove 0 pages of grants, 1 places in the queue, ")
	d.says("zone reset main --opens 2020-01-01T10:00:00Z --yes", "has passed")
	d.says("zone reset main --opens 2030-01-01T10:00:00Z --yes", "zone main is scheduled, and nothing has happened in it")
	d.says("zone close main --yes", "closed")
	d.says("rules set "+d.file("main /shows\n")+" --yes", "1 rule")
	d.says("zone delete main --yes", "a rule of host * names zone main: take it out first")
	d.says("rules set "+d.file("open GET /health\n")+" --yes", "1 rule")
	d.says("zone delete main --yes", "zone main is as if it had never been made")
	d.says("zone show main", "there is no zone")
	d.says("venue load main "+theatre, "there is no zone")
	d.says("zone create main", "closed")
}

// While a zone is cleared nobody opens it; the same command goes on.
func TestAZoneThatIsBeingClearedStaysClosed(t *testing.T) {
	d := ready(t)
	s, _ := d.cloud.Zones().Settings(t.Context(), "idle")
	marked, err := s.Clear(zone.Resetting)
	if err != nil || d.cloud.Zones().SaveSettings(t.Context(), marked) != nil {
		t.Fatal(err)
	}
	d.says("zone list", "closed and being cleared (zone reset)")
	for _, command := range []string{"zone open idle", "zone set idle --rate 7", "zone delete idle --yes"} {
		d.says(command, "zone idle is being cleared: finish that by foyerctl zone reset idle")
	}
	d.says("zone reset idle --yes", "zone idle is closed, and nothing has happened in it")
	d.says("zone open idle", "zone idle is open")
}

func TestADrawIsMadeByAnotherSeed(t *testing.T) {
	d := ready(t)
	seed := func() (zone.Settings, string) {
		s, err := d.cloud.Zones().Settings(t.Context(), "lots")
		if err != nil {
			t.Fatal(err)
		}
		raw := d.ring.Seed(s.DrawName())
		return s, hex.EncodeToString(raw[:])
	}
	before, was := seed()
	for n := range 20 {
		v := token.Visitor{Zone: "lots", ID: queue.VisitorID{0: byte(7 * n), 15: byte(n)}, Arrived: noon, Priority: 8}
		e := queue.Entry{Key: policy.Keys(v, before, was)[0], RegisteredAt: noon.Add(time.Duration(n)),
			Conn: "c", ConnAt: noon}
		if _, err := d.cloud.Queue().Register(t.Context(), before.Queue(), e); err != nil {
			t.Fatal(err)
		}
	}
	got := d.says("zone seed replace lots --yes", "zone lots draws by another seed, 20 places are drawn anew; publish its")
	after, is := seed()
	if is == was || !strings.Contains(got, policy.Commit("lots", is)) {
		t.Errorf("it says %s, the commitment is %s", got, policy.Commit("lots", is))
	}
	places := 0
	for shard := range after.QueueShards {
		head, err := d.cloud.Queue().Head(t.Context(), "lots", shard, queue.Key{}, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range head {
			places++
			if e.Key.Rank() != policy.Rank(is, e.Key.Visitor()) || e.Conn != "c" {
				t.Errorf("the place %+v", e)
			}
		}
	}
	if places != 20 {
		t.Errorf("%d places", places)
	}
	d.says("zone seed replace main --yes", "zone main doesn't draw")
	d.says("zone create soon --policy draw --opens 2026-05-01T12:10:00Z", "scheduled")
	d.says("zone seed replace soon --yes", "its seed can be replaced until 15m0s before")
}
