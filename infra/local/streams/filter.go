// Package pattern matches events against Lambda's filter patterns.
package streams

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Pattern is an event pattern as Lambda's filter criteria take it: nested objects down to arrays of what a field may
// be. Of the operators it knows prefix, suffix, exists, anything-but, numeric, equals-ignore-case and $or; another
// one is an error, never a filter that lets nothing through.
type filter map[string]any

// Parse reads a pattern; an empty one lets everything through.
func parseFilter(pattern string) (filter, error) {
	if pattern == "" {
		return nil, nil
	}
	var p filter
	if err := json.Unmarshal([]byte(pattern), &p); err != nil {
		return nil, fmt.Errorf("filter pattern: %w", err)
	}
	return p, checkPattern(p)
}

func checkPattern(object map[string]any) error {
	for name, want := range object {
		switch want := want.(type) {
		case map[string]any:
			if err := checkPattern(want); err != nil {
				return err
			}
		case []any:
			for _, rule := range want {
				if err := checkRule(name, rule); err != nil {
					return err
				}
			}
		default:
			return fmt.Errorf("filter pattern: %q needs an array", name)
		}
	}
	return nil
}

func checkRule(name string, rule any) error {
	object, ok := rule.(map[string]any)
	if !ok {
		return nil
	}
	if name == "$or" {
		return checkPattern(object)
	}
	for operator := range object {
		switch operator {
		case "prefix", "suffix", "exists", "anything-but", "numeric", "equals-ignore-case":
		default:
			return fmt.Errorf("filter pattern: operator %q of %q isn't known here", operator, name)
		}
	}
	return nil
}

// Matches reports whether every field of the pattern is met by the event, which is decoded JSON.
func (p filter) matches(event map[string]any) bool {
	for name, want := range p {
		value, there := event[name]
		switch want := want.(type) {
		case map[string]any:
			inner, _ := value.(map[string]any)
			if !filter(want).matches(inner) {
				return false
			}
		case []any:
			if name == "$or" {
				if !anyPattern(want, event) {
					return false
				}
			} else if !anyRule(want, value, there) {
				return false
			}
		}
	}
	return true
}

func anyPattern(patterns []any, event map[string]any) bool {
	for _, one := range patterns {
		if object, ok := one.(map[string]any); ok && filter(object).matches(event) {
			return true
		}
	}
	return false
}

// anyRule reports whether a field meets one of its rules; a field that is a list, whether one of its members does.
func anyRule(rules []any, value any, there bool) bool {
	values, isList := value.([]any)
	if !isList {
		values = []any{value}
	}
	for _, rule := range rules {
		if object, ok := rule.(map[string]any); ok && object["exists"] != nil {
			if _, isObject := value.(map[string]any); object["exists"] == (there && !isObject) {
				return true
			}
			continue
		}
		for _, v := range values {
			if there && meets(rule, v) {
				return true
			}
		}
	}
	return false
}

func meets(rule, value any) bool {
	object, ok := rule.(map[string]any)
	if !ok {
		return reflect.DeepEqual(rule, value)
	}
	text, isText := value.(string)
	for operator, operand := range object {
		var met bool
		switch operator {
		case "prefix":
			met = isText && strings.HasPrefix(text, fmt.Sprint(operand))
		case "suffix":
			met = isText && strings.HasSuffix(text, fmt.Sprint(operand))
		case "equals-ignore-case":
			met = isText && strings.EqualFold(text, fmt.Sprint(operand))
		case "anything-but":
			met = !meetsAny(operand, value)
		case "numeric":
			met = inRange(operand, value)
		}
		if !met {
			return false
		}
	}
	return true
}

// meetsAny is for anything-but: a value, a list of them, or a prefix or suffix.
func meetsAny(operand, value any) bool {
	if list, ok := operand.([]any); ok {
		for _, one := range list {
			if meets(one, value) {
				return true
			}
		}
		return false
	}
	return meets(operand, value)
}

// inRange is for numeric: pairs of an operator and a number, all of which must hold. It holds for JSON numbers only,
// and DynamoDB writes its numbers as strings.
func inRange(operand, value any) bool {
	list, ok := operand.([]any)
	number, isNumber := value.(float64)
	if !ok || !isNumber || len(list)%2 != 0 {
		return false
	}
	for i := 0; i < len(list); i += 2 {
		limit, ok := list[i+1].(float64)
		if !ok {
			return false
		}
		held := map[any]bool{"=": number == limit, "<": number < limit, "<=": number <= limit, ">": number > limit, ">=": number >= limit}
		if !held[list[i]] {
			return false
		}
	}
	return true
}
