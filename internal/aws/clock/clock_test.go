package clock_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/internal/aws/clock"
)

// dated answers every request, at a time by its own clock.
type dated struct{ now time.Time }

func (d *dated) Do(*http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Date": {d.now.UTC().Format(http.TimeFormat)}},
		Body: io.NopCloser(strings.NewReader(`{"TableNames":[]}`)),
	}, nil
}

func TestAClockThatIsMinutesOffGoesByTheDatabases(t *testing.T) {
	right := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	machine, server := right, &dated{right}
	var log bytes.Buffer
	c := &clock.Clock{
		Machine: func() time.Time { return machine }, Log: slog.New(slog.NewTextHandler(&log, nil)),
	}
	client := dynamodb.NewFromConfig(aws.Config{
		Region: "eu-central-1", HTTPClient: server, Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
	}, c.Option)
	for _, step := range []struct {
		off, within time.Duration // of the machine's clock; how close the clock is to the right time
		lines       int           // of the log, by now
	}{
		{0, 0, 0},
		{4 * time.Second, 4 * time.Second, 0}, // tolerated
		{3 * time.Minute, time.Second, 1},
		{3*time.Minute + 900*time.Millisecond, 2 * time.Second, 1}, // a slow answer
		{-3 * time.Minute, time.Second, 2},
		{time.Second, time.Second, 3},
	} {
		right = right.Add(time.Minute)
		machine, server.now = right.Add(step.off), right
		if _, err := client.ListTables(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if off := c.Now().Sub(right).Abs(); off > step.within {
			t.Errorf("the machine's clock is off by %v, the clock by %v", step.off, off)
		}
		if n := strings.Count(log.String(), "\n"); n != step.lines {
			t.Errorf("off by %v: %d lines, want %d\n%s", step.off, n, step.lines, log.String())
		}
	}
}
