package dynsale

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"foyer/internal/problem"
	"foyer/internal/sale/currency"
	"foyer/internal/sale/venue"
	"foyer/internal/store/dynamo"
)

// overviewItem is the overview among a map's items; a section can't be called so.
const overviewItem = "~overview"

// maxMap is the most bytes of JSON that a stored map may unpack to.
const maxMap = 32 << 20

func mapKey(zone, name string) dynamo.Item {
	return dynamo.Item{"part": dynamo.Text(zone + "#~map"), "seat": dynamo.Text(name)}
}

// SaveMap implements venue.Store: a write for each section, then the overview if it still has the version that was
// read.
func (s *Seats) SaveMap(ctx context.Context, zone string, v venue.Venue, version int64) error {
	group, writing := errgroup.WithContext(ctx)
	group.SetLimit(houseParallel)
	for _, section := range v.Sections {
		group.Go(func() error {
			it, err := mapItem(zone, section.ID, section)
			if err != nil {
				return err
			}
			_, err = s.client.PutItem(writing, &dynamodb.PutItemInput{TableName: &s.seats, Item: it})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return dynamo.Failed(err, "write a map")
	}
	return s.saveOverview(ctx, zone, venue.NewOverview(v, version+1))
}

func (s *Seats) saveOverview(ctx context.Context, zone string, o venue.Overview) error {
	it, err := mapItem(zone, overviewItem, o)
	if err != nil {
		return dynamo.Failed(err, "write a map")
	}
	it["version"] = dynamo.Number(o.Version)
	in := &dynamodb.PutItemInput{
		TableName: &s.seats, Item: it, ConditionExpression: aws.String("attribute_not_exists(version)"),
		ReturnValuesOnConditionCheckFailure: allOld,
	}
	if o.Version > 1 {
		in.ConditionExpression = aws.String("version = :before")
		in.ExpressionAttributeValues = dynamo.Item{":before": dynamo.Number(o.Version - 1)}
	}
	_, err = s.client.PutItem(ctx, in)
	stands, isRefused := dynamo.Refused(err)
	if !isRefused {
		return dynamo.Failed(err, "write a map")
	}
	there, ours := stands["data"].(*types.AttributeValueMemberB), it["data"].(*types.AttributeValueMemberB)
	if there != nil && bytes.Equal(there.Value, ours.Value) {
		return nil
	}
	return problem.New(problem.Conflict, "the map of zone %q changed meanwhile", zone)
}

// mapItem packs a part of a map: one item holds 400 KB.
func mapItem(zone, name string, part any) (dynamo.Item, error) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if err := json.NewEncoder(w).Encode(part); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	it := mapKey(zone, name)
	it["data"] = &types.AttributeValueMemberB{Value: packed.Bytes()}
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
func (s *Seats) Section(ctx context.Context, zone, id string) (section venue.Section, err error) {
	found, err := s.readMap(ctx, zone, id, &section)
	if err == nil && (!found || id == overviewItem) {
		return venue.Section{}, venue.NoSectionError(id)
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
	r, err := gzip.NewReader(bytes.NewReader(data.Value))
	if err != nil {
		return false, dynamo.Failed(err, "read a map")
	}
	return true, dynamo.Failed(json.NewDecoder(io.LimitReader(r, maxMap)).Decode(into), "read a map")
}
