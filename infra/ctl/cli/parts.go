package cli

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"foyer/internal/room/queue"
	"foyer/internal/room/rules"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/sale/audit"
	"foyer/internal/sale/clear"
	"foyer/internal/sale/ledger"
	"foyer/internal/sale/pay/stripe"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/ticket"
	"foyer/internal/sale/venue"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/store/dynamo/dynsale"
)

// Tables says which tables and secrets a deployment has, by the names that its functions are given.
type Tables struct {
	Zones   string `help:"The zones' table." env:"ZONES_TABLE" placeholder:"TABLE"`
	Seats   string `help:"The seats' table." env:"SEATS_TABLE" placeholder:"TABLE"`
	Holds   string `help:"The holds' table." env:"HOLDS_TABLE" placeholder:"TABLE"`
	Queue   string `help:"The queue's table." env:"QUEUE_TABLE" placeholder:"TABLE"`
	Grants  string `help:"The grants' table." env:"GRANTS_TABLE" placeholder:"TABLE"`
	Viewers string `help:"The viewers' table." env:"VIEWERS_TABLE" placeholder:"TABLE"`
	Keys    string `help:"The secret with the token keys." env:"TOKEN_KEYS_SECRET" placeholder:"ID"`
	Door    string `help:"The front door's secret." env:"FRONT_DOOR_SECRET" placeholder:"ID"`
	Slot    string `name:"live-slot" help:"Its slot that CloudFront sends." env:"FRONT_DOOR_SLOT" placeholder:"a|b"`
	Site    string `help:"The protected site's secret." env:"SITE_SECRET" placeholder:"ID"`

	Rules    string `name:"edge-rules" help:"Whether its edge reads rules." env:"FOYER_RULES" placeholder:"on|off"`
	Hosts    string `help:"The deployment's hosts beside the main one." env:"FOYER_HOSTS" placeholder:"HOST,…"`
	SiteSlot string `name:"live-site-slot" help:"Its slot that CloudFront sends." env:"SITE_SECRET_SLOT" placeholder:"a|b"`
}

// Seats returns the store of seats and maps.
type Seats interface {
	seat.Store
	venue.Store
}

// Parts are what commands need of a deployment.
type Parts interface {
	Where() Place
	Zones() (zone.Store, error)
	Rules() (rules.Store, error)
	Hosts() []string  // of the deployment, beside the main one
	ReadsRules() bool // whether the deployment's edge does
	Seats() (Seats, error)
	Keys() (*token.Keyring, error)
	Door() (secret Vault, live string, err error) // live: the slot that CloudFront sends; "": nobody said
	Site() (secret Vault, live string, err error)
	Tickets() (ticket.Keys, error)
	Book() (*ledger.Book, error)
	// Books is everything that a sale is kept in; finish lets it go.
	Books() (all *audit.Books, finish func(), err error)
	Queues() (Queues, error)
	Letters() (Letters, error)
	Till() (Till, error)
	Orders() (Orders, error)
	Queue() (queue.Store, error)
	Left() (clear.Store, error)
	Sleep(context.Context, time.Duration) error
	Deployed() (Deployed, error)
	PayKeys(context.Context) (PayKeys, error)
	// Webhooks are the addresses that the payment provider sends events to.
	Webhooks(context.Context) ([]stripe.Endpoint, error)
}

// Deployed is a deployment as AWS knows it.
type Deployed struct {
	Config  aws.Config
	Outputs map[string]string // of the stage's stack; empty: there is none
}

// PayKeys are the payment provider's keys.
type PayKeys struct {
	Key      string
	Webhooks []string
}

// Cloud is a deployment on AWS.
type Cloud struct {
	Place   PlaceFlags
	Names   Tables
	Sale    Sold
	account string            // of the stage's stack
	found   map[string]string // its outputs
	Ctx     context.Context

	once sync.Once
	cfg  aws.Config
	err  error
}

// named makes sure that a deployment's part has a name.
func named(name, flag, variable string) error {
	if name == "" {
		return &MissingError{flag, variable}
	}
	return nil
}

// MissingError says how to name what wasn't named.
type MissingError struct{ Flag, Variable string }

func (e *MissingError) Error() string {
	return "say where Foyer is: --" + e.Flag + ", or the variable " + e.Variable + " (the deployment's outputs name it)"
}

// Zones returns the store of zones.
func (c *Cloud) Zones() (zone.Store, error) { return c.zones() }

// Rules returns the rules of all hosts.
func (c *Cloud) Rules() (rules.Store, error) { return c.zones() }

// Hosts returns the hosts beside the main one that the stage was deployed with.
func (c *Cloud) Hosts() []string {
	return strings.FieldsFunc(c.Names.Hosts, func(r rune) bool { return r == ',' })
}

// ReadsRules reports whether the edge was deployed so that it reads rules.
func (c *Cloud) ReadsRules() bool { return c.Names.Rules != "off" }

func (c *Cloud) zones() (*dynroom.Zones, error) {
	if err := named(c.Names.Zones, "zones", "ZONES_TABLE"); err != nil {
		return nil, err
	}
	cfg, err := c.configure()
	return dynroom.NewZones(dynamodb.NewFromConfig(cfg), c.Names.Zones), err
}

// Seats returns the store of seats and maps.
func (c *Cloud) Seats() (Seats, error) {
	if err := named(c.Names.Seats, "seats", "SEATS_TABLE"); err != nil {
		return nil, err
	}
	cfg, err := c.configure()
	s := dynsale.NewSeats(dynamodb.NewFromConfig(cfg), c.Names.Seats, c.Names.Holds)
	s.Zones = c.Names.Zones
	return s, err
}

// Keys returns the token keys.
func (c *Cloud) Keys() (*token.Keyring, error) {
	if err := named(c.Names.Keys, "keys", "TOKEN_KEYS_SECRET"); err != nil {
		return nil, err
	}
	cfg, err := c.configure()
	if err != nil {
		return nil, err
	}
	out, err := secretsmanager.NewFromConfig(cfg).GetSecretValue(c.Ctx,
		&secretsmanager.GetSecretValueInput{SecretId: &c.Names.Keys})
	if err != nil {
		return nil, err
	}
	return token.ParseKeyring([]byte(aws.ToString(out.SecretString)))
}
