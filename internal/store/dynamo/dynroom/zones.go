package dynroom

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"foyer/internal/problem"
	"foyer/internal/room/event"
	"foyer/internal/room/rules"
	"foyer/internal/room/zone"
	"foyer/internal/store/dynamo"
)

// Zones is zone.Store on DynamoDB: settings, event, status and census of a zone are an item each.
type Zones struct {
	client *dynamodb.Client
	table  string
}

// NewZones returns the settings, status, census and leases of every zone, kept in table.
func NewZones(client *dynamodb.Client, table string) *Zones {
	return &Zones{client: client, table: table}
}

var (
	_ zone.Store  = (*Zones)(nil)
	_ rules.Store = (*Zones)(nil)
)

func zoneKey(name, kind string) dynamo.Item {
	return dynamo.Item{"zone": dynamo.Text(name), "item": dynamo.Text(kind)}
}

// SettingsKey returns the key of a zone's settings, for transactions on the condition that their version stands.
func SettingsKey(zone string) dynamo.Item { return zoneKey(zone, settingsItem) }

// read reads one item of a zone consistently into record; found is false when there is none.
func (z *Zones) read(ctx context.Context, name, kind string, record any) (found bool, err error) {
	it, err := dynamo.Get(ctx, z.client, z.table, zoneKey(name, kind))
	if err == nil && len(it) > 0 {
		found, err = true, attributevalue.UnmarshalMap(it, record)
	}
	return found, dynamo.Failed(err, "read the "+kind)
}

// Settings implements zone.Store.
func (z *Zones) Settings(ctx context.Context, name string) (zone.Settings, error) {
	var record settingsRecord
	found, err := z.read(ctx, name, settingsItem, &record)
	if err == nil && !found {
		err = problem.New(problem.UnknownZone, "there is no zone %q", name)
	}
	if err != nil {
		return zone.Settings{}, err
	}
	return record.settings(), nil
}

// List implements zone.Store.
func (z *Zones) List(ctx context.Context) ([]zone.Settings, error) {
	scan := dynamodb.NewScanPaginator(z.client, &dynamodb.ScanInput{
		TableName: &z.table, FilterExpression: aws.String("#item = :settings"),
		ExpressionAttributeNames:  map[string]string{"#item": "item"},
		ExpressionAttributeValues: dynamo.Item{":settings": dynamo.Text(settingsItem)},
	})
	var all []zone.Settings
	for scan.HasMorePages() {
		out, err := scan.NextPage(ctx)
		if err != nil {
			return nil, dynamo.Failed(err, "list the zones")
		}
		var records []settingsRecord
		if err := attributevalue.UnmarshalListOfMaps(out.Items, &records); err != nil {
			return nil, dynamo.Failed(err, "list the zones")
		}
		for _, r := range records {
			all = append(all, r.settings())
		}
	}
	slices.SortFunc(all, func(a, b zone.Settings) int { return strings.Compare(a.Zone, b.Zone) })
	return all, nil
}

// SaveSettings implements zone.Store.
func (z *Zones) SaveSettings(ctx context.Context, s zone.Settings) error {
	return saveVersion(ctx, z, newSettingsRecord(s), s.Version)
}

// Remove implements zone.Store, in one transaction. The condition: the settings are of that version still, or gone.
func (z *Zones) Remove(ctx context.Context, s zone.Settings) error {
	var items []types.TransactWriteItem
	for _, kind := range []string{settingsItem, statusItem, censusItem, eventItem} {
		items = append(items, types.TransactWriteItem{Delete: &types.Delete{TableName: &z.table, Key: zoneKey(s.Zone, kind)}})
	}
	items[0].Delete.ConditionExpression = aws.String("attribute_not_exists(version) OR version = :version")
	items[0].Delete.ExpressionAttributeValues = dynamo.Item{":version": dynamo.Number(s.Version)}
	_, err := z.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: items})
	var cancelled *types.TransactionCanceledException
	if errors.As(err, &cancelled) {
		return problem.New(problem.Conflict, "the zone changed meanwhile")
	}
	return dynamo.Failed(err, "remove a zone")
}

// Event implements event.Store.
func (z *Zones) Event(ctx context.Context, name string) (event.Event, error) {
	var record eventRecord
	if found, err := z.read(ctx, name, eventItem, &record); err != nil || !found {
		return event.Event{Zone: name}, err
	}
	e, err := event.Decode(record.Data)
	return e, dynamo.Failed(err, "read the event")
}

// SaveEvent implements event.Store.
func (z *Zones) SaveEvent(ctx context.Context, e event.Event) error {
	return saveVersion(ctx, z, eventRecord{itemKey{e.Zone, eventItem}, e.Version, e.Encode()}, e.Version)
}

// Status implements zone.Store. It reads two items side by side.
func (z *Zones) Status(ctx context.Context, name string) (zone.Status, error) {
	var state statusRecord
	var count censusRecord
	group, reading := errgroup.WithContext(ctx)
	group.Go(func() error {
		_, err := z.read(reading, name, statusItem, &state)
		return err
	})
	group.Go(func() error {
		_, err := z.read(reading, name, censusItem, &count)
		return err
	})
	if err := group.Wait(); err != nil {
		return zone.Status{}, err
	}
	status, err := state.status()
	status.Zone, status.Census = name, count.census()
	return status, dynamo.Failed(err, "read the status")
}

// SaveStatus implements zone.Store.
func (z *Zones) SaveStatus(ctx context.Context, s zone.Status) error {
	return saveVersion(ctx, z, newStatusRecord(s), s.Version)
}

// saveVersion writes record if the stored version is the one before. If the stored record is this very one, an earlier
// attempt landed, which is success.
func saveVersion[R comparable](ctx context.Context, z *Zones, record R, version int64) error {
	before := expression.Name("version").Equal(expression.Value(version - 1))
	if version == 1 {
		before = expression.Name("version").AttributeNotExists()
	}
	stands, err := z.put(ctx, record, before)
	if err != nil || stands == nil {
		return err
	}
	var there R
	if err := attributevalue.UnmarshalMap(stands, &there); err != nil {
		return dynamo.Failed(err, "compare a version")
	}
	if there == record {
		return nil
	}
	return problem.New(problem.Conflict, "the zone changed meanwhile")
}

// put writes record on a condition. Where that fails it returns the item that stands, empty when there is none.
func (z *Zones) put(
	ctx context.Context, record any, condition expression.ConditionBuilder,
) (stands dynamo.Item, err error) {
	it, err := attributevalue.MarshalMap(record)
	if err != nil {
		return nil, dynamo.Failed(err, "write a zone")
	}
	ex, err := expression.NewBuilder().WithCondition(condition).Build()
	if err != nil {
		return nil, dynamo.Failed(err, "write a zone")
	}
	_, err = z.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &z.table, Item: it, ConditionExpression: ex.Condition(),
		ExpressionAttributeNames: ex.Names(), ExpressionAttributeValues: ex.Values(),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	stands, isRefused := dynamo.Refused(err)
	if !isRefused {
		return nil, dynamo.Failed(err, "write a zone")
	}
	if stands == nil {
		stands = dynamo.Item{}
	}
	return stands, nil
}

// SaveCensus implements zone.Store. The condition: there is no census yet, or an older one.
func (z *Zones) SaveCensus(ctx context.Context, name string, c zone.Census) error {
	at := expression.Name("at")
	isNewer := at.AttributeNotExists().Or(at.LessThan(expression.Value(c.At.UnixMilli())))
	_, err := z.put(ctx, newCensusRecord(name, c), isNewer)
	return err
}

// Rules implements rules.Store.
func (z *Zones) Rules(ctx context.Context) (rules.Set, error) {
	var record rulesRecord
	if _, err := z.read(ctx, rules.Name, rulesItem, &record); err != nil {
		return rules.Set{}, err
	}
	set, err := record.set()
	return set, dynamo.Failed(err, "read the rules")
}

// SaveRules implements rules.Store.
func (z *Zones) SaveRules(ctx context.Context, s rules.Set) error {
	return saveVersion(ctx, z, newRulesRecord(s), s.Version)
}

// Lease implements zone.Store. The condition: nobody holds the lease, or a run that started earlier, or this very run,
// or one whose clock is ahead.
func (z *Zones) Lease(ctx context.Context, name, run string, started, now time.Time) (zone.Lease, error) {
	out, err := z.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &z.table, Key: leaseKey(name),
		UpdateExpression: aws.String("SET #run = :run, #started = :started, beat = :now"),
		ConditionExpression: aws.String(
			"attribute_not_exists(#run) OR #started < :started OR #run = :run OR #started > :ahead"),
		ExpressionAttributeNames: map[string]string{"#run": "run", "#started": "started"},
		ExpressionAttributeValues: dynamo.Item{
			":run": dynamo.Text(run), ":started": dynamo.Millis(started),
			":now": dynamo.Millis(now), ":ahead": dynamo.Millis(now.Add(zone.MaxSkew)),
		},
		ReturnValues:                        types.ReturnValueAllNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	item, isRefused := dynamo.Refused(err)
	switch {
	case err != nil && !isRefused:
		return zone.Lease{}, dynamo.Failed(err, "take the lease")
	case !isRefused:
		item = out.Attributes
	}
	r := dynamo.Reader{From: item}
	stands := zone.Lease{Owner: r.Text("run"), Beat: r.Time("beat")}
	if stands.Owner == "" {
		return zone.Lease{}, dynamo.Failed(errors.Join(r.Err, fmt.Errorf("lease %q has no owner", name)), "take the lease")
	}
	return stands, nil
}
