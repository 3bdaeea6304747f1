package web

import (
	"encoding/json"
	"strings"
)

// doorValues are the values that the front door's secret allows: every one of a JSON object's, so that one can be
// replaced while CloudFront still sends another, or else the text itself.
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

// allows reports whether the front door's secret has this value. An empty one is none.
func allows(secret, presented string) bool {
	yes := false
	for _, value := range doorValues(secret) {
		yes = value != "" && same(value, presented) || yes
	}
	return yes
}
