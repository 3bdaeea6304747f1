// Package payment gives the functions that deal with money the services that do.
package payment

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/infra/topology"
	"foyer/internal/boot"
	"foyer/internal/boot/seatstore"
	"foyer/internal/boot/secrets"
	"foyer/internal/checkout"
	"foyer/internal/dynamo"
	"foyer/internal/order"
	"foyer/internal/pay"
	"foyer/internal/pay/stripe"
	"foyer/internal/ticket"
)

// EnvURL says where Stripe's API is, when it isn't at Stripe: a stand-in for tests. It is Stripe's own variable, as the
// SDK's are AWS's, and no deployment sets it.
const EnvURL = "STRIPE_API_URL"

// Parts is what the functions of payments are made of.
type Parts struct {
	Config  aws.Config
	DB      *dynamodb.Client
	Seats   *dynamo.Seats
	Service *checkout.Service // without settings, sale and key
}

// Wire puts the parts together from the environment, of which n asks for what all of them need.
func Wire(n *boot.Needs) func() Parts {
	orders, seatsTable, holds := n.Table("orders"), n.Table("seats"), n.Table("holds")
	payID := n.Get(topology.EnvPayKeys)
	return func() Parts {
		cfg := boot.Configure(n.Env)
		db := dynamodb.NewFromConfig(cfg)
		store := seatstore.New(db, seatsTable, holds)
		return Parts{
			Config: cfg, DB: db, Seats: store,
			Service: &checkout.Service{
				Seats: store, Orders: dynamo.NewOrders(db, orders, store), Now: time.Now,
				Pay: pay.NewGuard(&stripe.Provider{
					Secrets: secrets.Secret(cfg, payID), URL: n.Env(EnvURL), Client: &http.Client{}, Now: time.Now,
				}, boot.Sleep, told(boot.Logger())),
			},
		}
	}
}

// OrderKey gives what the secrets of orders are made with.
func OrderKey(keys func(context.Context) (ticket.Keys, error)) func(context.Context) (order.Key, error) {
	return func(ctx context.Context) (order.Key, error) {
		k, err := keys(ctx)
		return order.Key(k.OrderKey()), err
	}
}

// told logs when the provider is left alone, and when it is asked again.
func told(log *slog.Logger) func(from, to string) {
	return func(from, to string) { log.Warn("breaker of the payment provider", "from", from, "to", to) }
}
