package cold_test

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/store/memory/memroom"
	"foyer/internal/testkit/known"
)

// A cold admit process (256 MB, 0.145 CPU, 10 s) and a zone where one early visitor is still inside, so that the floor is page 1.
func TestKnownColdAdmit(t *testing.T) {
	known.Fault(t, "cold admit")
	runtime.GOMAXPROCS(1)
	for _, pages := range []int{2000, 10000, 20000} {
		c := newCanned(pages, time.Now().Add(-5*time.Hour), 100)
		sl := &slow{canned: c, share: 0.145}
		db := dynamodb.New(
			dynamodb.Options{
				Region:       "us-east-1",
				BaseEndpoint: aws.String("http://canned"),
				HTTPClient:   &http.Client{Transport: sl},
				Credentials:  credentials.NewStaticCredentialsProvider("a", "b", ""),
			},
		)
		cloud := memroom.New()
		s := zone.New("main")
		s.Session = 6 * time.Hour
		_ = cloud.Zones().SaveSettings(context.Background(), s)
		_ = cloud.Zones().SaveStatus(context.Background(), zone.Status{Zone: "main", Version: 1, At: time.Now(), Floor: 1})
		a := &admit.Service{
			Settings: reader{s},
			Queue:    dynroom.NewQueue(db, "queue"),
			Log:      dynroom.NewLog(db, "grants"),
			Now:      time.Now,
			Exchange: &exchange.Exchange{
				Queue: dynroom.NewQueue(db, "queue"),
				Log:   dynroom.NewLog(db, "grants"),
				Zones: cloud.Zones(),
				Now:   time.Now,
			},
		}
		for try := range 2 {
			ctx, cancel := context.WithTimeout(context.Background(), 9500*time.Millisecond)
			v := token.Visitor{Zone: "main", ID: queue.VisitorID{1, 2, 3}, Arrived: time.Now(), Priority: 8}
			began := time.Now()
			c.units = 0
			_, err := a.Enter(ctx, v, bucket.Ref{})
			cancel()
			fmt.Printf(
				"%d pages (%d admissions) since the oldest live grant: try %d: %v, %.0f RCU: %.90v\n",
				pages,
				pages*12,
				try+1,
				time.Since(began).Round(100*time.Millisecond),
				c.units,
				err,
			)
		}
	}
}
