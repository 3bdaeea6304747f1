package health_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"foyer/internal/aws/health"
)

func TestAsk(t *testing.T) {
	hanging := make(chan struct{})
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hang" {
			<-hanging
		}
		if r.URL.Path == "/cut" {
			w.Header().Set("Content-Length", "1000") // and no byte of them
			return
		}
		status, _ := strconv.Atoi(r.URL.Path[1:])
		if status/100 == 3 {
			w.Header().Set("Location", "/200")
		}
		w.WriteHeader(max(status, 200))
		w.Write(make([]byte, 100_000)) //nolint:errcheck // the asker reads a part
	}))
	defer site.Close()
	defer close(hanging)
	for path, well := range map[string]bool{
		"/200": true, "/204": true, "/302": false, "/404": false, "/429": false, "/500": false, "/503": false,
		"/cut": false,
	} {
		if err := health.Ask(t.Context(), site.URL+path); (err == nil) != well {
			t.Errorf("%s: %v", path, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, url := range []string{site.URL + "/hang", "http://127.0.0.1:1/", "::"} {
		if err := health.Ask(ended, url); err == nil {
			t.Errorf("%s is well", url)
		}
	}
}
