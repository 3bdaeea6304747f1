package zone

import (
	"context"
	"time"

	"foyer/internal/cache"
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

	read cache.Cache[string, answer]
}

type answer struct {
	settings Settings
	err      error
}

// Settings is Store.Settings, at most CacheFor old. Names that no zone can have are refused without a read.
func (c *Cache) Settings(ctx context.Context, zone string) (Settings, error) {
	if !IsName(zone) {
		return Settings{}, problem.New(problem.UnknownZone, "")
	}
	now := c.Now()
	if hit, found := c.read.Get(zone, now); found {
		return hit.settings, hit.err
	}
	s, err := c.Store.Settings(ctx, zone)
	if err == nil || problem.CodeOf(err) == problem.UnknownZone {
		c.read.Put(zone, answer{s, err}, now.Add(CacheFor), maxCached)
	}
	return s, err
}
