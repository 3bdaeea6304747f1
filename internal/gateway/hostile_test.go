package gateway

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"foyer/internal/problem"
)

var errDown = errors.New("database is down")

// hostile is a file of testdata/http: a good event, what makes it bad, and what comes of it. Texts of the form
// token:<name> stand for a token vector, and pad:<n> for so many bytes.
type hostile struct {
	Why    string
	Event  string
	Patch  json.RawMessage
	Status int
	Code   problem.Code
}

// Every bad request is answered with its status and code in the one shape of errors, and leaves everything as it was.
func TestABadRequestChangesNothing(t *testing.T) {
	files, err := filepath.Glob("../../testdata/http/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			var h hostile
			raw, err := os.ReadFile(file)
			if err == nil {
				err = json.Unmarshal(raw, &h)
			}
			if err != nil || h.Why == "" {
				t.Fatalf("%v: %+v", err, h)
			}
			s := newStage(t)
			s.good(h.Event)
			s.refused(h, s.do(h.Event, expand(t, string(h.Patch))))
		})
	}
}

// good makes sure that the event is good without its patch, so that the patch is the reason.
func (s *stage) good(event string) {
	s.Helper()
	if got := newStage(s.T).do(event, ""); got.StatusCode >= 400 {
		s.Fatalf("%s itself is refused: %s", event, got.Body)
	}
}

func (s *stage) refused(h hostile, got Response) {
	s.Helper()
	var doc problem.Document
	if err := json.Unmarshal([]byte(got.Body), &doc); err != nil {
		s.Fatalf("%d %s", got.StatusCode, got.Body)
	}
	if got.StatusCode != h.Status || doc.Status != h.Status || doc.Code != h.Code {
		s.Errorf("%d %s, want %d %s: %s", got.StatusCode, doc.Code, h.Status, h.Code, h.Why)
	}
	if got.Headers["content-type"] != "application/problem+json" || got.Headers["cache-control"] != "no-store" ||
		doc.Type != "about:blank" ||
		doc.Title == "" {
		s.Errorf("headers %v, document %s", got.Headers, got.Body)
	}
	if s.seats != nil && len(s.touched("stalls")) != 0 {
		s.Errorf("seats were touched: %v", s.touched("stalls"))
	}
	if len(s.waiting()) != 0 || len(s.door.asked) != 0 || len(got.Cookies) != 0 {
		s.Errorf("waiting %v, asked %v, cookies %v: something changed", s.waiting(), s.door.asked, got.Cookies)
	}
}

// expand puts in what a patch only names.
func expand(t *testing.T, patch string) string {
	v := readVectors(t)
	for {
		before, rest, found := strings.Cut(patch, "token:")
		if !found {
			break
		}
		name, after, _ := strings.Cut(rest, "\"")
		patch = before + v.named(t, name) + "\"" + after
	}
	return strings.ReplaceAll(patch, "pad:1024", strings.Repeat("x", 1024))
}
