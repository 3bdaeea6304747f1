package streams

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	smithytime "github.com/aws/smithy-go/time"

	"foyer/infra/local/aws"
)

// work gathers batches from one lane and sees each through.
func (m *mapping) work(ctx context.Context, lane chan record) {
	for {
		batch := m.gather(ctx, lane)
		if len(batch) == 0 {
			return
		}
		m.deliver(ctx, batch)
	}
}

// together is the time within which the records of one read follow each other.
const together = 5 * time.Millisecond

// gather waits for a record and adds what was read with it, or what comes within the window, up to a batch.
func (m *mapping) gather(ctx context.Context, lane chan record) (batch []record) {
	select {
	case r := <-lane:
		batch = append(batch, r)
	case <-ctx.Done():
		return nil
	}
	window := time.After(max(m.Window, together))
	for len(batch) < m.Batch {
		select {
		case r := <-lane:
			batch = append(batch, r)
		case <-window:
			return batch
		case <-ctx.Done():
			return nil
		}
	}
	return batch
}

// part is a batch, or the rest of one, and how often it has failed.
type part struct {
	records []record
	tries   int
}

// deliver sees a batch through by Lambda's rules: until it succeeds, was retried too often, or is too old. Splitting
// doesn't count as a retry, and neither does being throttled. Later batches of the lane wait.
func (m *mapping) deliver(ctx context.Context, batch []record) {
	for parts := []part{{records: batch}}; len(parts) > 0; {
		p := &parts[0]
		if old := m.overdue(p.records); old > 0 {
			m.discard(p.records[:old], "RecordAgeExceeded", p.tries, "")
			if p.records = p.records[old:]; len(p.records) == 0 {
				parts = parts[1:]
			}
			continue
		}
		failed, functionError, err := m.call(ctx, p.records)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if smithytime.SleepWithContext(ctx, m.streams.opts.Backoff) != nil {
				return
			}
			continue
		case failed < 0:
			parts = parts[1:]
			continue
		case failed > 0: // what came before is done with
			p.records = p.records[failed:]
			if m.Bisect {
				continue
			}
		case m.Bisect && len(p.records) > 1:
			// AWS doesn't say what becomes of a batch whose first record is reported; only halving isolates it.
			half := len(p.records) / 2
			parts = append([]part{{p.records[:half], p.tries}, {p.records[half:], p.tries}}, parts[1:]...)
			continue
		}
		if p.tries++; m.MaxRetries >= 0 && p.tries > m.MaxRetries {
			m.discard(p.records, "RetryAttemptsExhausted", p.tries, functionError)
			parts = parts[1:]
			continue
		}
		if smithytime.SleepWithContext(ctx, m.streams.opts.Backoff<<min(p.tries-1, 6)) != nil {
			return
		}
	}
}

// overdue counts the records at the head that are older than the trigger allows.
func (m *mapping) overdue(records []record) (n int) {
	now := m.streams.opts.Now()
	for m.MaxAge > 0 && n < len(records) && now.Sub(records[n].written) > m.MaxAge {
		n++
	}
	return n
}

// call invokes the function with the records. failed is the first record that the function did not do, 0 when it
// failed as a whole, -1 when it did all. err says why it could not be invoked.
func (m *mapping) call(ctx context.Context, records []record) (failed int, functionError string, err error) {
	events := make([]map[string]any, len(records))
	for i, r := range records {
		events[i] = r.event
	}
	payload, err := json.Marshal(map[string]any{"Records": events})
	if err != nil {
		return 0, "", err
	}
	result, functionError, err := m.streams.invoke(ctx, m.name, payload)
	if err != nil {
		return 0, "", err
	}
	if m.streams.opts.Age != nil {
		m.streams.opts.Age(m.name, m.streams.opts.Now().Sub(records[len(records)-1].written))
	}
	if m.again() {
		m.streams.invoke(ctx, m.name, payload)
	}
	if functionError != "" {
		return 0, functionError, nil
	}
	return firstFailure(result, records), "", nil
}

// again reports whether to deliver this batch twice.
func (m *mapping) again() bool {
	m.streams.mu.Lock()
	defer m.streams.mu.Unlock()
	m.batches++
	return m.duplicate > 0 && m.batches%m.duplicate == 0
}

// firstFailure reads a batch response. One that names an unknown record is a failure of the whole batch.
func firstFailure(result []byte, records []record) int {
	var out struct {
		BatchItemFailures []struct{ ItemIdentifier *string } `json:"batchItemFailures"`
	}
	if len(result) == 0 {
		return -1
	}
	var other *json.UnmarshalTypeError
	if err := json.Unmarshal(result, &out); errors.As(err, &other) && other.Field == "" {
		return -1 // an answer that is no object isn't a batch response
	} else if err != nil {
		return 0
	}
	first := len(records)
	for _, failure := range out.BatchItemFailures {
		at := indexOf(records, failure.ItemIdentifier)
		if at < 0 {
			return 0
		}
		first = min(first, at)
	}
	if first == len(records) {
		return -1
	}
	return first
}

func indexOf(records []record, sequence *string) int {
	for i, r := range records {
		if sequence != nil && r.sequence == *sequence {
			return i
		}
	}
	return -1
}

// discard gives records up. The on-failure destination gets metadata: the records themselves must be read from the
// stream while it still has them.
func (m *mapping) discard(records []record, condition string, tries int, functionError string) {
	first, last := records[0], records[len(records)-1]
	stamp := func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
	body, _ := json.Marshal(map[string]any{
		"requestContext": map[string]any{
			"requestId": aws.UUID(), "functionArn": aws.ARN("lambda", "function:"+m.name),
			"condition": condition, "approximateInvokeCount": tries,
		},
		"responseContext": map[string]any{"statusCode": 200, "executedVersion": "$LATEST", "functionError": functionError},
		"version":         "1.0", "timestamp": stamp(m.streams.opts.Now()),
		"DDBStreamBatchInfo": map[string]any{
			"shardId": first.shard, "startSequenceNumber": first.sequence, "endSequenceNumber": last.sequence,
			"approximateArrivalOfFirstRecord": stamp(first.written), "approximateArrivalOfLastRecord": stamp(last.written),
			"batchSize": len(records), "streamArn": m.arn,
		},
	})
	m.streams.mu.Lock()
	m.discarded = append(m.discarded, body)
	m.givenUp += len(records)
	m.streams.mu.Unlock()
	slog.Warn("stream records given up", "function", m.name, "record", string(body))
	m.streams.opts.OnFailure(m.name, body)
}
