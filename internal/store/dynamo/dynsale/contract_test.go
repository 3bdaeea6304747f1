package dynsale_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/internal/sale/once"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
	"foyer/internal/store/contract/saletest"
	"foyer/internal/testkit/dynamotest"
)

func TestMain(m *testing.M) { dynamotest.Main(m) }

func TestContracts(t *testing.T) {
	t.Parallel()
	contracts(t)
}

func TestContractsWhenEveryWriteIsSentTwice(t *testing.T) {
	t.Parallel()
	contracts(t, dynamotest.SendTwice)
}

func TestContractsWhenEveryTransactionIsMadeTwice(t *testing.T) {
	t.Parallel()
	transactions(t, dynamotest.TransactTwice)
}

func contracts(t *testing.T, options ...func(*dynamodb.Options)) {
	fresh := func(t *testing.T) *dynamotest.Cloud { return dynamotest.New(t).With(options...) }
	transactions(t, options...)
	t.Run("maps", func(t *testing.T) {
		saletest.Maps(t, func(t *testing.T) venue.Store { return fresh(t).Seats() })
	})
	t.Run("viewers", func(t *testing.T) {
		saletest.Viewers(t, func(t *testing.T) saletest.ViewersStore { return fresh(t).Viewers() })
	})
	t.Run("once", func(t *testing.T) {
		saletest.Once(t, func(t *testing.T) once.Store { return fresh(t).Once() })
	})
}

// transactions runs the suites of stores that write by transactions.
func transactions(t *testing.T, options ...func(*dynamodb.Options)) {
	fresh := func(t *testing.T) *dynamotest.Cloud { return dynamotest.New(t).With(options...) }
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
