package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/store/dynamo/dynroom"
)

// soon bounds the time that the back-end takes for anything on a busy machine.
const soon = 30 * time.Second

// hall is a zone of one test.
type hall struct {
	t     testing.TB
	name  string
	zones *dynroom.Zones
}

var halls atomic.Int64

// newHall makes a zone with these changes to a small one, and waits until the edge knows it. It vanishes with the test.
func newHall(t testing.TB, change func(*zone.Settings)) *hall {
	t.Helper()
	c := up(t)
	h := &hall{t: t, name: fmt.Sprintf("hall-%d", halls.Add(1)), zones: dynroom.NewZones(c.Dynamo, c.Prefix+"zones")}
	s := zone.New(h.name)
	s.SeatsPerBuyer = 4
	s.Title, s.QueueShards, s.Rate, s.Window = "Hall "+h.name, 2, 600, time.Minute
	change(&s)
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	if err := h.zones.SaveSettings(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.vanish)
	until(t, soon, "the edge to know "+h.name, func() bool { return h.status().State != "" })
	return h
}

// vanish removes the zone's items, so that nothing works on it any more.
func (h *hall) vanish() {
	c := cloud
	for _, item := range []string{"settings", "event", "status", "census"} {
		_, err := c.Dynamo.DeleteItem(context.Background(), &dynamodb.DeleteItemInput{
			TableName: ptr(c.Prefix + "zones"),
			Key: map[string]types.AttributeValue{
				"zone": &types.AttributeValueMemberS{Value: h.name}, "item": &types.AttributeValueMemberS{Value: item},
			},
		})
		if err != nil {
			h.t.Error(err)
		}
	}
}

func ptr[T any](v T) *T { return &v }

// page is the protected page's path; url is its address.
func (h *hall) page() string { return "/z/" + h.name + "/" }
func (h *hall) url() string  { return cloud.URL + h.page() }

// change makes an operator's change, by the rules for changes.
func (h *hall) change(change func(*zone.Settings)) {
	h.t.Helper()
	s, err := h.zones.Settings(h.t.Context(), h.name)
	if err != nil {
		h.t.Fatal(err)
	}
	next := s
	change(&next)
	next.Version++
	if err := s.CheckChange(next, time.Now()); err != nil {
		h.t.Fatal(err)
	}
	if err := h.zones.SaveSettings(h.t.Context(), next); err != nil {
		h.t.Fatal(err)
	}
}

// status is the public status as the edge gives it; a zero one while the edge knows nothing.
type status struct {
	State   string
	Direct  bool
	SoldOut bool
	Called  string
	Waiting int
	Inside  int
	Draw    *struct{ Commitment, Seed string }
	Census  *struct{ Total int }
	You     *struct {
		ID, Key   string
		ArrivedAt int64
	}
	VisitorToken string
}

func (h *hall) status() (s status) {
	h.t.Helper()
	res, err := http.Get(cloud.URL + "/foyer/zones/" + h.name + "/status")
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusOK {
		if err := json.NewDecoder(res.Body).Decode(&s); err != nil {
			h.t.Fatal(err)
		}
	}
	return s
}

// seen waits until the edge shows something, and returns how long that took.
func (h *hall) seen(what string, yes func(status) bool) time.Duration {
	h.t.Helper()
	begin := time.Now()
	until(h.t, soon, h.name+": "+what, func() bool { return yes(h.status()) })
	return time.Since(begin)
}

// waiting is every place in the queue.
func (h *hall) waiting() (all []queue.Key) {
	h.t.Helper()
	q := dynroom.NewQueue(cloud.Dynamo, cloud.Prefix+"queue")
	for shard := range h.settings().QueueShards {
		entries, err := q.Head(h.t.Context(), h.name, shard, queue.Key{}, 1000)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, e := range entries {
			all = append(all, e.Key)
		}
	}
	return all
}

func (h *hall) settings() zone.Settings {
	h.t.Helper()
	s, err := h.zones.Settings(h.t.Context(), h.name)
	if err != nil && problem.CodeOf(err) != problem.UnknownZone {
		h.t.Fatal(err)
	}
	return s
}

// log is every page of the log.
func (h *hall) log() []bucket.Page {
	h.t.Helper()
	pages, err := dynroom.NewLog(cloud.Dynamo, cloud.Prefix+"grants").
		Read(h.t.Context(), h.settings().Grants(), 1)
	if err != nil {
		h.t.Fatal(err)
	}
	return pages
}

// origin returns how many requests reached the protected site of the zone.
func (h *hall) origin() int64 { return cloud.CDN.Stats().Origin[h.name] }

// keys are the token keys that are current.
func keys(t testing.TB) *token.Keyring {
	t.Helper()
	ring, err := token.ParseKeyring([]byte(cloud.Secrets.Get("foyer/token-keys")))
	if err != nil {
		t.Fatal(err)
	}
	return ring
}
