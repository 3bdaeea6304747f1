// Package audittest reconciles what a test has done to a sale: whatever was killed, lost, repeated or late, seats,
// orders, payments and ledger must agree in the end. Every test that hurts a sale ends with it.
package audittest

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	smithytime "github.com/aws/smithy-go/time"
	"github.com/jackc/pgx/v5"

	"foyer/internal/sale/audit"
	"foyer/internal/sale/ledger"
	"foyer/internal/sale/pay/stripe"
	"foyer/internal/store/dynamo/dynsale"
)

// Agree fails the test with every disagreement about the zone. What happened before settled must have arrived
// everywhere. It may be called while a test is cleaned up.
func Agree(t testing.TB, books ledger.Books, zone string, settled time.Time) {
	t.Helper()
	found, err := ledger.Verify(context.WithoutCancel(t.Context()), books, zone, settled)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range found {
		t.Errorf("the books disagree: %s", d)
	}
}

// Places are where a whole sale is kept.
type Places struct {
	DB       *dynamodb.Client
	Prefix   string // before every table's name
	Provider string // URL of the payment provider's API
	PayKeys  string // the provider's secret, JSON
	Ledger   string // URL of the ledger's database
}

// Open reads a sale from where the functions keep it.
func Open(t testing.TB, p Places) *audit.Books {
	seats := dynsale.NewSeats(p.DB, p.Prefix+"seats", p.Prefix+"holds")
	return &audit.Books{
		Maps: seats, Seats: seats, Bought: dynsale.NewOrders(p.DB, p.Prefix+"orders", seats),
		Pay: &stripe.Provider{Keys: secret(p.PayKeys), URL: p.Provider, Now: time.Now}, Ledger: Book(t, p.Ledger),
		Sleep: smithytime.SleepWithContext,
	}
}

// Book is the ledger at the URL, closed with the test.
func Book(t testing.TB, url string) *ledger.Book {
	book := &ledger.Book{
		Connect: func(ctx context.Context) (*pgx.Conn, error) { return pgx.Connect(ctx, url) },
		Sleep:   smithytime.SleepWithContext,
	}
	t.Cleanup(func() { _ = book.Close(context.WithoutCancel(t.Context())) })
	return book
}

// secret is one that doesn't change.
type secret string

func (s secret) Value(context.Context, bool) (string, error) { return string(s), nil }
