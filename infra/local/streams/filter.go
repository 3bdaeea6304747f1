package streams

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
)

// filter is an event pattern as Lambda's filter criteria take it: nested objects down to arrays of what a field may
// be. It knows literals and exists; another operator is an error, never a filter that lets nothing through.
type filter map[string]any

// parseFilter reads a pattern; an empty one lets everything through.
func parseFilter(pattern string) (f filter, err error) {
	if pattern == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(pattern), &f); err != nil {
		return nil, fmt.Errorf("filter pattern: %w", err)
	}
	return f, f.check()
}

func (f filter) check() error {
	for name, want := range f {
		switch want := want.(type) {
		case map[string]any:
			if err := filter(want).check(); err != nil {
				return err
			}
		case []any:
			for _, rule := range want {
				operators, ok := rule.(map[string]any)
				if _, exists := operators["exists"].(bool); ok && (!exists || len(operators) > 1) {
					return fmt.Errorf("filter pattern: the operators %v of %q aren't known here", operators, name)
				}
			}
		default:
			return fmt.Errorf("filter pattern: %q needs an array", name)
		}
	}
	return nil
}

// matches reports whether the event, which is decoded JSON, meets every field of the pattern.
func (f filter) matches(event map[string]any) bool {
	for name, want := range f {
		value, there := event[name]
		if nested, ok := want.(map[string]any); ok {
			inner, _ := value.(map[string]any)
			if !filter(nested).matches(inner) {
				return false
			}
			continue
		}
		if !slices.ContainsFunc(want.([]any), func(rule any) bool { return meets(rule, value, there) }) {
			return false
		}
	}
	return true
}

// meets reports whether a field meets a rule; of a field that is a list, one member must.
func meets(rule, value any, there bool) bool {
	if operators, ok := rule.(map[string]any); ok {
		_, nested := value.(map[string]any) // exists is for leaves
		return operators["exists"] == (there && !nested)
	}
	if list, ok := value.([]any); ok {
		return slices.ContainsFunc(list, func(member any) bool { return reflect.DeepEqual(rule, member) })
	}
	return there && reflect.DeepEqual(rule, value)
}
