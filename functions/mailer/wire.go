package main

import (
	"crypto/rand"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/infra/topology"
	"foyer/internal/aws/ses"
	"foyer/internal/boot"
	"foyer/internal/boot/orders"
	"foyer/internal/boot/secrets"
	"foyer/internal/boot/tickets"
	"foyer/internal/gateway/sale"
	"foyer/internal/room/zone"
	"foyer/internal/sale/mail"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/store/dynamo/dynsale"
)

// wire puts the function together from its environment.
func wire(env boot.Env) (*sale.Mailer, error) {
	n := boot.Needs{Env: env}
	zones, bought, done := n.Table("zones"), n.Table("orders"), n.Table("jobs")
	keysID, from, space := n.Get(topology.EnvTicketKeys), n.Get(topology.EnvMailFrom), n.Get(topology.EnvMetrics)
	if err := n.Err(); err != nil {
		return nil, err
	}
	if _, err := mail.ParseSender(from); err != nil {
		return nil, err
	}
	cfg := boot.Configure(env)
	db := dynamodb.NewFromConfig(cfg)
	keys := tickets.Keys(secrets.Open(cfg, keysID))
	store := dynroom.NewZones(db, zones)
	return &sale.Mailer{
		Log: boot.Logger(), Metrics: boot.Recorder(space), Now: time.Now, Order: orders.Decode,
		Mails: &mail.Service{
			Orders: dynsale.NewOrders(db, bought, nil), Settings: &zone.Cache{Store: store, Now: time.Now},
			Events: store,
			Done:   dynsale.NewOnce(db, done), Sender: ses.New(cfg), From: from,
			Keys: keys, LinkKey: tickets.LinkKey(keys), Owner: rand.Text, Now: time.Now,
		},
	}, nil
}
