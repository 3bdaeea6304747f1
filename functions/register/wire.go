package main

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/infra/topology"
	"foyer/internal/aws/clock"
	"foyer/internal/aws/keyring"
	"foyer/internal/boot"
	"foyer/internal/boot/secrets"
	"foyer/internal/gateway/room"
	"foyer/internal/gateway/web"
	"foyer/internal/room/admit"
	"foyer/internal/room/register"
	"foyer/internal/room/zone"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/store/dynamo/dynsale"
)

// wire puts the function together from its environment.
func wire(env boot.Env) (*room.Register, error) {
	n := boot.Needs{Env: env}
	zonesTable, queueTable := n.Table("zones"), n.Table("queue")
	grantsTable, viewersTable := n.Table("grants"), n.Table("viewers")
	keysID, doorID := n.Get(topology.EnvKeys), n.Get(topology.EnvFrontDoor)
	space := n.Get(topology.EnvMetrics)
	if err := n.Err(); err != nil {
		return nil, err
	}
	cfg := boot.Configure(env)
	now := &clock.Clock{Machine: time.Now, Log: boot.Logger()}
	db := dynamodb.NewFromConfig(cfg, now.Option)
	keys := &keyring.Keyring{Secret: secrets.Open(cfg, keysID)}
	zones, queue := dynroom.NewZones(db, zonesTable), dynroom.NewQueue(db, queueTable)
	log := dynroom.NewLog(db, grantsTable)
	settings := &zone.Cache{Store: zones, Now: now.Now}
	// It only looks at visits.
	visits := &admit.Service{
		Settings: settings, Log: log, Index: dynroom.NewIndex(db, grantsTable, now.Now), Seed: secrets.Seed(keys),
		Now: now.Now,
	}
	return &room.Register{
		Gateway: web.Gateway{
			Door: secrets.Open(cfg, doorID), Tokens: keys, Log: boot.Logger(), Metrics: boot.Recorder(space), Now: now.Now,
		},
		Places: &register.Service{
			Settings: settings, Queue: queue, Seed: secrets.Seed(keys), Ended: visits.Ended, Now: now.Now,
			Waker: &zone.Waker{Wakes: dynroom.NewWakes(zones, queue, now.Now), Now: now.Now},
		},
		Maps: dynsale.NewViewers(db, viewersTable), Events: zones,
	}, nil
}
