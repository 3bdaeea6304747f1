package gateway

import (
	"net/url"
	"strings"

	"foyer/internal/problem"
)

// host is the host name that the visitor asked for. Behind the CDN, Host is the API's own; the edge function sends
// the visitor's along, and what a client claims in its place was overwritten there.
func (r request) host() string {
	if host := r.header(HeaderHost); host != "" {
		return host
	}
	return r.header("host")
}

// sameOrigin makes sure that a request that proves itself by a cookie comes from one of our own pages: browsers
// send cookies along whoever asks. A request that says nothing of where it comes from is no browser's of today.
func (r request) sameOrigin() error {
	site, origin := r.header("sec-fetch-site"), r.header("origin")
	if site != "" && site != "same-origin" {
		return problem.New(problem.Forbidden, "this comes from another site's page")
	}
	if origin != "" {
		return r.ownOrigin(origin)
	}
	if site == "" {
		return problem.New(problem.Forbidden, "an Origin header is needed with a cookie")
	}
	return nil
}

// ownOrigin compares an Origin header with the host that was asked for.
func (r request) ownOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || !strings.EqualFold(u.Host, r.host()) {
		return problem.New(problem.Forbidden, "this comes from another site's page")
	}
	return nil
}
