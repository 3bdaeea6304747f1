package dynroom

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/store/dynamo"
)

// Index is bucket.Index on DynamoDB. Its items lie beside the pages, in partitions of their own; they carry no mark for
// the notifier's stream filter.
type Index struct {
	client *dynamodb.Client
	table  string
	now    func() time.Time
}

// NewIndex returns the index of every zone's log, kept in the log's table.
func NewIndex(client *dynamodb.Client, table string, now func() time.Time) *Index {
	return &Index{client: client, table: table, now: now}
}

var _ bucket.Index = (*Index)(nil)

// The conditions on which an item of the index is written: unless one of a lower page stands there, or of a higher one.
const (
	unlessLower  = "attribute_not_exists(p) OR p >= :p"
	unlessHigher = "attribute_not_exists(p) OR p <= :p"
)

func indexPart(of bucket.Of) string { return of.Zone + "#index" }

// latePart spreads what was called late as the pages are spread.
func latePart(of bucket.Of, v queue.VisitorID) string {
	return fmt.Sprintf("%s#late.%d", of.Zone, v.Shard(of.Shards))
}

// sortable is the first 15 bytes of a key as a number: as many as a number attribute can hold.
func sortable(bytes []byte) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: new(big.Int).SetBytes(bytes[:15]).String()}
}

// put writes an item that is of a page on a condition; that it isn't met is no error.
func (x *Index) put(ctx context.Context, it dynamo.Item, page int64, unless string) error {
	it["p"], it["ttl"] = dynamo.Number(page), dynamo.Expiry(x.now(), dynamo.KeepGrant)
	_, err := x.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &x.table, Item: it, ConditionExpression: &unless,
		ExpressionAttributeValues: dynamo.Item{":p": it["p"]},
	})
	if _, isRefused := dynamo.Refused(err); isRefused {
		return nil
	}
	return dynamo.Failed(err, "write to the log's index")
}

// Note implements bucket.Index.
func (x *Index) Note(ctx context.Context, of bucket.Of, n bucket.Note) error {
	top := n.Top()
	var keys []byte
	for _, key := range n.Tops {
		keys = append(keys, key[:]...)
	}
	return x.put(ctx, dynamo.Item{
		"part": dynamo.Text(indexPart(of)), "page": sortable(top[:]), "k": &types.AttributeValueMemberB{Value: keys},
	}, n.First, unlessLower)
}

// query reads the first item of an index's notes, from a number on or from the end.
func (x *Index) query(
	ctx context.Context, of bucket.Of, from types.AttributeValue, ascending bool,
) (n bucket.Note, found bool, err error) {
	out, err := x.client.Query(ctx, &dynamodb.QueryInput{
		TableName: &x.table, Limit: aws.Int32(1), ScanIndexForward: &ascending,
		KeyConditionExpression:    aws.String("part = :part AND page >= :from"),
		ExpressionAttributeValues: dynamo.Item{":part": dynamo.Text(indexPart(of)), ":from": from},
	})
	if err != nil || len(out.Items) == 0 {
		return n, false, dynamo.Failed(err, "read the log's index")
	}
	r := dynamo.Reader{From: out.Items[0]}
	n.First = r.Number("p")
	keys, _ := out.Items[0]["k"].(*types.AttributeValueMemberB)
	if keys == nil || len(keys.Value) == 0 || len(keys.Value)%len(queue.Key{}) > 0 {
		r.Fail("k", "some order keys")
		return n, false, dynamo.Failed(r.Err, "read the log's index")
	}
	for rest := keys.Value; len(rest) > 0; rest = rest[len(queue.Key{}):] {
		n.Tops = append(n.Tops, queue.Key(rest[:len(queue.Key{})]))
	}
	return n, r.Err == nil, dynamo.Failed(r.Err, "read the log's index")
}

// Noted implements bucket.Index.
func (x *Index) Noted(ctx context.Context, of bucket.Of, key queue.Key) (bucket.Note, bool, error) {
	return x.query(ctx, of, sortable(key[:]), true)
}

// LastNoted implements bucket.Index.
func (x *Index) LastNoted(ctx context.Context, of bucket.Of) (int64, error) {
	n, found, err := x.query(ctx, of, dynamo.Number(0), false)
	if err != nil || !found {
		return 0, err
	}
	return n.First + int64(len(n.Tops)) - 1, nil
}

func lateKey(of bucket.Of, v queue.VisitorID) dynamo.Item {
	return dynamo.Item{"part": dynamo.Text(latePart(of, v)), "page": sortable(v[:])}
}

// NoteLate implements bucket.Index.
func (x *Index) NoteLate(ctx context.Context, of bucket.Of, v queue.VisitorID, ref bucket.Ref) error {
	it := lateKey(of, v)
	it["o"] = dynamo.Number(int64(ref.Slot))
	return x.put(ctx, it, ref.Page, unlessHigher)
}

// Late implements bucket.Index.
func (x *Index) Late(ctx context.Context, of bucket.Of, v queue.VisitorID) (bucket.Ref, bool, error) {
	out, err := x.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &x.table, Key: lateKey(of, v)})
	if err != nil || len(out.Item) == 0 {
		return bucket.Ref{}, false, dynamo.Failed(err, "read the log's index")
	}
	r := dynamo.Reader{From: out.Item}
	ref := bucket.Ref{Page: r.Number("p"), Slot: int(r.Number("o"))}
	return ref, r.Err == nil, dynamo.Failed(r.Err, "read the log's index")
}
