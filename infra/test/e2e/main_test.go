package e2e

import (
	"context"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"foyer/infra/local"
	"foyer/infra/local/ddb"
	"foyer/infra/local/lambda"
	"foyer/infra/local/sqs"
	"foyer/internal/testkit/skip"
)

var (
	cloud   *local.Cloud
	failure error
	once    sync.Once
	logs    *os.File
)

// stories is the number that run at once: they mostly wait for seconds to pass.
const stories = "8"

func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if !asked {
		_ = flag.Set("test.parallel", stories)
	}
	code := m.Run()
	if cloud != nil {
		cloud.Down()
	}
	if logs != nil {
		logs.Close()
		if code == 0 {
			os.Remove(logs.Name())
		} else {
			fmt.Fprintln(os.Stderr, "what the functions said:", logs.Name())
		}
	}
	os.Exit(code)
}

// up returns the cloud, which the first call starts.
func up(t testing.TB) *local.Cloud {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the whole cloud: run without -short")
	}
	if err := ddb.Missing(context.Background()); err != nil {
		skip.Because(t, "%v", err)
	}
	once.Do(func() {
		if logs, failure = os.CreateTemp("", "foyer-e2e-*.log"); failure != nil {
			return
		}
		cloud, failure = local.Up(context.Background(), local.Options{
			Secure: "127.0.0.1:0",
			Prefix: fmt.Sprintf("e2e-%d-%d-", os.Getpid(), time.Now().UnixNano()), Progress: os.Stderr,
			Lambda: lambda.Options{Logs: logs},
			Hosts:  map[string]string{shopHost: httptest.NewServer(shop).URL},
			// A job whose function was killed is hidden for as long as AWS hides it: minutes.
			Queues: sqs.Options{Visibility: 5 * time.Second},
		})
	})
	if failure != nil {
		t.Fatal(failure)
	}
	return cloud
}

// until waits for a condition, and fails the test when it doesn't come within the time that is reasonable on a busy
// machine.
func until(t testing.TB, within time.Duration, what string, yes func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !yes(); {
		if time.Now().After(end) {
			t.Fatalf("waited %v for %s", within, what)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
