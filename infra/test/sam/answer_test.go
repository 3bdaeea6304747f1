package sam_test

import (
	"encoding/json"
	"strings"
)

// response is a function's answer to API Gateway.
type response struct {
	StatusCode int
	Headers    map[string]string
	Cookies    []string
	Body       string
}

func (s *story) response(answer []byte, status int) response {
	s.Helper()
	var r response
	if err := json.Unmarshal(answer, &r); err != nil || r.StatusCode != status {
		s.Fatalf("error %v, want status %d: %s", err, status, answer)
	}
	return r
}

// field is a field of the body.
func (r response) field(s *story, name string) any {
	s.Helper()
	var body map[string]any
	if err := json.Unmarshal([]byte(r.Body), &body); err != nil {
		s.Fatalf("body %q: %v", r.Body, err)
	}
	return body[name]
}

func (r response) hasAccessCookie(s *story) {
	s.Helper()
	for _, cookie := range r.Cookies {
		if strings.HasPrefix(cookie, "__Host-foyer-a-main=ey") {
			return
		}
	}
	s.Errorf("no access cookie among %q", r.Cookies)
}
