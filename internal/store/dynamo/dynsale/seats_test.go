package dynsale_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/problem"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/store/contract"
	"foyer/internal/store/dynamo"
	"foyer/internal/store/dynamo/dynsale"
	"foyer/internal/testkit/dynamotest"
	"foyer/internal/testkit/meter"
)

// soon is in a time to come, since DynamoDB Local deletes what has expired.
var soon = time.Date(2096, 5, 1, 10, 0, 0, 0, time.UTC)

// cancelling answers the first transactions as a database does in which others are in the way, which DynamoDB Local
// never says, and lets the rest through.
type cancelling struct {
	client dynamodb.HTTPClient
	code   string // of the second item; the first has none
	times  int64
	seen   *atomic.Int64
}

func (c cancelling) Do(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.Header.Get("X-Amz-Target"), "TransactWriteItems") || c.seen.Add(1) > c.times {
		return c.client.Do(r)
	}
	kind, reasons := "TransactionCanceledException", fmt.Sprintf(
		`,"CancellationReasons":[{"Code":"None"},{"Code":"%s","Message":"m"}]`,
		c.code,
	)
	if c.code == "InProgress" {
		kind, reasons = "TransactionInProgressException", ""
	}
	body := fmt.Sprintf(`{"__type":"com.amazonaws.dynamodb.v20120810#%s","message":"m"%s}`, kind, reasons)
	return &http.Response{
		StatusCode: http.StatusBadRequest, Request: r,
		Header: http.Header{
			"Content-Type": {"application/x-amz-json-1.0"},
		}, Body: io.NopCloser(bytes.NewReader([]byte(body))),
	}, nil
}

func rules() seat.Rules {
	return seat.Rules{PerBuyer: 8, LockFor: time.Minute, HoldMost: time.Hour, Session: soon.Add(time.Hour)}
}

func planFor(t *testing.T, buyer string, seats ...string) seat.Plan {
	t.Helper()
	p, err := seat.Hold{Zone: "main", Buyer: buyer}.Choose(seats, rules(), soon)
	contract.Must(t, err)
	return p
}

func TestATransactionThatOnlyMetOthersIsTriedAgainAndThenGivenUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code   string
		times  int64
		want   problem.Code
		pauses int
		tries  int64
	}{
		{"TransactionConflict", 2, "", 2, 3},
		{"TransactionConflict", 99, problem.Busy, 5, 6},
		{"ThrottlingError", 1, "", 1, 2},
		{"ProvisionedThroughputExceeded", 1, "", 1, 2},
		{"ValidationError", 1, problem.Internal, 0, 1},
	} {
		cloud, tries, pauses := dynamotest.New(t), &atomic.Int64{}, 0
		s := cloud.With(func(o *dynamodb.Options) {
			o.HTTPClient, o.Retryer = cancelling{o.HTTPClient, c.code, c.times, tries}, aws.NopRetryer{}
		}).Seats()
		s.Pause = func(_ context.Context, n int) error {
			if pauses++; n != pauses {
				t.Errorf("pause %d is called the %d-th", pauses, n)
			}
			return nil
		}
		err := s.Lock(t.Context(), planFor(t, "me", "a-1-1"))
		var p *problem.Error
		if problem.CodeOf(err) != c.want || c.want == problem.Busy && (!errors.As(err, &p) || p.RetryAfter == 0) {
			t.Errorf("%s %d times: %v", c.code, c.times, err)
		}
		if tries.Load() != c.tries || pauses != c.pauses {
			t.Errorf("%s %d times: %d tries, %d pauses", c.code, c.times, tries.Load(), pauses)
		}
		seats, err := cloud.Seats().Snapshot(t.Context(), "main", "a")
		if landed := len(seats) == 1; err != nil || landed != (c.want == "") {
			t.Errorf("%s %d times: %+v %v", c.code, c.times, seats, err)
		}
	}
}

// Where many want one seat, transactions meet again and again; a buyer who has lost it hears so by the first look, not
// by the last try.
func TestWhoMeetsOthersAndHasLostIsToldAtOnce(t *testing.T) {
	t.Parallel()
	cloud, tries := dynamotest.New(t), &atomic.Int64{}
	contract.Must(t, cloud.Seats().Lock(t.Context(), planFor(t, "winner", "a-1-2")))
	s := cloud.With(func(o *dynamodb.Options) {
		o.HTTPClient = cancelling{o.HTTPClient, "TransactionConflict", 99, tries}
	}).Seats()
	s.Pause = func(context.Context, int) error { t.Error("waited"); return nil }
	err := s.Lock(t.Context(), planFor(t, "me", "a-1-1", "a-1-2"))
	var p *problem.Error
	if !errors.As(err, &p) || p.Code != problem.SeatTaken || len(p.Seats) != 1 || p.Seats[0] != "a-1-2" ||
		tries.Load() != 1 {
		t.Errorf("%v after %d tries", err, tries.Load())
	}
}

func TestATransactionIsTriedAgainWithoutAPauseWhereThereIsNone(t *testing.T) {
	t.Parallel()
	tries := &atomic.Int64{}
	s := dynamotest.New(t).With(func(o *dynamodb.Options) {
		o.HTTPClient = cancelling{o.HTTPClient, "TransactionConflict", 2, tries}
	}).Seats()
	if err := s.Lock(t.Context(), planFor(t, "me", "a-1-1")); err != nil || tries.Load() != 3 {
		t.Errorf("%v after %d tries", err, tries.Load())
	}
}

func TestAPauseEndsWithItsContext(t *testing.T) {
	t.Parallel()
	cloud := dynamotest.New(t)
	s := cloud.With(func(o *dynamodb.Options) {
		o.HTTPClient = cancelling{o.HTTPClient, "TransactionConflict", 99, &atomic.Int64{}}
	}).Seats()
	s.Pause = func(context.Context, int) error { return context.Canceled }
	if err := s.Lock(t.Context(), planFor(t, "me", "a-1-1")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// failing answers everything with an error, which no failed condition is.
type failing struct{}

func (failing) Do(r *http.Request) (*http.Response, error) {
	const body = `{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"m"}`
	return &http.Response{
		StatusCode: http.StatusBadRequest, Request: r, Body: io.NopCloser(strings.NewReader(body)),
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
	}, nil
}

func TestAFailureIsNotTakenForAFailedCondition(t *testing.T) {
	client := dynamotest.Client("http://database.invalid", func(o *dynamodb.Options) {
		o.HTTPClient, o.Retryer = failing{}, aws.NopRetryer{}
	})
	s, o, ctx := dynsale.NewSeats(client, "seats", "holds"), dynsale.NewOnce(client, "jobs"), t.Context()
	v := dynsale.NewViewers(client, "viewers")
	_, _, taking := v.Take(ctx, "main", "me", nil, soon)
	_, _, waiting := v.Wait(ctx, "main", "me", nil, soon)
	_, spending := v.Spend(ctx, "me", 1, 2, soon)
	for name, err := range map[string]error{
		"SaveCounts": s.SaveCounts(ctx, "main", seat.Counts{At: soon}),
		"Begin":      o.Begin(ctx, "o1#ticket", "a", soon, soon.Add(time.Minute)),
		"Finish":     o.Finish(ctx, "o1#ticket", "sent", soon),
		"Release":    o.Release(ctx, "o1#ticket", "a"),
		"Open":       v.Open(ctx, "main", "c", soon),
		"Take":       taking,
		"Wait":       waiting,
		"Spend":      spending,
	} {
		if problem.CodeOf(err) != problem.Busy {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What an address has bought is never guessed at: where the count can't be read, that is said, and not that it is full.
func TestACountThatIsNoneIsNoLimit(t *testing.T) {
	t.Parallel()
	cloud := dynamotest.New(t)
	_, err := cloud.Client.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: aws.String(cloud.Table("holds")),
		Item: dynamo.Item{
			"buyer": dynamo.Text("main#hash"), "item": dynamo.Text("email"), "n": dynamo.Text("some"),
		},
	})
	contract.Must(t, err)
	o := order.Order{
		ID: "o", Number: "K7M2P9QX4R", Grant: "1.0", Zone: "main", EmailHash: "hash", Limit: 8, State: order.Pending,
		Lines: []order.Line{{Section: "A", Seat: "A-1-1", Price: 100}}, CreatedAt: soon, PayBy: soon, Due: soon,
	}
	if err := cloud.Orders().Create(t.Context(), o); problem.CodeOf(err) != problem.Internal {
		t.Error(err)
	}
}

// A lock of n seats costs 2 (1 + n) write units and a consistent read of the hold, a sale the same.
func TestWhatALockCosts(t *testing.T) {
	t.Parallel()
	cloud, used := dynamotest.New(t), &meter.Meter{}
	s := cloud.With(used.Option).Seats()
	seats := []string{
		"stallsABCDEFGHIJ-1234567890ABCDEF-1234567890ABCDE1",
		"stallsABCDEFGHIJ-1234567890ABCDEF-1234567890ABCDE2",
		"stallsABCDEFGHIJ-1234567890ABCDEF-1234567890ABCDE3",
	}
	p := planFor(t, strings.Repeat("f", 32), seats...)
	contract.Must(t, s.Lock(t.Context(), p))
	if got := used.Total().Write; got != 8 {
		t.Errorf("a lock of three seats: %v write units", got)
	}
	used.Reset()
	contract.Must(
		t,
		s.Settle(t.Context(), seat.Settlement{Zone: "main", Buyer: p.After.Buyer, Order: "o", Seats: seats, Limit: 8}),
	)
	if got := used.Total().Write; got != 8 {
		t.Errorf("a sale of three seats: %v write units", got)
	}
}

// An order's own item goes along with its seats: all or nothing, and its refusal is an error of its own.
func TestACallersItemIsPartOfTheTransaction(t *testing.T) {
	t.Parallel()
	cloud := dynamotest.New(t)
	s, ctx := cloud.Seats(), t.Context()
	order := func(from, to string) types.TransactWriteItem {
		put := &types.Update{
			TableName: aws.String(cloud.Table("holds")),
			Key: map[string]types.AttributeValue{
				"buyer": &types.AttributeValueMemberS{Value: "order"}, "item": &types.AttributeValueMemberS{Value: "order"},
			},
			UpdateExpression: aws.String("SET st = :to"), ConditionExpression: aws.String("st = :from"),
			ExpressionAttributeValues: map[string]types.AttributeValue{
				":from": &types.AttributeValueMemberS{Value: from}, ":to": &types.AttributeValueMemberS{Value: to},
			},
			ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		}
		if from == "" {
			put.ConditionExpression = aws.String("attribute_not_exists(st)")
			delete(put.ExpressionAttributeValues, ":from")
		}
		return types.TransactWriteItem{Update: put}
	}
	contract.Must(t, s.Lock(ctx, planFor(t, "me", "a-1-1")))
	st := seat.Settlement{Zone: "main", Buyer: "me", Order: "o", Seats: []string{"a-1-1"}, Limit: 1}
	var extra *dynsale.ExtraError
	if err := s.SettleWith(ctx, st, order("pending", "authorised")); !errors.As(err, &extra) || extra.Index != 0 {
		t.Fatalf("an order that isn't pending: %v", err)
	}
	if h, err := s.Hold(ctx, "main", "me"); err != nil || h.Bought != 0 {
		t.Errorf("%+v %v", h, err)
	}
	contract.Must(t, s.SettleWith(ctx, st, order("", "authorised")))
	if err := s.SettleWith(ctx, st, order("", "authorised")); !errors.As(err, &extra) {
		t.Errorf("the seats are taken, whether by this order as it is now only the caller can tell: %v", err)
	}
	if err := s.FreeWith(ctx, st, order("paid", "refunded")); !errors.As(err, &extra) {
		t.Errorf("a refund of an order that isn't paid: %v", err)
	}
	contract.Must(t, s.FreeWith(ctx, st, order("authorised", "refunded")))
	if err := s.FreeWith(ctx, st, order("authorised", "refunded")); !errors.As(err, &extra) {
		t.Errorf("the seats are free, whether by this refund only the caller can tell: %v", err)
	}
	if h, err := s.Hold(ctx, "main", "me"); err != nil || h.Bought != 0 {
		t.Errorf("%+v %v", h, err)
	}
}
