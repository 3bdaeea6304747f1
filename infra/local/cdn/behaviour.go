package cdn

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"foyer/infra/topology"
)

// behaviour returns the first behaviour whose pattern fits the path. The last one fits every path.
func (c *Distribution) behaviour(path string) topology.Behaviour {
	for _, b := range c.cfg.Behaviours {
		if fits(b.Path, path) {
			return b
		}
	}
	return c.cfg.Behaviours[len(c.cfg.Behaviours)-1]
}

// fits reports whether the path matches a pattern: * stands for any characters, ? for one.
func fits(pattern, path string) bool {
	for i := 0; i < len(pattern); i++ {
		switch {
		case pattern[i] == '*':
			for rest := 0; rest <= len(path); rest++ {
				if fits(pattern[i+1:], path[rest:]) {
					return true
				}
			}
			return false
		case path == "" || pattern[i] != '?' && pattern[i] != path[0]:
			return false
		}
		path = path[1:]
	}
	return path == ""
}

// key returns what distinguishes the request's answer from others of the same distribution: the path, and what the
// behaviour's policy adds. The origin doesn't, even if the function chose another. The method counts here, since a
// HEAD's answer has no body.
func key(b topology.Behaviour, r *http.Request) string {
	parts := []string{r.Method, r.URL.EscapedPath()}
	if b.Cache.Query {
		parts = append(parts, r.URL.RawQuery)
	}
	if b.Cache.Cookies {
		parts = append(parts, slices.Sorted(slices.Values(strings.Split(r.Header.Get("Cookie"), "; ")))...)
	}
	for _, name := range b.Cache.Headers {
		parts = append(parts, strings.Join(r.Header.Values(name), ","))
	}
	if b.Cache.MaxTTL > 0 {
		encodings := r.Header.Get("Accept-Encoding")
		parts = append(parts, fmt.Sprint(strings.Contains(encodings, "br"), strings.Contains(encodings, "gzip")))
	}
	return strings.Join(parts, "\n")
}

// passed are the headers that every origin sees.
var passed = []string{
	"X-Forwarded-For", "X-Amz-Cf-Id", "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Range",
}

// removed begin the names of the viewers' headers that reach no origin: what names the viewer's scheme is CloudFront's
// to say, and some are for the next server only.
var removed = []string{"X-Forwarded-Proto", "X-Real-Ip", "X-Edge-", "Proxy-", "Te", "Trailer", "Expect"}

// forward takes away what the behaviour keeps from its origin.
func forward(b topology.Behaviour, r *http.Request) {
	for name := range r.Header {
		never := func(start string) bool {
			return name == start || strings.HasSuffix(start, "-") && strings.HasPrefix(name, start)
		}
		if slices.ContainsFunc(removed, never) {
			r.Header.Del(name)
		}
	}
	if b.Forward != topology.ForwardKey {
		return
	}
	header := http.Header{}
	for _, name := range slices.Concat(passed, b.Cache.Headers) {
		if values := r.Header.Values(name); len(values) > 0 {
			header[http.CanonicalHeaderKey(name)] = values
		}
	}
	header.Set("User-Agent", "Amazon CloudFront")
	if b.Cache.Cookies {
		header["Cookie"] = r.Header.Values("Cookie")
	}
	r.Header = header
	if !b.Cache.Query {
		r.URL.RawQuery = ""
		r.RequestURI, _, _ = strings.Cut(r.RequestURI, "?")
	}
}

// prefixed returns the request as an origin with a path sees it.
func prefixed(prefix string, r *http.Request) *http.Request {
	out := r.Clone(r.Context())
	out.URL = &url.URL{Path: prefix + r.URL.Path, RawPath: prefix + r.URL.RawPath, RawQuery: r.URL.RawQuery}
	return out
}
