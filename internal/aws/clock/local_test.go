package clock_test

import (
	"testing"
	"time"

	"foyer/internal/aws/clock"
	"foyer/internal/testkit/dynamotest"
)

func TestMain(m *testing.M) { dynamotest.Main(m) }

// The database that is played says the time as the real one does.
func TestALocalDatabaseSetsTheClock(t *testing.T) {
	c := &clock.Clock{Machine: func() time.Time { return time.Now().Add(-3 * time.Minute) }}
	if _, err := dynamotest.New(t).With(c.Option).Zones().List(t.Context()); err != nil {
		t.Fatal(err)
	}
	if off := time.Since(c.Now()).Abs(); off > 30*time.Second {
		t.Errorf("the clock is off by %v", off)
	}
}
