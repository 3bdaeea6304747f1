package apigw

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi/types"
	"github.com/coder/websocket"

	localaws "foyer/infra/local/aws"
	"foyer/infra/topology"
)

var onConnect = []topology.Function{{Name: "register", Sockets: []string{"$connect"}}}

// stage is a WebSocket API in the air.
type stage struct {
	*Sockets
	url    string
	client *apigatewaymanagementapi.Client
}

func newStage(t testing.TB, invoke localaws.Invoke, opts SocketOptions) stage {
	t.Helper()
	s := NewSockets(onConnect, invoke, opts)
	mux := http.NewServeMux()
	mux.Handle("/ws", s)
	mux.Handle("/ws/@connections/", s.Management())
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		s.Close()
		server.Close()
	})
	client := apigatewaymanagementapi.New(apigatewaymanagementapi.Options{
		Region: localaws.Region, BaseEndpoint: aws.String(server.URL + "/ws"), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient:  server.Client(),
	})
	return stage{s, "ws" + strings.TrimPrefix(server.URL, "http") + "/ws", client}
}

func (s stage) dial(t testing.TB, header http.Header) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	c, res, err := websocket.Dial(context.Background(), s.url+"?zone=main", &websocket.DialOptions{HTTPHeader: header})
	if err == nil {
		t.Cleanup(func() { c.CloseNow() })
	}
	return c, res, err
}

// ids are the connections there are.
func (s stage) ids() (ids []string) {
	s.connections.Range(func(id, _ any) bool { ids = append(ids, id.(string)); return true })
	return ids
}

func soon() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), time.Minute)
}

func say(t *testing.T, c *websocket.Conn, text string) string {
	t.Helper()
	ctx, cancel := soon()
	defer cancel()
	if err := c.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
		t.Fatal(err)
	}
	return hear(t, c)
}

func hear(t *testing.T, c *websocket.Conn) string {
	t.Helper()
	ctx, cancel := soon()
	defer cancel()
	_, data, err := c.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestSocketHandshakeAsksTheFunction(t *testing.T) {
	a := &answer{result: `{"statusCode":200}`}
	s := newStage(t, a.invoke, SocketOptions{})
	if _, _, err := s.dial(t, http.Header{"Cookie": {"v=1"}, "Origin": {"https://example.com"},
		"User-Agent": {"test/1"}}); err != nil {
		t.Fatal(err)
	}
	rc := a.event["requestContext"].(map[string]any)
	for name, want := range map[string]any{
		"routeKey": "$connect", "eventType": "CONNECT", "stage": "ws", "messageDirection": "IN", "connectionId": s.ids()[0],
	} {
		if rc[name] != want {
			t.Errorf("%s is %v, want %v", name, rc[name], want)
		}
	}
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{15}=$`).MatchString(s.ids()[0]) {
		t.Errorf("connection id %q looks like none of AWS's", s.ids()[0])
	}
	if at := rc["connectedAt"].(float64); time.Since(time.UnixMilli(int64(at))).Abs() > time.Minute {
		t.Errorf("connectedAt %v", at)
	}
	identity := rc["identity"].(map[string]any)
	headers := a.event["headers"].(map[string]any)
	query := a.event["queryStringParameters"].(map[string]any)
	if identity["sourceIp"] != "127.0.0.1" || identity["userAgent"] != "test/1" || headers["Cookie"] != "v=1" ||
		headers["Origin"] != "https://example.com" ||
		query["zone"] != "main" {
		t.Errorf("identity %v, headers %v, query %v", identity, headers, query)
	}
	if a.event["multiValueHeaders"].(map[string]any)["Cookie"] == nil {
		t.Error("no multiValueHeaders")
	}
}

func TestSocketHandshakeRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer answer
		knob   func(*Sockets)
		status int
	}{
		{"not authorised", answer{result: `{"statusCode":401}`}, nil, 401},
		{"forbidden", answer{result: `{"statusCode":403}`}, nil, 403},
		{"function error", answer{result: `{}`, functionError: "Unhandled"}, nil, 502},
		{"no status", answer{result: `{}`}, nil, 502},
		{"throttled function", answer{err: localaws.ErrThrottled}, nil, 429},
		{"blocked", answer{result: `{"statusCode":200}`}, func(s *Sockets) { s.Refuse(403) }, 403},
	} {
		s := newStage(t, c.answer.invoke, SocketOptions{})
		if c.knob != nil {
			c.knob(s.Sockets)
		}
		_, res, err := s.dial(t, nil)
		if err == nil || res.StatusCode != c.status {
			t.Errorf("%s: %v, want status %d", c.name, err, c.status)
		}
		if n := s.Stats(); n.Open != 0 || n.Refused != 1 {
			t.Errorf("%s: %+v", c.name, n)
		}
	}
}

func TestSocketConnectsAreThrottled(t *testing.T) {
	a := &answer{result: `{"statusCode":200}`}
	s := newStage(t, a.invoke, SocketOptions{})
	s.Limit(2)
	refused := 0
	for range 6 { // within two seconds at most
		if _, res, err := s.dial(t, nil); err != nil && res.StatusCode == 429 {
			refused++
		}
	}
	if refused < 2 {
		t.Errorf("%d of 6 refused at 2 a second", refused)
	}
}

func TestSocketNeedsAnUpgrade(t *testing.T) {
	a := &answer{}
	s := newStage(t, a.invoke, SocketOptions{})
	res := call(t, s.Sockets, httptest.NewRequest("GET", "/ws", nil))
	if res.StatusCode != 426 || a.name != "" {
		t.Errorf("a plain request: %d, function %q", res.StatusCode, a.name)
	}
}

func TestSocketRoutes(t *testing.T) {
	a := &answer{result: `{"statusCode":200}`}
	s := newStage(t, a.invoke, SocketOptions{})
	c, _, err := s.dial(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := say(t, c, `{"action":"ping"}`); got != `{"type":"pong"}` {
		t.Errorf("ping: %s", got)
	}
	for _, text := range []string{`{"action":"dance"}`, `{}`, `nonsense`} {
		if got := say(t, c, text); !strings.HasPrefix(
			got,
			`{"message":"Forbidden","connectionId":"`+s.ids()[0]+`","requestId":"`,
		) {
			t.Errorf("%s: %s", text, got)
		}
	}
}

func TestSocketLimits(t *testing.T) {
	for _, c := range []struct {
		name string
		opts SocketOptions
		size int
		want websocket.StatusCode
	}{
		{"idle", SocketOptions{Idle: 50 * time.Millisecond}, 0, websocket.StatusGoingAway},
		{"old", SocketOptions{Lifetime: 50 * time.Millisecond}, 0, websocket.StatusGoingAway},
		{"large frame", SocketOptions{}, 32<<10 + 1, websocket.StatusMessageTooBig},
	} {
		a := &answer{result: `{"statusCode":200}`}
		s := newStage(t, a.invoke, c.opts)
		conn, _, err := s.dial(t, nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := soon()
		defer cancel()
		if c.size > 0 {
			conn.Write(ctx, websocket.MessageText, make([]byte, c.size))
		}
		if _, _, err := conn.Read(ctx); websocket.CloseStatus(err) != c.want {
			t.Errorf("%s: %v, want close status %d", c.name, err, c.want)
		}
	}
}

func TestConnectionsByTheRealSDK(t *testing.T) {
	a := &answer{result: `{"statusCode":200}`}
	s := newStage(t, a.invoke, SocketOptions{})
	c, _, err := s.dial(t, http.Header{"User-Agent": {"test/1"}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := soon()
	defer cancel()
	id := aws.String(s.ids()[0])
	if _, err := s.client.PostToConnection(ctx, &apigatewaymanagementapi.PostToConnectionInput{ConnectionId: id,
		Data: []byte("turn")}); err != nil {
		t.Fatal(err)
	}
	if got := hear(t, c); got != "turn" {
		t.Errorf("heard %q", got)
	}
	out, err := s.client.GetConnection(ctx, &apigatewaymanagementapi.GetConnectionInput{ConnectionId: id})
	if err != nil || aws.ToString(out.Identity.UserAgent) != "test/1" || time.Since(*out.ConnectedAt) > time.Minute {
		t.Errorf("get: %+v %v", out, err)
	}
	_, err = s.client.PostToConnection(
		ctx,
		&apigatewaymanagementapi.PostToConnectionInput{ConnectionId: id, Data: make([]byte, 128<<10+1)},
	)
	if large := new(types.PayloadTooLargeException); !errors.As(err, &large) {
		t.Errorf("129 KB: %v", err)
	}
	s.FailPosts(1)
	_, err = s.client.GetConnection(ctx, &apigatewaymanagementapi.GetConnectionInput{ConnectionId: id})
	if limit := new(types.LimitExceededException); !errors.As(err, &limit) {
		t.Errorf("throttled: %v", err)
	}
	if _, err := s.client.DeleteConnection(ctx,
		&apigatewaymanagementapi.DeleteConnectionInput{ConnectionId: id}); err != nil {
		t.Error(err)
	}
	if _, _, err := c.Read(ctx); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("deleted: %v", err)
	}
	for name, err := range map[string]error{
		"post": second(s.client.PostToConnection(ctx, &apigatewaymanagementapi.PostToConnectionInput{ConnectionId: id,
			Data: []byte("x")})),
		"get":    second(s.client.GetConnection(ctx, &apigatewaymanagementapi.GetConnectionInput{ConnectionId: id})),
		"delete": second(s.client.DeleteConnection(ctx, &apigatewaymanagementapi.DeleteConnectionInput{ConnectionId: id})),
	} {
		if gone := new(types.GoneException); !errors.As(err, &gone) {
			t.Errorf("%s to the gone: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestConnectionUnknownUntilItStands(t *testing.T) {
	var s stage
	var err error
	s = newStage(t, func(ctx context.Context, _ string, payload []byte) ([]byte, string, error) {
		var event struct {
			RequestContext struct{ ConnectionID string }
		}
		json.Unmarshal(payload, &event)
		_, err = s.client.PostToConnection(ctx, &apigatewaymanagementapi.PostToConnectionInput{
			ConnectionId: &event.RequestContext.ConnectionID, Data: []byte("x"),
		})
		return []byte(`{"statusCode":200}`), "", nil
	}, SocketOptions{})
	if _, _, err := s.dial(t, nil); err != nil {
		t.Fatal(err)
	}
	if gone := new(types.GoneException); !errors.As(err, &gone) {
		t.Errorf("posting during $connect: %v", err)
	}
}

func TestSocketsForgetWhoLeft(t *testing.T) {
	a := &answer{result: `{"statusCode":200}`}
	s := newStage(t, a.invoke, SocketOptions{})
	c, _, err := s.dial(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.CloseNow()
	for range 100 {
		if s.Stats().Open == 0 && len(s.ids()) == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("a connection that ended is still known")
}

// BenchmarkSockets holds many idle connections and reports the memory of both ends of one.
func BenchmarkSockets(b *testing.B) {
	a := &answer{result: `{"statusCode":200}`}
	s := newStage(
		b,
		func(context.Context, string, []byte) ([]byte, string, error) { return []byte(a.result), "", nil },
		SocketOptions{},
	)
	const many = 5000
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for range many / 50 {
				if _, _, err := s.dial(b, nil); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(s.Stats().Open), "open")
	for b.Loop() {
		id := fmt.Sprint(s.ids()[0])
		if _, err := s.client.PostToConnection(context.Background(),
			&apigatewaymanagementapi.PostToConnectionInput{ConnectionId: &id, Data: []byte("x")}); err != nil {
			b.Fatal(err)
		}
	}
}
