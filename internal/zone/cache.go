package zone

import (
	"context"
	"sync"
	"time"

	"foyer/internal/problem"
)

// CacheFor is how long settings may be remembered: a change takes effect within seconds everywhere.
const CacheFor = 2 * time.Second

// maxCached bounds what a stream of made-up zone names can make a process remember.
const maxCached = 1000

// Reader reads settings; Store is one.
type Reader interface {
	Settings(ctx context.Context, zone string) (Settings, error)
}

// Cache remembers settings for CacheFor, unknown zones too. It is safe for use by several goroutines.
type Cache struct {
	Store Reader
	Now   func() time.Time

	mu    sync.Mutex
	known map[string]cached
}

type cached struct {
	settings Settings
	err      error
	until    time.Time
}

// Settings is Store.Settings, at most CacheFor old. Names that no zone can have are refused without a read.
func (c *Cache) Settings(ctx context.Context, zone string) (Settings, error) {
	if !IsName(zone) {
		return Settings{}, problem.New(problem.UnknownZone, "")
	}
	now := c.Now()
	if hit, ok := c.lookup(zone, now); ok {
		return hit.settings, hit.err
	}
	s, err := c.Store.Settings(ctx, zone)
	if err == nil || problem.CodeOf(err) == problem.UnknownZone {
		c.keep(zone, cached{s, err, now.Add(CacheFor)})
	}
	return s, err
}

func (c *Cache) lookup(zone string, now time.Time) (cached, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	hit, ok := c.known[zone]
	return hit, ok && now.Before(hit.until)
}

func (c *Cache) keep(zone string, entry cached) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= maxCached {
		c.known = map[string]cached{}
	}
	c.known[zone] = entry
}
