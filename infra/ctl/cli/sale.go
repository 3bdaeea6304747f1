package cli

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	smithytime "github.com/aws/smithy-go/time"

	"foyer/internal/aws/dsql"
	"foyer/internal/aws/keyring"
	"foyer/internal/sale/audit"
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/ledger"
	"foyer/internal/sale/mail"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
	"foyer/internal/sale/pay/stripe"
	"foyer/internal/sale/ticket"
	"foyer/internal/store/dynamo/dynsale"
)

// Sold says where the parts of a sale are, by the names that its functions are given.
type Sold struct {
	Orders   string `help:"The orders' table." env:"ORDERS_TABLE" placeholder:"TABLE"`
	Tickets  string `help:"The secret with the key that signs tickets." env:"TICKET_KEYS_SECRET" placeholder:"ID"`
	PayKeys  string `help:"The secret with the payment provider's keys." env:"PAY_KEYS_SECRET" placeholder:"ID"`
	StripeAt string `name:"stripe-url" help:"The payment provider's API, if not Stripe's." env:"STRIPE_API_URL" hidden:""`
	Ledger   string `help:"The ledger's database, postgres://…, best as the variable." env:"LEDGER_URL" placeholder:"URL"`
	Mails    string `help:"The queue of mails." env:"MAILS_QUEUE" placeholder:"URL"`
	Bookings string `help:"The queue of bookings." env:"BOOKINGS_QUEUE" placeholder:"URL"`
	Payments string `help:"The queue of payments." env:"PAYMENTS_QUEUE" placeholder:"URL"`
}

func (c *Cloud) secret(id string) (*keyring.Secret, error) {
	cfg, err := c.configure()
	return &keyring.Secret{Client: secretsmanager.NewFromConfig(cfg), ID: id, Now: time.Now}, err
}

// Tickets returns the keys that sign tickets.
func (c *Cloud) Tickets() (ticket.Keys, error) {
	if err := named(c.Sale.Tickets, "tickets", "TICKET_KEYS_SECRET"); err != nil {
		return ticket.Keys{}, err
	}
	s, err := c.secret(c.Sale.Tickets)
	if err != nil {
		return ticket.Keys{}, err
	}
	text, err := s.Value(c.Ctx, false)
	if err != nil {
		return ticket.Keys{}, err
	}
	return ticket.ParseSecret(text)
}

// PayKeys returns the payment provider's keys.
func (c *Cloud) PayKeys(ctx context.Context) (keys PayKeys, err error) {
	if err := named(c.Sale.PayKeys, "pay-keys", "PAY_KEYS_SECRET"); err != nil {
		return keys, err
	}
	s, err := c.secret(c.Sale.PayKeys)
	if err != nil {
		return keys, err
	}
	text, err := s.Value(ctx, false)
	if err != nil {
		return keys, err
	}
	if json.Unmarshal([]byte(text), &keys) != nil {
		err = errors.New("the secret with the payment provider's keys isn't JSON") // its text stays unsaid
	}
	return keys, err
}

// Webhooks returns the addresses that the payment provider sends events to.
func (c *Cloud) Webhooks(ctx context.Context) ([]stripe.Endpoint, error) {
	keys, err := c.secret(c.Sale.PayKeys)
	if err != nil {
		return nil, err
	}
	return (&stripe.Provider{Keys: keys, URL: c.Sale.StripeAt, Now: time.Now}).Endpoints(ctx)
}

// Book returns the ledger.
func (c *Cloud) Book() (*ledger.Book, error) {
	if err := named(c.Sale.Ledger, "ledger", "LEDGER_URL"); err != nil {
		return nil, err
	}
	cfg, err := c.configure()
	return &ledger.Book{Connect: dsql.Connector(cfg, c.Sale.Ledger, time.Now), Sleep: smithytime.SleepWithContext}, err
}

// Books returns everything that a sale is kept in, and a function that lets it go.
func (c *Cloud) Books() (*audit.Books, func(), error) {
	if err := named(c.Sale.Orders, "orders", "ORDERS_TABLE"); err != nil {
		return nil, nil, err
	}
	if err := named(c.Sale.PayKeys, "pay-keys", "PAY_KEYS_SECRET"); err != nil {
		return nil, nil, err
	}
	store, err := c.Seats()
	if err != nil {
		return nil, nil, err
	}
	book, err := c.Book()
	if err != nil {
		return nil, nil, err
	}
	pay, err := c.secret(c.Sale.PayKeys)
	if err != nil {
		return nil, nil, err
	}
	cfg, err := c.configure()
	return &audit.Books{
		Maps: store, Seats: store, Ledger: book, Bought: dynsale.NewOrders(dynamodb.NewFromConfig(cfg), c.Sale.Orders, nil),
		Pay: &stripe.Provider{Keys: pay, URL: c.Sale.StripeAt, Now: time.Now}, Sleep: smithytime.SleepWithContext,
	}, func() { _ = book.Close(context.WithoutCancel(c.Ctx)) }, err
}

// Till returns what moves money.
func (c *Cloud) Till() (Till, error) {
	for _, one := range [][3]string{
		{c.Sale.Orders, "orders", "ORDERS_TABLE"}, {c.Sale.PayKeys, "pay-keys", "PAY_KEYS_SECRET"},
		{c.Names.Seats, "seats", "SEATS_TABLE"},
		{c.Names.Holds, "holds", "HOLDS_TABLE"},
	} {
		if err := named(one[0], one[1], one[2]); err != nil {
			return nil, err
		}
	}
	secret, err := c.secret(c.Sale.PayKeys)
	if err != nil {
		return nil, err
	}
	cfg, err := c.configure()
	db := dynamodb.NewFromConfig(cfg)
	store := dynsale.NewSeats(db, c.Names.Seats, c.Names.Holds)
	return &checkout.Driver{
		Seats: store, Orders: dynsale.NewOrders(db, c.Sale.Orders, store), Now: time.Now,
		Pay: pay.NewGuard(&stripe.Provider{Keys: secret, URL: c.Sale.StripeAt, Now: time.Now},
			smithytime.SleepWithContext, nil),
	}, err
}

// Orders reads and finds orders.
type Orders interface {
	mail.Orders
	order.Finder
}

// Orders returns the orders.
func (c *Cloud) Orders() (Orders, error) {
	if err := named(c.Sale.Orders, "orders", "ORDERS_TABLE"); err != nil {
		return nil, err
	}
	if err := named(c.Names.Holds, "holds", "HOLDS_TABLE"); err != nil {
		return nil, err
	}
	cfg, err := c.configure()
	db := dynamodb.NewFromConfig(cfg)
	return dynsale.NewOrders(db, c.Sale.Orders, dynsale.NewSeats(db, c.Names.Seats, c.Names.Holds)), err
}

// Queues returns the queues of jobs.
func (c *Cloud) Queues() (Queues, error) {
	cfg, err := c.configure()
	return Queues{sqs.NewFromConfig(cfg), map[string]string{
		"mails": c.Sale.Mails, "bookings": c.Sale.Bookings, "payments": c.Sale.Payments,
	}}, err
}

// Till looks at orders and gives money back; checkout.Driver is one.
type Till interface {
	// Drive asks the provider how the money stands, and brings the order as far as it goes.
	Drive(ctx context.Context, id, session string) (order.Order, error)
	Refund(ctx context.Context, id string) (order.Order, error)
	RefundSeats(ctx context.Context, id string, r checkout.SeatsRefund) (order.Order, error)
	Erase(ctx context.Context, id string) (order.Order, error)
}

// Queues are a deployment's queues of jobs, by their URLs.
type Queues struct {
	Client *sqs.Client
	URLs   map[string]string
}

// Streams reads streams.
type Streams interface {
	GetShardIterator(context.Context, *dynamodbstreams.GetShardIteratorInput,
		...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetShardIteratorOutput, error)
	GetRecords(context.Context, *dynamodbstreams.GetRecordsInput,
		...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetRecordsOutput, error)
}

// Letters reads the dead letters of streams, and the streams.
type Letters struct {
	Queue  *sqs.Client
	Stream Streams
}

// Letters returns the dead letters of streams.
func (c *Cloud) Letters() (Letters, error) {
	cfg, err := c.configure()
	return Letters{sqs.NewFromConfig(cfg), dynamodbstreams.NewFromConfig(cfg)}, err
}
