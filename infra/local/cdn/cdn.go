// Package cdn plays CloudFront with one distribution: it picks a back-end by the path, runs the edge function before
// it, and does what the function decided. It terminates no TLS, compresses nothing, and plays no
// origin shield, no WAF and no error pages. Static files come from memory.
package cdn

import (
	"log/slog"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"foyer/infra/edge"
	"foyer/infra/local/aws"
	"foyer/infra/topology"
)

// Config is a distribution: what it does with which path, what stands behind it, and the function before it.
type Config struct {
	Behaviours   []topology.Behaviour  // in the order in which they are tried; nil: topology.Behaviours
	ErrorTTLs    map[int]time.Duration // how long errors are kept; nil: topology.ErrorTTLs
	Gate         *edge.Runner
	Back         *edge.Back // runs on answers at the protected site's addresses; nil: nothing does
	DefaultZone  string
	Static       map[string][]byte        // the files of /foyer/site/
	CacheControl func(name string) string // of a static file; nil: "no-cache"
	API          http.Handler             // /foyer/…
	Socket       http.Handler             // /ws
	Origin       http.Handler             // everything else: the protected site; nil: the event's page of Static
	Hosts        map[string]http.Handler  // the sites of other hosts, by the hosts' names, which are the origins' ids

	FrontDoorSecret string            // sent to API and socket as topology.HeaderFrontDoor
	OriginHeaders   map[string]string // sent to the protected site, whatever the viewer sends under these names
	Now             func() time.Time  // nil: time.Now
	Log             *slog.Logger      // nil: none
}

// Distribution plays CloudFront: it picks a behaviour by the path, runs the edge function before it, does what the
// function decided, and keeps answers as the behaviour says. It terminates no TLS and compresses nothing.
type Distribution struct {
	cfg     Config
	origins map[string]http.Handler // by the ids of the topology
	cache   *cache

	mu    sync.Mutex
	stats Stats
}

// Stats counts what the CDN did since it started.
type Stats struct {
	Decisions  map[edge.Kind]int64 // of the edge function
	StoreReads int64               // of the key-value store, by the edge function
	Origin     map[string]int64    // requests that were for the protected site, by zone; kept answers too
	API        int64               // requests to the HTTP API
	Socket     int64               // requests to the WebSocket API
	Static     int64               // static files served
	Failures   int64               // runs of the edge function that failed
	Requests   int64               // of viewers
	Errors     int64               // those of them answered 5xx
}

// New makes a distribution. Fields of the config that say nothing else are needed.
func New(cfg Config) *Distribution {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Behaviours == nil {
		cfg.Behaviours = topology.Behaviours
	}
	if cfg.ErrorTTLs == nil {
		cfg.ErrorTTLs = topology.ErrorTTLs
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	pages := &Bucket{Files: cfg.Static, CacheControl: cfg.CacheControl}
	if cfg.Origin == nil {
		cfg.Origin = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			pages.ServeHTTP(w, prefixed("/hosted", r))
		})
	}
	c := &Distribution{
		cfg: cfg, cache: newCache(cfg.ErrorTTLs, cfg.Now),
		stats: Stats{Decisions: map[edge.Kind]int64{}, Origin: map[string]int64{}},
	}
	c.origins = map[string]http.Handler{
		topology.OriginPages:     http.StripPrefix(strings.TrimSuffix(topology.Prefix+"site/", "/"), pages),
		topology.OriginAPI:       c.backend(cfg.API, func(s *Stats) { s.API++ }),
		topology.OriginSocket:    c.backend(cfg.Socket, func(s *Stats) { s.Socket++ }),
		topology.OriginProtected: c.protected(cfg.Origin),
	}
	for host, site := range cfg.Hosts {
		c.origins[host] = c.protected(site)
	}
	return c
}

// Stats returns the counts so far.
func (c *Distribution) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.stats
	out.Decisions, out.Origin = maps.Clone(c.stats.Decisions), maps.Clone(c.stats.Origin)
	return out
}

// count changes the counters.
func (c *Distribution) count(change func(*Stats)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.stats)
}

// ServeHTTP answers a viewer's request.
func (c *Distribution) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := aws.RequestID()
	c.count(func(s *Stats) { s.Requests++ })
	w.Header().Set("X-Amz-Cf-Id", id)
	w.Header().Set("Via", "1.1 local.cloudfront.test (CloudFront)")
	if r.RequestURI == "" { // made by a program of this process
		r = r.Clone(r.Context())
		r.RequestURI = r.URL.RequestURI()
	}
	if r.RequestURI[0] != '/' || r.Host == "" {
		refuse(w, id, http.StatusBadRequest, "Bad request.")
		return
	}
	if len("https://")+len(r.Host)+len(r.RequestURI) > topology.MaxURL || aws.HeaderBytes(r) > topology.MaxRequest {
		w.Header().Set("Connection", "close")
		refuse(w, id, http.StatusRequestEntityTooLarge, "Bad request.")
		return
	}
	path, _, _ := strings.Cut(r.RequestURI, "?")
	b := c.behaviour(edge.Normal(path))
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case !reads && !b.Writes:
		refuse(w, id, http.StatusForbidden,
			"This distribution is not configured to allow the HTTP request method that was used for this request. "+
				"The distribution supports only cachable requests.")
		return
	case r.Method == http.MethodGet && r.ContentLength != 0 && b.Before != topology.EdgeAPI:
		// At Foyer's own paths the function answers, so that tools that try every method hear what it says.
		refuse(w, id, http.StatusForbidden, "Bad request.")
		return
	}
	c.answer(w, r, b, id)
}

// answer runs the function, if the behaviour has one, and serves what it lets pass.
func (c *Distribution) answer(w http.ResponseWriter, r *http.Request, b topology.Behaviour, id string) {
	origin, viewer := b.Origin, r
	if b.Before != "" {
		event := edge.NewEvent(r, id)
		outcome, err := c.cfg.Gate.Handle(r.Context(), event)
		if err != nil {
			c.cfg.Log.Error("edge function failed", "request", id, "uri", event.Request.URI, "error", err)
			c.count(func(s *Stats) { s.Failures++; s.Errors++ })
			refuse(w, id, http.StatusServiceUnavailable,
				"The CloudFront function associated with the CloudFront distribution is invalid or could not run.")
			return
		}
		c.count(func(s *Stats) { s.Decisions[outcome.Kind()]++; s.StoreReads += int64(outcome.Reads) })
		if outcome.Response != nil {
			w.Header().Set("X-Cache", "FunctionGeneratedResponse from cloudfront")
			outcome.Response.ServeHTTP(w, r)
			return
		}
		r = outcome.Request.Apply(r)
		if outcome.Origin != "" {
			origin = outcome.Origin
		}
	} else {
		r = r.Clone(r.Context())
	}
	switch origin {
	case topology.OriginPages:
		c.count(func(s *Stats) { s.Static++ })
	case topology.OriginProtected:
		zone := edge.ZoneOf(edge.Normal(viewer.URL.Path), c.cfg.DefaultZone)
		c.count(func(s *Stats) { s.Origin[zone]++ })
	}
	key := key(b, r)
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		r.Header.Add("X-Forwarded-For", host)
	}
	r.Header.Set("X-Amz-Cf-Id", id)
	forward(b, r)
	if b.Forward != topology.ForwardEverything {
		r.Host = "" // the origin's own
	}
	if c.cache.serve(c.backTo(w, viewer, b), r, b, key, c.origins[origin]) >= http.StatusInternalServerError {
		c.count(func(s *Stats) { s.Errors++ })
	}
}

// backTo returns where an origin's answer goes: to the viewer, with the headers of the behaviour's policy, or by way of
// the function for the way back.
func (c *Distribution) backTo(w http.ResponseWriter, r *http.Request, b topology.Behaviour) http.ResponseWriter {
	switch {
	case b.Secured:
		return &returned{ResponseWriter: w, change: secured}
	case b.Back && c.cfg.Back != nil:
		return &returned{ResponseWriter: w, change: func(status int, h http.Header) int {
			return c.runBack(r, status, h)
		}}
	}
	return w
}

// secured adds the response headers policy, whatever the origin says under these names.
func secured(status int, h http.Header) int {
	for name, value := range topology.SecurityHeaders {
		h.Set(name, value)
	}
	return status
}

// runBack runs the function for the way back, and returns the status that the answer has then. CloudFront doesn't run
// it for errors.
func (c *Distribution) runBack(r *http.Request, status int, h http.Header) int {
	if status >= http.StatusBadRequest {
		return status
	}
	became, err := c.cfg.Back.Handle(r, status, h)
	if err != nil {
		c.cfg.Log.Error("edge function failed on an answer", "error", err)
		return http.StatusServiceUnavailable
	}
	return became
}

// backend is one of Foyer's own APIs: it sees its own host name, and the secret that shows who forwards.
func (c *Distribution) backend(h http.Handler, count func(*Stats)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.count(count)
		r.Header.Set(topology.HeaderFrontDoor, c.cfg.FrontDoorSecret)
		r.Host = "execute-api." + aws.Region + ".amazonaws.com"
		h.ServeHTTP(w, r)
	})
}

// protected is a site behind the gate. It gets what the deployment adds for it, and no more.
func (c *Distribution) protected(site http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range c.cfg.OriginHeaders {
			r.Header.Set(name, value)
		}
		if r.TLS != nil { // on this machine, viewers come either way
			r.Header.Set(topology.HeaderForwardedProto, "https")
		}
		site.ServeHTTP(w, r)
	})
}
