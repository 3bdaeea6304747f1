// Package cache remembers what was read or found out, each entry until a time that its writer chooses.
//
// It bounds memory the simple way: a cache that is full forgets everything and fills again. So it must only keep what
// can be read anew. Callers give the time; the package has no clock.
package cache

import (
	"sync"
	"time"
)

// Cache maps keys to values that expire. The zero Cache is empty and ready. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	mu      sync.Mutex
	entries map[K]entry[V]
}

type entry[V any] struct {
	value V
	until time.Time
}

// Get returns the value of key, and reports whether there is one that has not expired at now.
func (c *Cache[K, V]) Get(key K, now time.Time) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.get(key, now)
}

// Put keeps value under key until the time given, exclusive. A cache of most entries is full.
func (c *Cache[K, V]) Put(key K, value V, until time.Time, most int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(key, value, until, most)
}

// Add is Put where key has no value that is alive at now. It reports whether it put one: of several callers at once,
// one gets true.
func (c *Cache[K, V]) Add(key K, value V, now, until time.Time, most int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, found := c.get(key, now); found {
		return false
	}
	c.put(key, value, until, most)
	return true
}

// Delete forgets key.
func (c *Cache[K, V]) Delete(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, key)
}

func (c *Cache[K, V]) get(key K, now time.Time) (V, bool) {
	e := c.entries[key]
	if !now.Before(e.until) {
		var none V
		return none, false
	}
	return e.value, true
}

func (c *Cache[K, V]) put(key K, value V, until time.Time, most int) {
	if c.entries == nil || len(c.entries) >= most {
		c.entries = make(map[K]entry[V])
	}
	c.entries[key] = entry[V]{value, until}
}
