package stack_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// resource is a resource of the template.
type resource struct {
	id    string
	props map[string]any
	all   map[string]any
}

// ofType returns the template's resources of a type, by logical id.
func (s *synthesized) ofType(kind string) []resource {
	var found []resource
	for id, r := range s.template["Resources"].(map[string]any) {
		body := r.(map[string]any)
		if body["Type"] == kind {
			props, _ := body["Properties"].(map[string]any)
			found = append(found, resource{id, props, body})
		}
	}
	slices.SortFunc(found, func(a, b resource) int { return strings.Compare(a.id, b.id) })
	return found
}

// one returns the only resource of a type whose logical id begins so.
func (s *synthesized) one(t *testing.T, kind, prefix string) resource {
	t.Helper()
	var found []resource
	for _, r := range s.ofType(kind) {
		if strings.HasPrefix(r.id, prefix) {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d resources %s are called %s…, want 1", len(found), kind, prefix)
	}
	return found[0]
}

// get walks down maps and lists: get("A", 0, "B").
func (r resource) get(path ...any) any {
	var v any = r.props
	for _, step := range path {
		switch at := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[at]
		case int:
			l, _ := v.([]any)
			if at >= len(l) {
				return nil
			}
			v = l[at]
		}
	}
	return v
}

// want fails unless the value at a path, rendered, is the one expected.
func (r resource) want(t *testing.T, expected string, path ...any) {
	t.Helper()
	if got := render(r.get(path...)); got != expected {
		t.Errorf("%s: %v is %s, want %s", r.id, path, got, expected)
	}
}

// render writes a value as cdk-nag does: <LogicalId.Attribute> for what is only known when deployed.
func render(v any) string {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case map[string]any:
		if ref, ok := v["Ref"].(string); ok {
			return "<" + ref + ">"
		}
		if att, ok := v["Fn::GetAtt"].([]any); ok {
			return fmt.Sprintf("<%v.%v>", att[0], att[1])
		}
		if join, ok := v["Fn::Join"].([]any); ok {
			var parts []string
			for _, p := range join[1].([]any) {
				parts = append(parts, render(p))
			}
			return strings.Join(parts, join[0].(string))
		}
	case []any:
		var parts []string
		for _, p := range v {
			parts = append(parts, render(p))
		}
		return strings.Join(parts, " ")
	}
	return fmt.Sprint(v)
}

// list returns one or several as several.
func list(v any) []string {
	many, ok := v.([]any)
	if !ok {
		many = []any{v}
	}
	var out []string
	for _, one := range many {
		out = append(out, render(one))
	}
	return out
}
