package sam_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"foyer/infra/test/sam"
	"foyer/infra/topology"
	"foyer/internal/problem"
	"foyer/internal/room/token"
)

// The HTTP routes of the template lead to their functions; what the functions refuse has the problem's one shape.
func TestTheHTTPRoutesOnSAM(t *testing.T) {
	b := newBench(t)
	c, err := sam.ReadCase(folder, "register-api-client")
	if err == nil {
		err = b.world.Prepare(t.Context(), c, time.Now(), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	api, err := sam.StartAPI(t.Context(), b.app, b.env, 0, b.log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(api.Stop)
	door := http.Header{topology.HeaderFrontDoor: {sam.DoorSecret}}
	visitor := door.Clone()
	visitor.Set(token.VisitorHeader, visitorToken(t, c))
	const zone = "/foyer/zones/" + topology.DefaultZone
	for _, r := range []struct {
		name, method, path string
		header             http.Header
		status             int
		code               problem.Code
	}{
		{"around the front door", "POST", zone + "/register", http.Header{}, http.StatusForbidden, problem.Forbidden},
		{"with a guessed secret", "POST", zone + "/register", http.Header{topology.HeaderFrontDoor: {"guessed"}},
			http.StatusForbidden, problem.Forbidden},
		{"without a token", "POST", zone + "/register", door, http.StatusUnauthorized, problem.Unauthorized},
		{"a visitor registers", "POST", zone + "/register", visitor, http.StatusOK, ""},
		{"a visitor registers again", "POST", zone + "/register", visitor, http.StatusOK, ""},
		{"with a token of another zone", "POST", "/foyer/zones/elsewhere/register", visitor, http.StatusUnauthorized,
			problem.Unauthorized},
		{"enters before being called", "POST", zone + "/enter", visitor, http.StatusConflict, problem.NotCalled},
		{"leaves", "POST", zone + "/leave", visitor, http.StatusOK, ""},
		{"a page goes around the front door", "POST", zone + "/enter", http.Header{}, http.StatusForbidden,
			problem.Forbidden},
	} {
		t.Run(r.name, func(t *testing.T) {
			status, body := request(t, r.method, api.URL+r.path, r.header)
			var doc struct{ Code problem.Code }
			if err := json.Unmarshal(body, &doc); err != nil || status != r.status || doc.Code != r.code {
				t.Errorf("status %d, code %q, error %v, want %d %q: %s", status, doc.Code, err, r.status, r.code, body)
			}
		})
	}
	t.Run("no socket, no other route", func(t *testing.T) {
		for _, path := range []string{"/ws", zone + "/status"} {
			if status, body := request(t, "GET", api.URL+path, visitor); status < 400 {
				t.Errorf("%s: status %d: %s", path, status, body)
			}
		}
	})
}

func request(t *testing.T, method, url string, header http.Header) (int, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header.Clone()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, body
}

// visitorToken is the token of the events' visitor.
func visitorToken(t *testing.T, c sam.Case) string {
	t.Helper()
	var event struct{ Headers map[string]string }
	if err := json.Unmarshal(c.Event, &event); err != nil {
		t.Fatal(err)
	}
	return event.Headers[token.VisitorHeader]
}

// What `make invoke-<case>` does: one function, one event, by the SAM CLI itself.
func TestOneEventByTheCommandLine(t *testing.T) {
	b := newBench(t)
	c, err := sam.ReadCase(folder, "register-http")
	if err != nil {
		t.Fatal(err)
	}
	s := &story{T: t, bench: b, began: time.Now()}
	s.must(b.world.Prepare(t.Context(), c, s.began, nil))
	answer, err := sam.Invoke(t.Context(), b.app, b.env, c.Function, c.At(s.began), b.log)
	s.must(err)
	s.registered(answer)
	s.waits("")
}
