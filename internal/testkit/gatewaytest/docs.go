package gatewaytest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"foyer/infra/topology"
	"foyer/internal/gateway/web"
)

// OpenAPI reads the description of the HTTP API.
func OpenAPI(t *testing.T) map[string]any { return readYAML(t, "docs/openapi.yaml") }

// AsyncAPI reads the description of the sockets.
func AsyncAPI(t *testing.T) map[string]any { return readYAML(t, "docs/asyncapi.yaml") }

// Example returns the example of a 200 of a route.
func Example(t *testing.T, path, method string) any {
	return At(t, OpenAPI(t), "paths", path, method, "responses", "200", "content", "application/json", "example")
}

// BodyExample returns the example of a request's body.
func BodyExample(t *testing.T, path, method string) any {
	return At(t, OpenAPI(t), "paths", path, method, "requestBody", "content", "application/json", "example")
}

// Payload returns the example of a message of the sockets.
func Payload(t *testing.T, message string) any {
	examples := At(t, AsyncAPI(t), "components", "messages", message, "examples").([]any)
	return At(t, examples[0], "payload")
}

// RoundTrip decodes an example strictly and writes it again: nothing may be lost or unknown.
func RoundTrip(t *testing.T, name string, example, into any) {
	t.Helper()
	raw, err := json.Marshal(example)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	again, _ := json.Marshal(into)
	var back any
	_ = json.Unmarshal(again, &back)
	if diff := cmp.Diff(example, back); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
}

// Routes checks that a function answers the routes that are deployed for it.
func Routes(t *testing.T, function string, answers web.Routes) {
	t.Helper()
	var want, got []string
	for _, f := range topology.Functions {
		for _, r := range f.Routes {
			if f.Name == function {
				path := strings.TrimPrefix(strings.TrimPrefix(r.Path, "/foyer/zones/{zone}/"), "/foyer/")
				want = append(want, r.Method+" "+path)
			}
		}
	}
	for route, methods := range answers {
		for method := range methods {
			got = append(got, method+" "+route)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", function, diff)
	}
}
