package crowd

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/coder/websocket"
)

// line is a visitor's socket.
type line struct {
	conn  *websocket.Conn
	turns chan turn     // at most the latest turn
	down  chan struct{} // closed when the socket is
}

// turn is the message "your turn".
type turn struct {
	Type string `json:"type"`
	Ref  string `json:"ref"`
}

// dial opens the socket, which registers the visitor.
func (b *browser) dial(ctx context.Context, shared http.RoundTripper) (*line, error) {
	header := http.Header{"Origin": {b.origin()}}
	conn, _, err := websocket.Dial(ctx, b.origin()+"/ws?zone="+b.zone, &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: shared, Jar: b.jar}, HTTPHeader: header,
		CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		return nil, err
	}
	l := &line{conn: conn, turns: make(chan turn, 1), down: make(chan struct{})}
	go l.listen()
	return l, nil
}

// listen ends when the socket does, which drop brings about.
func (l *line) listen() {
	defer close(l.down)
	for {
		_, text, err := l.conn.Read(context.Background())
		if err != nil {
			return
		}
		var t turn
		if json.Unmarshal(text, &t) != nil || t.Type != "turn" {
			continue
		}
		select {
		case <-l.turns: // an older one that nobody took
		default:
		}
		l.turns <- t
	}
}

// ping keeps an idle socket open.
func (l *line) ping(ctx context.Context) error {
	return l.conn.Write(ctx, websocket.MessageText, []byte(`{"action":"ping"}`))
}

// drop ends the socket without a closing message, as a closed lid does.
func (l *line) drop() {
	if l == nil {
		return
	}
	_ = l.conn.CloseNow()
	<-l.down
}

// heard returns the channel of turns; nil, on which nothing comes, without a socket.
func (l *line) heard() <-chan turn {
	if l == nil {
		return nil
	}
	return l.turns
}

// lost is closed when the socket is gone; nil without one.
func (l *line) lost() <-chan struct{} {
	if l == nil {
		return nil
	}
	return l.down
}
