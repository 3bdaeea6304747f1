package cdn

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"foyer/infra/topology"
)

// maxKept is the largest answer that is kept here, in bytes, and maxEntries how many: a test bed's memory is small.
const (
	maxKept    = 1 << 20
	maxEntries = 10_000
)

// cache keeps answers to GET and HEAD as one edge location of CloudFront would. It doesn't join requests for the same
// answer that come together, and serves nothing that is past its time.
type cache struct {
	errors map[int]time.Duration
	now    func() time.Time

	mu   sync.Mutex
	kept map[string]answer
}

type answer struct {
	status     int
	header     http.Header
	body       []byte
	since, end time.Time
}

func newCache(errors map[int]time.Duration, now func() time.Time) *cache {
	return &cache{errors: errors, now: now, kept: map[string]answer{}}
}

// serve answers from what is kept, or from the origin, and keeps that answer for as long as it may be. It returns the
// answer's status, 0 for a connection that became a socket.
func (c *cache) serve(
	w http.ResponseWriter, r *http.Request, b topology.Behaviour, key string, origin http.Handler,
) (status int) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		k := &watched{ResponseWriter: w}
		origin.ServeHTTP(k, r)
		return k.status
	}
	c.mu.Lock()
	a, found := c.kept[key]
	now := c.now()
	c.mu.Unlock()
	if found && now.Before(a.end) {
		a.write(w, r, now)
		return a.status
	}
	k := &watched{ResponseWriter: w, keep: func(status int, header http.Header) bool {
		return c.life(b.Cache, status, header) > 0
	}}
	origin.ServeHTTP(k, r)
	if k.body == nil || len(k.body) > maxKept {
		return k.status
	}
	life := c.life(b.Cache, k.status, k.header)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.kept) >= maxEntries {
		clear(c.kept)
	}
	now = c.now()
	c.kept[key] = answer{k.status, k.header, k.body, now, now.Add(life)}
	return k.status
}

// write answers with what is kept: with a part of it or nothing, if the viewer asks so and it is no error.
func (a answer) write(w http.ResponseWriter, r *http.Request, now time.Time) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Age", strconv.Itoa(int(now.Sub(a.since).Seconds())))
	w.Header().Set("X-Cache", "Hit from cloudfront")
	if a.status == http.StatusOK && r.Method == http.MethodGet {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
		return
	}
	if a.status >= 400 {
		w.Header().Set("X-Cache", "Error from cloudfront")
	}
	w.WriteHeader(a.status)
	w.Write(a.body)
}

// life is how long an answer is kept.
func (c *cache) life(p topology.CachePolicy, status int, header http.Header) time.Duration {
	directives := header.Get("Cache-Control")
	age, aged := maxAge(directives)
	private := has(directives, "no-store") || has(directives, "no-cache") || has(directives, "private")
	switch {
	case status < 400 && status != http.StatusOK && status != http.StatusMovedPermanently &&
		status != http.StatusFound && status != http.StatusTemporaryRedirect && status != http.StatusPermanentRedirect &&
		status != http.StatusNoContent:
		return 0
	case status < 400 && private:
		return p.MinTTL
	case status < 400 && aged:
		return min(max(age, p.MinTTL), p.MaxTTL)
	case status < 400:
		return max(p.DefaultTTL, p.MinTTL)
	}
	least, told := c.errors[status]
	if !told {
		least = topology.ErrorTTL
	}
	switch status {
	case 404, 410, 414, 501:
		if private {
			return 0
		}
	case 500, 502, 503, 504: // whatever Cache-Control says of keeping none
	case 400, 403, 405, 412, 415:
		if !aged {
			return 0
		}
	default:
		return 0
	}
	if aged {
		return max(least, min(age, max(p.MaxTTL, 0)))
	}
	return least
}

// maxAge reads the time that an origin gives shared caches.
func maxAge(directives string) (age time.Duration, found bool) {
	for _, name := range []string{"s-maxage", "max-age"} {
		for part := range strings.SplitSeq(directives, ",") {
			if text, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(part)), name+"="); ok {
				if n, err := strconv.Atoi(strings.Trim(text, `"`)); err == nil {
					return time.Duration(n) * time.Second, true
				}
			}
		}
	}
	return 0, false
}

func has(directives, name string) bool {
	for part := range strings.SplitSeq(directives, ",") {
		part, _, _ = strings.Cut(strings.TrimSpace(part), "=")
		if strings.EqualFold(part, name) {
			return true
		}
	}
	return false
}

// watched sees an origin's answer pass, adds how it came about, and copies it where it is to be kept.
type watched struct {
	http.ResponseWriter
	keep   func(status int, header http.Header) bool // nil: never
	status int
	header http.Header
	body   []byte // nil: not kept
}

// WriteHeader passes the status on.
func (w *watched) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
		if w.Header().Get("X-Cache") == "" {
			w.Header().Set("X-Cache", "Miss from cloudfront")
			if status >= 400 {
				w.Header().Set("X-Cache", "Error from cloudfront")
			}
		}
		if w.keep != nil && w.keep(status, w.Header()) {
			w.header, w.body = w.Header().Clone(), []byte{}
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write passes a part of the body on.
func (w *watched) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if w.body != nil && len(w.body) <= maxKept {
		w.body = append(w.body, p...)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController: sockets and streams go through.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }
