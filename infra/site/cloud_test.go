package site

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	smithytime "github.com/aws/smithy-go/time"

	"foyer/infra/edge"
	"foyer/infra/local/apigw"
	"foyer/infra/local/cdn"
	"foyer/infra/topology"
	"foyer/internal/aws/keyring"
	"foyer/internal/gateway/room"
	"foyer/internal/gateway/sale"
	"foyer/internal/gateway/web"
	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/event"
	"foyer/internal/room/notify"
	"foyer/internal/room/queue"
	"foyer/internal/room/register"
	"foyer/internal/room/relay"
	"foyer/internal/room/socket"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/sale/checkout"
	"foyer/internal/sale/choose"
	"foyer/internal/sale/viewers"
	"foyer/internal/store/memory/memsale"
)

// cloud is Foyer in this process: the CDN with the edge functions as they are deployed, API Gateway, and the functions'
// handlers over stores in memory. Every answer that a page gets is theirs. What a test plays is the operator, the crowd
// and the payment provider.
type cloud struct {
	*httptest.Server
	t     testing.TB
	pages Files
	mem   *memsale.Cloud
	ring  *token.Keyring
	keys  *keyring.Keyring
	cdn   *cdn.Distribution

	sockets  *apigw.Sockets
	posts    http.Handler // @connections
	gateway  web.Gateway
	choice   *choose.Service
	register *room.Register
	admit    *room.Admit
	seats    *sale.Seats
	view     *sale.View
	checkout *sale.Checkout
	orders   *checkout.Starter
	fanout   *viewers.Service
	bank     *bank

	syncing   sync.Mutex
	mu        sync.Mutex
	values    map[string]string // of the edge's store
	writes    int               // of it
	calls     map[string]int
	faults    map[string]error                   // of the stores, by call
	ahead     time.Duration                      // of the sale's clock before the wall's
	cookieOff bool                               // the browser's cookies never arrive
	deaf      bool                               // sockets say nothing
	loses     bool                               // pages are asked for without the access token
	guests    func(*http.Request) []*http.Cookie // tokens for who comes without; nil: one comes in by the line
}

// doorSecret is what the CDN proves itself with to the functions.
const doorSecret = "the front door's secret"

// vault is Secrets Manager with the keys of this cloud.
type vault map[string]string

func (v vault) GetSecretValue(
	_ context.Context, in *secretsmanager.GetSecretValueInput, _ ...func(*secretsmanager.Options),
) (*secretsmanager.GetSecretValueOutput, error) {
	return &secretsmanager.GetSecretValueOutput{SecretString: aws.String(v[*in.SecretId])}, nil
}

func newCloud(t testing.TB) *cloud {
	c := &cloud{t: t, mem: memsale.New(), values: map[string]string{}, calls: map[string]int{},
		faults: map[string]error{}}
	var err error
	c.pages = build(t)
	master, err := token.NewMasterKeys(rand.Reader, "k1")
	c.must(err)
	c.ring, err = master.Keyring()
	c.must(err)
	text, err := json.Marshal(master)
	c.must(err)
	secrets := vault{"keys": string(text), "door": doorSecret}
	c.keys = &keyring.Keyring{Secret: &keyring.Secret{Client: secrets, ID: "keys", Now: time.Now}}
	c.gateway = web.Gateway{
		Door:   &keyring.Secret{Client: secrets, ID: "door", Now: time.Now},
		Tokens: c.keys, Log: slog.New(slog.DiscardHandler), Now: c.now,
	}
	c.mem.Fault = func(call string) memsale.Fault {
		c.mu.Lock()
		defer c.mu.Unlock()
		return memsale.Fault{Before: c.faults[call]}
	}
	c.wireRoom()
	c.wireSale()
	c.open()
	c.mem.Stream.Page = c.notify()
	return c
}

// notify returns what hears of new pages of grants, and has those who are called told, as the notifier does.
func (c *cloud) notify() func(string, *bucket.Page, bucket.Page) {
	type change struct {
		old  *bucket.Page
		page bucket.Page
	}
	changes := make(chan change, 1000)
	ctx, stop := context.WithCancel(context.Background())
	c.t.Cleanup(stop)
	service := &notify.Service{
		Settings: c.mem.Zones(), Queue: c.mem.Queue(), Log: c.mem.Log(), Pusher: c, Now: time.Now,
	}
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case one := <-changes:
				_, _ = service.Notify(ctx, "main", one.old, one.page) // who isn't told finds out by asking
			}
		}
	}()
	return func(_ string, old *bucket.Page, page bucket.Page) { changes <- change{old, page} }
}

// now is the sale's clock.
func (c *cloud) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

// later moves the sale's clock on.
func (c *cloud) later(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// fault makes a store's call fail from now on; with nil it doesn't.
func (c *cloud) fault(call string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults[call] = err
}

func (c *cloud) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// wireRoom makes the waiting room's functions.
func (c *cloud) wireRoom() {
	zones, places, log := c.mem.Zones(), c.mem.Queue(), c.mem.Log()
	visits := &admit.Service{
		Settings: zones, Queue: places, Log: log, Index: c.mem.Index(), Zones: zones, Seed: c.seed, Now: c.now,
		Sleep: smithytime.SleepWithContext,
		GiveUp: func(ctx context.Context, zone string, v queue.VisitorID) error {
			return c.choice.Leave(ctx, zone, v)
		},
	}
	waits := &register.Service{Settings: zones, Queue: places, Seed: c.seed, Ended: visits.Ended, Now: time.Now}
	visits.Register = &register.Service{Settings: zones, Queue: places, Seed: c.seed, Now: time.Now}
	c.register = &room.Register{Gateway: c.gateway, Places: waits, Maps: c.mem.Viewers(), Events: zones}
	c.admit = &room.Admit{Gateway: c.gateway, Site: c.gateway.Door, Grants: visits}
}

// seed returns a draw's seed as the functions get it.
func (c *cloud) seed(ctx context.Context, draw string) (string, error) {
	raw, err := c.keys.Seed(ctx, draw)
	return hex.EncodeToString(raw[:]), err
}

var edgeCode = sync.OnceValues(func() (edge.Code, error) {
	return edge.Build(edge.Options{DefaultZone: "main", Hosted: true, Rules: true})
})

// open puts the CDN before all that, and listens.
func (c *cloud) open() {
	code, err := edgeCode()
	c.must(err)
	gate, err := edge.New(code, c, edge.RunnerOptions{})
	c.must(err)
	c.sockets = apigw.NewSockets(topology.Functions, c.invoke, apigw.SocketOptions{})
	c.posts = c.sockets.Management()
	c.cdn = cdn.New(cdn.Config{
		Gate: gate, DefaultZone: "main", Static: c.pages, CacheControl: CacheControl,
		API: apigw.NewHTTPAPI(topology.Functions, c.invoke), Socket: c.sockets, FrontDoorSecret: doorSecret,
	})
	c.Server = httptest.NewServer(c)
	c.t.Cleanup(func() {
		c.sockets.Close()
		c.CloseClientConnections()
		c.Close()
	})
}

// ServeHTTP counts what pages ask for, and passes it to the CDN.
func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.count(r)
	c.mu.Lock()
	off, guests, loses := c.cookieOff, c.guests, c.loses
	c.mu.Unlock()
	if loses && r.Header.Get("Sec-Fetch-Mode") == "navigate" {
		cookies := r.Cookies()
		r.Header.Del("Cookie")
		for _, cookie := range cookies {
			if cookie.Name != token.AccessCookie("main") {
				r.AddCookie(cookie)
			}
		}
	}
	if off {
		r.Header.Del("Cookie")
	}
	if guests != nil {
		for _, cookie := range guests(r) {
			http.SetCookie(w, cookie)
			r.AddCookie(cookie)
		}
	}
	if r.URL.Path == "/pay" { // the payment provider's page
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<h1>Pay here</h1>")
		return
	}
	c.cdn.ServeHTTP(w, r)
}

// count counts a call by its method and the first word behind the zone's name or that of an order.
func (c *cloud) count(r *http.Request) {
	name := ""
	if rest, api := strings.CutPrefix(r.URL.Path, "/foyer/zones/main/"); api {
		name, _, _ = strings.Cut(rest, "/")
	} else if strings.HasPrefix(r.URL.Path, "/foyer/orders/") {
		name = "order"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls[r.Method+" "+name]++
}

// made is how often a call was made: "POST enter", or "view" for those of the socket.
func (c *cloud) made(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls[name]
}

// invoke runs a function on an event, as Lambda does.
func (c *cloud) invoke(ctx context.Context, name string, payload []byte) ([]byte, string, error) {
	var out any
	var err error
	switch name {
	case "register":
		out, err = c.register.Handle(ctx, payload)
	case "view":
		var e events.APIGatewayWebsocketProxyRequest
		c.must(json.Unmarshal(payload, &e))
		c.mu.Lock()
		c.calls["view"]++
		c.mu.Unlock()
		out, err = c.view.Handle(ctx, e)
	default:
		handle := map[string]func(context.Context, events.APIGatewayV2HTTPRequest) (web.Response, error){
			"admit": c.admit.Handle, "seats": c.seats.Handle, "checkout": c.checkout.Handle,
		}[name]
		var e events.APIGatewayV2HTTPRequest
		if handle == nil || json.Unmarshal(payload, &e) != nil {
			return nil, "Unhandled", nil
		}
		out, err = handle(ctx, e)
	}
	if err != nil {
		return nil, "Unhandled", nil
	}
	result, err := json.Marshal(out)
	return result, "", err
}

// Push sends a message to a connection, unless the test wants the sockets to be deaf.
func (c *cloud) Push(ctx context.Context, conn string, message []byte) error {
	c.mu.Lock()
	deaf := c.deaf
	c.mu.Unlock()
	if deaf {
		return nil
	}
	path := "/" + topology.SocketStage + "/@connections/" + conn
	w := httptest.NewRecorder()
	c.posts.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "POST", path, bytes.NewReader(message)))
	switch {
	case w.Code == http.StatusGone:
		return socket.ErrGone
	case w.Code != http.StatusOK:
		return errors.New(w.Body.String())
	}
	return nil
}

// ---- the edge's store

// Get reads a value as an edge function does.
func (c *cloud) Get(key string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	value, found := c.values[key]
	return value, found
}

// edgeStore is the same store as the relay writes it.
type edgeStore struct{ *cloud }

func (e edgeStore) Version(context.Context) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return fmt.Sprint(e.writes), nil
}

func (e edgeStore) Get(_ context.Context, key string) (string, bool, error) {
	value, found := e.cloud.Get(key)
	return value, found, nil
}

func (e edgeStore) Put(_ context.Context, _ string, values map[string]string) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.writes++
	maps.Copy(e.values, values)
	maps.DeleteFunc(e.values, func(_, value string) bool { return value == "" })
	return fmt.Sprint(e.writes), nil
}

// sync brings the edge in step with the zone: what the relay does within seconds is done at once.
func (c *cloud) sync() error {
	c.syncing.Lock()
	defer c.syncing.Unlock()
	r := &relay.Relay{
		Zones: c.mem.Zones(), Rules: c.mem.Rules(), Edge: edgeStore{c}, Keys: c.keys, Now: time.Now,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	return r.Sync(context.Background(), "main").Failed["main"]
}

// ---- the operator's hand

// change changes the zone's settings; the edge knows at once.
func (c *cloud) change(change func(*zone.Settings)) {
	c.t.Helper()
	s, _ := c.mem.Stands("main")
	if s.Zone == "" {
		s = zone.New("main")
		s.Version = 0
	}
	change(&s)
	s.Version++
	c.must(c.mem.Zones().SaveSettings(context.Background(), s))
	c.must(c.sync())
}

// status changes what the exchanger says of the zone.
func (c *cloud) status(change func(*zone.Status)) {
	c.t.Helper()
	_, st := c.mem.Stands("main")
	st.Zone, st.At = "main", time.Now()
	change(&st)
	st.Version++
	c.must(c.mem.Zones().SaveStatus(context.Background(), st))
	c.must(c.sync())
}

// tell changes the event.
func (c *cloud) tell(e event.Event) {
	c.t.Helper()
	had, err := c.mem.Zones().Event(context.Background(), "main")
	c.must(err)
	e.Zone, e.Version = "main", had.Version+1
	c.must(c.mem.Zones().SaveEvent(context.Background(), e))
	c.must(c.sync())
}
