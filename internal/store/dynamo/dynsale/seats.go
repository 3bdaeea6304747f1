package dynsale

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
	"foyer/internal/store/dynamo"
)

// kept returns the TTL attribute of what last changed at a time: of a seat, or of a hold, which says what was bought.
func kept(t time.Time) types.AttributeValue { return dynamo.Expiry(t, dynamo.KeepSale) }

// ttlName is the name that an expression needs for the attribute: its own is reserved.
var ttlName = map[string]string{"#ttl": "ttl"}

// Seats is seat.Store and venue.Store on DynamoDB. A seat is an item of its own, partition "<zone>#<section>", made
// when it is first touched; a hold is an item "hold" of its buyer; a map is an item per section and one for
// all, partition "<zone>#~map". topology.Items says what their attributes mean.
type Seats struct {
	client       *dynamodb.Client
	seats, holds string
	// Zones is the zones' table: ReplaceMap looks at a zone's settings in it.
	Zones string
	// Pause waits before a transaction that met another is tried again, for the n-th time from 1, longer each time and
	// never for the same time; nil: not at all. It returns the context's error.
	Pause func(ctx context.Context, n int) error
}

// NewSeats returns the seats and maps of every zone, kept in one table, and the holds, kept in another.
func NewSeats(client *dynamodb.Client, seats, holds string) *Seats {
	return &Seats{client: client, seats: seats, holds: holds}
}

var (
	_ seat.Store  = (*Seats)(nil)
	_ venue.Store = (*Seats)(nil)
)

func seatKey(zone, id string) dynamo.Item {
	return dynamo.Item{"part": dynamo.Text(zone + "#" + venue.SectionOf(id)), "seat": dynamo.Text(id)}
}

func holdKey(zone, buyer string) dynamo.Item {
	return dynamo.Item{"buyer": dynamo.Text(zone + "#" + buyer), "item": dynamo.Text("hold")}
}

// DecodeSeat takes a seat's item apart, as a table or its stream gives it, and returns its zone too. For items that are
// no seats, such as the maps', ok is false.
func DecodeSeat(it map[string]types.AttributeValue) (zone string, s seat.Seat, ok bool, err error) {
	r := dynamo.Reader{From: it}
	zone, section, _ := strings.Cut(r.Text("part"), "#")
	if strings.HasPrefix(section, "~") {
		return zone, s, false, r.Err
	}
	s = seat.Seat{ID: r.Text("seat"), Holder: r.Text("h"), Until: r.Time("u"), Paying: it["x"] != nil, Order: r.Text("o")}
	if it["v"] != nil {
		s.Version = r.Number("v")
	}
	if it["c"] != nil {
		s.Changed = r.Time("c")
	}
	return zone, s, r.Err == nil, r.Err
}

// decodeHold takes a hold's item apart; an empty item is a hold that never was.
func decodeHold(zone, buyer string, it dynamo.Item) (seat.Hold, error) {
	h := seat.Hold{Zone: zone, Buyer: buyer}
	if len(it) == 0 {
		return h, nil
	}
	r := dynamo.Reader{From: it}
	h.Seats, h.Freed = r.Set("seats"), r.Set("freed")
	h.Until, h.Since, h.Pace, h.Paying = r.Time("u"), r.Time("since"), r.Time("pace"), it["x"] != nil
	h.PayBy, h.OrderPace, h.Order = r.Time("payby"), r.Time("opace"), r.Text("latest")
	h.Version = r.Number("version")
	if it["bought"] != nil {
		h.Bought = int(r.Number("bought"))
	}
	h.BoughtAt = boughtAtOf(&r)
	for _, one := range r.Set("types") {
		if id, kind, _ := strings.Cut(one, " "); slices.Contains(h.Seats, id) {
			if h.Types == nil {
				h.Types = seat.Types{}
			}
			h.Types[id] = kind
		}
	}
	return h, r.Err
}

// boughtAt begins the names of the attributes that count the seats bought at each price type.
const boughtAt = "b:"

// boughtAtOf reads how many seats were bought at each price type.
func boughtAtOf(r *dynamo.Reader) (n map[string]int) {
	for name := range r.From {
		if kind, ok := strings.CutPrefix(name, boughtAt); ok {
			if n == nil {
				n = map[string]int{}
			}
			n[kind] = int(r.Number(name))
		}
	}
	return n
}

// typeSet returns price types as a set of strings, each a seat, a space and its type: so a settlement can take out
// those of its seats.
func typeSet(of seat.Types) types.AttributeValue {
	set := &types.AttributeValueMemberSS{}
	for id, kind := range of {
		set.Value = append(set.Value, id+" "+kind)
	}
	return set
}

// Hold implements seat.Store.
func (s *Seats) Hold(ctx context.Context, zone, buyer string) (seat.Hold, error) {
	it, err := dynamo.Get(ctx, s.client, s.holds, holdKey(zone, buyer))
	if err != nil {
		return seat.Hold{}, dynamo.Failed(err, "read a hold")
	}
	h, err := decodeHold(zone, buyer, it)
	return h, dynamo.Failed(err, "read a hold")
}

// Snapshot implements seat.Store. Reads are strongly consistent: a map that catches up is not told again of what it
// missed.
func (s *Seats) Snapshot(ctx context.Context, zone, section string) (seats []seat.Seat, err error) {
	pages := dynamodb.NewQueryPaginator(s.client, &dynamodb.QueryInput{
		TableName: &s.seats, ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("part = :part"),
		ExpressionAttributeValues: dynamo.Item{":part": dynamo.Text(zone + "#" + section)},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, dynamo.Failed(err, "read a section")
		}
		for _, it := range out.Items {
			_, one, ok, err := DecodeSeat(it)
			if err != nil {
				return nil, dynamo.Failed(err, "read a section")
			}
			if ok {
				seats = append(seats, one)
			}
		}
	}
	return seats, nil
}

// read reads single seats, consistently, side by side.
func (s *Seats) read(ctx context.Context, zone string, ids []string) ([]seat.Seat, error) {
	seats := make([]seat.Seat, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	for i, id := range ids {
		group.Go(func() error {
			it, err := dynamo.Get(ctx, s.client, s.seats, seatKey(zone, id))
			if err != nil || len(it) == 0 {
				return err
			}
			_, seats[i], _, err = DecodeSeat(it)
			return err
		})
	}
	return seats, group.Wait()
}
