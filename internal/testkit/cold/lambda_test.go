package cold_test

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/internal/room/exchange"
	"foyer/internal/room/zone"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/store/memory/memroom"
	"foyer/internal/testkit/known"
	smithytime "github.com/aws/smithy-go/time"
)

// slow gives the process 0.289 of a CPU, as Lambda gives one of 512 MB: at each request it rests for what it used too much.
type slow struct {
	*canned
	mu    sync.Mutex
	since time.Time
	used  time.Duration
	share float64
}

func (s *slow) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	if s.since.IsZero() {
		s.since, s.used = time.Now(), cpu()
	}
	due := s.since.Add(time.Duration(float64(cpu()-s.used) / s.share))
	if now := time.Now(); due.After(now) {
		select {
		case <-time.After(due.Sub(now)):
		case <-r.Context().Done():
			s.mu.Unlock()
			return nil, r.Context().Err()
		}
	} else if now.Sub(due) > time.Second { // no saving up
		s.since, s.used = now, cpu()
	}
	defer s.mu.Unlock()
	return s.canned.RoundTrip(r)
}

func TestKnownFreshExchangerWithManyZones(t *testing.T) {
	known.Fault(t, "fresh exchanger with many zones")
	runtime.GOMAXPROCS(1)
	for _, k := range []struct{ zones, pages int }{{1, 17000}, {20, 850}, {20, 1700}, {20, 2500}, {1, 50000}} {
		c := newCanned(k.pages, time.Now().Add(-20*time.Hour), 0)
		sl := &slow{canned: c, share: 0.289}
		db := dynamodb.New(dynamodb.Options{
			Region: "us-east-1", BaseEndpoint: aws.String("http://canned"), HTTPClient: &http.Client{Transport: sl},
			Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
		})
		cloud := memroom.New()
		for i := range k.zones {
			s := zone.New(fmt.Sprintf("z%02d", i))
			s.Session = 6 * time.Hour
			_ = cloud.Zones().SaveSettings(context.Background(), s)
		}
		var mu sync.Mutex
		good, bad := 0, 0
		var firstGood time.Duration
		began := time.Now()
		run := &exchange.Runner{
			For:   35 * time.Second,
			Sleep: smithytime.SleepWithContext,
			Exchange: &exchange.Exchange{
				Queue: dynroom.NewQueue(db, "queue"),
				Log:   dynroom.NewLog(db, "grants"),
				Zones: cloud.Zones(),
				Now:   time.Now,
			},
			Observe: func(r exchange.Result, err error) {
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					bad++
				} else {
					if good == 0 {
						firstGood = time.Since(began)
					}
					good++
				}
			},
		}
		_ = run.Run(context.Background(), "fresh")
		fmt.Printf(
			"%2d zones, %6d admissions each (%7d in all), 0.289 CPU, 35 s: %d good ticks (first after %v), %d failed\n",
			k.zones,
			k.pages*12,
			k.zones*k.pages*12,
			good,
			firstGood.Round(100*time.Millisecond),
			bad,
		)
	}
}
