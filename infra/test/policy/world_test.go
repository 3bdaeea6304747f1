package policy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"foyer/infra/local"
	"foyer/infra/local/calls"
	"foyer/infra/local/ddb"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/sale/venue"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/store/dynamo/dynsale"
	"foyer/internal/testkit/dynamotest"
)

func TestMain(m *testing.M) { dynamotest.Main(m) }

// world is a running local cloud, and what a story needs to set its scene.
type world struct {
	*testing.T
	cloud *local.Cloud
	calls *calls.Recorder
	keys  *token.Keyring
	zones *dynroom.Zones
	queue *dynroom.Queue
	log   *dynroom.Log
	count uint64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Setenv(ddb.EndpointEnv, dynamotest.Endpoint(t))
	calls := &calls.Recorder{}
	cloud, err := local.Up(
		t.Context(),
		local.Options{Calls: calls, Prefix: fmt.Sprintf("policy-%d-", time.Now().UnixNano())},
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cloud.Down)
	keys, err := token.ParseKeyring([]byte(cloud.Secrets.Get(local.TokenKeysID)))
	if err != nil {
		t.Fatal(err)
	}
	return &world{
		T: t, cloud: cloud, calls: calls, keys: keys, zones: dynroom.NewZones(cloud.Dynamo, cloud.Prefix+"zones"),
		queue: dynroom.NewQueue(cloud.Dynamo, cloud.Prefix+"queue"), log: dynroom.NewLog(cloud.Dynamo, cloud.Prefix+"grants"),
	}
}

// zone opens a zone and waits until the edge knows it.
func (w *world) zone(name string, change func(*zone.Settings)) zone.Settings {
	w.Helper()
	s := zone.New(name)
	s.Capacity, s.Rate, s.SeatFactor = 50, 24_000, 0
	if change != nil {
		change(&s)
	}
	if err := s.Validate(); err != nil {
		w.Fatal(err)
	}
	if err := w.zones.SaveSettings(w.Context(), s); err != nil {
		w.Fatal(err)
	}
	w.until("the edge to know "+name, func() bool {
		_, found := w.cloud.Store.Get("z." + name)
		return found
	})
	return s
}

// until waits for something, at most half a minute.
func (w *world) until(what string, is func() bool) {
	w.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.Fatalf("waited in vain for %s", what)
		}
	}
}

// visitor returns a new visitor that arrived so long ago.
func (w *world) visitor(name string, ago time.Duration) token.Visitor {
	w.count++
	v := token.Visitor{Zone: name, Arrived: time.Now().Add(-ago).Truncate(time.Millisecond),
		Priority: queue.DefaultPriority}
	copy(v.ID[:], fmt.Sprintf("%016x", uint64(time.Now().UnixNano())+w.count))
	return v
}

// post asks as an API client does, with the visitor's token in a header.
func (w *world) post(v token.Visitor, what, body string) (status int, text string) {
	w.Helper()
	r := w.request(http.MethodPost, "/foyer/zones/"+v.Zone+"/"+what, body)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(token.VisitorHeader, w.keys.SignVisitor(v, time.Now()))
	return w.do(r)
}

func (w *world) cookie(v token.Visitor) string {
	return token.VisitorCookie(v.Zone) + "=" + w.keys.SignVisitor(v, time.Now())
}

// connect opens the visitor's socket, which registers.
func (w *world) connect(v token.Visitor) *websocket.Conn {
	w.Helper()
	socket, _, err := websocket.Dial(w.Context(), strings.Replace(w.cloud.URL, "http", "ws", 1)+"/ws?zone="+v.Zone,
		&websocket.DialOptions{HTTPHeader: http.Header{"Origin": {w.cloud.URL}, "Cookie": {w.cookie(v)}}})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = socket.CloseNow() })
	return socket
}

func (w *world) request(method, path, body string) *http.Request {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), method, w.cloud.URL+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	return r
}

// client follows no redirect: what a function answered is what counts.
var client = &http.Client{
	Timeout:       30 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func (w *world) do(r *http.Request) (int, string) {
	w.Helper()
	answer, err := client.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		w.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// enters waits for the visitor's turn by asking, and gives the access token.
func (w *world) enters(v token.Visitor) (access string) {
	w.Helper()
	text := ""
	w.until("a turn", func() bool {
		var status int
		status, text = w.post(v, "enter", "")
		return status == http.StatusOK
	})
	var answer struct{ State, AccessToken string }
	if err := json.Unmarshal([]byte(text), &answer); err != nil || answer.State != "inside" {
		w.Errorf("entered with %s", text)
	}
	return answer.AccessToken
}

// is fails unless a request was answered so.
func (w *world) is(want int) func(status int, text string) {
	return func(status int, text string) {
		w.Helper()
		if status != want {
			w.Errorf("answered %d, want %d: %s", status, want, text)
		}
	}
}

// place puts a visitor into the queue behind the functions' backs, on a connection that is not there.
func (w *world) place(ctx context.Context, s zone.Settings, key queue.Key, connected time.Time) {
	w.Helper()
	e := queue.Entry{Key: key, RegisteredAt: connected, Conn: "GoneGoneGone=", ConnAt: connected}
	if _, err := w.queue.Register(ctx, s.Queue(), e); err != nil {
		w.Fatal(err)
	}
}

// hall loads the map of a theatre into a zone, as the operator does before the sale.
func (w *world) hall(name string) {
	w.Helper()
	raw, err := os.ReadFile("../../../testdata/venues/theatre-300.json")
	if err != nil {
		w.Fatal(err)
	}
	hall, err := venue.Parse(raw)
	if err == nil {
		err = dynsale.NewSeats(w.cloud.Dynamo, w.cloud.Prefix+"seats", w.cloud.Prefix+"holds").SaveMap(w.Context(), name,
			hall, 0)
	}
	if err != nil {
		w.Fatal(err)
	}
}
