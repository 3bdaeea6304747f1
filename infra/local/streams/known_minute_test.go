package streams

import (
	"testing"
	"time"

	"foyer/infra/topology"
	"foyer/internal/testkit/known"
)

// DynamoDB Local dates a record by its minute. One that was written 30 ms before the minute turned, and is delivered 50 ms later, is given up as a minute old.
func TestARecordOfTheMinutesEndIsDelivered(t *testing.T) {
	known.Fault(t, "a record of the minute's end is given up")
	written := time.Date(2026, 11, 26, 5, 13, 59, 970e6, time.UTC)
	m := &mapping{
		Trigger: topology.Trigger{MaxAge: time.Minute},
		streams: &Service{opts: Options{Now: func() time.Time { return written.Add(50 * time.Millisecond) }}},
	}
	if n := m.overdue([]record{{created: written.Truncate(time.Minute)}}); n != 0 {
		t.Errorf("a record 50 ms old is given up as older than %s", m.MaxAge)
	}
}
