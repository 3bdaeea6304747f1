package gatewaytest

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"foyer/internal/gateway/web"
	"foyer/internal/problem"
)

// Hostile is a file of testdata/http: a good event, what makes it bad, and what comes of it.
type Hostile struct {
	Name   string `json:"-"` // of the file
	Why    string
	Event  string
	Patch  json.RawMessage // in a file, token:<name> stands for a token vector and pad:1024 for so many bytes
	Status int
	Code   problem.Code
}

// Hostiles reads the files whose events are of these functions.
func Hostiles(t *testing.T, functions ...string) (all []Hostile) {
	t.Helper()
	files, err := filepath.Glob(root + "testdata/http/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		h := Hostile{Name: strings.TrimSuffix(filepath.Base(file), ".json")}
		if err := json.Unmarshal(read(t, strings.TrimPrefix(file, root)), &h); err != nil || h.Why == "" {
			t.Fatalf("%s: %v: %+v", file, err, h)
		}
		h.Patch = json.RawMessage(expand(t, string(h.Patch)))
		if function, _, _ := strings.Cut(h.Event, "-"); slices.Contains(functions, function) {
			all = append(all, h)
		}
	}
	if len(all) == 0 {
		t.Fatalf("no files are about %v", functions)
	}
	return all
}

// Refused checks that the answer is the one problem document that the file asks for, and sets no cookies.
func (h Hostile) Refused(t *testing.T, got web.Response) {
	t.Helper()
	var doc problem.Document
	if err := json.Unmarshal([]byte(got.Body), &doc); err != nil {
		t.Fatalf("%d %s", got.StatusCode, got.Body)
	}
	if got.StatusCode != h.Status || doc.Status != h.Status || doc.Code != h.Code {
		t.Errorf("%d %s, want %d %s: %s", got.StatusCode, doc.Code, h.Status, h.Code, h.Why)
	}
	if got.Headers["content-type"] != "application/problem+json" || got.Headers["cache-control"] != "no-store" ||
		doc.Type != "about:blank" || doc.Title == "" || len(got.Cookies) != 0 {
		t.Errorf("headers %v, cookies %v, document %s", got.Headers, got.Cookies, got.Body)
	}
}

// expand puts in what a patch only names.
func expand(t *testing.T, patch string) string {
	v := ReadVectors(t)
	for {
		before, rest, found := strings.Cut(patch, "token:")
		if !found {
			break
		}
		name, after, _ := strings.Cut(rest, "\"")
		patch = before + v.Token(t, name) + "\"" + after
	}
	return strings.ReplaceAll(patch, "pad:1024", strings.Repeat("x", 1024))
}
