package viewers_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"foyer/internal/sale/viewers"
)

// oneDied returns a hall of one section in which a process died while it waited for the zone's turn.
func oneDied(t *testing.T) *hall {
	h := newHall(t, 1, 0)
	h.tell(change("A", 1))
	dying, die := context.WithCancel(t.Context())
	var dead sync.WaitGroup
	dead.Go(func() { _, _ = h.process(0).Deliver(dying, change("A", 2)) })
	synctest.Wait()
	die()
	dead.Wait()
	return h
}

// A process that dies while it waits keeps the others from sending for a few seconds, no longer.
func TestWhoDiesWaitingIsNotWaitedForForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := oneDied(t)
		late := locked("A-1-1", 3)
		h.seats.stand("A", late)
		for h.ears.heard = nil; len(h.ears.heard) == 0; time.Sleep(100 * time.Millisecond) {
			if time.Since(late.Changed) > viewers.Every+viewers.WaitFor {
				t.Fatal("nobody tells any more")
			}
			h.tell(change("A", 3))
		}
	})
}

// counted is a Pace that counts its calls.
type counted struct {
	viewers.Pace
	asked *int
}

func (c counted) Take(
	ctx context.Context,
	zone, by string,
	sections []string,
	now time.Time,
) (viewers.Turn, bool, error) {
	*c.asked++
	return c.Pace.Take(ctx, zone, by, sections, now)
}

// Meanwhile a process that must send by itself asks for the turn only now and then: a zone's turn is one item.
func TestWhoWaitsForOneWhoDiedAsksNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := oneDied(t)
		old := change("A", 3)
		old.Oldest = time.Now().Add(-time.Minute)
		p, asked := h.process(0), 0
		p.Pace = counted{h.store, &asked}
		if got, err := p.Deliver(t.Context(), old); err != nil || got.Pushed != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		if most := int((viewers.Every + viewers.WaitFor) / (50 * time.Millisecond)); asked > most {
			t.Errorf("it asked %d times, more than %d", asked, most)
		}
	})
}
