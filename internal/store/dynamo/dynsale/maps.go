package dynsale

import (
	"bytes"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"foyer/internal/problem"
	"foyer/internal/sale/currency"
	"foyer/internal/sale/venue"
	"foyer/internal/store/dynamo"
	"foyer/internal/store/dynamo/dynroom"
)

// overviewItem is the overview among a map's items; a section can't be called so.
const overviewItem = "~overview"

func mapKey(zone, name string) dynamo.Item {
	return dynamo.Item{"part": dynamo.Text(zone + "#~map"), "seat": dynamo.Text(name)}
}

// sectionItem is the name of a section's item: that of another section, or of another version of the map, is another.
// Names sort by version.
func sectionItem(version int64, p venue.Part) string {
	return mapVersion(version) + "." + p.ID + "." + p.Hash
}

func mapVersion(version int64) string { return fmt.Sprintf("%010d", version) }

// SaveMap implements venue.Store: a write for each section, under a name that means this section of this version, then
// the overview that names them, if it still has the version that was read. The map before it stays, for those who read
// its overview a moment ago; older ones are removed.
func (s *Seats) SaveMap(ctx context.Context, zone string, v venue.Venue, version int64) error {
	return s.ReplaceMap(ctx, zone, v, version, 0)
}

// ReplaceMap implements venue.Store.
func (s *Seats) ReplaceMap(ctx context.Context, zone string, v venue.Venue, version, settings int64) error {
	o := venue.NewOverview(v, version+1)
	overview, err := mapItem(zone, overviewItem, o)
	if err != nil {
		return err
	}
	overview["version"] = dynamo.Number(o.Version)
	items := make([]dynamo.Item, len(v.Sections))
	for i, section := range v.Sections {
		if items[i], err = mapItem(zone, sectionItem(o.Version, o.Sections[i]), section); err != nil {
			return err
		}
	}
	err = each(ctx, items, func(ctx context.Context, it dynamo.Item) error {
		_, err := s.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.seats, Item: it})
		return err
	})
	if err != nil {
		return dynamo.Failed(err, "write a map")
	}
	if err := s.saveOverview(ctx, zone, overview, o.Version, settings); err != nil {
		return err // what was written stays until it is swept: another map of this version may name the same sections
	}
	s.sweepMaps(ctx, zone, o.Version)
	return nil
}

// each calls do with every item, a few at a time.
func each[T any](ctx context.Context, items []T, do func(context.Context, T) error) error {
	group, doing := errgroup.WithContext(ctx)
	group.SetLimit(houseParallel)
	for _, it := range items {
		group.Go(func() error { return do(doing, it) })
	}
	return group.Wait()
}

// sweepMaps removes the sections of maps before the one that this version replaced, and what writes that failed left
// behind. What can't be removed now is found by the next map.
func (s *Seats) sweepMaps(ctx context.Context, zone string, version int64) {
	pages := dynamodb.NewQueryPaginator(s.client, &dynamodb.QueryInput{
		TableName: &s.seats, KeyConditionExpression: aws.String("part = :map AND seat < :version"),
		ProjectionExpression: aws.String("part, seat"),
		ExpressionAttributeValues: dynamo.Item{
			":map": mapKey(zone, "")["part"], ":version": dynamo.Text(mapVersion(version - 1)),
		},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return
		}
		err = each(ctx, out.Items, func(ctx context.Context, key map[string]types.AttributeValue) error {
			_, err := s.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.seats, Key: key})
			return err
		})
		if err != nil {
			return
		}
	}
}

// saveOverview writes an overview if the one before is still there, and, unless settings is 0, if the zone's settings
// have that version.
func (s *Seats) saveOverview(ctx context.Context, zone string, it dynamo.Item, version, settings int64) error {
	put := &types.Put{
		TableName: &s.seats, Item: it, ConditionExpression: aws.String("attribute_not_exists(version)"),
		ReturnValuesOnConditionCheckFailure: allOld,
	}
	if version > 1 {
		put.ConditionExpression = aws.String("version = :before")
		put.ExpressionAttributeValues = dynamo.Item{":before": dynamo.Number(version - 1)}
	}
	items := []types.TransactWriteItem{{Put: put}}
	if settings > 0 {
		items = append(items, types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
			TableName: &s.Zones, Key: dynroom.SettingsKey(zone), ConditionExpression: aws.String("version = :settings"),
			ExpressionAttributeValues: dynamo.Item{":settings": dynamo.Number(settings)},
		}})
	}
	reasons, err := s.transact(ctx, "write a map", items, nobody)
	if err != nil || reasons == nil {
		return err
	}
	stands, _ := conditionFailed(reasons, 0)
	there, _ := stands["data"].(*types.AttributeValueMemberB)
	ours, _ := it["data"].(*types.AttributeValueMemberB)
	if there != nil && bytes.Equal(there.Value, ours.Value) {
		return nil // our own write, whose answer was lost, or one of the very same map
	}
	return problem.New(problem.Conflict, "the map of zone %q, or the zone, changed meanwhile", zone)
}

// mapItem packs a part of a map.
func mapItem(zone, name string, part any) (dynamo.Item, error) {
	packed, err := venue.Pack(part)
	if err != nil {
		return nil, problem.New(problem.Invalid, "part %s of the map %v", name, err)
	}
	it := mapKey(zone, name)
	it["data"] = &types.AttributeValueMemberB{Value: packed}
	return it, nil
}

// Overview implements venue.Store.
func (s *Seats) Overview(ctx context.Context, zone string) (o venue.Overview, err error) {
	found, err := s.readMap(ctx, zone, overviewItem, &o)
	if err == nil && !found {
		err = venue.NoMapError(zone)
	}
	o.Digits = currency.Digits(o.Currency) // whatever is stored: there is one table
	return o, err
}

// Section implements venue.Store.
func (s *Seats) Section(ctx context.Context, zone string, o venue.Overview, id string) (venue.Section, error) {
	var section venue.Section
	part, named := o.Part(id)
	if !named {
		return section, venue.NoSectionError(id)
	}
	found, err := s.readMap(ctx, zone, sectionItem(o.Version, part), &section)
	if err == nil && !found {
		err = venue.NoSectionError(id)
	}
	return section, err
}

func (s *Seats) readMap(ctx context.Context, zone, name string, into any) (found bool, err error) {
	it, err := dynamo.Get(ctx, s.client, s.seats, mapKey(zone, name))
	if err != nil || len(it) == 0 {
		return false, dynamo.Failed(err, "read a map")
	}
	data, ok := it["data"].(*types.AttributeValueMemberB)
	if !ok {
		return false, dynamo.Failed(fmt.Errorf("the map's part %q has no data", name), "read a map")
	}
	return true, dynamo.Failed(venue.Unpack(data.Value, into), "read a map")
}
