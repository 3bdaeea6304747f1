package web

import (
	"encoding/json"
	"strings"
)

// doorValues returns the values that the front door's secret allows: the text itself or, of a JSON object, the value of
// every member, so that one can be replaced while CloudFront still sends another.
func doorValues(secret string) (values []string) {
	if !strings.HasPrefix(secret, "{") {
		return []string{secret}
	}
	var slots map[string]string
	if json.Unmarshal([]byte(secret), &slots) != nil {
		return nil
	}
	for _, value := range slots {
		values = append(values, value)
	}
	return values
}

// allows reports whether the front door's secret has this value. An empty value is never allowed.
func allows(secret, presented string) bool {
	yes := false
	for _, value := range doorValues(secret) {
		yes = value != "" && same(value, presented) || yes
	}
	return yes
}
