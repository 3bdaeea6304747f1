package sim

import (
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
)

// stores are what the services work with: the stores in memory, or one of them with a planted fault around it.
type stores struct {
	log    bucket.Log
	queue  queue.Store
	zones  zone.Store
	seats  seat.Store
	orders order.Store
}

func newStores(w *World) *stores {
	s := &stores{w.cloud.Log(), w.cloud.Queue(), w.cloud.Zones(), w.cloud.Seats(), w.cloud.Orders()}
	if w.Plant != "" {
		p, found := plants[w.Plant]
		if !found {
			panic("sim: no planted fault is called " + w.Plant)
		}
		if p.stores != nil {
			p.stores(w, s)
		}
	}
	return s
}
