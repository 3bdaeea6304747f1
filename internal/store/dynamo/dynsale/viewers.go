package dynsale

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/sale/viewers"
	"foyer/internal/store/dynamo"
)

// Viewers is viewers.Store and viewers.Pace in one table. Beside a section's viewers lies until when it is quiet, so
// that both are read at once.
type Viewers struct {
	client *dynamodb.Client
	table  string
}

// NewViewers returns the viewers of every zone.
func NewViewers(client *dynamodb.Client, table string) *Viewers { return &Viewers{client, table} }

var (
	_ viewers.Store = (*Viewers)(nil)
	_ viewers.Pace  = (*Viewers)(nil)
)

const (
	paceItem  = "~pace" // connection ids have no tilde
	viewItem  = "~view"
	maxViews  = 4         // tries at a view while others are written
	forgotten = time.Hour // after which nobody needs a pace or a budget any more
)

func viewKey(zone, section, conn string) dynamo.Item {
	return dynamo.Item{"part": dynamo.Text(zone + "#" + section), "conn": dynamo.Text(conn)}
}

func connKey(conn string) dynamo.Item {
	return dynamo.Item{"part": dynamo.Text("~" + conn), "conn": dynamo.Text(viewItem)}
}

// Open implements viewers.Store.
func (v *Viewers) Open(ctx context.Context, zone, conn string, at time.Time) error {
	until := at.Add(viewers.Life)
	it := connKey(conn)
	it["zone"], it["at"] = dynamo.Text(zone), dynamo.Number(0)
	it["until"], it["ttl"] = dynamo.Millis(until), dynamo.Number(until.Unix())
	_, err := v.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &v.table, Item: it, ConditionExpression: aws.String("attribute_not_exists(part)"),
	})
	if _, isRefused := dynamo.Refused(err); isRefused {
		return nil
	}
	return dynamo.Failed(err, "open a map's connection")
}

// viewing is a connection's item.
type viewing struct {
	zone      string
	sections  []string
	at, until time.Time
	clock     time.Time            // of viewers.Paced
	raw       types.AttributeValue // of at, as read
}

func (v *Viewers) viewing(ctx context.Context, conn string) (viewing, error) {
	it, err := dynamo.Get(ctx, v.client, v.table, connKey(conn))
	if err != nil {
		return viewing{}, dynamo.Failed(err, "read a map's connection")
	}
	if len(it) == 0 {
		return viewing{}, viewers.ErrUnknown
	}
	r := dynamo.Reader{From: it}
	had := viewing{zone: r.Text("zone"), sections: r.Set("sections"), at: r.Time("at"), until: r.Time("until")}
	had.raw = it["at"]
	if _, paced := it["clock"]; paced {
		had.clock = r.Time("clock")
	}
	return had, dynamo.Failed(r.Err, "read a map's connection")
}

// View implements viewers.Store.
func (v *Viewers) View(ctx context.Context, conn string, sections []string, at time.Time) (string, error) {
	for range maxViews {
		had, err := v.viewing(ctx, conn)
		switch {
		case err != nil:
			return "", err
		case !had.until.After(at):
			return "", viewers.ErrUnknown
		case had.at.UnixMilli() > at.UnixMilli():
			return had.zone, nil
		}
		if had.at.UnixMilli() < at.UnixMilli() {
			var flood bool
			if had.clock, flood = viewers.Paced(had.clock, time.UnixMilli(at.UnixMilli())); flood {
				return "", viewers.ErrFlood
			}
		}
		in := &dynamodb.TransactWriteItemsInput{TransactItems: v.changes(conn, had, sections, at)}
		_, err = v.client.TransactWriteItems(ctx, in)
		var cancelled *types.TransactionCanceledException
		if err == nil {
			return had.zone, nil
		}
		if !errors.As(err, &cancelled) {
			return "", dynamo.Failed(err, "change a view")
		}
	}
	return "", dynamo.Busy("change a view")
}

// changes returns a view's transaction: the connection's item, which must be as it was read; the sections that are new;
// those that are left.
func (v *Viewers) changes(conn string, had viewing, sections []string, at time.Time) []types.TransactWriteItem {
	values := dynamo.Item{":at": dynamo.Millis(at), ":had": had.raw, ":clock": dynamo.Millis(had.clock)}
	update := "SET #at = :at, clock = :clock REMOVE sections"
	if len(sections) > 0 {
		update = "SET #at = :at, clock = :clock, sections = :s"
		values[":s"] = &types.AttributeValueMemberSS{Value: sections}
	}
	all := []types.TransactWriteItem{{Update: &types.Update{
		TableName: &v.table, Key: connKey(conn), UpdateExpression: &update, ConditionExpression: aws.String("#at = :had"),
		ExpressionAttributeNames: map[string]string{"#at": "at"}, ExpressionAttributeValues: values,
	}}}
	for _, section := range sections {
		if slices.Contains(had.sections, section) {
			continue
		}
		it := viewKey(had.zone, section, conn)
		it["until"], it["ttl"] = dynamo.Millis(had.until), dynamo.Number(had.until.Unix())
		all = append(all, types.TransactWriteItem{Put: &types.Put{TableName: &v.table, Item: it}})
	}
	for _, section := range had.sections {
		if !slices.Contains(sections, section) {
			left := &types.Delete{TableName: &v.table, Key: viewKey(had.zone, section, conn)}
			all = append(all, types.TransactWriteItem{Delete: left})
		}
	}
	return all
}

// Of implements viewers.Store.
func (v *Viewers) Of(ctx context.Context, zone, section string, now time.Time) (viewers.Audience, error) {
	var a viewers.Audience
	pages := dynamodb.NewQueryPaginator(v.client, &dynamodb.QueryInput{
		TableName: &v.table, KeyConditionExpression: aws.String("part = :part"),
		ExpressionAttributeValues: dynamo.Item{":part": dynamo.Text(zone + "#" + section)},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return viewers.Audience{}, dynamo.Failed(err, "read a section's viewers")
		}
		for _, it := range out.Items {
			r := dynamo.Reader{From: it}
			conn := r.Text("conn")
			if conn == paceItem {
				a.Quiet = r.Time("quiet")
			} else if r.Time("until").After(now) {
				a.Conns = append(a.Conns, conn)
			}
			if r.Err != nil {
				return viewers.Audience{}, dynamo.Failed(r.Err, "read a section's viewers")
			}
		}
	}
	return a, nil
}

// Gone implements viewers.Store.
func (v *Viewers) Gone(ctx context.Context, zone, section, conn string) error {
	_, err := v.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &v.table, Key: viewKey(zone, section, conn)})
	return dynamo.Failed(err, "forget a viewer")
}

// Spend implements viewers.Pace. The condition: this second's messages so far, n, leave room for these. A refusal by an
// item that by wrote last is a write whose reply was lost.
func (v *Viewers) Spend(ctx context.Context, by string, n, budget int, now time.Time) (bool, error) {
	if n > budget {
		return false, nil
	}
	second := dynamo.Text(strconv.FormatInt(now.Unix(), 10))
	_, err := v.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &v.table, Key: dynamo.Item{"part": dynamo.Text("~budget"), "conn": second},
		UpdateExpression:         aws.String("ADD n :n SET #ttl = :ttl, #by = :by"),
		ConditionExpression:      aws.String("attribute_not_exists(n) OR n <= :left"),
		ExpressionAttributeNames: map[string]string{"#ttl": "ttl", "#by": "by"},
		ExpressionAttributeValues: dynamo.Item{
			":n": dynamo.Number(int64(n)), ":left": dynamo.Number(int64(budget - n)),
			":by": dynamo.Text(by), ":ttl": dynamo.Number(now.Add(forgotten).Unix()),
		},
		ReturnValuesOnConditionCheckFailure: allOld,
	})
	if stands, isRefused := dynamo.Refused(err); isRefused {
		r := dynamo.Reader{From: stands}
		return r.Text("by") == by, nil
	}
	return err == nil, dynamo.Failed(err, "spend of the budget")
}

// Hush implements viewers.Pace.
func (v *Viewers) Hush(ctx context.Context, zone, section string, until time.Time) error {
	_, err := v.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &v.table, Key: viewKey(zone, section, paceItem),
		UpdateExpression:         aws.String("SET quiet = :until, #ttl = :ttl"),
		ExpressionAttributeNames: map[string]string{"#ttl": "ttl"},
		ExpressionAttributeValues: dynamo.Item{
			":until": dynamo.Millis(until), ":ttl": dynamo.Number(until.Add(forgotten).Unix()),
		},
	})
	return dynamo.Failed(err, "make a section quiet")
}
