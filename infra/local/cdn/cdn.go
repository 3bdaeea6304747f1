// Package cdn plays CloudFront with one distribution: it picks a back-end by the path, runs the edge function before
// it, and does what the function decided. It terminates no TLS, caches nothing, compresses nothing, and plays no
// origin shield, no WAF and no error pages. Static files come from memory.
package cdn

import (
	"encoding/json"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"

	"foyer/infra/edge"
	"foyer/infra/local/aws"
	"foyer/infra/topology"
	"foyer/internal/problem"
)

// Limits of CloudFront.
const (
	maxURL     = 8192  // bytes of path and query string
	maxHeaders = 32768 // bytes of all headers
)

// Config is a distribution: its edge function and its back-ends.
type Config struct {
	Gate            *edge.Runner
	DefaultZone     string
	Static          map[string][]byte        // the files of /foyer/site/
	CacheControl    func(name string) string // of a static file; nil: "no-cache"
	API             http.Handler             // /foyer/…
	Socket          http.Handler             // /ws
	Origin          http.Handler             // everything else: the protected site
	FrontDoorSecret string                   // sent to API and socket as topology.HeaderFrontDoor
	Log             *slog.Logger             // nil: none
}

// Distribution plays CloudFront's part for one site.
type Distribution struct {
	cfg Config

	mu    sync.Mutex
	stats Stats
}

// Stats counts what the distribution did since it started.
type Stats struct {
	Decisions  map[edge.Kind]int64 // of the edge function
	StoreReads int64               // of the key-value store, by the edge function
	Origin     map[string]int64    // requests to the protected site, by zone
	API        int64               // requests to the HTTP API
	Socket     int64               // requests to the WebSocket API
	Static     int64               // static files served
	Failures   int64               // runs of the edge function that failed
}

// New returns a distribution. Every field of the config but CacheControl and Log is needed.
func New(cfg Config) *Distribution {
	if cfg.CacheControl == nil {
		cfg.CacheControl = func(string) string { return "no-cache" }
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Distribution{cfg: cfg, stats: Stats{Decisions: map[edge.Kind]int64{}, Origin: map[string]int64{}}}
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
	w.Header().Set("X-Amz-Cf-Id", id)
	w.Header().Set("Via", "1.1 local.cloudfront.test (CloudFront)")
	if r.RequestURI == "" { // made by a program of this process
		r = r.Clone(r.Context())
		r.RequestURI = r.URL.RequestURI()
	}
	if r.RequestURI[0] != '/' {
		writeProblem(w, id, http.StatusBadRequest, problem.Invalid, "The request is not valid")
		return
	}
	if len(r.RequestURI) > maxURL {
		writeProblem(w, id, http.StatusRequestURITooLong, problem.TooLarge, "The address is too long")
		return
	}
	if aws.HeaderBytes(r) > maxHeaders {
		writeProblem(w, id, http.StatusRequestHeaderFieldsTooLarge, problem.TooLarge, "The headers are too large")
		return
	}
	path, _, _ := strings.Cut(r.RequestURI, "?")
	normal := edge.Normal(path)
	if name, ok := strings.CutPrefix(normal, topology.Prefix+"site/"); ok {
		c.static(w, r, name)
		return
	}
	event := edge.NewEvent(r, id)
	outcome, err := c.cfg.Gate.Handle(r.Context(), event)
	if err != nil {
		c.cfg.Log.Error("edge function failed", "request", id, "uri", event.Request.URI, "error", err)
		c.count(func(s *Stats) { s.Failures++ })
		writeProblem(w, id, http.StatusServiceUnavailable, problem.Internal, "The edge function failed")
		return
	}
	c.count(func(s *Stats) { s.Decisions[outcome.Kind()]++; s.StoreReads += int64(outcome.Reads) })
	if outcome.Response != nil {
		w.Header().Set("X-Cache", "FunctionGeneratedResponse from cloudfront")
		outcome.Response.ServeHTTP(w, r)
		return
	}
	out := outcome.Request.Apply(r)
	if outcome.Origin == topology.OriginPages {
		c.static(w, out, strings.TrimPrefix(out.URL.Path, topology.Prefix+"site/"))
		return
	}
	c.forward(w, out, normal, id)
}

// forward passes a request on to the back-end of its normalised path.
func (c *Distribution) forward(w http.ResponseWriter, r *http.Request, normal, id string) {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		r.Header.Add("X-Forwarded-For", host)
	}
	r.Header.Set("X-Amz-Cf-Id", id)
	switch {
	case strings.HasPrefix(normal, topology.Prefix):
		c.count(func(s *Stats) { s.API++ })
		c.backend(c.cfg.API, w, r)
	case normal == "/"+topology.SocketStage:
		c.count(func(s *Stats) { s.Socket++ })
		c.backend(c.cfg.Socket, w, r)
	default:
		zone := edge.ZoneOf(normal, c.cfg.DefaultZone)
		c.count(func(s *Stats) { s.Origin[zone]++ })
		c.cfg.Origin.ServeHTTP(w, r)
	}
}

// backend passes a request on to one of Foyer's own APIs, under that API's host name and with the secret that shows
// that it comes from the CDN.
func (c *Distribution) backend(h http.Handler, w http.ResponseWriter, r *http.Request) {
	r.Header.Set(topology.HeaderFrontDoor, c.cfg.FrontDoorSecret)
	r.Host = "execute-api." + aws.Region + ".amazonaws.com"
	h.ServeHTTP(w, r)
}

// writeProblem answers an error of the CDN's own.
func writeProblem(w http.ResponseWriter, id string, status int, code problem.Code, title string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(problem.Document{
		Type: "about:blank", Title: title, Status: status, Code: code, RequestID: id,
	})
}

// NewOrigin returns the protected site at that address: requests go there under its own host name, WebSockets
// included, and its redirects to itself come back as paths.
func NewOrigin(site *url.URL) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			query := p.In.URL.RawQuery
			p.SetURL(site)
			p.Out.URL.RawQuery = query
			p.Out.Header["X-Forwarded-For"] = p.In.Header["X-Forwarded-For"]
			p.Out.Header.Set("X-Forwarded-Host", p.In.Host)
			p.Out.Header.Set("X-Forwarded-Proto", "http")
		},
		ModifyResponse: func(r *http.Response) error {
			there, err := url.Parse(r.Header.Get("Location"))
			if err == nil && there.Host == site.Host && there.Host != "" {
				path := "/" + strings.TrimLeft(there.Path, "/")
				here := url.URL{Path: path, RawPath: there.RawPath, RawQuery: there.RawQuery, Fragment: there.Fragment}
				r.Header.Set("Location", here.String())
			}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			slog.Warn("the origin does not answer", "origin", site.String(), "error", err)
			const title = "The site behind the waiting room does not answer"
			writeProblem(w, r.Header.Get("X-Amz-Cf-Id"), http.StatusBadGateway, problem.Busy, title)
		},
	}
}
