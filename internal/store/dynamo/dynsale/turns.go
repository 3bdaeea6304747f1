package dynsale

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/sale/viewers"
	"foyer/internal/store/dynamo"
)

// A zone's turns are one item: when and by whom the last was taken, who waits for the next and until when, and for each
// section when a change in it was last noted.
const (
	turnPart = "~turn"
	notePart = "s:" // of an attribute's name; the section follows
	maxWaits = 4    // tries at a note while others take turns
)

func turnKey(zone string) dynamo.Item { return viewKey(zone, turnPart, turnPart) }

// noting returns the part of an update that notes sections, its names and its values.
func noting(by string, sections []string, now time.Time) (set string, names map[string]string, values dynamo.Item) {
	names = map[string]string{"#ttl": "ttl"}
	ttl := dynamo.Number(now.Add(forgotten).Unix())
	values = dynamo.Item{":by": dynamo.Text(by), ":now": dynamo.Millis(now), ":ttl": ttl}
	parts := []string{"#ttl = :ttl"}
	for i, section := range sections {
		name := fmt.Sprintf("#s%d", i)
		names[name] = notePart + section
		parts = append(parts, name+" = :now")
	}
	return strings.Join(parts, ", "), names, values
}

// Take implements viewers.Pace. The condition: the last turn is long enough ago, or by's own, and nobody else waits for
// the next, or no longer.
func (v *Viewers) Take(
	ctx context.Context, zone, by string, sections []string, now time.Time,
) (viewers.Turn, bool, error) {
	set, names, values := noting(by, sections, now)
	names["#at"], names["#by"] = "at", "by"
	values[":due"] = dynamo.Millis(now.Add(-viewers.Every))
	out, err := v.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &v.table, Key: turnKey(zone),
		UpdateExpression: aws.String("SET #at = :now, #by = :by, " + set + " REMOVE w, wu"),
		ConditionExpression: aws.String("(attribute_not_exists(#at) OR #at <= :due OR #by = :by) " +
			"AND (attribute_not_exists(w) OR w = :by OR wu <= :now)"),
		ExpressionAttributeNames: names, ExpressionAttributeValues: values, ReturnValues: types.ReturnValueAllOld,
		ReturnValuesOnConditionCheckFailure: allOld,
	})
	if _, isRefused := dynamo.Refused(err); isRefused {
		return viewers.Turn{}, false, nil
	}
	if err != nil {
		return viewers.Turn{}, false, dynamo.Failed(err, "take a zone's turn")
	}
	turn := viewers.Turn{Noted: map[string]time.Time{}}
	r := dynamo.Reader{From: out.Attributes}
	if out.Attributes["at"] != nil {
		turn.Last = r.Time("at")
	}
	for name := range out.Attributes {
		if section, found := strings.CutPrefix(name, notePart); found {
			turn.Noted[section] = r.Time(name)
		}
	}
	for _, section := range sections {
		turn.Noted[section] = time.UnixMilli(now.UnixMilli()).UTC()
	}
	return turn, true, dynamo.Failed(r.Err, "take a zone's turn")
}

// Wait implements viewers.Pace.
func (v *Viewers) Wait(
	ctx context.Context, zone, by string, sections []string, now time.Time,
) (time.Duration, bool, error) {
	set, names, values := noting(by, sections, now)
	values[":until"] = dynamo.Millis(now.Add(viewers.Every + viewers.WaitFor))
	for range maxWaits {
		// Taking the turn removes the waiter from the item, so a waiter that stands here still will see what is noted. First
		// become the waiter, where nobody else is one; otherwise note beside the one who is, whose time goes with them.
		for _, try := range []struct {
			set, condition string
			mine           bool
		}{
			{", w = :by, wu = :until", "attribute_not_exists(w) OR w = :by OR wu <= :now", true},
			{"", "wu > :now", false},
		} {
			out, err := v.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
				TableName: &v.table, Key: turnKey(zone), UpdateExpression: aws.String("SET " + set + try.set),
				ConditionExpression: &try.condition, ExpressionAttributeNames: names,
				ExpressionAttributeValues: used(values, set+try.set+try.condition), ReturnValues: types.ReturnValueAllNew,
			})
			if _, isRefused := dynamo.Refused(err); isRefused {
				continue
			}
			if err != nil {
				return 0, false, dynamo.Failed(err, "wait for a zone's turn")
			}
			r, wait := dynamo.Reader{From: out.Attributes}, time.Millisecond
			if out.Attributes["at"] != nil {
				wait = max(wait, r.Time("at").Add(viewers.Every).Sub(now))
			}
			return wait, try.mine, dynamo.Failed(r.Err, "wait for a zone's turn")
		}
	}
	return 0, false, dynamo.Busy("wait for a zone's turn")
}

// used returns the values that an expression names: the database takes no others.
func used(values dynamo.Item, expression string) dynamo.Item {
	some := dynamo.Item{}
	for name, value := range values {
		if strings.Contains(expression, name) {
			some[name] = value
		}
	}
	return some
}
