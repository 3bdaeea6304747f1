package dynsale

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/sale/seat"
	"foyer/internal/store/dynamo"
)

// ExtraError says that the condition of an item that a caller added to a transaction failed. It carries the item that
// stood there.
type ExtraError struct {
	Index int // among the caller's items
	Item  map[string]types.AttributeValue
}

func (e *ExtraError) Error() string {
	return fmt.Sprintf("dynamo: condition %d of the caller failed", e.Index)
}

// Settle implements seat.Store.
func (s *Seats) Settle(ctx context.Context, st seat.Settlement) error { return s.SettleWith(ctx, st) }

// SettleWith is Settle with more items in the same transaction, such as the order's. It returns *ExtraError when the
// condition of one of them failed, also when the order has its seats already: whether it was this very transaction that
// landed before, or another one, only the item that stands in the caller's way shows.
func (s *Seats) SettleWith(ctx context.Context, st seat.Settlement, extra ...types.TransactWriteItem) error {
	if len(st.Seats) > st.Limit {
		return seat.LimitError(st.Limit)
	}
	if err := st.Types.Within(st.MostAt, nil); err != nil {
		return err
	}
	items := []types.TransactWriteItem{s.buy(st)}
	for _, id := range st.Seats { // the buyer must hold each seat, whenever the lock ends, and nobody have bought it
		items = append(items, types.TransactWriteItem{Update: dated(st, &types.Update{
			TableName: &s.seats, Key: seatKey(st.Zone, id),
			UpdateExpression:    aws.String("SET o = :order, v = v + :one REMOVE u, x"),
			ConditionExpression: aws.String("h = :me AND attribute_not_exists(o)"),
			ExpressionAttributeValues: dynamo.Item{
				":order": dynamo.Text(st.Order), ":me": dynamo.Text(st.Buyer), ":one": dynamo.Number(1),
			},
			ReturnValuesOnConditionCheckFailure: allOld,
		})})
	}
	reasons, err := s.transact(ctx, "settle an order", append(items, extra...), nobody)
	if err != nil || reasons == nil {
		return err
	}
	if err := extraError(reasons, len(items), len(extra)); err != nil {
		return err
	}
	taken, mine := refusedSeats(reasons, st)
	if mine == len(st.Seats) {
		return nil
	}
	if len(taken) > 0 {
		return seat.TakenError(taken)
	}
	if stands, refused := conditionFailed(reasons, 0); refused {
		h, err := decodeHold(st.Zone, st.Buyer, stands)
		if err == nil {
			err = st.Types.Within(st.MostAt, h.BoughtAt)
		}
		if err != nil {
			return err
		}
	}
	return seat.LimitError(st.Limit)
}

// buy counts the seats as bought, takes them out of the hold and ends the holding. The condition: there is a
// hold, and the seats bought so far are at most the limit less these.
func (s *Seats) buy(st seat.Settlement) types.TransactWriteItem {
	add, out := "ADD bought :n, version :one", " DELETE seats :seats"
	condition := "attribute_exists(version) AND (attribute_not_exists(bought) OR bought <= :room)"
	values := dynamo.Item{
		":n": dynamo.Number(int64(len(st.Seats))), ":one": dynamo.Number(1),
		":room": dynamo.Number(int64(st.Limit - len(st.Seats))), ":seats": &types.AttributeValueMemberSS{Value: st.Seats},
	}
	added, names := addTypes(st, 1, values)
	for name, attribute := range names {
		if most, limited := st.MostAt[strings.TrimPrefix(attribute, boughtAt)]; limited {
			room := strings.Replace(name, "#", ":r", 1)
			condition += fmt.Sprintf(" AND (attribute_not_exists(%s) OR %s <= %s)", name, name, room)
			values[room] = dynamo.Number(int64(most - st.Types.Count()[strings.TrimPrefix(attribute, boughtAt)]))
		}
	}
	if len(st.Types) > 0 {
		out, values[":types"] = out+", types :types", typeSet(st.Types)
	}
	return types.TransactWriteItem{Update: &types.Update{
		TableName: &s.holds, Key: holdKey(st.Zone, st.Buyer),
		UpdateExpression:    aws.String(add + added + out + " REMOVE since, payby"),
		ConditionExpression: &condition, ExpressionAttributeNames: names, ExpressionAttributeValues: values,
		ReturnValuesOnConditionCheckFailure: allOld,
	}}
}

// addTypes returns the part of an update that counts the settlement's seats at their price types, or takes them off,
// and the names in it; it adds their values.
func addTypes(st seat.Settlement, sign int64, values dynamo.Item) (add string, names map[string]string) {
	for kind, n := range st.Types.Count() {
		if names == nil {
			names = map[string]string{}
		}
		name := fmt.Sprintf("t%d", len(names))
		add += ", #" + name + " :" + name
		names["#"+name], values[":"+name] = boughtAt+kind, dynamo.Number(sign*int64(n))
	}
	return add, names
}

// refusedSeats returns the seats whose condition failed; mine counts those that the order has.
func refusedSeats(reasons []types.CancellationReason, st seat.Settlement) (taken []string, mine int) {
	for i, id := range st.Seats {
		stands, refused := conditionFailed(reasons, i+1)
		if !refused {
			continue
		}
		taken = append(taken, id)
		if r := (&dynamo.Reader{From: stands}); r.Text("o") == st.Order {
			mine++
		}
	}
	return taken, mine
}

func extraError(reasons []types.CancellationReason, first, n int) error {
	for i := range n {
		if stands, refused := conditionFailed(reasons, first+i); refused {
			return &ExtraError{Index: i, Item: stands}
		}
	}
	return nil
}

// Free implements seat.Store.
func (s *Seats) Free(ctx context.Context, st seat.Settlement) error { return s.FreeWith(ctx, st) }

// FreeWith is Free with more items in the same transaction, as SettleWith. The hold's condition: this release is not
// among those recorded, so that it happens once.
func (s *Seats) FreeWith(ctx context.Context, st seat.Settlement, extra ...types.TransactWriteItem) error {
	values := dynamo.Item{
		":minus": dynamo.Number(-int64(len(st.Seats))), ":one": dynamo.Number(1), ":order": dynamo.Text(st.ReleasedBy()),
		":set": &types.AttributeValueMemberSS{Value: []string{st.ReleasedBy()}},
	}
	added, names := addTypes(st, -1, values)
	if !st.At.IsZero() { // the hold of a zone that was deleted is made anew
		names = maps.Collect(maps.All(names))
		added, names["#ttl"], values[":ttl"] = added+" SET #ttl = :ttl", "ttl", kept(st.At)
	}
	items := []types.TransactWriteItem{{Update: &types.Update{
		TableName: &s.holds, Key: holdKey(st.Zone, st.Buyer),
		UpdateExpression:         aws.String("ADD bought :minus, version :one, freed :set" + added),
		ConditionExpression:      aws.String("attribute_not_exists(freed) OR NOT contains(freed, :order)"),
		ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	}}}
	for _, id := range st.Seats {
		items = append(items, s.release(st, id))
	}
	reasons, err := s.transact(ctx, "free an order's seats", append(items, extra...), nobody)
	if err != nil || reasons == nil {
		return err
	}
	if err := extraError(reasons, len(items), len(extra)); err != nil {
		return err
	}
	if _, refused := conditionFailed(reasons, 0); refused {
		return nil // it happened before
	}
	taken, _ := refusedSeats(reasons, st)
	return seat.TakenError(taken)
}

// release makes one seat of the order available again, or the house's. The condition: the order has the seat, or nobody
// knows the seat any more, since its zone was deleted.
func (s *Seats) release(st seat.Settlement, id string) types.TransactWriteItem {
	u := &types.Update{
		TableName: &s.seats, Key: seatKey(st.Zone, id),
		UpdateExpression:    aws.String("SET v = if_not_exists(v, :zero) + :one REMOVE o, h, u, x"),
		ConditionExpression: aws.String("attribute_not_exists(part) OR o = :order"),
		ExpressionAttributeValues: dynamo.Item{
			":order": dynamo.Text(st.Order), ":one": dynamo.Number(1), ":zero": dynamo.Number(0),
		},
		ReturnValuesOnConditionCheckFailure: allOld,
	}
	if slices.Contains(st.ToHouse, id) {
		u.UpdateExpression = aws.String("SET v = if_not_exists(v, :zero) + :one, h = :house, u = :ever REMOVE o, x")
		u.ExpressionAttributeValues[":house"] = dynamo.Text(seat.House + seat.Returned)
		u.ExpressionAttributeValues[":ever"] = dynamo.Millis(seat.Forever)
	}
	return types.TransactWriteItem{Update: dated(st, u)}
}

// dated stamps a seat's update with the settlement's time, if it has one.
func dated(st seat.Settlement, u *types.Update) *types.Update {
	if !st.At.IsZero() {
		u.UpdateExpression = aws.String(strings.Replace(*u.UpdateExpression, "SET ", "SET c = :at, #ttl = :ttl, ", 1))
		u.ExpressionAttributeValues[":at"], u.ExpressionAttributeValues[":ttl"] = dynamo.Millis(st.At), kept(st.At)
		u.ExpressionAttributeNames = ttlName
	}
	return u
}
