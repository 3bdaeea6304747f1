package streams

import (
	"encoding/json"
	"testing"
)

func TestMatches(t *testing.T) {
	const event = `{"eventName":"MODIFY","dynamodb":{"Keys":{"item":{"S":"status"}},"SizeBytes":54,
		"NewImage":{"n":{"N":"5"},"tags":{"L":["a","b"]},"empty":{"S":""},"flag":{"BOOL":true},"none":{"NULL":null}}}}`
	for _, c := range []struct {
		name, pattern string
		want          bool
	}{
		{"no pattern", ``, true},
		{"empty pattern", `{}`, true},
		{"exact", `{"eventName":["MODIFY"]}`, true},
		{"one of several", `{"eventName":["INSERT","MODIFY"]}`, true},
		{"none of several", `{"eventName":["INSERT","REMOVE"]}`, false},
		{"case counts", `{"eventName":["modify"]}`, false},
		{"nested", `{"dynamodb":{"Keys":{"item":{"S":["settings","status"]}}}}`, true},
		{"nested, other", `{"dynamodb":{"Keys":{"item":{"S":["lease"]}}}}`, false},
		{"both must hold", `{"eventName":["MODIFY"],"dynamodb":{"Keys":{"item":{"S":["lease"]}}}}`, false},
		{"missing field", `{"userIdentity":{"type":["Service"]}}`, false},
		{"member of a list", `{"dynamodb":{"NewImage":{"tags":{"L":["b"]}}}}`, true},
		{"not in the list", `{"dynamodb":{"NewImage":{"tags":{"L":["c"]}}}}`, false},
		{"boolean", `{"dynamodb":{"NewImage":{"flag":{"BOOL":[true]}}}}`, true},
		{"null", `{"dynamodb":{"NewImage":{"none":{"NULL":[null]}}}}`, true},
		{"null is not missing", `{"dynamodb":{"NewImage":{"gone":{"NULL":[null]}}}}`, false},
		{"exists", `{"dynamodb":{"NewImage":{"n":{"N":[{"exists":true}]}}}}`, true},
		{"exists, missing", `{"dynamodb":{"NewImage":{"x":{"N":[{"exists":true}]}}}}`, false},
		{"exists not", `{"dynamodb":{"NewImage":{"x":{"N":[{"exists":false}]}}}}`, true},
		{"exists not, there", `{"dynamodb":{"NewImage":{"n":{"N":[{"exists":false}]}}}}`, false},
		{"exists is for leaves", `{"dynamodb":{"NewImage":[{"exists":true}]}}`, false},
		{"number", `{"dynamodb":{"SizeBytes":[54]}}`, true},
	} {
		f, err := parseFilter(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var e map[string]any
		if err := json.Unmarshal([]byte(event), &e); err != nil {
			t.Fatal(err)
		}
		if got := f.matches(e); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestParseRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, pattern := range []string{`{`, `[]`, `{"a":"b"}`, `{"a":1}`, `{"a":[{"prefix":"x"}]}`,
		`{"a":[{"exists":true,"prefix":"x"}]}`, `{"a":[{"exists":"x"}]}`, `{"a":{"b":[{"cidr":"10.0.0.0/8"}]}}`,
		`{"$or":[{"a":["b"]}]}`} {
		if _, err := parseFilter(pattern); err == nil {
			t.Errorf("%s was taken", pattern)
		}
	}
}
