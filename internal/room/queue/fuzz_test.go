package queue_test

import (
	"strings"
	"testing"

	"foyer/internal/room/queue"
)

func FuzzParseKey(f *testing.F) {
	for _, s := range []string{
		strings.Repeat("0", 46), strings.Repeat("f", 46), strings.Repeat("F", 46), strings.Repeat("0", 45), "xyz", "",
		strings.Repeat("0", 44) + "zz",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if k, err := queue.ParseKey(s); err == nil && !strings.EqualFold(k.String(), s) {
			t.Errorf("%q was read as %v", s, k)
		}
	})
}

func FuzzParseVisitorID(f *testing.F) {
	for _, s := range []string{strings.Repeat("a", 32), strings.Repeat("A", 32), strings.Repeat("a", 31), "", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if v, err := queue.ParseVisitorID(s); err == nil && v.String() != s {
			t.Errorf("%q was read as %v", s, v)
		}
	})
}
