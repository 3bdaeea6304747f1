package gatewaytest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// readYAML reads a document as JSON would read it.
func readYAML(t *testing.T, file string) (doc map[string]any) {
	t.Helper()
	var v any
	err := yaml.Unmarshal(read(t, file), &v)
	var text []byte
	if err == nil {
		text, err = json.Marshal(v)
	}
	if err == nil {
		err = json.Unmarshal(text, &doc)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return doc
}

// At follows a path of map keys.
func At(t *testing.T, v any, path ...string) any {
	t.Helper()
	for i, key := range path {
		next, ok := v.(map[string]any)[key]
		if !ok {
			t.Fatalf("there is no %s", strings.Join(path[:i+1], " → "))
		}
		v = next
	}
	return v
}

// Texts returns a list of values as texts.
func Texts(v any) []string {
	var out []string
	for _, one := range v.([]any) {
		out = append(out, fmt.Sprint(one))
	}
	return out
}
