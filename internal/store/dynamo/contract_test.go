package dynamo_test

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/sale/once"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
	"foyer/internal/store/contract"
	"foyer/internal/testkit/dynamotest"
)

func TestMain(m *testing.M) { dynamotest.Main(m) }

func TestContracts(t *testing.T) {
	t.Parallel()
	contracts(t)
}

func TestContractsWhenEveryWriteIsSentTwice(t *testing.T) {
	t.Parallel()
	contracts(t, func(o *dynamodb.Options) { o.HTTPClient = twice{client: o.HTTPClient} })
}

// A transaction that is sent again under another token is one that the database doesn't recognise.
func TestContractsWhenEveryTransactionIsMadeTwice(t *testing.T) {
	t.Parallel()
	fresh := func(t *testing.T) *dynamotest.Cloud {
		return dynamotest.New(t).With(func(o *dynamodb.Options) { o.HTTPClient = twice{o.HTTPClient, true} })
	}
	t.Run("seats", func(t *testing.T) {
		contract.Seats(t, func(t *testing.T) seat.Store { return fresh(t).Seats() })
	})
	t.Run("counts", func(t *testing.T) {
		contract.Board(t, func(t *testing.T) seat.Board { return fresh(t).Seats() })
	})
	t.Run("orders", func(t *testing.T) {
		contract.Orders(t, func(t *testing.T) (order.Store, seat.Store) { c := fresh(t); return c.Orders(), c.Seats() })
	})
}

// contracts runs every suite, reading a little at a time so that every read takes several pages.
func contracts(t *testing.T, options ...func(*dynamodb.Options)) {
	fresh := func(t *testing.T) *dynamotest.Cloud { return dynamotest.New(t).With(options...) }
	t.Run("queue", func(t *testing.T) {
		contract.Queue(t, func(t *testing.T) queue.Store { return fresh(t).Queue().ScanBy(60) })
	})
	t.Run("log", func(t *testing.T) {
		contract.Log(t, func(t *testing.T) bucket.Log { return fresh(t).Log().ReadBy(5) })
	})
	t.Run("seats", func(t *testing.T) {
		contract.Seats(t, func(t *testing.T) seat.Store { return fresh(t).Seats() })
	})
	t.Run("orders", func(t *testing.T) {
		contract.Orders(t, func(t *testing.T) (order.Store, seat.Store) { c := fresh(t); return c.Orders(), c.Seats() })
	})
	t.Run("maps", func(t *testing.T) {
		contract.Maps(t, func(t *testing.T) venue.Store { return fresh(t).Seats() })
	})
	t.Run("viewers", func(t *testing.T) {
		contract.Viewers(t, func(t *testing.T) contract.ViewersStore { return fresh(t).Viewers() })
	})
	t.Run("once", func(t *testing.T) {
		contract.Once(t, func(t *testing.T) once.Store { return fresh(t).Once() })
	})
	t.Run("zones", func(t *testing.T) {
		contract.Zones(t, func(t *testing.T) zone.Store { return fresh(t).Zones() })
	})
}

// twice sends every write twice and gives the second answer: what the SDK does when the first answer is lost.
type twice struct {
	client   dynamodb.HTTPClient
	newToken bool // the second time under another token
}

var token = regexp.MustCompile(`"ClientRequestToken":"[^"]{4}`)

func (c twice) Do(request *http.Request) (*http.Response, error) {
	action := request.Header.Get("X-Amz-Target")
	isWrite := strings.HasSuffix(action, "PutItem") || strings.HasSuffix(action, "UpdateItem") || strings.HasSuffix(action, "DeleteItem") || strings.HasSuffix(action, "TransactWriteItems")
	if !isWrite {
		return c.client.Do(request)
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	first := request.Clone(request.Context())
	first.Body, request.Body = io.NopCloser(bytes.NewReader(body)), io.NopCloser(bytes.NewReader(body))
	if c.newToken {
		request.Body = io.NopCloser(bytes.NewReader(token.ReplaceAll(body, []byte(`"ClientRequestToken":"zzzz`))))
	}
	lost, err := c.client.Do(first)
	if err != nil {
		return nil, err
	}
	_, _ = io.Copy(io.Discard, lost.Body)
	lost.Body.Close()
	return c.client.Do(request)
}
