package sam

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"foyer/infra/topology"
)

// Connections plays @connections for connections of given ids, which the events name; the local cloud's makes its own.
type Connections struct {
	mu   sync.Mutex
	open []string
	said []string
}

// Open makes connections be there.
func (c *Connections) Open(ids ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open = append(c.open, ids...)
}

// Said returns what was posted, as "id message".
func (c *Connections) Said() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.said)
}

// ServeHTTP answers POST and GET of /<stage>/@connections/{id}; 410 for a connection that isn't there.
func (c *Connections) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	message, _ := io.ReadAll(http.MaxBytesReader(w, r.Body, 128<<10))
	c.mu.Lock()
	defer c.mu.Unlock()
	id, ok := strings.CutPrefix(r.URL.Path, "/"+topology.SocketStage+"/@connections/")
	switch {
	case !ok:
		w.WriteHeader(http.StatusForbidden)
	case !slices.Contains(c.open, id):
		w.Header().Set("X-Amzn-Errortype", "GoneException")
		w.WriteHeader(http.StatusGone)
	case r.Method == http.MethodPost:
		c.said = append(c.said, id+" "+string(message))
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"connectedAt":"2026-09-21T13:33:19Z","identity":{}}`) // fails when the client is gone
	}
}
