package dynsale

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/sale/seat"
	"foyer/internal/store/dynamo"
)

const allOld = types.ReturnValuesOnConditionCheckFailureAllOld

// Lock implements seat.Store: one transaction, 2 (1 + n) write units for n seats.
func (s *Seats) Lock(ctx context.Context, p seat.Plan) error {
	items := []types.TransactWriteItem{s.changeHold(p)}
	wanted := p.Wanted()
	for _, id := range wanted {
		items = append(items, s.take(p, id))
	}
	for _, id := range p.GiveUp {
		items = append(items, s.giveUp(p, id))
	}
	zone, buyer := p.Before.Zone, p.Before.Buyer
	reasons, err := s.transact(ctx, "lock seats", items, func() error { return s.stillFree(ctx, p) })
	if err != nil || reasons == nil {
		return err
	}
	if stands, refused := conditionFailed(reasons, 0); refused {
		h, err := decodeHold(zone, buyer, stands)
		if err != nil {
			return dynamo.Failed(err, "lock seats")
		}
		if h.Same(p.After) {
			return nil // our own write, whose answer was lost
		}
		return seat.ChangedError()
	}
	var taken []string
	for i, id := range append(wanted, p.GiveUp...) {
		if _, refused := conditionFailed(reasons, i+1); refused {
			taken = append(taken, id)
		}
	}
	return seat.TakenError(taken)
}

// stillFree looks at the wanted seats when other transactions were in the way: a buyer who has lost already hears it at
// once.
func (s *Seats) stillFree(ctx context.Context, p seat.Plan) error {
	if len(p.Wanted()) == 0 {
		return nil
	}
	seats, err := s.read(ctx, p.Before.Zone, p.Wanted())
	if err != nil {
		return nil // what can't be found out is found out by the next try
	}
	var taken []string
	for _, one := range seats {
		if !one.Free(p.Before.Buyer, p.Now) {
			taken = append(taken, one.ID)
		}
	}
	if len(taken) > 0 {
		return seat.TakenError(taken)
	}
	return nil
}

// changeHold writes the hold if it still has the version that was read.
func (s *Seats) changeHold(p seat.Plan) types.TransactWriteItem {
	h := p.After
	values := dynamo.Item{":ttl": kept(p.Now), ":next": dynamo.Number(h.Version)}
	set, remove := []string{"version = :next", "#ttl = :ttl"}, []string{}
	put := func(name, placeholder string, there bool, value types.AttributeValue) {
		if !there {
			remove = append(remove, name)
			return
		}
		set = append(set, name+" = "+placeholder)
		values[placeholder] = value
	}
	put("seats", ":seats", len(h.Seats) > 0, &types.AttributeValueMemberSS{Value: h.Seats})
	put("types", ":types", len(h.Types) > 0, typeSet(h.Types))
	put("u", ":u", !h.Until.IsZero(), dynamo.Millis(h.Until))
	put("since", ":since", !h.Since.IsZero(), dynamo.Millis(h.Since))
	put("payby", ":payby", !h.PayBy.IsZero(), dynamo.Millis(h.PayBy))
	put("opace", ":opace", !h.OrderPace.IsZero(), dynamo.Millis(h.OrderPace))
	put("latest", ":latest", h.Order != "", dynamo.Text(h.Order))
	put("pace", ":pace", !h.Pace.IsZero(), dynamo.Millis(h.Pace))
	put("x", ":x", h.Paying, &types.AttributeValueMemberBOOL{Value: true})
	condition := "attribute_not_exists(version)"
	if p.Before.Version > 0 {
		condition, values[":before"] = "version = :before", dynamo.Number(p.Before.Version)
	}
	expression := "SET " + strings.Join(set, ", ")
	if len(remove) > 0 {
		expression += " REMOVE " + strings.Join(remove, ", ")
	}
	return types.TransactWriteItem{Update: &types.Update{
		TableName: &s.holds, Key: holdKey(h.Zone, h.Buyer), UpdateExpression: &expression, ConditionExpression: &condition,
		ExpressionAttributeNames: ttlName, ExpressionAttributeValues: values,
		ReturnValuesOnConditionCheckFailure: allOld,
	}}
}

// take locks a seat: it isn't taken, and nobody holds it, or no longer, or the buyer does. The condition is seat.Free
// as the database decides it. Here the expiry of a lock is compared for writing: u <= :now is an expired lock, whose
// holder still stands in h.
func (s *Seats) take(p seat.Plan, id string) types.TransactWriteItem {
	expression := "SET #ttl = :ttl, h = :me, u = :until, c = :now, v = if_not_exists(v, :zero) + :one"
	values := dynamo.Item{
		":me": dynamo.Text(p.After.Buyer), ":until": dynamo.Millis(p.After.Until), ":now": dynamo.Millis(p.Now),
		":zero": dynamo.Number(0), ":one": dynamo.Number(1), ":ttl": kept(p.Now),
	}
	if p.After.Paying {
		expression += ", x = :paying"
		values[":paying"] = &types.AttributeValueMemberBOOL{Value: true}
	} else {
		expression += " REMOVE x"
	}
	return types.TransactWriteItem{Update: &types.Update{
		TableName: &s.seats, Key: seatKey(p.After.Zone, id), UpdateExpression: &expression,
		ConditionExpression: aws.String(
			"attribute_not_exists(o) AND (attribute_not_exists(h) OR h = :me OR u <= :now)"),
		ExpressionAttributeNames: ttlName, ExpressionAttributeValues: values,
		ReturnValuesOnConditionCheckFailure: allOld,
	}}
}

// giveUp ends a lock: the buyer must hold the seat and nobody have bought it.
func (s *Seats) giveUp(p seat.Plan, id string) types.TransactWriteItem {
	return types.TransactWriteItem{Update: &types.Update{
		TableName: &s.seats, Key: seatKey(p.After.Zone, id),
		UpdateExpression:    aws.String("SET #ttl = :ttl, v = v + :one, c = :now REMOVE h, u, x"),
		ConditionExpression: aws.String("h = :me AND attribute_not_exists(o)"), ExpressionAttributeNames: ttlName,
		ExpressionAttributeValues: dynamo.Item{
			":ttl": kept(p.Now),
			":me":  dynamo.Text(p.After.Buyer), ":one": dynamo.Number(1), ":now": dynamo.Millis(p.Now),
		},
		ReturnValuesOnConditionCheckFailure: allOld,
	}}
}
