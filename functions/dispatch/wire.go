package main

import (
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"foyer/infra/topology"
	"foyer/internal/aws/jobs"
	"foyer/internal/boot"
	"foyer/internal/boot/orders"
	"foyer/internal/gateway/sale"
	"foyer/internal/sale/dispatch"
)

// wire puts the function together from its environment.
func wire(env boot.Env) (*sale.Dispatch, error) {
	n := boot.Needs{Env: env}
	space, urls := n.Get(topology.EnvMetrics), map[dispatch.Queue]string{}
	for _, q := range []dispatch.Queue{dispatch.Mails, dispatch.Bookings, dispatch.Payments} {
		urls[q] = n.Queue(string(q))
	}
	if err := n.Err(); err != nil {
		return nil, err
	}
	return &sale.Dispatch{
		Log: boot.Logger(), Order: orders.Decode, Metrics: boot.Recorder(space),
		Queues: jobs.Queues{Client: sqs.NewFromConfig(boot.Configure(env)), URLs: urls},
	}, nil
}
