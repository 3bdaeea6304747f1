package main

import (
	"foyer/infra/topology"
	"foyer/internal/boot"
	"foyer/internal/boot/money"
	"foyer/internal/boot/secrets"
	"foyer/internal/boot/tickets"
	"foyer/internal/gateway/sale"
	"foyer/internal/sale/checkout"
)

// wire puts the function together from its environment.
func wire(env boot.Env) (*sale.Sweep, error) {
	n := boot.Needs{Env: env}
	ticketsID, parts := n.Get(topology.EnvTicketKeys), money.Wire(&n)
	if err := n.Err(); err != nil {
		return nil, err
	}
	p := parts()
	opener := &checkout.Opener{Driver: p.Orders, Key: tickets.LinkKey(tickets.Keys(secrets.Open(p.Config, ticketsID)))}
	return &sale.Sweep{
		Log: boot.Logger(), Zones: p.Zones, Orders: opener, Metrics: p.Metrics,
	}, nil
}
