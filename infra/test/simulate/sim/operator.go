package sim

import (
	"context"
	"time"

	"foyer/internal/room/zone"
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/order"
)

// operate has the operator change the zone now and then, and give money back.
func (w *World) operate() {
	if w.weather.calm && !w.Calm {
		return
	}
	pause := 15 * time.Second
	if w.Visitors > smallest {
		pause = 3 * time.Minute
	}
	w.at(w.about(pause), w.operate)
	if w.Calm {
		return
	}
	settings, _ := w.cloud.Stands(zoneName)
	switch w.rng.IntN(13) {
	case 0:
		if settings.State == zone.Open {
			w.change("pauses the zone", func(s *zone.Settings) { s.State = zone.Paused })
			w.at(w.while(), w.resumeZone)
		}
	case 12:
		if settings.State == zone.Open && !settings.LetThrough {
			w.change("lets everybody through", func(s *zone.Settings) { s.LetThrough = true })
			w.at(w.while(), w.putLineBack)
		}
	case 1:
		more := w.rng.IntN(4) - 1
		w.change("changes the capacity", func(s *zone.Settings) { s.Capacity = max(2, s.Capacity+more) })
	case 2:
		rate := settings.Rate/2 + 1 + w.rng.IntN(settings.Rate)
		w.change("changes the rate", func(s *zone.Settings) { s.Rate = rate })
	case 3, 4, 5, 6, 7:
		w.giveBack()
	case 8, 9:
		w.bank.desk()
	}
}

// while is a moment, or long enough for everybody to know what changed.
func (w *World) while() time.Duration {
	if w.rng.IntN(2) == 0 {
		return w.about(10 * time.Second)
	}
	return settle + w.about(30*time.Second)
}

func (w *World) resumeZone() {
	if s, _ := w.cloud.Stands(zoneName); s.State == zone.Paused {
		w.change("opens the zone again", func(s *zone.Settings) { s.State = zone.Open })
	}
}

func (w *World) putLineBack() {
	w.change("puts the line back", func(s *zone.Settings) { s.LetThrough = false })
}

// closeZone ends the sale early.
func (w *World) closeZone() {
	w.change("closes the zone", func(s *zone.Settings) { s.State = zone.Closed })
}

// change writes the zone's settings, with nothing going wrong.
func (w *World) change(what string, change func(*zone.Settings)) {
	s, _ := w.cloud.Stands(zoneName)
	change(&s)
	s.Version++
	w.say(nil, "", "the operator %s", what)
	w.must(w.cloud.Zones().SaveSettings(context.Background(), s))
}

// giveBack refunds some order that is paid, or a seat of it.
func (w *World) giveBack() {
	var paid []order.Order
	for _, o := range w.cloud.Orders().All() {
		if o.State == order.Paid {
			paid = append(paid, o)
		}
	}
	if len(paid) == 0 {
		return
	}
	o, part := paid[w.rng.IntN(len(paid))], w.rng.IntN(2) == 0
	seats := checkout.SeatsRefund{Seats: []string{o.Lines[w.rng.IntN(len(o.Lines))].Seat}, ToHouse: w.rng.IntN(4) == 0}
	w.sayOrder(o, "the operator gives money of order %.6s back", o.ID)
	w.start(w.who(o.Buyer), func(t *thread) {
		_ = w.sale.jobs.serve(t, func(ctx context.Context, s *checkout.Opener) (err error) {
			if part {
				_, err = s.RefundSeats(ctx, o.ID, seats)
			} else {
				_, err = s.Refund(ctx, o.ID)
			}
			return err
		})
	})
}
