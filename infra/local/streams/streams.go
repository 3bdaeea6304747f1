// Package streams plays Lambda's event source mappings for DynamoDB streams, with ReportBatchItemFailures switched on:
// filters, batches and their windows, parallelization, retries, bisecting, the age of records, and the on-failure
// destination.
//
// Records of one item are never in two batches at once, whatever the parallelization, so their order holds. It doesn't
// hold batches to 6 MB, and reads every stream from its beginning.
package streams

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	smithytime "github.com/aws/smithy-go/time"

	localaws "foyer/infra/local/aws"
	"foyer/infra/topology"
	"foyer/internal/aws/streamevent"
)

// Options says how streams are read.
type Options struct {
	Poll      time.Duration                        // between two reads of an empty stream; 0: 40 ms
	Pace      time.Duration                        // between two reads of another; 0: none. Lambda's is 250 ms
	Backoff   time.Duration                        // before a batch's first retry, then doubled up to 64-fold; 0: 200 ms
	OnFailure func(name string, record []byte)     // called with every batch that is given up, which is logged anyway
	Age       func(name string, age time.Duration) // called with the age of every batch's last record; nil: nothing is
	Now       func() time.Time                     // for the age of records; nil: time.Now
}

// Service reads streams and gives their records to functions.
type Service struct {
	client *dynamodbstreams.Client
	invoke localaws.Invoke
	opts   Options
	tasks  sync.WaitGroup

	mu       sync.Mutex
	mappings map[string]*mapping
}

// New returns a service that follows no stream yet.
func New(client *dynamodbstreams.Client, invoke localaws.Invoke, opts Options) *Service {
	opts.Poll = cmp.Or(opts.Poll, 40*time.Millisecond)
	opts.Backoff = cmp.Or(opts.Backoff, 200*time.Millisecond)
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.OnFailure == nil {
		opts.OnFailure = func(string, []byte) {}
	}
	return &Service{client: client, invoke: invoke, opts: opts, mappings: map[string]*mapping{}}
}

// Follow feeds the function from the stream's beginning until ctx ends.
func (s *Service) Follow(ctx context.Context, name string, trigger topology.Trigger, streamARN string) error {
	m, err := s.newMapping(name, trigger, streamARN)
	if err != nil {
		return err
	}
	for _, lane := range m.lanes {
		s.tasks.Go(func() { m.work(ctx, lane) })
	}
	s.tasks.Go(func() { m.read(ctx) })
	return nil
}

func (s *Service) newMapping(name string, trigger topology.Trigger, streamARN string) (*mapping, error) {
	filter, err := parseFilter(trigger.Filter)
	if err != nil {
		return nil, fmt.Errorf("trigger of %s: %w", name, err)
	}
	m := &mapping{Trigger: trigger, streams: s, name: name, arn: streamARN, filter: filter}
	for range max(1, trigger.Parallelization) {
		m.lanes = append(m.lanes, make(chan record, 10*trigger.Batch))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mappings[name] = m
	return m, nil
}

// Wait waits until everything that Follow started has ended.
func (s *Service) Wait() { s.tasks.Wait() }

// Duplicate delivers every nth batch of the function twice from now on; 0 stops that.
func (s *Service) Duplicate(name string, nth int) {
	s.change(name, func(m *mapping) { m.duplicate = nth })
}

// Replay delivers every record of the function's stream once more, from the beginning, and new ones twice until ctx
// ends.
func (s *Service) Replay(ctx context.Context, name string) {
	s.change(name, func(m *mapping) { s.tasks.Go(func() { m.read(ctx) }) })
}

// GivenUp returns how many records were given up for the function, since they failed too often or grew too old.
func (s *Service) GivenUp(name string) (n int) {
	s.change(name, func(m *mapping) { n = m.givenUp })
	return n
}

// Discarded returns what the function's on-failure destination got: a record of metadata for every batch given up,
// oldest first.
func (s *Service) Discarded(name string) (records [][]byte) {
	s.change(name, func(m *mapping) { records = slices.Clone(m.discarded) })
	return records
}

func (s *Service) change(name string, do func(*mapping)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.mappings[name]; m != nil {
		do(m)
	}
}

// mapping is one stream's trigger of one function.
type mapping struct {
	topology.Trigger
	streams *Service
	name    string
	arn     string
	filter  filter
	lanes   []chan record

	duplicate int // under Service.mu, like the rest
	batches   int
	discarded [][]byte
	givenUp   int // records in discarded
}

// record is a stream record as functions get it.
type record struct {
	event    map[string]any
	sequence string
	written  time.Time // at the latest
	shard    string
}

// read passes all records on, shard by shard in their order: DynamoDB Local has one open shard, the last. It asks
// again for a stream that can't be reached, as Lambda does.
func (m *mapping) read(ctx context.Context) {
	done := map[string]bool{}
	for {
		shards, _ := m.shards(ctx)
		for _, shard := range shards {
			if id := *shard.ShardId; !done[id] {
				done[id] = m.readShard(ctx, id) == nil
			}
		}
		if smithytime.SleepWithContext(ctx, 5*m.streams.opts.Poll) != nil {
			return
		}
	}
}

func (m *mapping) shards(ctx context.Context) (all []types.Shard, err error) {
	in := &dynamodbstreams.DescribeStreamInput{StreamArn: &m.arn}
	for {
		out, err := m.streams.client.DescribeStream(ctx, in)
		if err != nil {
			return all, err
		}
		all = append(all, out.StreamDescription.Shards...)
		if in.ExclusiveStartShardId = out.StreamDescription.LastEvaluatedShardId; in.ExclusiveStartShardId == nil {
			return all, nil
		}
	}
}

// readShard reads one shard to its end; an open shard has none. It replaces an iterator that expired.
func (m *mapping) readShard(ctx context.Context, shard string) error {
	var last *string
	for {
		in := &dynamodbstreams.GetShardIteratorInput{
			StreamArn: &m.arn, ShardId: &shard, ShardIteratorType: types.ShardIteratorTypeTrimHorizon,
		}
		if last != nil {
			in.ShardIteratorType, in.SequenceNumber = types.ShardIteratorTypeAfterSequenceNumber, last
		}
		at, err := m.streams.client.GetShardIterator(ctx, in)
		if err != nil {
			return err
		}
		var expired *types.ExpiredIteratorException
		if err := m.readFrom(ctx, shard, at.ShardIterator, &last); !errors.As(err, &expired) {
			return err
		}
	}
}

func (m *mapping) readFrom(ctx context.Context, shard string, iterator *string, last **string) error {
	for iterator != nil {
		out, err := m.streams.client.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: iterator})
		if err != nil {
			return err
		}
		for _, r := range out.Records {
			if err := m.pass(ctx, newRecord(r, shard, m.arn, m.streams.opts.Now())); err != nil {
				return err
			}
			*last = r.Dynamodb.SequenceNumber
		}
		iterator = out.NextShardIterator
		pause := m.streams.opts.Pace
		if len(out.Records) == 0 {
			pause = m.streams.opts.Poll
		}
		if pause > 0 && smithytime.SleepWithContext(ctx, pause) != nil {
			return ctx.Err()
		}
	}
	return nil
}

// pass gives the record to its item's lane.
func (m *mapping) pass(ctx context.Context, r record) error {
	if !m.filter.matches(r.event) {
		return nil
	}
	keys, _ := json.Marshal(r.event["dynamodb"].(map[string]any)["Keys"])
	hash := fnv.New32a()
	hash.Write(keys)
	select {
	case m.lanes[int(hash.Sum32()%uint32(len(m.lanes)))] <- r:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// grain is the fineness of the dates in DynamoDB Local's streams. AWS dates records by the second.
const grain = time.Minute

// newRecord returns one change as functions get it, which was first seen at that time. Its date is cut to the grain,
// so it was written up to a grain later, but not after it was seen.
func newRecord(r types.Record, shard, arn string, seen time.Time) record {
	written := aws.ToTime(r.Dynamodb.ApproximateCreationDateTime).Add(grain)
	if seen.Before(written) {
		written = seen
	}
	r.Dynamodb.ApproximateCreationDateTime = aws.Time(written.Truncate(time.Second)) // as fine as AWS dates it
	return record{
		sequence: aws.ToString(r.Dynamodb.SequenceNumber), written: written, shard: shard,
		event: streamevent.Of(r, localaws.Region, arn),
	}
}
