package dynsale

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/problem"
	"foyer/internal/room/queue"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/store/dynamo"
)

// openIndex is the sparse index of the orders that wait for something.
const openIndex = "open"

// Orders is order.Store on DynamoDB. An order is an item; beside the holds lie an item per e-mail address, "email",
// that counts its seats, one per buyer, "order", that names the latest order, one per number, "number", and one per
// order whose address was corrected.
type Orders struct {
	client *dynamodb.Client
	table  string
	seats  *Seats // its transactions take the seats
}

// NewOrders returns the orders of every zone, kept in table, next to their seats and holds.
func NewOrders(client *dynamodb.Client, table string, seats *Seats) *Orders {
	return &Orders{client: client, table: table, seats: seats}
}

var _ order.Store = (*Orders)(nil)

// Create implements order.Store.
func (s *Orders) Create(ctx context.Context, o order.Order) error {
	it, err := EncodeOrder(o)
	if err != nil {
		return dynamo.Failed(err, "make an order")
	}
	if err := order.WithinLimits(o, 0, nil); err != nil {
		return err
	}
	items := []types.TransactWriteItem{
		{Put: &types.Put{
			TableName: &s.table, Item: it, ConditionExpression: aws.String("attribute_not_exists(id)"),
			ReturnValuesOnConditionCheckFailure: allOld,
		}},
		s.count(order.Order{}, o),
		{Put: s.latest(o)},
		{Put: &types.Put{
			TableName: &s.seats.holds, Item: numberItem(o), ConditionExpression: aws.String("attribute_not_exists(o)"),
		}},
	}
	reasons, err := s.seats.transact(ctx, "make an order", items, nobody)
	if err != nil || reasons == nil {
		return err
	}
	if stands, refused := conditionFailed(reasons, 0); refused {
		return landed(stands, o)
	}
	if _, refused := conditionFailed(reasons, 2); refused {
		return order.ChangedError()
	}
	if _, refused := conditionFailed(reasons, 3); refused {
		return order.ErrNumberTaken
	}
	counted, _ := conditionFailed(reasons, 1)
	return overLimit(o, counted)
}

// latest makes the order its buyer's latest, if that is still the one that it follows.
func (s *Orders) latest(o order.Order) *types.Put {
	p := &types.Put{
		TableName: &s.seats.holds, Item: latestItem(o), ConditionExpression: aws.String("attribute_not_exists(o)"),
	}
	if o.Follows != "" {
		p.ConditionExpression = aws.String("o = :follows")
		p.ExpressionAttributeValues = dynamo.Item{":follows": dynamo.Text(o.Follows)}
	}
	return p
}

// landed returns nil where the order that stood in the way is the very one that was being written: its reply was lost.
func landed(stands dynamo.Item, o order.Order) error {
	if len(stands) == 0 {
		return order.ChangedError()
	}
	there, err := DecodeOrder(stands)
	if err != nil {
		return dynamo.Failed(err, "compare an order")
	}
	if reflect.DeepEqual(there, o) {
		return nil
	}
	return order.ChangedError()
}

// count changes the seats that count against the limits of the order's e-mail address, in all and at each price type.
// To add seats, there must be room for them: those counted so far are at most the limit less those
// added, which WithinLimits has found to be no less than 0.
func (s *Orders) count(before, after order.Order) types.TransactWriteItem {
	n, atType := order.Counted(before, after), order.CountedAt(before, after)
	u := &types.Update{
		TableName: &s.seats.holds, Key: emailKey(after),
		ExpressionAttributeNames:  map[string]string{"#ttl": "ttl"},
		ExpressionAttributeValues: dynamo.Item{":n": dynamo.Number(int64(n)), ":ttl": keptFrom(after)},
	}
	change, most := "SET #ttl = :ttl ADD n :n", order.Settlement(after).MostAt
	room := func(name, value string, limit int) {
		c := fmt.Sprintf("(attribute_not_exists(%s) OR %s <= %s)", name, name, value)
		if u.ConditionExpression != nil {
			c = *u.ConditionExpression + " AND " + c
		}
		u.ConditionExpression, u.ReturnValuesOnConditionCheckFailure = &c, allOld
		u.ExpressionAttributeValues[value] = dynamo.Number(int64(limit))
	}
	if n > 0 {
		room("n", ":room", after.Limit-n)
	}
	for i, kind := range slices.Sorted(maps.Keys(atType)) {
		name := fmt.Sprint("t", i)
		change += ", #" + name + " :" + name
		u.ExpressionAttributeNames["#"+name] = boughtAt + kind
		u.ExpressionAttributeValues[":"+name] = dynamo.Number(int64(atType[kind]))
		if limit, limited := most[kind]; limited && atType[kind] > 0 {
			room("#"+name, fmt.Sprint(":r", i), limit-atType[kind])
		}
	}
	u.UpdateExpression = &change
	return types.TransactWriteItem{Update: u}
}

// overLimit returns the error of an order for which there is no room beside what an e-mail address has counted.
func overLimit(o order.Order, counted dynamo.Item) error {
	r := dynamo.Reader{From: counted}
	if err := order.WithinLimits(o, int(r.Number("n")), boughtAtOf(&r)); err != nil || r.Err != nil {
		return cmp.Or(err, dynamo.Failed(r.Err, "compare limits"))
	}
	return seat.LimitError(o.Limit)
}

func emailKey(o order.Order) dynamo.Item {
	return dynamo.Item{"buyer": dynamo.Text(o.Zone + "#" + o.EmailHash), "item": dynamo.Text("email")}
}

func latestKey(zone string, buyer queue.VisitorID) dynamo.Item {
	return dynamo.Item{"buyer": dynamo.Text(zone + "#" + buyer.String()), "item": dynamo.Text("order")}
}

func latestItem(o order.Order) dynamo.Item {
	it := latestKey(o.Zone, o.Buyer)
	it["o"], it["ttl"] = dynamo.Text(o.ID), keptFrom(o)
	return it
}

func numberKey(number string) dynamo.Item {
	return dynamo.Item{"buyer": dynamo.Text("~number#" + number), "item": dynamo.Text("number")}
}

func numberItem(o order.Order) dynamo.Item {
	it := numberKey(o.Number)
	it["o"] = dynamo.Text(o.ID)
	return it
}

func keptFrom(o order.Order) types.AttributeValue {
	return kept(o.CreatedAt)
}

// Get implements order.Store.
func (s *Orders) Get(ctx context.Context, id string) (order.Order, error) {
	it, err := dynamo.Get(ctx, s.client, s.table, dynamo.Item{"id": dynamo.Text(id)})
	if err != nil {
		return order.Order{}, dynamo.Failed(err, "read an order")
	}
	if len(it) == 0 {
		return order.Order{}, problem.New(problem.NotFound, "there is no such order")
	}
	o, err := DecodeOrder(it)
	return o, dynamo.Failed(err, "read an order")
}

// Latest implements order.Store.
func (s *Orders) Latest(ctx context.Context, zone string, buyer queue.VisitorID) (string, error) {
	it, err := dynamo.Get(ctx, s.client, s.seats.holds, latestKey(zone, buyer))
	if err != nil {
		return "", dynamo.Failed(err, "read a buyer's latest order")
	}
	r := dynamo.Reader{From: it}
	return r.Text("o"), dynamo.Failed(r.Err, "read a buyer's latest order")
}

// Save implements order.Store.
func (s *Orders) Save(ctx context.Context, before, after order.Order) error {
	it, err := EncodeOrder(after)
	if err != nil {
		return dynamo.Failed(err, "change an order")
	}
	items := []types.TransactWriteItem{{Put: &types.Put{
		TableName: &s.table, Item: it, ConditionExpression: aws.String("version = :version"),
		ExpressionAttributeValues:           dynamo.Item{":version": dynamo.Number(before.Version)},
		ReturnValuesOnConditionCheckFailure: allOld,
	}}}
	if order.Counted(before, after) != 0 && after.EmailHash != "" { // one that was erased has none
		items = append(items, s.count(before, after))
	}
	items = append(items, s.corrected(before, after)...)
	err = s.write(ctx, before, after, items)
	var extra *ExtraError
	if errors.As(err, &extra) { // of the order itself: no step adds to what counts, so that nothing else has a condition
		return landed(extra.Item, after)
	}
	return err
}

// write makes the change, along with the seats' where it takes or frees them.
func (s *Orders) write(ctx context.Context, before, after order.Order, items []types.TransactWriteItem) error {
	if !before.Takes() && after.Takes() {
		return s.seats.SettleWith(ctx, order.Settlement(after), items...)
	}
	if freed := order.Released(before, after); len(freed.Seats) > 0 {
		return s.seats.FreeWith(ctx, freed, items...)
	}
	reasons, err := s.seats.transact(ctx, "change an order", items, nobody)
	if err != nil || reasons == nil {
		return err
	}
	return extraError(reasons, 0, len(items))
}

// Due implements order.Store.
func (s *Orders) Due(ctx context.Context, zone string, now time.Time, limit int) ([]string, error) {
	return s.ids(ctx, limit, &dynamodb.QueryInput{
		TableName: &s.table, IndexName: aws.String(openIndex), Limit: aws.Int32(int32(limit)),
		KeyConditionExpression:    aws.String("#open = :zone AND due <= :now"),
		ExpressionAttributeNames:  map[string]string{"#open": "open"},
		ExpressionAttributeValues: dynamo.Item{":zone": dynamo.Text(zone), ":now": dynamo.Millis(now)},
	})
}
