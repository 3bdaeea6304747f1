package main

import (
	"context"
	cryptorand "crypto/rand"
	"math/rand/v2"
	"time"

	"foyer/infra/topology"
	"foyer/internal/aws/keyring"
	"foyer/internal/boot"
	"foyer/internal/boot/money"
	"foyer/internal/boot/secrets"
	"foyer/internal/boot/tickets"
	"foyer/internal/gateway/sale"
	"foyer/internal/gateway/web"
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/choose"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seatmap"
	"foyer/internal/sale/ticket"
	"foyer/internal/store/dynamo/dynsale"
)

// wire puts the function together from its environment.
func wire(env boot.Env) (*sale.Checkout, error) {
	n := boot.Needs{Env: env}
	keysID, doorID := n.Get(topology.EnvKeys), n.Get(topology.EnvFrontDoor)
	ticketsID, looks, parts := n.Get(topology.EnvTicketKeys), n.Table("jobs"), money.Wire(&n)
	if err := n.Err(); err != nil {
		return nil, err
	}
	p := parts()
	keys := tickets.Keys(secrets.Open(p.Config, ticketsID))
	starter := &checkout.Starter{
		Opener: checkout.Opener{Driver: p.Orders, Key: tickets.LinkKey(keys)}, Events: p.Zones,
		Looks: dynsale.NewOnce(p.DB, looks), Owner: cryptorand.Text,
		Sale: &choose.Service{
			Settings: p.Visits.Settings, Log: p.Visits.Log, Seats: p.Seats,
			Maps: &seatmap.Maps{Store: p.Seats, Now: time.Now}, Pick: rand.IntN, Now: time.Now,
		},
	}
	return &sale.Checkout{
		Gateway: web.Gateway{
			Door: secrets.Open(p.Config, doorID), Tokens: &keyring.Keyring{Secret: secrets.Open(p.Config, keysID)},
			Log: boot.Logger(), Metrics: p.Metrics, Now: time.Now,
		},
		Orders: starter, Tickets: issue(keys),
	}, nil
}

// issue returns a func that makes the tickets of a paid order.
func issue(
	keys func(context.Context) (ticket.Keys, error),
) func(context.Context, order.Order) ([]ticket.Ticket, error) {
	return func(ctx context.Context, o order.Order) ([]ticket.Ticket, error) {
		k, err := keys(ctx)
		if err != nil {
			return nil, err
		}
		var seats []string
		for _, l := range o.Good() {
			seats = append(seats, l.Seat)
		}
		return k.Issue(o.Zone, o.Number, seats)
	}
}
