package main

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	smithytime "github.com/aws/smithy-go/time"

	"foyer/internal/aws/dsql"
	"foyer/internal/aws/keyring"
	"foyer/internal/sale/audit"
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/ledger"
	"foyer/internal/sale/mail"
	"foyer/internal/sale/pay"
	"foyer/internal/sale/pay/stripe"
	"foyer/internal/sale/ticket"
	"foyer/internal/store/dynamo/dynsale"
)

// sold says where the parts of a sale are, by the names that its functions are given.
type sold struct {
	Orders   string `help:"The orders' table." env:"ORDERS_TABLE" placeholder:"TABLE"`
	Tickets  string `help:"The secret with the key that signs tickets." env:"TICKET_KEYS_SECRET" placeholder:"ID"`
	PayKeys  string `help:"The secret with the payment provider's keys." env:"PAY_KEYS_SECRET" placeholder:"ID"`
	StripeAt string `name:"stripe-url" help:"The payment provider's API, if not Stripe's." env:"STRIPE_API_URL" hidden:""`
	Ledger   string `help:"The ledger's database, postgres://…, best as the variable." env:"LEDGER_URL" placeholder:"URL"`
	Mails    string `help:"The queue of mails." env:"MAILS_QUEUE" placeholder:"URL"`
	Bookings string `help:"The queue of bookings." env:"BOOKINGS_QUEUE" placeholder:"URL"`
	Payments string `help:"The queue of payments." env:"PAYMENTS_QUEUE" placeholder:"URL"`
}

func (c *cloud) secret(id string) (*keyring.Secret, error) {
	cfg, err := c.configure()
	return &keyring.Secret{Client: secretsmanager.NewFromConfig(cfg), ID: id, Now: time.Now}, err
}

func (c *cloud) tickets() (ticket.Keys, error) {
	if err := named(c.sold.Tickets, "tickets", "TICKET_KEYS_SECRET"); err != nil {
		return ticket.Keys{}, err
	}
	s, err := c.secret(c.sold.Tickets)
	if err != nil {
		return ticket.Keys{}, err
	}
	text, err := s.Value(c.ctx, false)
	if err != nil {
		return ticket.Keys{}, err
	}
	return ticket.ParseSecret(text)
}

func (c *cloud) book() (*ledger.Book, error) {
	if err := named(c.sold.Ledger, "ledger", "LEDGER_URL"); err != nil {
		return nil, err
	}
	cfg, err := c.configure()
	return &ledger.Book{Connect: dsql.Connector(cfg, c.sold.Ledger, time.Now), Sleep: smithytime.SleepWithContext}, err
}

func (c *cloud) books() (*audit.Books, func(), error) {
	if err := named(c.sold.Orders, "orders", "ORDERS_TABLE"); err != nil {
		return nil, nil, err
	}
	if err := named(c.sold.PayKeys, "pay-keys", "PAY_KEYS_SECRET"); err != nil {
		return nil, nil, err
	}
	store, err := c.seats()
	if err != nil {
		return nil, nil, err
	}
	book, err := c.book()
	if err != nil {
		return nil, nil, err
	}
	pay, err := c.secret(c.sold.PayKeys)
	if err != nil {
		return nil, nil, err
	}
	cfg, err := c.configure()
	return &audit.Books{
		Maps: store, Seats: store, Ledger: book, Bought: dynsale.NewOrders(dynamodb.NewFromConfig(cfg), c.sold.Orders, nil),
		Pay: &stripe.Provider{Keys: pay, URL: c.sold.StripeAt, Now: time.Now}, Sleep: smithytime.SleepWithContext,
	}, func() { _ = book.Close(context.WithoutCancel(c.ctx)) }, err
}

func (c *cloud) till() (till, error) {
	for _, one := range [][3]string{
		{c.sold.Orders, "orders", "ORDERS_TABLE"}, {c.sold.PayKeys, "pay-keys", "PAY_KEYS_SECRET"},
		{c.tables.Seats, "seats", "SEATS_TABLE"},
		{c.tables.Holds, "holds", "HOLDS_TABLE"},
	} {
		if err := named(one[0], one[1], one[2]); err != nil {
			return nil, err
		}
	}
	secret, err := c.secret(c.sold.PayKeys)
	if err != nil {
		return nil, err
	}
	cfg, err := c.configure()
	db := dynamodb.NewFromConfig(cfg)
	store := dynsale.NewSeats(db, c.tables.Seats, c.tables.Holds)
	return &checkout.Driver{
		Seats: store, Orders: dynsale.NewOrders(db, c.sold.Orders, store), Now: time.Now,
		Pay: pay.NewGuard(&stripe.Provider{Keys: secret, URL: c.sold.StripeAt, Now: time.Now},
			smithytime.SleepWithContext, nil),
	}, err
}

func (c *cloud) orders() (mail.Orders, error) {
	if err := named(c.sold.Orders, "orders", "ORDERS_TABLE"); err != nil {
		return nil, err
	}
	cfg, err := c.configure()
	return dynsale.NewOrders(dynamodb.NewFromConfig(cfg), c.sold.Orders, nil), err
}

func (c *cloud) queues() (queues, error) {
	cfg, err := c.configure()
	return queues{sqs.NewFromConfig(cfg), map[string]string{
		"mails": c.sold.Mails, "bookings": c.sold.Bookings, "payments": c.sold.Payments,
	}}, err
}

func lastPart(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }
