package local

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/url"

	smithytime "github.com/aws/smithy-go/time"
	"github.com/jackc/pgx/v5"

	"foyer/infra/local/aws"
	"foyer/infra/local/secrets"
	"foyer/infra/topology"
	"foyer/internal/sale/ledger"
)

// The secrets of the local cloud, by id.
const (
	TokenKeysID  = "foyer/token-keys"  // sign visitors' tokens
	FrontDoorID  = "foyer/front-door"  // shows the APIs that a request comes from the CDN
	SiteSecretID = "foyer/site-secret" // shows the protected site the same, and Foyer the site's servers
	TicketKeysID = "foyer/ticket-keys" // sign tickets
	PayKeysID    = "foyer/pay-keys"    // the payment provider's
)

// seedSecrets gives the secrets their first values, as the deployment does.
func seedSecrets(s *secrets.Service, payKey, webhookSecret string) {
	for id, value := range map[string]any{
		TokenKeysID: map[string]any{
			"keys": []map[string]string{{"kid": "k1", "key": aws.RandomText(32)}}, "seed": aws.RandomText(32),
			"lasting": map[string]string{"kid": "l1", "key": aws.RandomText(32)},
		},
		TicketKeysID: map[string]string{"kid": "t1", "secret": aws.RandomText(32)},
		PayKeysID:    map[string]any{"key": payKey, "webhooks": []string{webhookSecret}},
	} {
		text, _ := json.Marshal(value)
		s.Put(id, string(text))
	}
	for _, id := range []string{FrontDoorID, SiteSecretID} {
		text, _ := json.Marshal(map[string]string{liveSlot: aws.RandomText(32), "b": ""})
		s.Put(id, string(text))
	}
}

// liveSlot is the slot of the front door's and the site's secret that the local CDN sends.
const liveSlot = "a"

// Sent returns what the CDN sends of a secret with two slots.
func (c *Cloud) Sent(id string) string {
	var slots map[string]string
	_ = json.Unmarshal([]byte(c.Secrets.Get(id)), &slots) // seeded so
	return slots[liveSlot]
}

// restrict makes the ledger's tables and the role that functions connect as, as an operator does once on AWS, with a
// password in place of IAM. It returns the URL for that role.
func restrict(ctx context.Context, owner string) (string, error) {
	conn, err := pgx.Connect(ctx, owner)
	if err != nil {
		return "", errors.New("the ledger's database does not let us in") // the cause holds the URL
	}
	defer conn.Close(ctx)
	book := &ledger.Book{
		Connect: func(ctx context.Context) (*pgx.Conn, error) { return pgx.Connect(ctx, owner) },
		Sleep:   smithytime.SleepWithContext,
	}
	defer book.Close(ctx)
	if err := book.Restrict(ctx, ""); err != nil {
		return "", err
	}
	password := rand.Text()
	if _, err := conn.Exec(ctx, "ALTER ROLE "+topology.LedgerUser+" PASSWORD '"+password+"'"); err != nil {
		return "", err
	}
	at, err := url.Parse(owner)
	if err != nil {
		return "", errors.New("the ledger's URL can't be read")
	}
	at.User = url.UserPassword(topology.LedgerUser, password)
	return at.String(), nil
}
