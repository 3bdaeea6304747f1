package topology

import (
	"maps"
	"slices"
	"time"
)

// Behaviour is a cache behaviour of the front door: what becomes of the requests whose path fits its pattern.
type Behaviour struct {
	Path     string       // pattern: * stands for any characters; the last one of all fits everything
	Origin   string       // id of the origin behind it
	Before   EdgeFunction // runs before it; empty: none
	Back     bool         // whether the function for the way back runs on its answers
	Writes   bool         // every method; otherwise CloudFront answers all but GET and HEAD by itself
	Redirect bool         // sends http to https; otherwise http is refused
	Secured  bool         // adds SecurityHeaders to the answers of its origin
	Cache    CachePolicy
	Forward  Forward // what an origin sees of the viewer's request
}

// EdgeFunction is one of the functions that run before behaviours.
type EdgeFunction string

// The edge functions.
const (
	EdgeGate EdgeFunction = "gate" // before the protected site
	EdgeAPI  EdgeFunction = "api"  // before Foyer's own interface and sockets
)

// CachePolicy says how long answers are kept, and what of a request beside its path distinguishes one from another.
type CachePolicy struct {
	Managed string // AWS's name for a policy of theirs; empty: it is ours, under Name
	Name    string
	Comment string

	// An origin's own max-age counts within these; DefaultTTL is for answers without one.
	MinTTL, DefaultTTL, MaxTTL time.Duration

	Cookies, Query bool     // all of them are part of the key
	Headers        []string // part of the key
}

// Forward says which headers, cookies and parameters of a viewer's request reach an origin.
type Forward string

// The ways of forwarding. What the cache key holds is forwarded always.
const (
	ForwardKey        Forward = ""                                  // nothing else
	ForwardButHost    Forward = "Managed-AllViewerExceptHostHeader" // everything; Host is the origin's own name
	ForwardEverything Forward = "Managed-AllViewer"                 // everything, the viewer's Host too
)

// AWS's own cache policies, by their documented values.
var (
	cachingDisabled  = CachePolicy{Managed: "Managed-CachingDisabled"}
	cachingOptimized = CachePolicy{
		Managed: "Managed-CachingOptimized", MinTTL: time.Second, DefaultTTL: 24 * time.Hour, MaxTTL: 365 * 24 * time.Hour,
	}
)

// mapCache serves what everybody sees alike, event, maps and free seats: kept as long as the functions say, at most a
// minute, whatever cookies and query come along, so that a million open maps ask a section's state once a second.
var mapCache = CachePolicy{
	Name: "MapCache", Comment: "Foyer: the functions decide, for everybody alike", MaxTTL: time.Minute,
}

// siteCache lets the protected site decide what is kept: only what it marks so, and per cookie and query, so that
// nobody sees another's page.
var siteCache = CachePolicy{
	Name: "SiteCache", Comment: "Foyer: the protected site decides", MaxTTL: 365 * 24 * time.Hour,
	Cookies: true, Query: true, Headers: []string{"Authorization", "Origin"},
}

// Behaviours are those of the front door, in the order in which they are tried.
//
// The gate runs before the cache is looked at, so a kept page is gated too. For the waiting room the gate selects the
// pages' origin and drops cookies and query, and all waiting browsers share one kept copy.
var Behaviours = []Behaviour{
	{Path: Prefix + "site/*", Origin: OriginPages, Redirect: true, Secured: true, Cache: cachingOptimized},
	kept("event*"), kept("map"), kept("map/*"), kept("sections"), kept("sections/*"),
	{Path: Prefix + "*", Origin: OriginAPI, Before: EdgeAPI, Writes: true, Secured: true, Cache: cachingDisabled,
		Forward: ForwardButHost},
	{Path: "/" + SocketStage, Origin: OriginSocket, Before: EdgeAPI, Writes: true, Cache: cachingDisabled,
		Forward: ForwardButHost},
	{Path: "*", Origin: OriginProtected, Before: EdgeGate, Back: true, Writes: true, Redirect: true, Cache: siteCache,
		Forward: ForwardButHost},
}

// OriginHost says by whose name the front door calls the protected site, in the Host header.
type OriginHost string

// The names that a site can be called by. One that has the front door's certificate can be called as viewers call it,
// and then builds the right addresses by itself.
const (
	HostOfOrigin OriginHost = "origin"
	HostOfViewer OriginHost = "viewer"
)

// Door returns the behaviours of a front door before a site that is called by that name. Where there are other hosts
// beside the main one, each with a site of its own, nothing that is kept for one is shown at another: the gate says in
// a header which host was called. CloudFront knows an origin only by a behaviour, so each of their sites has one, at a
// path that an earlier behaviour takes; the origin's id is the host's name.
func Door(host OriginHost, others ...string) []Behaviour {
	all := slices.Clone(Behaviours)
	last := &all[len(all)-1]
	if host == HostOfViewer {
		last.Forward = ForwardEverything
	}
	if len(others) == 0 {
		return all
	}
	last.Cache.Headers = append(slices.Clone(last.Cache.Headers), "X-Forwarded-Host")
	for _, name := range others {
		site := Behaviour{Path: Prefix + "host/" + name, Origin: name, Before: EdgeAPI, Cache: cachingDisabled}
		all = slices.Insert(all, len(all)-1, site)
	}
	return all
}

// kept is the behaviour of a zone's paths that everybody sees alike. It takes every method, so that the gate can
// answer the wrong ones.
func kept(path string) Behaviour {
	return Behaviour{
		Path: Prefix + "zones/*/" + path, Origin: OriginAPI, Before: EdgeAPI, Writes: true, Secured: true, Cache: mapCache,
	}
}

// ErrorTTL is how long CloudFront keeps errors that origins answer, unless the distribution says otherwise. It then
// gives them to everybody with the same key, which under CachingDisabled is the path alone, and ignores no-store for
// most of them.
const ErrorTTL = 10 * time.Second

// ErrorTTLs are how long the front door keeps each error: one visitor's refusal or mishap must never be another's.
// They are the statuses that CloudFront can be told a time for, but 416, which it never keeps.
var ErrorTTLs = map[int]time.Duration{
	400: 0, 403: 0, 404: 0, 405: 0, 414: 0, 500: 0, 501: 0, 502: 0, 503: 0, 504: 0,
}

// Limits of CloudFront on a request.
const (
	MaxURL     = 8192  // bytes of host, path and query string
	MaxRequest = 20480 // bytes of the request without its body
)

// HeaderForwardedProto tells the protected site that viewers come over https. CloudFront takes it from viewers, and
// gives edge functions no say in it.
const HeaderForwardedProto = "x-forwarded-proto"

// SecurityHeaders are added to all that Foyer answers, wherever it is shown: no other site may show it within its own.
var SecurityHeaders = map[string]string{
	"content-security-policy": "frame-ancestors 'self'", "referrer-policy": "strict-origin-when-cross-origin",
	"strict-transport-security": "max-age=31536000", "x-content-type-options": "nosniff", "x-frame-options": "SAMEORIGIN",
}

// AnswerHeaders are the same for the small answers that the edge gives by itself, functions and firewall, where no
// policy of the CDN's reaches: none of them loads anything.
var AnswerHeaders = func() map[string]string {
	all := maps.Clone(SecurityHeaders)
	all["content-security-policy"] = "default-src 'none'; style-src 'unsafe-inline'; " + all["content-security-policy"]
	return all
}()

// HeaderPage marks Foyer's own pages where they come from, so that the way back distinguishes them from the protected
// site's: they are shown at the site's own addresses.
const HeaderPage = "x-amz-meta-foyer"

// The values of HeaderPage.
const (
	PageOfOurs = "page"
	PageOfRoom = "room" // stands for an answer of the site that isn't to be had yet
)

// RoomPages are the folders of the pages that are shown in place of the site's.
var RoomPages = []string{"wait/", "enter/"}

// RoomStatus and RoomRetry are the status of such an answer, 429, and after how many seconds to ask again. The pages
// ask by themselves, whatever the status is.
const RoomStatus, RoomRetry = 429, "10"
