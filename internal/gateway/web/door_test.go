package web

import "testing"

func TestTheFrontDoorsSecretMayAllowTwoValues(t *testing.T) {
	for _, c := range []struct {
		secret, presented string
		want              bool
	}{
		{"plain", "plain", true},
		{"plain", "other", false},
		{"plain", "", false},
		{"", "", false},
		{`{"a":"old","b":"new"}`, "old", true},
		{`{"a":"old","b":"new"}`, "new", true},
		{`{"a":"old","b":"new"}`, "a", false},
		{`{"a":"old","b":"new"}`, `{"a":"old","b":"new"}`, false},
		{`{"a":"old","b":""}`, "", false},
		{`{"a":"old","b":""}`, "old", true},
		{`{"a":"old"`, "old", false},
		{`{"a":"old"`, `{"a":"old"`, false},
		{`{}`, "", false},
	} {
		if got := allows(c.secret, c.presented); got != c.want {
			t.Errorf("%s allows %q: %v", c.secret, c.presented, got)
		}
	}
}
