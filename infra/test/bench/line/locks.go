package line

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"foyer/infra/test/bench/measure"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/sale/choose"
	"foyer/internal/sale/seatmap"
	"foyer/internal/sale/venue"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/store/dynamo/dynsale"
)

// Locks compares buyers that each lock a seat with the same transactions, bare, by the same client on the same tables,
// in rounds that take turns. Locking looks at the grant and at the hold first: a bare transaction doesn't.
func Locks(ctx context.Context, e *measure.Env) ([]measure.Row, error) {
	db, err := e.Tables(ctx)
	if err != nil {
		return nil, err
	}
	rounds, each := measure.Pick(e, 31, 3), measure.Pick(e, 192, 96)
	r := &lockRace{each: each, began: time.Now().Truncate(time.Millisecond), client: db.Client(), prefix: db.Prefix}
	if err := r.prepare(ctx, e, db, (rounds+1)*each); err != nil {
		return nil, err
	}
	return r.rounds(ctx, rounds)
}

type lockRace struct {
	zone    zone.Settings
	client  *dynamodb.Client
	prefix  string
	service *choose.Service
	began   time.Time
	each    int // of a round
	seats   []string
	locked  atomic.Int64 // by the service
	bare    atomic.Int64
}

// prepare makes a zone with n visitors inside and a map with twice as many seats.
func (r *lockRace) prepare(ctx context.Context, e *measure.Env, db *measure.Database, n int) error {
	raw, err := os.ReadFile(filepath.Join(e.Root, "testdata", "venues", "arena-50000.json"))
	if err != nil {
		return err
	}
	arena, err := venue.Parse(raw)
	if err != nil {
		return err
	}
	for _, s := range arena.Sections {
		for _, row := range s.Rows {
			for _, one := range row.Seats {
				if !one.Companion { // which nobody has alone
					r.seats = append(r.seats, one.ID)
				}
			}
		}
	}
	if len(r.seats) < 2*n {
		return fmt.Errorf("%d seats are too few", len(r.seats))
	}
	r.zone = zone.New("main")
	r.zone.SeatsPerBuyer = 4
	all, store := storesOf(db), dynsale.NewSeats(r.client, r.prefix+"seats", r.prefix+"holds")
	if err := all.zones.SaveSettings(ctx, r.zone); err != nil {
		return err
	}
	if err := store.SaveMap(ctx, r.zone.Zone, arena, 0); err != nil {
		return err
	}
	r.service = &choose.Service{
		Settings: &zone.Cache{Store: all.zones, Now: time.Now}, Log: dynroom.NewLog(r.client, r.prefix+"grants"),
		Seats: store,
		Maps:  &seatmap.Maps{Store: store, Now: time.Now}, Pick: func(int) int { return 0 }, Now: time.Now,
	}
	return r.letIn(ctx, n)
}

// letIn fills pages of the log with visitors inside.
func (r *lockRace) letIn(ctx context.Context, n int) error {
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(registerClients)
	for number := int64(1); int(number-1)*bucket.PageSize < n; number++ {
		page := bucket.Page{Number: number, At: r.began}
		for slot := range bucket.PageSize {
			who := r.buyer(int(number-1)*bucket.PageSize + slot)
			key := queue.NewKey(queue.DefaultPriority, 0, uint64(r.began.UnixMilli()), who.ID)
			page.Grants = append(page.Grants, bucket.Grant{Key: key, State: bucket.Inside, Until: r.began.Add(time.Hour)})
		}
		group.Go(func() error { return r.service.Log.Append(within, r.zone.Grants(), page) })
	}
	return group.Wait()
}

// buyer is the n-th, from 0.
func (r *lockRace) buyer(n int) token.Access {
	return token.Access{Zone: r.zone.Zone, ID: visitorID(n),
		Ref: bucket.Ref{Page: int64(n/bucket.PageSize) + 1, Slot: n % bucket.PageSize}}
}

// rounds takes the median of the ratios, after a round of each that doesn't count.
func (r *lockRace) rounds(ctx context.Context, n int) ([]measure.Row, error) {
	var ratios, speeds []float64
	for i := range n + 1 {
		var speed [2]float64 // ours, bare; each goes first as often as the other
		for k := range speed {
			which := (k + i) % 2
			var err error
			if speed[which], err = pace(ctx, r.each, []func(context.Context) error{r.lock, r.transact}[which]); err != nil {
				return nil, err
			}
		}
		if i > 0 {
			ratios, speeds = append(ratios, speed[0]/speed[1]), append(speeds, speed[0])
		}
	}
	slices.Sort(ratios)
	slices.Sort(speeds)
	return []measure.Row{measure.AtLeast("locks a second, as part of bare transactions", 0.7, ratios[n/2], "").With(
		"a buyer's first seat: hold and seat in one transaction, after looking at the grant and the hold; median of %d "+
			"rounds of %d that took turns, %d under way; from %.2f to %.2f; on this machine %.0f locks a second",
		n, r.each, registerClients, ratios[0], ratios[n-1], speeds[n/2])}, nil
}

// pace returns how many of n calls were made a second.
func pace(ctx context.Context, n int, call func(context.Context) error) (float64, error) {
	began := time.Now()
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(registerClients)
	for range n {
		group.Go(func() error { return call(within) })
	}
	err := group.Wait()
	return float64(n) / time.Since(began).Seconds(), err
}

func (r *lockRace) lock(ctx context.Context) error {
	n := int(r.locked.Add(1)) - 1
	_, err := r.service.Choose(ctx, r.buyer(n), []string{r.seats[n]})
	return err
}

// transact makes the same transaction with nothing around it: the same updates of the same items on the same
// conditions.
func (r *lockRace) transact(ctx context.Context) error {
	n := int(r.bare.Add(1)) - 1
	id, buyer := r.seats[len(r.seats)-1-n], visitorID(1_000_000+n).String()
	now := time.Now()
	until := numeral(now.Add(choose.LockFor).UnixMilli())
	_, err := r.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Update: &types.Update{
			TableName: aws.String(r.prefix + "holds"),
			Key:       map[string]types.AttributeValue{"buyer": text(r.zone.Zone + "#" + buyer), "item": text("hold")},
			UpdateExpression: aws.String("SET version = :next, #ttl = :ttl, seats = :seats, u = :u, since = :since, " +
				"pace = :pace REMOVE x"),
			ConditionExpression:      aws.String("attribute_not_exists(version)"),
			ExpressionAttributeNames: map[string]string{"#ttl": "ttl"},
			ExpressionAttributeValues: map[string]types.AttributeValue{
				":next": numeral(1), ":ttl": numeral(now.Unix()), ":seats": &types.AttributeValueMemberSS{Value: []string{id}},
				":u": until, ":since": numeral(now.UnixMilli()), ":pace": until,
			},
			ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		}},
		{Update: &types.Update{
			TableName: aws.String(r.prefix + "seats"),
			Key: map[string]types.AttributeValue{
				"part": text(r.zone.Zone + "#" + venue.SectionOf(id)), "seat": text(id),
			},
			UpdateExpression:    aws.String("SET h = :me, u = :until, c = :now, v = if_not_exists(v, :zero) + :one REMOVE x"),
			ConditionExpression: aws.String("attribute_not_exists(o) AND (attribute_not_exists(h) OR h = :me OR u <= :now)"),
			ExpressionAttributeValues: map[string]types.AttributeValue{
				":me": text(buyer), ":until": until, ":now": numeral(now.UnixMilli()), ":zero": numeral(0), ":one": numeral(1),
			},
			ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		}},
	}})
	return err
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func numeral(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}
