package streams

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"foyer/infra/topology"
)

// dated is a record as DynamoDB Local gives it: written at one time, dated by its minute, first seen at another time.
func dated(written, seen time.Time) record {
	return newRecord(types.Record{
		EventName: types.OperationTypeModify,
		Dynamodb: &types.StreamRecord{
			SequenceNumber:              aws.String("a"),
			ApproximateCreationDateTime: aws.Time(written.Truncate(time.Minute)),
		},
	}, "shard-1", "arn:aws:dynamodb:::table/x/stream/1", seen)
}

// DynamoDB Local dates a record by its minute: one that was written 30 ms before the minute turned is not a minute old
// when it is delivered 50 ms later, whenever in the minute that is.
func TestARecordsAgeCountsFromWhenItWasSeen(t *testing.T) {
	minute := time.Date(2026, 11, 26, 5, 13, 0, 0, time.UTC)
	for at := time.Duration(0); at < time.Minute; at += 970 * time.Millisecond {
		written := minute.Add(at)
		seen := written.Add(50 * time.Millisecond)
		for age, old := range map[time.Duration]int{0: 0, time.Minute: 0, time.Minute + time.Millisecond: 1} {
			m := &mapping{
				Trigger: topology.Trigger{MaxAge: time.Minute},
				streams: &Service{opts: Options{Now: func() time.Time { return seen.Add(age) }}},
			}
			if n := m.overdue([]record{dated(written, seen)}); n != old {
				t.Errorf("written at %s, seen for %s: %d too old, want %d", written.Format("05.000"), age, n, old)
			}
		}
	}
}

// A reader that begins late finds records that are as old as their dates say, to the minute.
func TestARecordThatWasSeenLateIsOld(t *testing.T) {
	written := time.Date(2026, 11, 26, 5, 13, 20, 0, time.UTC)
	if got := dated(written, written.Add(time.Hour)).written; got != written.Truncate(time.Minute).Add(time.Minute) {
		t.Errorf("written at the latest at %s", got)
	}
}

// What is given up is counted, and logged where nobody listens. Its times say when the records can have been written.
func TestWhatIsGivenUpIsCountedAndLogged(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	defer slog.SetDefault(before)
	synctest.Test(t, func(t *testing.T) {
		written := time.Date(2026, 11, 26, 5, 13, 59, 970e6, time.UTC)
		s := New(nil, func(context.Context, string, []byte) ([]byte, string, error) { return nil, "Unhandled", nil },
			Options{Now: func() time.Time { return written.Add(time.Second) }})
		m, err := s.newMapping("notify", topology.Trigger{MaxAge: time.Minute}, "arn")
		if err != nil {
			t.Fatal(err)
		}
		m.deliver(t.Context(), []record{dated(written, written.Add(50*time.Millisecond))})
		if n := s.GivenUp("notify"); n != 1 {
			t.Errorf("%d counted, want 1", n)
		}
		var letter struct {
			DDBStreamBatchInfo struct{ ApproximateArrivalOfFirstRecord time.Time }
		}
		if err := json.Unmarshal(s.Discarded("notify")[0], &letter); err != nil {
			t.Fatal(err)
		}
		if got := letter.DDBStreamBatchInfo.ApproximateArrivalOfFirstRecord; got.Sub(written).Abs() > time.Second {
			t.Errorf("arrived at %s, written at %s", got, written)
		}
	})
	if !strings.Contains(log.String(), `"function":"notify"`) {
		t.Errorf("logged: %s", log.String())
	}
}
