package dynroom

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"foyer/internal/room/bucket"
	"foyer/internal/store/dynamo"
)

// Log is bucket.Log on DynamoDB: an item per page, partition "<zone>#<page mod shards>".
type Log struct {
	client *dynamodb.Client
	table  string
	limit  *int32 // pages a query reads at once; nil: as many as fit, 1 MB. Tests make it small.
}

// NewLog returns the grant pages of every zone, kept in table.
func NewLog(client *dynamodb.Client, table string) *Log {
	return &Log{client: client, table: table}
}

var _ bucket.Log = (*Log)(nil)

// Get implements bucket.Log.
func (l *Log) Get(ctx context.Context, of bucket.Of, page int64) (bucket.Page, bool, error) {
	it, err := dynamo.Get(ctx, l.client, l.table, pageKey(of, page))
	if err != nil || len(it) == 0 {
		return bucket.Page{}, false, dynamo.Failed(err, "read a page")
	}
	_, p, err := DecodePage(it)
	return p, err == nil, dynamo.Failed(err, "read a page")
}

// Append implements bucket.Log.
func (l *Log) Append(ctx context.Context, of bucket.Of, p bucket.Page) error {
	_, err := l.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &l.table, Item: EncodePage(of, p),
		ConditionExpression:                 aws.String("attribute_not_exists(part)"), // nobody appended this number
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	stands, isRefused := dynamo.Refused(err)
	if !isRefused {
		return dynamo.Failed(err, "append a page")
	}
	_, there, err := DecodePage(stands)
	if err != nil {
		return dynamo.Failed(err, "append a page")
	}
	_, mine, err := DecodePage(EncodePage(of, p)) // times as they are stored
	if err == nil && bucket.SamePage(there, mine) {
		return nil
	}
	return bucket.ErrPageExists
}

// Read implements bucket.Log.
func (l *Log) Read(ctx context.Context, of bucket.Of, from int64) ([]bucket.Page, error) {
	pages, err := readUp(ctx, l, of, from, "", wholePage)
	return pages, dynamo.Failed(err, "read pages")
}

// Stands implements bucket.Log.
func (l *Log) Stands(ctx context.Context, of bucket.Of, from int64) ([]bucket.Stand, error) {
	stands, err := readUp(ctx, l, of, from, "page, "+changed, standOf)
	return stands, dynamo.Failed(err, "read how pages stand")
}

// read is what is read of a page.
type read interface{ bucket.Page | bucket.Stand }

// numberOf returns the number of the page that something was read of.
func numberOf[P read](p P) int64 {
	switch p := any(p).(type) {
	case bucket.Page:
		return p.Number
	case bucket.Stand:
		return p.Number
	}
	return 0
}

func wholePage(it dynamo.Item) (bucket.Page, error) {
	_, p, err := DecodePage(it)
	return p, err
}

func standOf(it dynamo.Item) (bucket.Stand, error) {
	r := dynamo.Reader{From: it}
	stand := bucket.Stand{Number: r.Number("page")}
	if it[changed] != nil {
		stand.Changes = r.Number(changed)
	}
	return stand, r.Err
}

// readUp reads every page from a number on, or some of its attributes.
func readUp[P read](
	ctx context.Context, l *Log, of bucket.Of, from int64, only string, decode func(dynamo.Item) (P, error),
) ([]P, error) {
	bottom := max(from, 1)
	read := func(below int64) ([]P, error) {
		return parts(ctx, l, of, span{from: bottom, to: below - 1, ascending: true, only: only}, decode)
	}
	return settle(read, func(pages []P) bool { return numberOf(pages[0]) == bottom })
}

// ReadBack implements bucket.Log.
func (l *Log) ReadBack(ctx context.Context, of bucket.Of, before int64, limit int) ([]bucket.Page, error) {
	if limit <= 0 {
		return nil, nil
	}
	if before <= 0 {
		before = math.MaxInt64
	}
	read := func(below int64) ([]bucket.Page, error) {
		return parts(ctx, l, of, span{to: min(before, below) - 1, limit: limit}, wholePage)
	}
	pages, err := settle(read, func(pages []bucket.Page) bool { return pages[0].Number == 1 || len(pages) == limit })
	slices.Reverse(pages)
	return pages, dynamo.Failed(err, "read pages backwards")
}

// settle reads pages so that none that was appended meanwhile leaves a gap below another. Partitions are read side by
// side, so one may be read before a page is appended to it and another after the page that followed. But pages are
// appended in order, so all pages below one that was seen are there when a second reading begins: what that still
// misses was deleted by its time to live, long ago. bottomed reports whether pages begin where they should.
func settle[P read](read func(below int64) ([]P, error), bottomed func([]P) bool) ([]P, error) {
	pages, err := read(math.MaxInt64)
	if err != nil || len(pages) == 0 || contiguous(pages) && bottomed(pages) {
		return pages, err
	}
	return read(numberOf(pages[len(pages)-1]) + 1)
}

// contiguous reports whether pages, in order, leave out no number.
func contiguous[P read](pages []P) bool {
	return numberOf(pages[len(pages)-1])-numberOf(pages[0]) == int64(len(pages)-1)
}

// span is a range of page numbers, both ends included, read up or down.
type span struct {
	from, to  int64
	ascending bool
	limit     int    // most pages; 0: all
	only      string // the attributes to read; empty: all
}

// parts reads a span of every partition, side by side, and returns the pages in order.
func parts[P read](
	ctx context.Context, l *Log, of bucket.Of, s span, decode func(dynamo.Item) (P, error),
) ([]P, error) {
	found := make([][]P, max(of.Shards, 1))
	group, ctx := errgroup.WithContext(ctx)
	for i := range found {
		group.Go(func() (err error) {
			found[i], err = part(ctx, l, partName(of, int64(i)), s.share(len(found)), decode)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	pages := slices.Concat(found...)
	slices.SortFunc(pages, func(a, b P) int { return cmp.Compare(numberOf(a), numberOf(b)) })
	if over := len(pages) - s.limit; s.limit > 0 && over > 0 {
		pages = pages[over:]
	}
	return pages, nil
}

// share returns what to read of each of n partitions: pages lie in turn in each.
func (s span) share(n int) span {
	s.limit = (s.limit + n - 1) / n
	return s
}

// part reads a span of one partition.
func part[P read](
	ctx context.Context, l *Log, part string, s span, decode func(dynamo.Item) (P, error),
) (pages []P, err error) {
	input := &dynamodb.QueryInput{
		TableName: &l.table, ConsistentRead: aws.Bool(true), ScanIndexForward: &s.ascending, Limit: l.limit,
		KeyConditionExpression: aws.String("part = :part AND page BETWEEN :from AND :to"),
		ExpressionAttributeValues: dynamo.Item{
			":part": dynamo.Text(part), ":from": dynamo.Number(s.from), ":to": dynamo.Number(s.to),
		},
	}
	if s.limit > 0 {
		input.Limit = aws.Int32(int32(s.limit))
	}
	if s.only != "" {
		input.ProjectionExpression = &s.only
	}
	for {
		out, err := l.client.Query(ctx, input)
		if err != nil {
			return nil, err
		}
		for _, it := range out.Items {
			p, err := decode(it)
			if err != nil {
				return nil, err
			}
			pages = append(pages, p)
		}
		if len(out.LastEvaluatedKey) == 0 || s.limit > 0 && len(pages) >= s.limit {
			return pages, nil
		}
		input.ExclusiveStartKey = out.LastEvaluatedKey
	}
}
