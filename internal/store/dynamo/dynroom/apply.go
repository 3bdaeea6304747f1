package dynroom

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/store/dynamo"
)

// Apply implements bucket.Log.
func (l *Log) Apply(ctx context.Context, of bucket.Of, changes ...bucket.Change) error {
	if len(changes) == 0 {
		return nil
	}
	page, err := bucket.PageOf(changes)
	if err != nil {
		return dynamo.Failed(err, "change a page")
	}
	changes = asStored(changes)
	for range len(changes) + 1 {
		stands, isRefused, err := l.change(ctx, pageKey(of, page), changes)
		if err != nil || !isRefused {
			return dynamo.Failed(err, "change a page")
		}
		pending, err := remaining(stands, changes)
		if err != nil || len(pending) == 0 {
			return err
		}
		changes = pending // some were done before: make the others, again all or none
	}
	return problem.New(problem.Conflict, "the page keeps changing")
}

// asStored returns the changes with their times as the table keeps them, so that they compare with what is read.
func asStored(changes []bucket.Change) []bucket.Change {
	changes = slices.Clone(changes)
	for i, c := range changes {
		changes[i].Until = c.Until.Truncate(time.Millisecond)
		changes[i].FromUntil = c.FromUntil.Truncate(time.Millisecond)
	}
	return changes
}

// remaining returns the changes still to be made to the page that refused them.
func remaining(stands dynamo.Item, changes []bucket.Change) ([]bucket.Change, error) {
	if len(stands) == 0 {
		return nil, &bucket.StateError{}
	}
	_, p, err := DecodePage(stands)
	if err != nil {
		return nil, dynamo.Failed(err, "change a page")
	}
	return bucket.Pending(p, changes)
}

// change makes all changes in one conditional write. Where the condition fails it returns the item that stood in the
// way.
func (l *Log) change(
	ctx context.Context, key dynamo.Item, changes []bucket.Change,
) (stands dynamo.Item, isRefused bool, err error) {
	ex, err := changeExpression(changes)
	if err != nil {
		return nil, false, err
	}
	_, err = l.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &l.table, Key: key,
		UpdateExpression: ex.Update(), ConditionExpression: ex.Condition(),
		ExpressionAttributeNames: ex.Names(), ExpressionAttributeValues: ex.Values(),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if stands, isRefused = dynamo.Refused(err); isRefused {
		return stands, true, nil
	}
	return nil, false, err
}

// changeExpression states bucket.Change.Holds as a condition and bucket.Change.Of as an update, in plain words: each
// grant in question is still of the same visitor and in the state that was read, and, where the change says so, ends at
// the same time and has the same connection.
func changeExpression(changes []bucket.Change) (expression.Expression, error) {
	var holds []expression.ConditionBuilder
	var update expression.UpdateBuilder
	for _, c := range changes {
		grant := grantAt(c.Ref.Slot)
		holds = append(holds, grant.conditions(c)...)
		update = grant.update(update, c)
	}
	if slices.ContainsFunc(changes, bucket.Change.Reconnects) {
		update = update.Set(expression.Name(notifies), expression.Value(true))
	} else {
		update = update.Remove(expression.Name(notifies))
	}
	update = update.Add(expression.Name(changed), expression.Value(1))
	condition := expression.And(holds[0], holds[1], holds[2:]...)
	return expression.NewBuilder().WithCondition(condition).WithUpdate(update).Build()
}

// grantAt names the attributes of the grant in a slot.
type grantAt int

func (slot grantAt) name(attribute string) expression.NameBuilder {
	return expression.Name(fmt.Sprintf("g[%d].%s", slot, attribute))
}

// conditions returns two at least: the visitor whose grant it is, and its state.
func (slot grantAt) conditions(c bucket.Change) []expression.ConditionBuilder {
	holds := []expression.ConditionBuilder{
		slot.name("k").Equal(expression.Value(dynamo.Binary(c.Key))),
		slot.name("s").Equal(expression.Value(string(c.From))),
	}
	if !c.FromUntil.IsZero() {
		holds = append(holds, slot.name("u").Equal(expression.Value(dynamo.Millis(c.FromUntil))))
	}
	switch {
	case c.FromConn == nil:
		return holds
	case *c.FromConn == "":
		return append(holds, slot.name("c").AttributeNotExists())
	}
	return append(holds, slot.name("c").Equal(expression.Value(*c.FromConn)))
}

func (slot grantAt) update(u expression.UpdateBuilder, c bucket.Change) expression.UpdateBuilder {
	u = u.Set(slot.name("s"), expression.Value(string(c.To))).Set(slot.name("u"), expression.Value(dynamo.Millis(c.Until)))
	switch {
	case c.Conn == nil:
		return u
	case *c.Conn == "":
		return u.Remove(slot.name("c"))
	}
	return u.Set(slot.name("c"), expression.Value(*c.Conn))
}
