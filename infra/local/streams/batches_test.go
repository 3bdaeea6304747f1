package streams

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"foyer/infra/local/aws"
	"foyer/infra/topology"
)

// consumer is a function that notes which records each call brought and answers as the test wants.
type consumer struct {
	calls  []string // the sequence numbers of every call, joined
	answer func(call int, sequences []string) (result, functionError string, err error)
}

func (c *consumer) invoke(_ context.Context, _ string, payload []byte) ([]byte, string, error) {
	var event struct {
		Records []struct {
			Dynamodb struct{ SequenceNumber string }
		}
	}
	json.Unmarshal(payload, &event)
	var sequences []string
	for _, r := range event.Records {
		sequences = append(sequences, r.Dynamodb.SequenceNumber)
	}
	c.calls = append(c.calls, strings.Join(sequences, ""))
	if c.answer == nil {
		return nil, "", nil
	}
	result, functionError, err := c.answer(len(c.calls), sequences)
	return []byte(result), functionError, err
}

// failed is a batch response that reports these.
func failed(sequences ...string) string {
	var items []string
	for _, s := range sequences {
		items = append(items, fmt.Sprintf(`{"itemIdentifier":%q}`, s))
	}
	return `{"batchItemFailures":[` + strings.Join(items, ",") + `]}`
}

// poison answers with an error, or by reporting the record, whenever the record b is among those given.
func poison(report bool) func(int, []string) (string, string, error) {
	return func(_ int, sequences []string) (string, string, error) {
		switch {
		case !slices.Contains(sequences, "b"):
			return failed(), "", nil
		case report:
			return failed("b"), "", nil
		}
		return "{}", "Unhandled", nil
	}
}

func records(sequences string, written time.Time) (all []record) {
	for _, s := range strings.Split(sequences, "") {
		all = append(all, record{
			sequence: s, written: written, shard: "shard-1",
			event: map[string]any{"dynamodb": map[string]any{"SequenceNumber": s}},
		})
	}
	return all
}

func TestDeliver(t *testing.T) {
	always := func(result, functionError string) func(int, []string) (string, string, error) {
		return func(int, []string) (string, string, error) { return result, functionError, nil }
	}
	once := func(result, functionError string, err error) func(int, []string) (string, string, error) {
		return func(call int, _ []string) (string, string, error) {
			if call == 1 {
				return result, functionError, err
			}
			return "", "", nil
		}
	}
	for _, c := range []struct {
		name    string
		trigger topology.Trigger
		answer  func(int, []string) (string, string, error)
		calls   string
		given   string // start-end of every batch given up
	}{
		{name: "all done", calls: "abcd"},
		{name: "no answer to report", answer: always("null", ""), calls: "abcd"},
		{name: "an empty report", answer: always(failed(), ""), calls: "abcd"},
		{name: "an answer that is no report", answer: always(`"done"`, ""), calls: "abcd"},
		{name: "error: all again", trigger: topology.Trigger{MaxRetries: 5}, answer: once("{}", "Unhandled", nil),
			calls: "abcd abcd"},
		{name: "error: retried so often, then given up", trigger: topology.Trigger{MaxRetries: 2},
			answer: always("{}", "Unhandled"), calls: "abcd abcd abcd", given: "a-d"},
		{name: "never retried", answer: always("{}", "Unhandled"), calls: "abcd", given: "a-d"},
		{name: "throttled: not counted", answer: once("", "", aws.ErrThrottled), calls: "abcd abcd"},
		{name: "reported: again from there", trigger: topology.Trigger{MaxRetries: 5}, answer: once(failed("c"), "", nil),
			calls: "abcd cd"},
		{name: "the lowest reported counts", trigger: topology.Trigger{MaxRetries: 5},
			answer: once(failed("d", "b"), "", nil), calls: "abcd bcd"},
		{name: "the first reported: all again", trigger: topology.Trigger{MaxRetries: 5}, answer: once(failed("a"), "", nil),
			calls: "abcd abcd"},
		{name: "an unknown reported: all again", trigger: topology.Trigger{MaxRetries: 5},
			answer: once(failed("c", "z"), "", nil), calls: "abcd abcd"},
		{name: "an empty one reported: all again", trigger: topology.Trigger{MaxRetries: 5},
			answer: once(failed(""), "", nil), calls: "abcd abcd"},
		{name: "null reported: all again", trigger: topology.Trigger{MaxRetries: 5},
			answer: once(`{"batchItemFailures":[{"itemIdentifier":null}]}`, "", nil), calls: "abcd abcd"},
		{name: "a bad key reported: all again", trigger: topology.Trigger{MaxRetries: 5},
			answer: once(`{"batchItemFailures":[{"id":"c"}]}`, "", nil), calls: "abcd abcd"},
		{name: "reported for ever: what is left is given up", trigger: topology.Trigger{MaxRetries: 1}, answer: poison(true),
			calls: "abcd bcd", given: "b-d"},
		{name: "poison by error, halved", trigger: topology.Trigger{MaxRetries: 1, Bisect: true}, answer: poison(false),
			calls: "abcd ab a b b cd", given: "b-b"},
		{name: "poison by report, halved", trigger: topology.Trigger{MaxRetries: 1, Bisect: true}, answer: poison(true),
			calls: "abcd bcd b b cd", given: "b-b"},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := &consumer{answer: c.answer}
			s := New(nil, f.invoke, Options{})
			m, err := s.newMapping("notify", c.trigger, "arn")
			if err != nil {
				t.Fatal(err)
			}
			m.deliver(t.Context(), records("abcd", time.Now()))
			if got := strings.Join(f.calls, " "); got != c.calls {
				t.Errorf("%s: calls %q, want %q", c.name, got, c.calls)
			}
			if got := given(t, s); got != c.given {
				t.Errorf("%s: given up %q, want %q", c.name, got, c.given)
			}
		})
	}
}

// given lists the batches at the on-failure destination.
func given(t *testing.T, s *Service) string {
	t.Helper()
	var all []string
	for _, body := range s.Discarded("notify") {
		var r struct{ DDBStreamBatchInfo map[string]any }
		if err := json.Unmarshal(body, &r); err != nil {
			t.Fatal(err)
		}
		all = append(
			all,
			fmt.Sprintf("%s-%s", r.DDBStreamBatchInfo["startSequenceNumber"], r.DDBStreamBatchInfo["endSequenceNumber"]),
		)
	}
	return strings.Join(all, " ")
}

func TestDeliverGivesUpTheOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &consumer{answer: func(int, []string) (string, string, error) { return "{}", "Unhandled", nil }}
		s := New(nil, f.invoke, Options{Backoff: time.Second})
		m, _ := s.newMapping("notify", topology.Trigger{MaxRetries: -1, MaxAge: time.Minute}, "arn")
		begin := time.Now()
		batch := append(records("a", begin.Add(-61*time.Second)), records("bc", begin)...)
		m.deliver(t.Context(), batch)
		if f.calls[0] != "bc" || given(t, s) != "a-a b-c" {
			t.Errorf("calls %v, given up %s", f.calls, given(t, s))
		}
		if took := time.Since(begin); took < time.Minute || took > 2*time.Minute+5*time.Second {
			t.Errorf("gave up after %s", took)
		}
	})
}

func TestDeliverTwiceOnDemand(t *testing.T) {
	f := &consumer{}
	s := New(nil, f.invoke, Options{})
	m, _ := s.newMapping("notify", topology.Trigger{}, "arn")
	s.Duplicate("notify", 2)
	for _, batch := range []string{"a", "b", "c", "d"} {
		m.deliver(t.Context(), records(batch, time.Now()))
	}
	if got := strings.Join(f.calls, " "); got != "a b b c d d" {
		t.Errorf("calls %q", got)
	}
}

func TestDiscardedIsMetadataOnly(t *testing.T) {
	var told []byte
	at := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	s := New(nil, (&consumer{}).invoke, Options{
		Now: func() time.Time { return at }, OnFailure: func(_ string, r []byte) { told = r },
	})
	m, _ := s.newMapping("notify", topology.Trigger{}, "arn:stream")
	m.discard(records("bc", at), "RetryAttemptsExhausted", 3, "Unhandled")
	var got map[string]any
	json.Unmarshal(told, &got)
	delete(got["requestContext"].(map[string]any), "requestId")
	want := `{"DDBStreamBatchInfo":{"approximateArrivalOfFirstRecord":"2026-05-04T03:02:01.000Z",` +
		`"approximateArrivalOfLastRecord":"2026-05-04T03:02:01.000Z","batchSize":2,"endSequenceNumber":"c",` +
		`"shardId":"shard-1","startSequenceNumber":"b","streamArn":"arn:stream"},` +
		`"requestContext":{"approximateInvokeCount":3,"condition":"RetryAttemptsExhausted",` +
		`"functionArn":"arn:aws:lambda:us-east-1:123456789012:function:notify"},` +
		`"responseContext":{"executedVersion":"$LATEST","functionError":"Unhandled","statusCode":200},` +
		`"timestamp":"2026-05-04T03:02:01.000Z","version":"1.0"}`
	if text, _ := json.Marshal(got); string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

func TestGather(t *testing.T) {
	for _, c := range []struct {
		name    string
		trigger topology.Trigger
		want    string
		after   time.Duration
	}{
		{"what was read together", topology.Trigger{Batch: 10}, "ab", together},
		{"a full batch", topology.Trigger{Batch: 1}, "a", 0},
		{"what comes within the window", topology.Trigger{Batch: 10, Window: 5 * time.Second}, "abc", 5 * time.Second},
		{"full before the window ends", topology.Trigger{Batch: 3, Window: 5 * time.Second}, "abc", time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := &mapping{Trigger: c.trigger}
			lane := make(chan record, 10)
			all := records("abc", time.Now())
			lane <- all[0]
			lane <- all[1]
			go func() { time.Sleep(time.Second); lane <- all[2] }()
			begin, got := time.Now(), ""
			for _, r := range m.gather(t.Context(), lane) {
				got += r.sequence
			}
			if got != c.want || time.Since(begin) != c.after {
				t.Errorf("%s: %q after %s, want %q after %s", c.name, got, time.Since(begin), c.want, c.after)
			}
			time.Sleep(time.Minute)
		})
	}
}
