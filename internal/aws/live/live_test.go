package live_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"foyer/internal/aws/live"
	"foyer/internal/room/socket"
)

// stage is @connections of the stage "ws", answering with each status in turn and then with the last for ever. The
// client is the real SDK.
type stage struct {
	calls    atomic.Int64
	statuses []int
	seen     []string // method, path and body
	live     *live.Connections
	now      time.Time
	slept    time.Duration
}

var kinds = map[int]string{
	http.StatusGone: "GoneException", http.StatusTooManyRequests: "LimitExceededException",
	http.StatusForbidden: "ForbiddenException", http.StatusNotFound: "NotFoundException",
}

func newStage(t *testing.T, statuses ...int) *stage {
	s := &stage{statuses: statuses, now: time.Unix(1_700_000_000, 0)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.seen = append(s.seen, r.Method+" "+r.URL.Path+" "+string(body))
		n := int(s.calls.Add(1)) - 1
		status := s.statuses[min(n, len(s.statuses)-1)]
		if kinds[status] != "" {
			w.Header().Set("X-Amzn-Errortype", kinds[status])
		}
		w.WriteHeader(status)
		if r.Method == "GET" && status == 200 {
			_, _ = io.WriteString(w, `{"connectedAt":"2023-11-14T22:13:20Z"}`)
		}
	}))
	t.Cleanup(server.Close)
	cfg := aws.Config{Region: "eu-central-1", Credentials: credentials.NewStaticCredentialsProvider("AKID", "SECRET", "")}
	s.live = &live.Connections{Client: live.NewClient(cfg, server.URL+"/ws"), Now: func() time.Time { return s.now }}
	s.live.Sleep = func(ctx context.Context, d time.Duration) error { s.slept += d; return ctx.Err() }
	return s
}

func TestAPushIsPostedToTheConnection(t *testing.T) {
	s := newStage(t, 200)
	if err := s.live.Push(t.Context(), "abc=", []byte(`{"type":"turn"}`)); err != nil {
		t.Fatal(err)
	}
	if want := `POST /ws/@connections/abc= {"type":"turn"}`; len(s.seen) != 1 || s.seen[0] != want {
		t.Errorf("requests %q, want %q", s.seen, want)
	}
}

func TestAConnectionIsClosed(t *testing.T) {
	for status, works := range map[int]bool{204: true, http.StatusGone: true, http.StatusForbidden: false} {
		s := newStage(t, status)
		if err := s.live.Close(t.Context(), "abc="); (err == nil) != works || s.seen[0] != "DELETE /ws/@connections/abc= " {
			t.Errorf("%d: %v, asked %q", status, err, s.seen)
		}
	}
}

func TestWhatAPushComesTo(t *testing.T) {
	for _, c := range []struct {
		name     string
		statuses []int
		gone     bool
		failed   bool
		calls    int64
	}{
		{"there", []int{200}, false, false, 1},
		{"gone", []int{410}, true, true, 2},
		{"a handshake still under way", []int{410, 200}, false, false, 2},
		{"gone, then not known", []int{410, 403}, false, true, 2},
		{"throttled, then there", []int{429, 429, 200}, false, false, 3},
		{"throttled for ever", []int{429}, false, true, live.Attempts},
		{"a server's error, then there", []int{500, 200}, false, false, 2},
		{"not allowed makes nobody absent", []int{403}, false, true, 1},
		{"a wrong address makes nobody absent", []int{404}, false, true, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, c.statuses...)
			err := s.live.Push(t.Context(), "c1", []byte("{}"))
			if errors.Is(err, socket.ErrGone) != c.gone || (err != nil) != c.failed {
				t.Errorf("error %v", err)
			}
			if got := s.calls.Load(); got != c.calls {
				t.Errorf("%d calls, want %d", got, c.calls)
			}
			if want := live.Settle; (c.statuses[0] == 410) != (s.slept == want) {
				t.Errorf("slept %v, want %v", s.slept, want)
			}
		})
	}
}

func TestWhoIsThereIsRememberedAndWhoIsNotIsAskedForAgain(t *testing.T) {
	s := newStage(t, 410, 200)
	for i, want := range []struct {
		alive bool
		calls int64
	}{{false, 1}, {true, 2}, {true, 2}} {
		alive, err := s.live.Alive(t.Context(), "c1")
		if err != nil || alive != want.alive || s.calls.Load() != want.calls {
			t.Errorf("look %d: alive %v after %d calls, error %v; want %+v", i, alive, s.calls.Load(), err, want)
		}
	}
	s.now = s.now.Add(live.Remembered)
	if _, _ = s.live.Alive(t.Context(), "c1"); s.calls.Load() != 3 {
		t.Errorf("%d calls: an old yes was believed", s.calls.Load())
	}
}

func TestAPushThatFindsNobodyIsBelieved(t *testing.T) {
	s := newStage(t, 200, 410, 410, 410)
	if alive, _ := s.live.Alive(t.Context(), "c1"); !alive {
		t.Fatal("not alive")
	}
	_ = s.live.Push(t.Context(), "c1", []byte("{}"))
	if alive, _ := s.live.Alive(t.Context(), "c1"); alive {
		t.Error("alive, though a push found nobody")
	}
}

func TestNotKnowingIsAnError(t *testing.T) {
	s := newStage(t, 403)
	if alive, err := s.live.Alive(t.Context(), "c1"); alive || err == nil {
		t.Errorf("alive %v, error %v", alive, err)
	}
}

func TestACallEndsWithItsCaller(t *testing.T) {
	s := newStage(t, 429)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.live.Push(ctx, "c1", []byte("{}")); err == nil || errors.Is(err, socket.ErrGone) {
		t.Errorf("error %v", err)
	}
}
