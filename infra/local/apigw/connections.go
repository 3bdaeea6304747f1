package apigw

import (
	"encoding/json"
	"io"
	"net/http"
	"time"

	"foyer/infra/local/aws"
	"foyer/infra/topology"
)

// Management returns the handler of @connections: POST, GET and DELETE /ws/@connections/{id}. It checks no signatures.
func (s *Sockets) Management() http.Handler {
	mux := http.NewServeMux()
	path := " /" + topology.SocketStage + "/@connections/{id}"
	mux.HandleFunc("POST"+path, s.forConnection(s.post))
	mux.HandleFunc("GET"+path, s.forConnection(s.describe))
	mux.HandleFunc("DELETE"+path, s.forConnection(s.drop))
	return mux
}

func (s *Sockets) forConnection(serve func(http.ResponseWriter, *http.Request, *connection)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.failPosts.Add(-1) >= 0 {
			awsError(w, http.StatusTooManyRequests, "LimitExceededException")
			return
		}
		s.failPosts.CompareAndSwap(-1, 0)
		c := s.connection(r.PathValue("id"))
		if c == nil {
			s.gone.Add(1)
			awsError(w, http.StatusGone, "GoneException")
			return
		}
		serve(w, r, c)
	}
}

// connection returns the connection with that id once its handshake is over; nil where there is none.
func (s *Sockets) connection(id string) *connection {
	known, ok := s.connections.Load(id)
	if !ok {
		return nil
	}
	c := known.(*connection)
	if <-c.ready; c.socket == nil {
		return nil
	}
	return c
}

// awsError answers as @connections does: the kind in a header, no body.
func awsError(w http.ResponseWriter, status int, kind string) {
	w.Header().Set("X-Amzn-Errortype", kind)
	w.Header().Set("X-Amzn-Requestid", aws.UUID())
	w.WriteHeader(status)
}

func (s *Sockets) post(w http.ResponseWriter, r *http.Request, c *connection) {
	data, err := io.ReadAll(io.LimitReader(r.Body, int64(s.opts.Message)+1))
	if err != nil {
		awsError(w, http.StatusBadRequest, "BadRequestException")
		return
	}
	if len(data) > s.opts.Message {
		awsError(w, http.StatusRequestEntityTooLarge, "PayloadTooLargeException")
		return
	}
	if err := c.write(r.Context(), data); err != nil {
		s.gone.Add(1)
		awsError(w, http.StatusGone, "GoneException")
		return
	}
	c.active.Store(time.Now().UnixMilli())
	s.posted.Add(1)
}

func (s *Sockets) describe(w http.ResponseWriter, r *http.Request, c *connection) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{
		"connectedAt":  c.since.UTC().Format(time.RFC3339),
		"lastActiveAt": time.UnixMilli(c.active.Load()).UTC().Format(time.RFC3339),
		"identity":     map[string]string{"sourceIp": c.ip, "userAgent": c.agent},
	})
}

func (s *Sockets) drop(w http.ResponseWriter, r *http.Request, c *connection) {
	s.connections.Delete(c.id)
	c.close(errGoingAway)
	w.WriteHeader(http.StatusNoContent)
}
