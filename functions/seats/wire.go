package main

import (
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/infra/topology"
	"foyer/internal/aws/keyring"
	"foyer/internal/boot"
	"foyer/internal/boot/seatstore"
	"foyer/internal/boot/secrets"
	"foyer/internal/gateway/sale"
	"foyer/internal/gateway/web"
	"foyer/internal/room/zone"
	"foyer/internal/sale/choose"
	"foyer/internal/sale/seatmap"
	"foyer/internal/store/dynamo/dynroom"
)

// wire puts the function together from its environment.
func wire(env boot.Env) (*sale.Seats, error) {
	n := boot.Needs{Env: env}
	zones, grants, seats, holds := n.Table("zones"), n.Table("grants"), n.Table("seats"), n.Table("holds")
	keysID, doorID := n.Get(topology.EnvKeys), n.Get(topology.EnvFrontDoor)
	space := n.Get(topology.EnvMetrics)
	if err := n.Err(); err != nil {
		return nil, err
	}
	cfg := boot.Configure(env)
	db := dynamodb.NewFromConfig(cfg)
	store := seatstore.New(db, seats, holds)
	maps := &seatmap.Maps{Store: store, Now: time.Now}
	return &sale.Seats{
		Gateway: web.Gateway{
			Door: secrets.Open(cfg, doorID), Tokens: &keyring.Keyring{Secret: secrets.Open(cfg, keysID)},
			Log: boot.Logger(), Metrics: boot.Recorder(space), Now: time.Now,
		},
		Maps: maps, State: store, Board: store,
		Sale: &choose.Service{
			Settings: &zone.Cache{Store: dynroom.NewZones(db, zones), Now: time.Now},
			Log:      dynroom.NewLog(db, grants), Seats: store, Maps: maps, Pick: rand.IntN, Now: time.Now,
		},
	}, nil
}
