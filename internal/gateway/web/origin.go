package web

import (
	"net/url"
	"strings"

	"foyer/internal/problem"
)

// host is the host name that the visitor asked for. Behind the CDN, Host is the API's own; the edge function sends
// the visitor's along, and what a client claims in its place was overwritten there.
func (r Request) host() string {
	if host := r.Header(HeaderHost); host != "" {
		return host
	}
	return r.Header("host")
}

// sameOrigin makes sure that a request that proves itself by a cookie comes from one of our own pages: browsers
// send cookies along whoever asks. A request that says nothing of where it comes from is no browser's of today.
func (r Request) sameOrigin() error {
	site, origin := r.Header("sec-fetch-site"), r.Header("origin")
	if site != "" && site != "same-origin" {
		return problem.New(problem.Forbidden, "this comes from another site's page")
	}
	if origin != "" {
		return r.OwnOrigin(origin)
	}
	if site == "" {
		return problem.New(problem.Forbidden, "an Origin header is needed with a cookie")
	}
	return nil
}

// ownOrigin compares an Origin header with the host that was asked for.
func (r Request) OwnOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || !strings.EqualFold(u.Host, r.host()) {
		return problem.New(problem.Forbidden, "this comes from another site's page")
	}
	return nil
}

// site is the front door as the visitor reached it: by https, unless the visitor's own page, on this very host, says
// that it was http, as on a laptop.
func (r Request) Site() string {
	if u, err := url.Parse(r.Header("origin")); err == nil && r.OwnOrigin(r.Header("origin")) == nil {
		return u.Scheme + "://" + u.Host
	}
	return "https://" + r.host()
}
