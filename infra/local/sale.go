package local

import (
	"context"
	"encoding/json"
	"net/http"

	"foyer/infra/topology"
)

// TicketKeysID is the secret with the key that signs tickets.
const TicketKeysID = "foyer/ticket-keys"

// PayKeysID is the secret with the payment provider's keys.
const PayKeysID = "foyer/pay-keys"

// Where the payment provider is, inside: its API and its pages. Stripe's SDK wants its API at the root.
const (
	providerAPI   = "/v1/"
	providerPages = "/pay/"
)

// newProvider makes the payment provider, and the secret by which functions know it.
func (c *Cloud) newProvider(o ProviderOptions) {
	o.Key, o.WebhookSecret = "sk_test_"+randomText(18), "whsec_"+randomText(18)
	o.WebhookURL, o.Base = c.URL+"/foyer/webhooks/stripe", c.inside
	text, _ := json.Marshal(map[string]any{"key": o.Key, "webhooks": []string{o.WebhookSecret}})
	c.Secrets.Put(PayKeysID, string(text))
	c.Provider = NewProvider(o)
}

// MailFrom is who the local cloud's tickets come from.
const MailFrom = "Foyer <tickets@foyer.test>"

// newTicketKeys is a secret as the deployment's generator would write it.
func newTicketKeys() string {
	text, _ := json.Marshal(map[string]string{"kid": "t1", "secret": randomText(32)})
	return string(text)
}

// routes adds what the sale's functions talk to.
func (c *Cloud) saleRoutes(mux *http.ServeMux) {
	mux.Handle("/queues/", c.Queues)
	c.Books.routes(mux)
	mux.Handle(providerAPI, c.Provider)
	mux.Handle(providerPages, c.Provider)
}

// saleEnvironment adds the values that the sale's functions declare, and gives the SDK's variables for its services.
func (c *Cloud) saleEnvironment(values map[string]string) []string {
	values[topology.EnvTicketKeys], values[topology.EnvMailFrom], values[topology.EnvSite] = TicketKeysID, MailFrom, c.URL
	values[topology.EnvPayKeys] = PayKeysID
	for _, q := range topology.Queues {
		values[q.Env] = c.inside + "/queues/" + Account + "/" + q.Name
	}
	return []string{"STRIPE_API_URL=" + c.inside, "AWS_ENDPOINT_URL_SQS=" + c.inside + "/queues/", c.Books.environment(values, c.inside)}
}

// feed gives the queues' messages to the functions that declare it.
func (c *Cloud) feed(life context.Context) error {
	for _, f := range c.functions {
		if f.Queue == nil {
			continue
		}
		if err := c.Queues.Feed(life, f.Name, *f.Queue, c.Lambda.Invoke); err != nil {
			return err
		}
	}
	return nil
}
