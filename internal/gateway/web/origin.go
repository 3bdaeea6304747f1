package web

import (
	"net/url"
	"strings"

	"foyer/internal/problem"
)

// host returns the host name that the visitor asked for. Behind the CDN, the Host header is the API's own; the edge
// function adds the visitor's and overwrites one that the client sent.
func (r Request) host() string {
	if host := r.Header(HeaderHost); host != "" {
		return host
	}
	return r.Header("host")
}

// sameOrigin returns problem.Forbidden unless the request comes from one of our own pages. Requests that prove
// themselves by a cookie need this, as browsers send cookies with requests of every site's pages. A request that names
// no origin doesn't come from a browser of today.
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

// OwnOrigin returns problem.Forbidden unless the Origin header names the host that the visitor asked for.
func (r Request) OwnOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || !strings.EqualFold(u.Host, r.host()) {
		return problem.New(problem.Forbidden, "this comes from another site's page")
	}
	return nil
}

// Site returns the front door's address as the visitor reached it: by https, unless the Origin header of one of our own
// pages says http, as on a laptop.
func (r Request) Site() string {
	if u, err := url.Parse(r.Header("origin")); err == nil && r.OwnOrigin(r.Header("origin")) == nil {
		return u.Scheme + "://" + u.Host
	}
	return "https://" + r.host()
}
