// Package payment gives the functions that deal with money the services that do.
package money

import (
	"context"
	"log/slog"
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
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
	"foyer/internal/sale/pay/stripe"
	"foyer/internal/sale/ticket"
	"foyer/internal/store/dynamo/dynsale"
)

// EnvURL says where Stripe's API is, when it isn't at Stripe: a stand-in for tests. It is Stripe's own variable, as the
// SDK's are AWS's, and no deployment sets it.
const EnvURL = "STRIPE_API_URL"

// Parts is what the functions of payments are made of.
type Parts struct {
	Config  aws.Config
	DB      *dynamodb.Client
	Seats   *dynsale.Seats
	Metrics *metrics.Recorder
	Service *checkout.Service // without settings, sale and key
}

// Wire puts the parts together from the environment, of which n asks for what all of them need.
func Wire(n *boot.Needs) func() Parts {
	orders, seatsTable, holds := n.Table("orders"), n.Table("seats"), n.Table("holds")
	payID, space := n.Get(topology.EnvPayKeys), n.Get(topology.EnvMetrics)
	return func() Parts {
		cfg := boot.Configure(n.Env)
		db := dynamodb.NewFromConfig(cfg)
		recorder := boot.Recorder(space)
		store := seatstore.New(db, seatsTable, holds)
		return Parts{
			Config: cfg, DB: db, Seats: store, Metrics: recorder,
			Service: &checkout.Service{
				Seats: store, Orders: dynsale.NewOrders(db, orders, store), Now: time.Now,
				Pay: pay.NewGuard(&stripe.Provider{
					Keys: secrets.Open(cfg, payID), URL: n.Env(EnvURL), Client: &http.Client{}, Now: time.Now,
				}, smithytime.SleepWithContext, logBreaker(boot.Logger())).Heard(time.Now, recordCalls(recorder)),
			},
		}
	}
}

// OrderKey gives what the secrets of orders are made with.
func LinkKey(keys func(context.Context) (ticket.Keys, error)) func(context.Context) (order.LinkKey, error) {
	return func(ctx context.Context) (order.LinkKey, error) {
		k, err := keys(ctx)
		return order.LinkKey(k.LinkKey()), err
	}
}

// measure counts and times what the provider is asked.
func recordCalls(r *metrics.Recorder) func(pay.Call) {
	return func(c pay.Call) {
		if c.Zone == "" { // whose payment it is was just being asked
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
	}
}

// told logs when the provider is left alone, and when it is asked again.
func logBreaker(log *slog.Logger) func(from, to string) {
	return func(from, to string) { log.Warn("breaker of the payment provider", "from", from, "to", to) }
}
