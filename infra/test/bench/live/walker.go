package live

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"

	"foyer/infra/demo/crowd"
	"foyer/infra/local"
)

// walker is a visitor of the running cloud that takes each step on command. The simulated crowd decides for itself.
type walker struct {
	client *http.Client
	base   string // the front door
	zone   string
	socket *websocket.Conn
	turns  chan turn // at most one, the first
}

// turn is the message, and the time at which it came.
type turn struct {
	Type  string `json:"type"`
	Ref   string `json:"ref"`
	heard time.Time
}

func newWalker(cloud *local.Cloud, shared http.RoundTripper, zone string) *walker {
	return &walker{
		client: &http.Client{Transport: shared, Jar: &crowd.Jar{}, Timeout: 30 * time.Second},
		base:   cloud.URL, zone: zone, turns: make(chan turn, 1),
	}
}

// arrive opens the protected page as a browser does, and ends up in the waiting room.
func (w *walker) arrive(ctx context.Context) error {
	status, err := w.ask(ctx, http.MethodGet, "/z/"+w.zone+"/", "", "Accept: text/html", "Sec-Fetch-Mode: navigate")
	if status == http.StatusTooManyRequests { // the page itself, at the site's address
		return nil
	}
	return err
}

func (w *walker) post(ctx context.Context, what, body string) error {
	_, err := w.ask(ctx, http.MethodPost, "/foyer/zones/"+w.zone+"/"+what, body,
		"Content-Type: application/json", "Origin: "+w.base, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: cors")
	return err
}

// ask returns the status and the answer's error, if it is one.
func (w *walker) ask(ctx context.Context, method, path, body string, headers ...string) (int, error) {
	r, err := http.NewRequestWithContext(ctx, method, w.base+path, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	answer, err := w.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: status %d %.200s", method, path, answer.StatusCode, text)
	}
	return answer.StatusCode, err
}

// dialing opens a socket as a browser's page does.
func (w *walker) dialing() *websocket.DialOptions {
	return &websocket.DialOptions{HTTPClient: w.client, HTTPHeader: http.Header{"Origin": {w.base}},
		CompressionMode: websocket.CompressionDisabled}
}

// connect opens the socket, which registers, and listens for the turn until the socket ends.
func (w *walker) connect(ctx context.Context) (err error) {
	w.socket, _, err = websocket.Dial(ctx, strings.Replace(w.base, "http", "ws", 1)+"/ws?zone="+w.zone, w.dialing())
	if err != nil {
		return err
	}
	go func() {
		for {
			_, text, err := w.socket.Read(context.Background())
			if err != nil {
				return
			}
			t := turn{heard: time.Now()}
			if json.Unmarshal(text, &t) == nil && t.Type == "turn" {
				select {
				case w.turns <- t:
				default: // a repetition
				}
			}
		}
	}()
	return nil
}

// enter claims the grant of a turn.
func (w *walker) enter(ctx context.Context, t turn) error {
	return w.post(ctx, "enter", fmt.Sprintf(`{"ref":%q}`, t.Ref))
}

func (w *walker) hangUp() {
	if w.socket != nil {
		_ = w.socket.CloseNow()
	}
}
