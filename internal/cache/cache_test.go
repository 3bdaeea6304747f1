package cache_test

import (
	"testing"
	"time"

	"foyer/internal/cache"
)

var now = time.Unix(1000, 0)

func TestAnEntryEndsAtItsTime(t *testing.T) {
	var c cache.Cache[string, int]
	c.Put("a", 1, now, 9)
	for at, want := range map[time.Duration]bool{-time.Nanosecond: true, 0: false, time.Hour: false} {
		if got, found := c.Get("a", now.Add(at)); found != want || (got == 1) != want {
			t.Errorf("%v after its end: %d, %v", at, got, found)
		}
	}
}

func TestAFullCacheForgetsEverything(t *testing.T) {
	c := cache.Cache[int, bool]{}
	for i := range 3 {
		c.Put(i, true, now, 2)
	}
	for i, want := range []bool{false, false, true} {
		if _, found := c.Get(i, now.Add(-1)); found != want {
			t.Errorf("entry %d: %v, want %v", i, found, want)
		}
	}
}

func TestAddPutsOnlyWhereNothingIsAlive(t *testing.T) {
	var c cache.Cache[string, int]
	if !c.Add("a", 1, now, now.Add(1), 9) || c.Add("a", 2, now, now.Add(1), 9) ||
		!c.Add("a", 3, now.Add(1), now.Add(2), 9) {
		t.Error("of two alive at once one must be refused, and an expired one replaced")
	}
	c.Delete("a")
	if got, found := c.Get("a", now); found {
		t.Errorf("deleted, and still %d", got)
	}
}
