package main

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/sale/audit"
	"foyer/internal/sale/ledger"
	"foyer/internal/sale/mail"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/ticket"
	"foyer/internal/sale/venue"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/store/dynamo/dynsale"
)

// tables says which tables and secrets a deployment has, by the names that its functions are given.
type tables struct {
	Zones string `help:"The zones' table." env:"ZONES_TABLE" placeholder:"TABLE"`
	Seats string `help:"The seats' table." env:"SEATS_TABLE" placeholder:"TABLE"`
	Holds string `help:"The holds' table." env:"HOLDS_TABLE" placeholder:"TABLE"`
	Keys  string `help:"The secret with the token keys." env:"TOKEN_KEYS_SECRET" placeholder:"ID"`
	Door  string `help:"The front door's secret." env:"FRONT_DOOR_SECRET" placeholder:"ID"`
	Slot  string `name:"live-slot" help:"Its slot that CloudFront sends." env:"FRONT_DOOR_SLOT" placeholder:"a|b"`
	Site  string `help:"The protected site's secret." env:"SITE_SECRET" placeholder:"ID"`

	SiteSlot string `name:"live-site-slot" help:"Its slot that CloudFront sends." env:"SITE_SECRET_SLOT" placeholder:"a|b"`
}

// seats returns the store of seats and maps.
type seats interface {
	seat.Store
	venue.Store
}

// parts are what commands need of a deployment.
type parts interface {
	where() place
	zones() (zone.Store, error)
	seats() (seats, error)
	keys() (*token.Keyring, error)
	door() (secret vault, live string, err error) // live: the slot that CloudFront sends; "": nobody said
	site() (secret vault, live string, err error)
	tickets() (ticket.Keys, error)
	book() (*ledger.Book, error)
	// books is everything that a sale is kept in; finish lets it go.
	books() (all *audit.Books, finish func(), err error)
	queues() (queues, error)
	letters() (letters, error)
	till() (till, error)
	orders() (mail.Orders, error)
}

// cloud is a deployment on AWS.
type cloud struct {
	place   placeFlags
	tables  tables
	sold    sold
	account string // of the stage's stack
	ctx     context.Context

	once sync.Once
	cfg  aws.Config
	err  error
}

// named makes sure that a deployment's part has a name.
func named(name, flag, variable string) error {
	if name == "" {
		return &missingError{flag, variable}
	}
	return nil
}

// missingError says how to name what wasn't named.
type missingError struct{ flag, variable string }

func (e *missingError) Error() string {
	return "say where Foyer is: --" + e.flag + ", or the variable " + e.variable + " (the deployment's outputs name it)"
}

func (c *cloud) zones() (zone.Store, error) {
	if err := named(c.tables.Zones, "zones", "ZONES_TABLE"); err != nil {
		return nil, err
	}
	cfg, err := c.configure()
	return dynroom.NewZones(dynamodb.NewFromConfig(cfg), c.tables.Zones), err
}

func (c *cloud) seats() (seats, error) {
	if err := named(c.tables.Seats, "seats", "SEATS_TABLE"); err != nil {
		return nil, err
	}
	cfg, err := c.configure()
	return dynsale.NewSeats(dynamodb.NewFromConfig(cfg), c.tables.Seats, c.tables.Holds), err
}

func (c *cloud) keys() (*token.Keyring, error) {
	if err := named(c.tables.Keys, "keys", "TOKEN_KEYS_SECRET"); err != nil {
		return nil, err
	}
	cfg, err := c.configure()
	if err != nil {
		return nil, err
	}
	out, err := secretsmanager.NewFromConfig(cfg).GetSecretValue(c.ctx,
		&secretsmanager.GetSecretValueInput{SecretId: &c.tables.Keys})
	if err != nil {
		return nil, err
	}
	return token.ParseKeyring([]byte(aws.ToString(out.SecretString)))
}
