package apigw

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"foyer/infra/local/aws"
	"foyer/infra/topology"
)

// SocketOptions are the limits of a WebSocket API; zero values are those of AWS.
type SocketOptions struct {
	Idle     time.Duration // closed when the client says nothing for so long; 0: 10 minutes
	Lifetime time.Duration // closed after so long whatever happens; 0: 2 hours
	Frame    int64         // largest message from a client, bytes; 0: 32 KB
	Message  int           // largest message to a client, bytes; 0: 128 KB
}

// Sockets plays API Gateway's WebSocket API, stage "ws", and its @connections.
//
// It counts messages where AWS counts frames: a client's message may be as large as a frame on AWS. That is the same
// for clients that don't fragment, and browsers don't.
type Sockets struct {
	opts   SocketOptions
	invoke aws.Invoke
	routes map[string]string // route key, "$connect" or an action → the function behind it

	connections sync.Map // id → *connection
	refuse      atomic.Int32
	quota       quota // of new connections
	throttled   atomic.Int64
	failed      atomic.Int64
	messages    atomic.Int64
	failPosts   atomic.Int64
	open        atomic.Int64
	connected   atomic.Int64
	refused     atomic.Int64
	posted      atomic.Int64
	gone        atomic.Int64

	ctx    context.Context
	cancel context.CancelFunc
	tasks  sync.WaitGroup
}

// SocketStats counts connections and messages.
type SocketStats struct {
	Open      int64 `json:"open"`
	Connected int64 `json:"connected"` // since the start
	Refused   int64 `json:"refused"`
	Posted    int64 `json:"posted"`    // messages to clients through @connections
	Gone      int64 `json:"gone"`      // @connections calls answered 410
	Throttled int64 `json:"throttled"` // handshakes refused for the limit; Refused counts them too
	Failed    int64 `json:"failed"`    // handshakes and messages whose function could not be called, or failed
	Messages  int64 `json:"messages"`  // from clients
}

type connection struct {
	id        string
	ready     chan struct{}   // closed when the handshake is over
	socket    *websocket.Conn // nil: the handshake failed
	since     time.Time
	active    atomic.Int64 // ms
	ip, agent string
	close     context.CancelCauseFunc
}

// NewSockets returns a WebSocket API whose routes go to the functions that declare them.
func NewSockets(functions []topology.Function, invoke aws.Invoke, opts SocketOptions) *Sockets {
	opts.Idle = cmp.Or(opts.Idle, 10*time.Minute)
	opts.Lifetime = cmp.Or(opts.Lifetime, 2*time.Hour)
	opts.Frame = cmp.Or(opts.Frame, 32<<10)
	opts.Message = cmp.Or(opts.Message, 128<<10)
	s := &Sockets{opts: opts, invoke: invoke, routes: map[string]string{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	for _, f := range functions {
		for _, route := range f.Sockets {
			s.routes[route] = f.Name
		}
	}
	return s
}

// Close closes every connection and waits until all have ended.
func (s *Sockets) Close() {
	s.cancel()
	s.tasks.Wait()
}

// Refuse answers every handshake with this status from now on, like a network that blocks WebSockets; 0 stops that.
func (s *Sockets) Refuse(status int) { s.refuse.Store(int32(status)) }

// Limit allows so many new connections a second from now on and answers 429 to the others; 0 stops that. AWS gives an
// account 500.
func (s *Sockets) Limit(perSecond int) { s.quota.limit.Store(int64(perSecond)) }

// FailPosts answers the next n calls to @connections with 429.
func (s *Sockets) FailPosts(n int) { s.failPosts.Store(int64(n)) }

// Cut ends every connection at once, without a goodbye.
func (s *Sockets) Cut() {
	s.connections.Range(func(_, known any) bool {
		if c := known.(*connection); s.connection(c.id) != nil {
			c.socket.CloseNow()
		}
		return true
	})
}

// Stats returns the counts so far.
func (s *Sockets) Stats() SocketStats {
	return SocketStats{s.open.Load(), s.connected.Load(), s.refused.Load(), s.posted.Load(), s.gone.Load(),
		s.throttled.Load(), s.failed.Load(), s.messages.Load()}
}

// ServeHTTP answers handshakes at /ws.
func (s *Sockets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, now := aws.RequestID(), time.Now()
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Upgrade", "websocket")
		s.reject(w, http.StatusUpgradeRequired, "Upgrade Required", id)
		return
	}
	if status := int(s.refuse.Load()); status != 0 {
		s.reject(w, status, http.StatusText(status), id)
		return
	}
	if s.quota.exceeded(now) {
		s.throttled.Add(1)
		s.reject(w, http.StatusTooManyRequests, "Too Many Requests", id)
		return
	}
	if status := s.ask(r, id, now); status < 200 || status > 299 {
		own := map[int]string{502: "Internal server error", 504: "Endpoint request timed out"}
		s.reject(w, status, cmp.Or(own[status], http.StatusText(status)), id)
		return
	}
	s.keep(w, r, id, now)
}

func (s *Sockets) reject(w http.ResponseWriter, status int, text, id string) {
	s.refused.Add(1)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"message": text, "connectionId": id, "requestId": aws.RequestID()})
}

// ask gives the handshake to $connect and returns the status that the function answers.
func (s *Sockets) ask(r *http.Request, id string, now time.Time) int {
	name := s.routes["$connect"]
	if name == "" {
		return http.StatusOK
	}
	return s.call(r.Context(), name, newConnectEvent(r, id, now))
}

// call gives an event to a route's function and returns the status that it answers.
func (s *Sockets) call(ctx context.Context, name string, event map[string]any) int {
	payload, _ := json.Marshal(event)
	ctx, cancel := context.WithTimeout(ctx, 29*time.Second)
	defer cancel()
	result, functionError, err := s.invoke(ctx, name, payload)
	var out struct {
		StatusCode int `json:"statusCode"`
	}
	status := http.StatusBadGateway
	switch {
	case errors.Is(err, aws.ErrThrottled):
		status = http.StatusTooManyRequests
	case errors.Is(err, context.DeadlineExceeded):
		status = http.StatusGatewayTimeout
	case err != nil, functionError != "", json.Unmarshal(result, &out) != nil, out.StatusCode < 100, out.StatusCode > 599:
	default:
		return out.StatusCode
	}
	s.failed.Add(1)
	return status
}

// newConnectEvent returns the event of $connect.
func newConnectEvent(r *http.Request, id string, now time.Time) map[string]any {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	header := r.Header.Clone()
	header.Set("Host", r.Host)
	header.Set("X-Forwarded-For", strings.TrimPrefix(header.Get("X-Forwarded-For")+", "+host, ", "))
	at := socketContext(id, "$connect", "CONNECT", now, now)
	at["identity"] = map[string]any{"sourceIp": host, "userAgent": r.UserAgent()}
	event := map[string]any{
		"headers": lastValues(header), "multiValueHeaders": header, "isBase64Encoded": false, "requestContext": at,
	}
	if query := r.URL.Query(); len(query) > 0 {
		event["queryStringParameters"] = lastValues(query)
		event["multiValueQueryStringParameters"] = query
	}
	return event
}

// socketContext returns the request context, which every event of a connection has.
func socketContext(id, route, kind string, since, now time.Time) map[string]any {
	request := aws.RequestID()
	return map[string]any{
		"routeKey": route, "eventType": kind, "messageDirection": "IN", "stage": topology.SocketStage,
		"connectionId": id, "connectedAt": since.UnixMilli(), "requestId": request, "extendedRequestId": request,
		"requestTime": now.UTC().Format("02/Jan/2006:15:04:05 -0700"), "requestTimeEpoch": now.UnixMilli(),
		"domainName": "localsock0.execute-api." + aws.Region + ".amazonaws.com", "apiId": "localsock0",
	}
}

// newMessageEvent returns the event of a client's message, which carries neither headers nor a query.
func newMessageEvent(c *connection, route string, data []byte, now time.Time) map[string]any {
	at := socketContext(c.id, route, "MESSAGE", c.since, now)
	at["messageId"] = aws.RequestID()
	at["identity"] = map[string]any{"sourceIp": c.ip, "userAgent": c.agent}
	return map[string]any{"requestContext": at, "body": string(data), "isBase64Encoded": false}
}

func lastValues(multi map[string][]string) map[string]string {
	last := map[string]string{}
	for name, values := range multi {
		if len(values) > 0 {
			last[name] = values[len(values)-1]
		}
	}
	return last
}

// keep finishes the handshake and holds the connection until it ends. @connections knows the connection from here on,
// and its calls wait for the end of the handshake.
func (s *Sockets) keep(w http.ResponseWriter, r *http.Request, id string, now time.Time) {
	s.tasks.Add(1)
	defer s.tasks.Done()
	ctx, end := context.WithCancelCause(s.ctx)
	defer end(nil)
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	c := &connection{id: id, ready: make(chan struct{}), since: now, ip: host, agent: r.UserAgent(), close: end}
	c.active.Store(now.UnixMilli())
	s.connections.Store(id, c)
	defer s.connections.Delete(id)
	var err error
	c.socket, err = websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	close(c.ready)
	if err != nil {
		s.refused.Add(1)
		return
	}
	defer c.socket.CloseNow()
	s.open.Add(1)
	s.connected.Add(1)
	defer s.open.Add(-1)
	c.socket.SetReadLimit(s.opts.Frame)
	ctx, cancel := context.WithDeadlineCause(ctx, now.Add(s.opts.Lifetime), errGoingAway)
	defer cancel()
	s.listen(ctx, c)
}

// errGoingAway is why the API itself ends a connection: idle, too old, or deleted.
var errGoingAway = errors.New("going away")

// listen answers the client's messages until the connection ends. Another goroutine says goodbye: once the context of
// a read ends, nothing can be written any more.
func (s *Sockets) listen(ctx context.Context, c *connection) {
	goodbye := func() {
		s.connections.Delete(c.id)
		if s.ctx.Err() != nil {
			c.socket.CloseNow()
			return
		}
		c.socket.Close(websocket.StatusGoingAway, "Going away")
	}
	idle := time.AfterFunc(s.opts.Idle, goodbye)
	defer idle.Stop()
	defer context.AfterFunc(ctx, goodbye)()
	for {
		kind, data, err := c.socket.Read(context.Background())
		if err != nil {
			return
		}
		s.messages.Add(1)
		c.active.Store(time.Now().UnixMilli())
		idle.Reset(s.opts.Idle)
		answer := s.route(ctx, c, kind, data)
		if answer == nil {
			continue
		}
		if err := c.write(ctx, answer); err != nil {
			return
		}
	}
}

// route selects by $request.body.action and returns the answer to the client: ping is a MOCK, other actions go to the
// functions that declare them, whose answers reach nobody, and there is no $default.
func (s *Sockets) route(ctx context.Context, c *connection, kind websocket.MessageType, data []byte) []byte {
	var body struct {
		Action string `json:"action"`
	}
	known := kind == websocket.MessageText && json.Unmarshal(data, &body) == nil
	switch name := s.routes[body.Action]; {
	case known && body.Action == topology.SocketPing:
		return []byte(`{"type":"pong"}`)
	case known && name != "" && !strings.HasPrefix(body.Action, "$"):
		s.tasks.Go(func() { s.message(ctx, c, name, body.Action, data) })
		return nil
	}
	return refusal(c, "Forbidden")
}

// message gives a client's message to a function. Messages of one connection may overtake each other, as on AWS.
func (s *Sockets) message(ctx context.Context, c *connection, name, route string, data []byte) {
	status := s.call(ctx, name, newMessageEvent(c, route, data, time.Now()))
	if status >= http.StatusInternalServerError && ctx.Err() == nil { // a connection that ends says goodbye instead
		_ = c.write(ctx, refusal(c, "Internal server error"))
	}
}

func refusal(c *connection, text string) []byte {
	answer, _ := json.Marshal(struct {
		Message      string `json:"message"`
		ConnectionID string `json:"connectionId"`
		RequestID    string `json:"requestId"`
	}{text, c.id, aws.RequestID()})
	return answer
}

func (c *connection) write(ctx context.Context, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return c.socket.Write(ctx, websocket.MessageText, data)
}
