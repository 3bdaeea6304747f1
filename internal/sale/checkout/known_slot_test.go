package checkout_test

import (
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/sale/order"
	"foyer/internal/testkit/known"
)

// design.md, step 6: "Leaving, buying, or the session's end frees the slot."
func TestKnownBuyingFreesTheSlot(t *testing.T) {
	known.Fault(t, "buying frees the slot")
	w := newWorld(t, 1)
	a := w.buyers[0]
	page, _, _ := w.cloud.Log().Get(w.ctx, bucket.Of{Zone: "main", Shards: 1}, 1)
	w.must(
		w.cloud.Log().
			Apply(w.ctx, bucket.Of{Zone: "main", Shards: 1}, bucket.Change{Ref: a.Ref, Key: page.Grants[0].Key, From: bucket.Inside, To: bucket.Inside, Until: noon.Add(10 * time.Minute)}),
	)
	w.clock = noon.Add(9 * time.Minute)
	w.chooses(a, "A-1-1", "A-1-2") // all that a buyer may have
	got := w.starts(a, "1")
	w.bank.pays(got.URL)
	w.clock = w.clock.Add(time.Minute)
	_, _ = w.service.Noticed(w.ctx, "good", []byte(got.Order+" "))
	w.is(got.Order, order.Paid, "")
	page, _, _ = w.cloud.Log().Get(w.ctx, bucket.Of{Zone: "main", Shards: 1}, 1)
	if g := page.Grants[0]; g.State == bucket.Inside {
		t.Errorf(
			"FAIL: the buyer has bought all they may, and holds the slot until %v, %v after paying (session was to end at +10m)",
			g.Until.Sub(noon),
			g.Until.Sub(w.clock),
		)
	}
}
