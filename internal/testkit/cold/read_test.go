package cold_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/exchange"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/testkit/dynamotest"
	"foyer/internal/testkit/known"
	"foyer/internal/testkit/meter"
)

func TestMain(m *testing.M) { dynamotest.Main(m) }

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

type reader struct{ s zone.Settings }

func (r reader) Settings(ctx context.Context, _ string) (zone.Settings, error) { return r.s, nil }

func TestKnownColdRead(t *testing.T) {
	known.Fault(t, "cold read")
	n := 20000
	if v, err := strconv.Atoi(os.Getenv("PAGES")); err == nil {
		n = v
	}
	c := dynamotest.New(t)
	at := time.Now().Add(-2 * time.Hour)
	var rank uint64 = uint64(at.UnixMilli()) - 1000000
	var first queue.Key
	var wg sync.WaitGroup
	gate := make(chan struct{}, 8)
	var last queue.Key
	for start := 0; start < n; start += 25 {
		var reqs []types.WriteRequest
		for i := start; i < min(start+25, n); i++ {
			p := bucket.Page{Number: int64(i + 1), At: at.Add(time.Duration(i) * time.Millisecond * 300)}
			for s := range 12 {
				rank++
				var id queue.VisitorID
				binary.BigEndian.PutUint64(id[:8], rank*0x9E3779B97F4A7C15)
				binary.BigEndian.PutUint64(id[8:], rank)
				k := queue.NewKey(8, 0, rank, id)
				last = k
				st, until := bucket.Left, p.At.Add(time.Minute)
				if i == 0 && s == 0 { // one early visitor who stays inside
					st, until = bucket.Inside, time.Now().Add(6*time.Hour)
					first = k
				}
				if i > n-50 {
					st, until = bucket.Inside, time.Now().Add(time.Hour)
				}
				p.Grants = append(p.Grants, bucket.Grant{Key: k, State: st, Until: until, Conn: "L0SM9cOFvHcCIhw="})
			}
			p.Called = last
			reqs = append(reqs, types.WriteRequest{PutRequest: &types.PutRequest{Item: dynroom.EncodePage(bucket.Of{Zone: "main", Shards: 1}, p)}})
		}
		gate <- struct{}{}
		wg.Go(func() {
			defer func() { <-gate }()
			for len(reqs) > 0 {
				out, err := c.Client.BatchWriteItem(
					t.Context(),
					&dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{c.Table("grants"): reqs}},
				)
				if err != nil {
					t.Error(err)
					return
				}
				reqs = out.UnprocessedItems[c.Table("grants")]
			}
		})
	}
	wg.Wait()
	_ = first
	s := zone.New("main")
	s.Capacity, s.Rate, s.SeatFactor, s.Session = 5000, 1200, 0, 6*time.Hour
	if err := c.Zones().SaveSettings(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	meter := &meter.Meter{}
	m := c.With(meter.Option)
	runtime.GC()
	x := &exchange.Exchange{Queue: m.Queue(), Log: m.Log(), Zones: m.Zones(), Now: time.Now}
	mem := &exchange.Memory{}
	var peak uint64
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
				var ms runtime.MemStats
				runtime.ReadMemStats(&ms)
				peak = max(peak, ms.Sys-ms.HeapReleased)
			}
		}
	}()
	began, used := time.Now(), cpu()
	r, err := x.Tick(t.Context(), s, mem)
	spent := cpu() - used
	fmt.Printf(
		"%d pages (%d admissions): first tick of a fresh exchanger: wall %v, CPU %v, %d pages read, %v RCU, err %v; at 512 MB (0.29 vCPU) about %v; peak memory %d MB\n",
		n,
		n*12,
		time.Since(began).Round(time.Millisecond),
		spent.Round(time.Millisecond),
		r.PagesRead,
		meter.Total().Read,
		err,
		time.Duration(float64(spent)/0.289).Round(time.Millisecond),
		peak>>20,
	)
	meter.Reset()
	began, used = time.Now(), cpu()
	r, err = x.Tick(t.Context(), s, mem)
	spent = cpu() - used
	fmt.Printf(
		"   second tick: wall %v, CPU %v, %d pages read, %v RCU, err %v\n",
		time.Since(began).Round(time.Millisecond),
		spent.Round(time.Millisecond),
		r.PagesRead,
		meter.Total().Read,
		err,
	)
	st, _ := m.Zones().Status(t.Context(), "main")
	fmt.Println("   floor in the status:", st.Floor)
	runtime.GC()
	var ms runtime.MemStats
	runtime.ReadMemStats(&ms)
	fmt.Printf("   heap after GC %d MB\n", ms.HeapAlloc>>20)
	// a cold admit process: somebody polls into their turn, without a ref
	a := &admit.Service{
		Settings: reader{s},
		Queue:    m.Queue(),
		Log:      m.Log(),
		Exchange: &exchange.Exchange{Queue: m.Queue(), Log: m.Log(), Zones: m.Zones(), Now: time.Now},
		Now:      time.Now,
	}
	meter.Reset()
	began, used = time.Now(), cpu()
	v := token.Visitor{Zone: "main", ID: queue.VisitorID{1, 2, 3}, Arrived: time.Now(), Priority: 8}
	_, err = a.Enter(t.Context(), v, bucket.Ref{})
	spent = cpu() - used
	fmt.Printf(
		"   a cold admit process, POST enter without a ref, one visitor inside since page %d: wall %v, CPU %v, %v RCU, err %v; at 256 MB (0.145 vCPU) about %v\n",
		st.Floor,
		time.Since(began).Round(time.Millisecond),
		spent.Round(time.Millisecond),
		meter.Total().Read,
		err,
		time.Duration(float64(spent)/0.145).Round(time.Millisecond),
	)
	close(stop)

}
