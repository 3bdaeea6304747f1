package main

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	smithytime "github.com/aws/smithy-go/time"

	"foyer/infra/topology"
	"foyer/internal/aws/clock"
	"foyer/internal/aws/keyring"
	"foyer/internal/aws/metrics"
	"foyer/internal/boot"
	"foyer/internal/boot/seatstore"
	"foyer/internal/boot/secrets"
	"foyer/internal/gateway/room"
	"foyer/internal/gateway/web"
	"foyer/internal/room/admit"
	"foyer/internal/room/register"
	"foyer/internal/room/zone"
	"foyer/internal/sale/choose"
	"foyer/internal/store/dynamo/dynroom"
)

// wire puts the function together from its environment.
func wire(env boot.Env) (*room.Admit, error) {
	n := boot.Needs{Env: env}
	zonesTable, queueTable, grantsTable := n.Table("zones"), n.Table("queue"), n.Table("grants")
	seatsTable, holdsTable := n.Table("seats"), n.Table("holds")
	keysID, doorID, siteID := n.Get(topology.EnvKeys), n.Get(topology.EnvFrontDoor), n.Get(topology.EnvSiteSecret)
	space := n.Get(topology.EnvMetrics)
	if err := n.Err(); err != nil {
		return nil, err
	}
	cfg := boot.Configure(env)
	now := &clock.Clock{Machine: time.Now, Log: boot.Logger()}
	db := dynamodb.NewFromConfig(cfg, now.Option)
	keys := &keyring.Keyring{Secret: secrets.Open(cfg, keysID)}
	zones, queue := dynroom.NewZones(db, zonesTable), dynroom.NewQueue(db, queueTable)
	log, recorder := dynroom.NewLog(db, grantsTable), boot.Recorder(space)
	counted := metrics.Grants{Log: log, Recorder: recorder}
	settings := &zone.Cache{Store: zones, Now: now.Now}
	sales := &choose.Service{Seats: seatstore.New(db, seatsTable, holdsTable), Now: now.Now}
	return &room.Admit{
		Gateway: web.Gateway{
			Door: secrets.Open(cfg, doorID), Tokens: keys, Log: boot.Logger(), Metrics: recorder, Now: now.Now,
		},
		Site: secrets.Open(cfg, siteID),
		Grants: &admit.Service{
			Settings: settings, Queue: queue, Log: counted, Index: dynroom.NewIndex(db, grantsTable, now.Now), Zones: zones,
			Seed: secrets.Seed(keys), GiveUp: sales.Leave, Now: now.Now, Sleep: smithytime.SleepWithContext,
			Register: &register.Service{
				Settings: settings, Queue: queue, Seed: secrets.Seed(keys), Now: now.Now,
				Waker: &zone.Waker{Wakes: dynroom.NewWakes(zones, queue, now.Now), Now: now.Now},
			},
		},
	}, nil
}
