package main

import (
	"time"

	smithytime "github.com/aws/smithy-go/time"

	"foyer/infra/topology"
	"foyer/internal/aws/dsql"
	"foyer/internal/boot"
	"foyer/internal/boot/orders"
	"foyer/internal/gateway/sale"
	"foyer/internal/sale/ledger"
)

// wire puts the function together from its environment.
func wire(env boot.Env) (*sale.Bookkeeper, error) {
	n := boot.Needs{Env: env}
	url, space := n.Get(topology.EnvLedger), n.Get(topology.EnvMetrics)
	if err := n.Err(); err != nil {
		return nil, err
	}
	return &sale.Bookkeeper{
		Log: boot.Logger(), Metrics: boot.Recorder(space), Order: orders.Decode, Now: time.Now,
		Ledger: &ledger.Book{Connect: dsql.Connector(boot.Configure(env), url, time.Now), Sleep: smithytime.SleepWithContext},
	}, nil
}
