package line

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/infra/test/bench/measure"
	"foyer/internal/room/queue"
	"foyer/internal/room/register"
	"foyer/internal/room/zone"
)

// registerClients is the number of writes under way at once.
const registerClients = 16

// Registrations compares the service with bare conditional puts of the same item by the same client on the same
// table, in rounds that take turns.
func Registrations(ctx context.Context, e *measure.Env) ([]measure.Row, error) {
	db, err := e.Tables(ctx)
	if err != nil {
		return nil, err
	}
	z := zone.New("main")
	z.QueueShards = 16
	client := db.Client()
	s := race{zone: z, table: db.Prefix + "queue", client: client, began: time.Now()}
	places := storesOf(db).queue
	s.service = &register.Service{
		Settings: &zone.Cache{Store: storesOf(db).zones, Now: time.Now}, Queue: places, Seed: seedOf, Now: time.Now,
	}
	if err := storesOf(db).zones.SaveSettings(ctx, z); err != nil {
		return nil, err
	}
	return s.rounds(ctx, measure.Pick(e, 9, 3), measure.Pick(e, 1500*time.Millisecond, 700*time.Millisecond))
}

type race struct {
	zone    zone.Settings
	table   string
	client  *dynamodb.Client
	service *register.Service
	began   time.Time
	made    atomic.Int64
}

// rounds takes the median of the ratios, after a round of each that doesn't count.
func (s *race) rounds(ctx context.Context, n int, each time.Duration) ([]measure.Row, error) {
	var ratios, speeds []float64
	for i := range n + 1 {
		ours, err := speed(ctx, each, s.register)
		if err != nil {
			return nil, err
		}
		bare, err := speed(ctx, each, s.put)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			ratios, speeds = append(ratios, ours/bare), append(speeds, ours)
		}
	}
	slices.Sort(ratios)
	slices.Sort(speeds)
	return []measure.Row{measure.AtLeast("registrations a second, as part of bare conditional puts", 0.7,
		ratios[n/2], "").With(
		"median of %d rounds that took turns, %d writes under way; from %.2f to %.2f; on this machine %.0f "+
			"registrations a second",
		n, registerClients, ratios[0], ratios[n-1], speeds[n/2])}, nil
}

// speed returns how many writes a second were made.
func speed(ctx context.Context, d time.Duration, write func(context.Context) error) (float64, error) {
	var done atomic.Int64
	var fault atomic.Pointer[error]
	var all sync.WaitGroup
	began := time.Now()
	for range registerClients {
		all.Go(func() {
			for time.Since(began) < d && fault.Load() == nil {
				if err := write(ctx); err != nil {
					fault.Store(&err)
					return
				}
				done.Add(1)
			}
		})
	}
	all.Wait()
	if err := fault.Load(); err != nil {
		return 0, *err
	}
	return float64(done.Load()) / time.Since(began).Seconds(), nil
}

func (s *race) register(ctx context.Context) error {
	n := int(s.made.Add(1))
	w := world{zone: s.zone}
	_, err := s.service.Register(ctx, w.visitor(n, s.began), connection(n))
	return err
}

// put writes the same item with nothing around it.
func (s *race) put(ctx context.Context) error {
	n := int(s.made.Add(1))
	v := visitorID(n)
	_, err := s.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.table, ConditionExpression: aws.String("attribute_not_exists(r)"),
		Item: placeItem(s.zone.Queue(), queue.Entry{
			Key:  queue.NewKey(queue.DefaultPriority, 0, uint64(s.began.UnixMilli()), v),
			Conn: connection(n), ConnAt: s.began, RegisteredAt: s.began,
		}),
	})
	var condition *types.ConditionalCheckFailedException
	if errors.As(err, &condition) {
		return fmt.Errorf("the bare put met another: %w", err)
	}
	return err
}
