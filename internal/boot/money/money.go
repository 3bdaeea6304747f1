// Package money wires the functions that bring orders further at the payment provider: what package checkout needs of
// stores, provider and metrics.
package money

import (
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	smithytime "github.com/aws/smithy-go/time"

	"foyer/infra/topology"
	"foyer/internal/aws/metrics"
	"foyer/internal/boot"
	"foyer/internal/boot/seatstore"
	"foyer/internal/boot/secrets"
	"foyer/internal/room/zone"
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/choose"
	"foyer/internal/sale/pay"
	"foyer/internal/sale/pay/stripe"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/store/dynamo/dynsale"
)

// EnvURL names the variable with the URL of Stripe's API in tests, which run a stand-in. No deployment sets it.
const EnvURL = "STRIPE_API_URL"

// Parts is what these functions are made of.
type Parts struct {
	Config  aws.Config
	DB      *dynamodb.Client
	Zones   *dynroom.Zones
	Visits  *choose.Service // without maps and seats
	Seats   *dynsale.Seats
	Metrics *metrics.Recorder
	Orders  checkout.Driver
}

// Wire asks n for what all of these functions need of the environment, and returns a func that makes the parts of it.
func Wire(n *boot.Needs) func() Parts {
	orders, seatsTable, holds := n.Table("orders"), n.Table("seats"), n.Table("holds")
	zones, grants := n.Table("zones"), n.Table("grants")
	payID, space := n.Get(topology.EnvPayKeys), n.Get(topology.EnvMetrics)
	return func() Parts {
		cfg := boot.Configure(n.Env)
		db := dynamodb.NewFromConfig(cfg)
		recorder := boot.Recorder(space)
		store := seatstore.New(db, seatsTable, holds)
		zoneStore := dynroom.NewZones(db, zones)
		visits := &choose.Service{
			Settings: &zone.Cache{Store: zoneStore, Now: time.Now}, Log: dynroom.NewLog(db, grants), Now: time.Now,
		}
		return Parts{
			Config: cfg, DB: db, Zones: zoneStore, Visits: visits, Seats: store, Metrics: recorder,
			Orders: checkout.Driver{
				Seats: store, Orders: dynsale.NewOrders(db, orders, store), Now: time.Now,
				Bought: visits.Bought,
				Pay: pay.NewGuard(&stripe.Provider{
					Keys: secrets.Open(cfg, payID), URL: n.Env(EnvURL), Client: &http.Client{}, Now: time.Now,
				}, smithytime.SleepWithContext, logBreaker(boot.Logger())).
					Heard(time.Now, recordCalls(recorder)).Spread(halfAtLeast),
			},
		}
	}
}

// halfAtLeast returns a random part of d that is half of it or more.
func halfAtLeast(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }

// recordCalls returns a func that counts and times the calls to the provider.
func recordCalls(r *metrics.Recorder) func(pay.Call) {
	return func(c pay.Call) {
		if c.Zone == "" { // the call was to find out whose payment it is
			return
		}
		if c.Shunned {
			r.Add(c.Zone, metrics.ProviderShunned, 1)
			return
		}
		r.Time(c.Zone, metrics.ProviderTime, c.Took)
		if c.Failed {
			r.Add(c.Zone, metrics.ProviderErrors, 1)
		}
		if c.Busy {
			r.Add(c.Zone, metrics.ProviderBusy, 1)
		}
	}
}

// logBreaker returns a func that logs when the provider isn't asked any more, and when it is asked again.
func logBreaker(log *slog.Logger) func(from, to string) {
	return func(from, to string) { log.Warn("breaker of the payment provider", "from", from, "to", to) }
}
