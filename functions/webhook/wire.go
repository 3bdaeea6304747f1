package main

import (
	"time"

	"foyer/infra/topology"
	"foyer/internal/boot"
	"foyer/internal/boot/money"
	"foyer/internal/boot/secrets"
	"foyer/internal/gateway/sale"
	"foyer/internal/gateway/web"
)

// wire puts the function together from its environment.
func wire(env boot.Env) (*sale.Webhook, error) {
	n := boot.Needs{Env: env}
	doorID := n.Get(topology.EnvFrontDoor)
	parts := money.Wire(&n)
	if err := n.Err(); err != nil {
		return nil, err
	}
	p := parts()
	return &sale.Webhook{
		Gateway: web.Gateway{
			Door: secrets.Open(p.Config, doorID), Log: boot.Logger(), Metrics: p.Metrics, Now: time.Now,
		},
		Orders: &p.Orders,
	}, nil
}
