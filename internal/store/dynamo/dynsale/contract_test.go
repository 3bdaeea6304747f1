package dynsale_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/internal/room/zone"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
	"foyer/internal/store/contract/saletest"
	"foyer/internal/store/dynamo"
	"foyer/internal/testkit/dynamotest"
)

func TestMain(m *testing.M) { dynamotest.Main(m) }

// While the contracts run, what the stores write is held against the legend of every table's attributes.
func TestContracts(t *testing.T) {
	t.Parallel()
	legends := dynamotest.Legends{Tables: []string{"seats", "holds", "orders", "viewers", "jobs"}}
	t.Cleanup(func() { legends.Complete(t) })
	watched := func(t *testing.T) *dynamotest.Cloud { return legends.Watch(t, dynamotest.New(t)) }
	contracts(t, watched)
	t.Run("what doesn't last", func(t *testing.T) { passing(t, watched(t)) })
}

// passing writes the attributes that no case of a contract leaves behind: of a payment and a wait under way, of a
// dispute, and of a corrected address.
func passing(t *testing.T, c *dynamotest.Cloud) {
	now := time.Now().Truncate(time.Millisecond)
	rules := seat.Rules{
		PerBuyer: 2, LockFor: time.Minute, HoldMost: time.Minute, PayFor: time.Hour, Session: now.Add(time.Hour),
	}
	chosen, err := seat.Hold{Zone: "main", Buyer: "ada"}.Choose([]string{"A-1-1"}, rules, now)
	must(t, err)
	must(t, c.Seats().Lock(t.Context(), chosen))
	paying, err := chosen.After.Pay("o1", rules, now)
	must(t, err)
	must(t, c.Seats().Lock(t.Context(), paying))
	_, _, err = c.Viewers().Wait(t.Context(), "main", "a call", []string{"A"}, now)
	must(t, err)
	disputed := order.Order{
		ID: "o", Number: "K7M2P9QX4R", Grant: "1.0", Zone: "main",
		EmailHash: "hash", Limit: 1, Mails: 1, MailedAt: now, Due: now, Dispute: order.Disputed,
	}
	must(t, c.Orders().Create(t.Context(), disputed))
	corrected := disputed
	corrected.Version, corrected.Corrected = 1, []string{"another hash"}
	must(t, c.Orders().Save(t.Context(), disputed, corrected))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestContractsWhenEveryWriteIsSentTwice(t *testing.T) {
	t.Parallel()
	contracts(t, fresh(dynamotest.SendTwice))
}

func TestContractsWhenEveryTransactionIsMadeTwice(t *testing.T) {
	t.Parallel()
	transactions(t, fresh(dynamotest.TransactTwice))
}

// fresh gives each test tables of its own, by a client with these options.
func fresh(options ...func(*dynamodb.Options)) func(t *testing.T) *dynamotest.Cloud {
	return func(t *testing.T) *dynamotest.Cloud { return dynamotest.New(t).With(options...) }
}

func contracts(t *testing.T, fresh func(t *testing.T) *dynamotest.Cloud) {
	transactions(t, fresh)
	t.Run("maps", func(t *testing.T) {
		saletest.Maps(t, func(t *testing.T) (venue.Store, zone.Store) { c := fresh(t); return c.Seats(), c.Zones() })
	})
	t.Run("left", func(t *testing.T) {
		saletest.Left(t, func(t *testing.T) saletest.Stores {
			c := fresh(t)
			return saletest.Stores{Queue: c.Queue(), Log: c.Log(), Index: c.Index(), Viewers: c.Viewers(), Seats: c.Seats(),
				Orders: c.Orders(), Left: c.Left()}
		})
	})
	t.Run("viewers", func(t *testing.T) {
		saletest.Viewers(t, func(t *testing.T) saletest.ViewersStore { return fresh(t).Viewers() })
	})
	t.Run("once", func(t *testing.T) {
		saletest.Once(t, func(t *testing.T) saletest.NotedOnce {
			c := fresh(t)
			return saletest.NotedOnce{Store: c.Once(), Note: func(t *testing.T, work string) string {
				it, err := dynamo.Get(t.Context(), c.Client, c.Table("jobs"), dynamo.Item{"job": dynamo.Text(work)})
				must(t, err)
				r := dynamo.Reader{From: it}
				return r.Text("note")
			}}
		})
	})
}

// transactions runs the suites of stores that write by transactions.
func transactions(t *testing.T, fresh func(t *testing.T) *dynamotest.Cloud) {
	t.Run("seats", func(t *testing.T) {
		saletest.Seats(t, func(t *testing.T) seat.Store { return fresh(t).Seats() })
	})
	t.Run("counts", func(t *testing.T) {
		saletest.Board(t, func(t *testing.T) seat.Board { return fresh(t).Seats() })
	})
	t.Run("orders", func(t *testing.T) {
		saletest.Orders(t, func(t *testing.T) (order.Store, seat.Store) { c := fresh(t); return c.Orders(), c.Seats() })
	})
}
