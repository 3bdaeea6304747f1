package main

import (
	"foyer/internal/boot"
	"foyer/internal/boot/money"
	"foyer/internal/boot/orders"
	"foyer/internal/gateway/sale"
)

// wire puts the function together from its environment.
func wire(env boot.Env) (*sale.Payments, error) {
	n := boot.Needs{Env: env}
	parts := money.Wire(&n)
	if err := n.Err(); err != nil {
		return nil, err
	}
	p := parts()
	return &sale.Payments{Log: boot.Logger(), Orders: &p.Orders, Order: orders.Decode, Metrics: p.Metrics}, nil
}
