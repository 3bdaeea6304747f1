package home_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"foyer/infra/demo/home"
	"foyer/infra/topology"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// house is a cloud which does nothing by itself.
type house struct {
	*memroom.Cloud
	door   string
	killed []string
	knocks atomic.Int64 // at the front door, where nobody answers

	mu   sync.Mutex
	sold map[string]string // zone → seat map
	fire error             // what keeps seats from being put on sale
	mood string
}

func (h *house) FrontDoor() string { return h.door }
func (h *house) Figures() home.Figures {
	return home.Figures{Requests: 9, Refused: 5, Functions: []home.Function{{Name: "admit", Invocations: 3}}}
}

func (h *house) Kill(function, when string) error {
	if function != "admit" {
		return errors.New("no such function")
	}
	h.killed = append(h.killed, function+" "+when)
	return nil
}

func (h *house) Venues() []string { return []string{"hall", "theatre"} }

func (h *house) Sell(_ context.Context, zone, venue string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fire == nil {
		h.sold[zone] = venue
	}
	return h.fire
}

func (h *house) Count(_ context.Context, zone string) (home.Seats, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return home.Seats{Venue: h.sold[zone], Size: 300, Left: 250, Locked: 20, Paying: 5, Sold: 30, Orders: 12}, nil
}

func (h *house) Booked(context.Context, string) (home.Books, error) {
	return home.Books{Seats: 30, Net: 123450, Currency: "eur", Digits: 2}, nil
}

func (h *house) Export(_ context.Context, w io.Writer, report, zone string) error {
	if report != "totals" {
		return errors.New("no such report")
	}
	_, err := io.WriteString(w, zone+"\n")
	return err
}

func (h *house) Mails() int { return 11 }

func (h *house) Pay(mood string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mood = mood
}

func newDemo(t *testing.T) (*house, *httptest.Server) {
	t.Helper()
	h := &house{Cloud: memroom.New(), sold: map[string]string{topology.DefaultZone: "hall"}}
	nobody := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.knocks.Add(1)
		http.NotFound(w, r)
	}))
	t.Cleanup(nobody.Close)
	h.door = nobody.URL
	s := zone.New(topology.DefaultZone)
	s.Title = "The Night Ferries"
	if err := h.Zones().SaveSettings(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	d, err := home.New(ctx, h, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(d.Handler())
	t.Cleanup(func() {
		cancel()
		d.Close()
		server.Close()
	})
	return h, server
}

// call returns the status and the decoded body.
func call(t *testing.T, server *httptest.Server, method, path, body string, header ...string) (int, map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var doc map[string]any
	_ = json.NewDecoder(resp.Body).Decode(&doc)
	return resp.StatusCode, doc
}

func TestThePageAndItsFilesAreServed(t *testing.T) {
	_, server := newDemo(t)
	for _, path := range []string{"/", "/main.js", "/scene.js", "/spark.js", "/demo.css", "/icon.svg"} {
		if code, _ := call(t, server, "GET", path, ""); code != 200 {
			t.Errorf("%s: %d", path, code)
		}
	}
}

func TestTheMomentTellsOfTheLastMinute(t *testing.T) {
	h, server := newDemo(t)
	states := []bucket.State{bucket.Inside, bucket.Left, bucket.Missed, bucket.Reserved, bucket.Expired}
	for number, at := range []time.Time{time.Now().Add(-2 * time.Minute), time.Now().Add(-10 * time.Second), time.Now()} {
		p := bucket.Page{Number: int64(number + 1), At: at}
		for i, state := range states {
			key := queue.NewKey(8, 0, uint64(number*10+i), queue.VisitorID{byte(i)})
			p.Grants, p.Called = append(p.Grants, bucket.Grant{Key: key, State: state, Until: at}), key
		}
		if err := h.Log().Append(t.Context(), bucket.Of{Zone: topology.DefaultZone, Shards: 1}, p); err != nil {
			t.Fatal(err)
		}
	}
	status := zone.Status{Zone: topology.DefaultZone, Version: 1, Waiting: 7, Live: 5, Inside: 3}
	if err := h.Zones().SaveStatus(t.Context(), status); err != nil {
		t.Fatal(err)
	}
	_, doc := call(t, server, "GET", "/api/moment", "")
	z := doc["zone"].(map[string]any)
	want := map[string]any{"waiting": 7.0, "inside": 3.0, "reserved": 2.0, "admitted": 6.0, "missed": 2.0, "state": "open",
		"capacity": 100.0}
	for name, value := range want {
		if z[name] != value {
			t.Errorf("%s is %v, want %v", name, z[name], value)
		}
	}
}

func TestEventsBeginWithThePast(t *testing.T) {
	_, server := newDemo(t)
	req, _ := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/api/events", nil)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var events []string
	for lines := bufio.NewScanner(resp.Body); len(events) < 3 && lines.Scan(); {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			events = append(events, name)
		}
	}
	if fmt.Sprint(events) != "[past moment moment]" {
		t.Errorf("events %v", events)
	}
}

func TestTheOperatorChangesTheZone(t *testing.T) {
	h, server := newDemo(t)
	if code, doc := call(t, server, "POST", "/api/zone", `{"state":"paused","capacity":7,"rate":30}`); code != 200 {
		t.Fatalf("%d %v", code, doc)
	}
	s, err := h.Zones().Settings(t.Context(), topology.DefaultZone)
	if err != nil || s.State != zone.Paused || s.Capacity != 7 || s.Rate != 30 || s.Version != 2 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestWhatIsWrongIsSaidAndChangesNothing(t *testing.T) {
	h, server := newDemo(t)
	for _, c := range []struct {
		method, path, body string
		code               int
		header             []string
	}{
		{"POST", "/api/zone", `{"capacity":-1}`, 400, nil},
		{"POST", "/api/zone", `{"state":"ajar"}`, 400, nil},
		{"POST", "/api/zone", `{"capacity":1,"policy":"draw"}`, 400, nil},
		{"POST", "/api/zone", `{"capacity":1}{}`, 400, nil},
		{"POST", "/api/zone", ``, 400, nil},
		{"POST", "/api/zone", `{"capacity":1}`, 403, []string{"Origin", "http://example.com"}},
		{"POST", "/api/zone", `{"capacity":1}`, 403, []string{"Host", "example.com"}},
		{"GET", "/api/moment", ``, 403, []string{"Host", "example.com"}},
		{"POST", "/api/kill", `{"function":"teapot","when":"now"}`, 400, nil},
		{"POST", "/api/crowd", `{"visitors":0,"perSecond":1}`, 400, nil},
		{"POST", "/api/usual", `{"people":-1}`, 400, nil},
		{"POST", "/api/usual", `{"people":2001}`, 400, nil},
		{"POST", "/api/usual", `{"people":20,"buy":{"share":2}}`, 400, nil},
		{"POST", "/api/sale", `{"venue":"stadium"}`, 400, nil},
		{"POST", "/api/provider", `{"mood":"furious"}`, 400, nil},
		{"GET", "/api/books/secrets", ``, 404, nil},
		{"GET", "/api/kill", ``, 404, nil},
		{"GET", "/nowhere", ``, 404, nil},
	} {
		if code, doc := call(t, server, c.method, c.path, c.body, c.header...); code != c.code {
			t.Errorf("%s %s %s: %d %v, want %d", c.method, c.path, c.body, code, doc, c.code)
		}
	}
	if s, _ := h.Zones().Settings(t.Context(), topology.DefaultZone); s.Version != 1 || len(h.killed) > 0 {
		t.Errorf("something changed: %+v %v", s, h.killed)
	}
}

func TestAFunctionIsKilled(t *testing.T) {
	h, server := newDemo(t)
	if code, _ := call(t, server, "POST", "/api/kill", `{"function":"admit","when":"reply"}`); code != 200 ||
		fmt.Sprint(h.killed) != "[admit reply]" {
		t.Errorf("%d, killed %v", code, h.killed)
	}
}

func TestACrowdIsSentOnceAndEnded(t *testing.T) {
	_, server := newDemo(t)
	plan := `{"visitors":50,"perSecond":1,"gone":0.2}`
	if code, doc := call(t, server, "POST", "/api/crowd", plan); code != 200 || doc["running"] != true {
		t.Fatalf("%d %v", code, doc)
	}
	if code, _ := call(t, server, "POST", "/api/crowd", plan); code != 409 {
		t.Errorf("a second crowd: %d", code)
	}
	if code, doc := call(t, server, "DELETE", "/api/crowd", ""); code != 200 || doc["running"] != false {
		t.Errorf("ending: %d %v", code, doc)
	}
}

func TestTheUsualCrowdComesUntilItIsToldNotTo(t *testing.T) {
	h, server := newDemo(t)
	people := func(n int) {
		t.Helper()
		if code, doc := call(t, server, "POST", "/api/usual", fmt.Sprintf(`{"people":%d}`, n)); code != 200 ||
			doc["people"] != float64(n) {
			t.Fatalf("%d %v", code, doc)
		}
	}
	if h.knocks.Load() != 0 {
		t.Error("somebody came uninvited")
	}
	people(20)
	for end := time.Now().Add(20 * time.Second); h.knocks.Load() < 5; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d came", h.knocks.Load())
		}
	}
	people(0)
	after := h.knocks.Load()
	time.Sleep(2 * time.Second) // a whole round
	if more := h.knocks.Load() - after; more != 0 {
		t.Errorf("%d came after all were told to go", more)
	}
}
