package edgestore_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	kvs "github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore"

	localkvs "foyer/infra/local/kvs"
	"foyer/internal/aws/edgestore"
	"foyer/internal/room/relay"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

type noKeys struct{}

func (noKeys) EdgeKeys(context.Context, string) (token.EdgeKeys, error) { return token.EdgeKeys{}, nil }
func (noKeys) Refresh(context.Context) error                            { return nil }

// Several relays, each with the real client, follow one zone whose status counts up. What the edge holds never
// counts down, and ends with the last.
func TestManyRelaysNeverTakeTheEdgeBackwards(t *testing.T) {
	const relays, changes = 5, 40
	edge, zones := localkvs.New(arn), memroom.New().Zones()
	if err := zones.SaveSettings(t.Context(), zone.Settings{Zone: "main", Version: 1, State: zone.Open}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range relays {
		r := &relay.Relay{
			Zones: zones, Keys: noKeys{}, Edge: edgestore.Store{ARN: arn, Client: client(t, edge)}, Now: time.Now,
			Sleep:  func(_ context.Context, d time.Duration) error { time.Sleep(min(d, time.Millisecond)); return nil },
			Jitter: rand.N[time.Duration],
		}
		wg.Go(func() {
			for version(edge) < changes {
				for _, err := range r.Sync(t.Context(), "main").Failed {
					t.Log(err) // too many conflicts: the record comes again
				}
			}
		})
	}
	wg.Go(func() { watch(t, edge, changes) })
	for v := range int64(changes) {
		if err := zones.SaveStatus(t.Context(), zone.Status{Zone: "main", Version: v + 1, Waiting: int(v)}); err != nil {
			t.Error(err)
		}
		time.Sleep(2 * time.Millisecond)
	}
	wg.Wait()
}

// watch looks at the edge until it has the last version.
func watch(t *testing.T, edge *localkvs.Store, last int64) {
	for seen := int64(0); seen < last; time.Sleep(100 * time.Microsecond) {
		now := version(edge)
		if now < seen {
			t.Errorf("the edge went from version %d back to %d", seen, now)
		}
		seen = max(seen, now)
	}
}

// version is the status version that the edge holds.
func version(edge *localkvs.Store) int64 {
	text, _ := edge.Get("z.main")
	var v struct{ V [2]int64 }
	_ = json.Unmarshal([]byte(text), &v)
	return v.V[1]
}

// client is the real SDK in front of a store.
func client(t *testing.T, store http.Handler) *kvs.Client {
	server := httptest.NewServer(store)
	t.Cleanup(server.Close)
	proxy, _ := url.Parse(server.URL)
	return kvs.New(kvs.Options{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AKID", "SECRET", ""),
		BaseEndpoint: aws.String("http://kvs.example.test"), RetryMaxAttempts: 1,
		HTTPClient: &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(proxy)}},
	})
}
