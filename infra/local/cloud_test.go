package local

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"foyer/infra/local/ddb"
	"foyer/infra/local/lambda/lambdatest"
	"foyer/infra/topology"
	"foyer/internal/testkit/dynamotest"
)

// everything is a function with one of each.
var everything = []topology.Function{{
	Name: "echo", MemoryMB: 128, Timeout: 5 * time.Second, Schedule: time.Minute,
	Env:     []string{"ZONES_TABLE", topology.EnvCallback},
	Routes:  []topology.Route{{Method: "POST", Path: "/foyer/zones/{zone}/register"}},
	Sockets: []string{"$connect"},
	Stream:  &topology.Trigger{Table: "zones", Batch: 10, MaxRetries: 1},
}}

func up(t *testing.T, o Options) *Cloud {
	t.Helper()
	t.Setenv(ddb.EndpointEnv, dynamotest.Endpoint(t))
	o.Prefix = fmt.Sprintf("up-%d-", time.Now().UnixNano())
	o.Lambda.Binaries, o.Prebuilt = lambdatest.Binaries(t), true
	if o.Functions == nil {
		o.Functions = everything
	}
	c, err := Up(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Down)
	return c
}

func TestCloudComesUpAndGoesDownWhole(t *testing.T) {
	dynamotest.Endpoint(t)
	here := goleak.IgnoreCurrent()
	c := up(t, Options{})
	for range 300 { // the schedule's first start
		if c.Lambda.Stats()["echo"].Invocations > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if s := c.Lambda.Stats()["echo"]; s.Invocations == 0 || s.Errors > 0 {
		t.Errorf("the schedule started nothing: %+v", s)
	}
	result, _, err := c.Lambda.Invoke(t.Context(), "echo", []byte(`{"do":"env"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"ZONES_TABLE=` + c.Prefix + `zones"`, `"CALLBACK_URL=http://127.0.0.1:`,
		`"AWS_ENDPOINT_URL_DYNAMODB=` + c.Database} {
		if !strings.Contains(string(result), want) {
			t.Errorf("environment %s lacks %s", result, want)
		}
	}
	if strings.Contains(string(result), "GRANTS_TABLE") {
		t.Error("the function got what it doesn't declare")
	}
	begin := time.Now()
	c.Down()
	c.Down()
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("down after %s", took)
	}
	if _, err := net.DialTimeout("tcp", strings.TrimPrefix(c.URL, "http://"), time.Second); err == nil {
		t.Error("the front door still listens")
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	goleak.VerifyNone(t, here)
}

func TestCloudNamesATakenPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().(*net.TCPAddr).Port
	_, err = Up(context.Background(), Options{Port: taken, Prebuilt: true})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("port %d is taken", taken)) ||
		!strings.Contains(err.Error(), "PORT=") ||
		strings.Contains(err.Error(), "\n") {
		t.Errorf("%v, want one line that says what to do", err)
	}
}

func TestCloudSaysWhatDoesNotBuild(t *testing.T) {
	t.Setenv(ddb.EndpointEnv, dynamotest.Endpoint(t))
	_, err := Up(context.Background(), Options{Functions: []topology.Function{{Name: "nothing"}}})
	if err == nil || !strings.Contains(err.Error(), "build functions/nothing") {
		t.Errorf("%v", err)
	}
}

// TestGoingDownEndsConnectionsOfThePagesBehind: a site that is queued for may hold sockets open for as long as it
// likes; the server that they were taken from knows nothing of them any more.
func TestGoingDownEndsConnectionsOfThePagesBehind(t *testing.T) {
	over := make(chan struct{})
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(over)
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		_, _ = io.Copy(io.Discard, conn)
	}))
	t.Cleanup(site.Close)
	c := up(t, Options{Origin: site.URL})
	if err := c.Store.Put("z.main", `{"b":"open"}`); err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprint(conn, "GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	reader := bufio.NewReader(conn)
	if res, err := http.ReadResponse(reader, nil); err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("upgrade: %v %v", res, err)
	}
	c.Down()
	select {
	case <-over:
	case <-time.After(time.Minute):
		t.Error("the site's end is still open")
	}
	if _, err := reader.ReadByte(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the browser's end is still open: %v", err)
	}
}
