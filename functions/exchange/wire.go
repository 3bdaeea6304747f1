package main

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	smithytime "github.com/aws/smithy-go/time"

	"foyer/infra/topology"
	"foyer/internal/aws/clock"
	"foyer/internal/aws/keyring"
	"foyer/internal/aws/live"
	"foyer/internal/aws/metrics"
	"foyer/internal/boot"
	"foyer/internal/boot/secrets"
	"foyer/internal/gateway/room"
	"foyer/internal/room/exchange"
	"foyer/internal/sale/seatcount"
	"foyer/internal/sale/seatmap"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/store/dynamo/dynsale"
)

// wire puts the function together from its environment. Its runner is kept from run to run, with all that it remembers.
func wire(env boot.Env) (*room.Exchange, error) {
	n := boot.Needs{Env: env}
	zones, queue, grants := n.Table("zones"), n.Table("queue"), n.Table("grants")
	seats := n.Table("seats")
	callback, keysID := n.Get(topology.EnvCallback), n.Get(topology.EnvKeys)
	space := n.Get(topology.EnvMetrics)
	if err := n.Err(); err != nil {
		return nil, err
	}
	cfg := boot.Configure(env)
	conns := &live.Connections{Client: live.NewClient(cfg, callback), Now: time.Now, Sleep: smithytime.SleepWithContext}
	now := &clock.Clock{Machine: time.Now, Log: boot.Logger()}
	db := dynamodb.NewFromConfig(cfg, now.Option)
	store := dynsale.NewSeats(db, seats, "")
	maps := &seatmap.Maps{Store: store, Now: now.Now}
	keys := secrets.Open(cfg, keysID)
	h := &room.Exchange{Log: boot.Logger(), Metrics: boot.Recorder(space), Now: now.Now, KeysMade: keys.Made}
	settings, places := dynroom.NewZones(db, zones), dynroom.NewQueue(db, queue)
	runner := &exchange.Runner{
		Exchange: &exchange.Exchange{
			Queue: places, Zones: settings, Wakes: dynroom.NewWakes(settings, places, now.Now),
			Log:      metrics.Grants{Log: dynroom.NewLog(db, grants), Recorder: h.Metrics},
			Index:    dynroom.NewIndex(db, grants, now.Now),
			Liveness: conns,
			Seats:    &seatcount.Counter{Seats: store, Maps: maps, Board: store, Now: now.Now},
			Seed:     secrets.Seed(&keyring.Keyring{Secret: keys}), Now: now.Now,
		},
		Observe: h.Observe, Sleep: smithytime.SleepWithContext,
	}
	h.Run = runner.Run
	return h, nil
}
