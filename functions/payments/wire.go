package main

import (
	"foyer/internal/boot"
	"foyer/internal/boot/orders"
	"foyer/internal/boot/payment"
	"foyer/internal/gateway"
)

// wire puts the function together from its environment.
func wire(env boot.Env) (*gateway.Payments, error) {
	n := boot.Needs{Env: env}
	parts := payment.Wire(&n)
	if err := n.Err(); err != nil {
		return nil, err
	}
	p := parts()
	return &gateway.Payments{Log: boot.Logger(), Orders: p.Service, Order: orders.Decode, Metrics: p.Metrics}, nil
}
