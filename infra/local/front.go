package local

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"foyer/infra/edge"
	"foyer/infra/local/cdn"
	"foyer/infra/local/kvs"
	"foyer/infra/site"
	"foyer/infra/topology"
)

// newFront makes the CDN, with the edge function and the static pages that are deployed.
func (c *Cloud) newFront(o Options) error {
	hosts := slices.Sorted(maps.Keys(o.Hosts))
	gate, err := edge.Build(edge.Options{
		DefaultZone: topology.DefaultZone, Rules: true, Statement: true, Hosted: o.Origin == "", Hosts: hosts,
	})
	if err != nil {
		return err
	}
	c.Store = kvs.New(StoreARN)
	runner, err := edge.New(gate, c.Store, edge.RunnerOptions{})
	if err != nil {
		return err
	}
	pages, err := site.Build()
	if err != nil {
		return err
	}
	config := cdn.Config{
		Gate: runner, DefaultZone: topology.DefaultZone, Static: pages, CacheControl: site.CacheControl,
		API: c.HTTP, Socket: c.Sockets, FrontDoorSecret: c.Sent(FrontDoorID),
		Behaviours: topology.Door(o.OriginHost, hosts...), Hosts: map[string]http.Handler{},
		// Most viewers of this machine come by http; the CDN says so of those who don't.
		OriginHeaders: map[string]string{
			topology.HeaderForwardedProto: "http", topology.HeaderSite: c.Sent(SiteSecretID),
		},
	}
	if config.Origin, err = newOrigin(o.Origin); err != nil {
		return err
	}
	for host, site := range o.Hosts {
		if config.Hosts[host], err = newOrigin(site); err != nil {
			return err
		}
	}
	if config.Back, err = newBack(o); err != nil {
		return err
	}
	c.CDN = cdn.New(config)
	return nil
}

// newBack returns the function for the way back: for a site that is called by its own name, it brings redirects to
// itself back in front.
func newBack(o Options) (*edge.Back, error) {
	var failed error
	place := func(address string) [2]string {
		u, err := url.Parse(address)
		if err != nil {
			failed = err
			return [2]string{}
		}
		if o.OriginHost == topology.HostOfViewer {
			u.Host = ""
		}
		return [2]string{u.Host, strings.TrimRight(u.Path, "/")}
	}
	main, others := place(o.Origin), map[string][2]string{}
	for host, site := range o.Hosts {
		others[host] = place(site)
	}
	if failed != nil {
		return nil, failed
	}
	built, err := edge.BuildBack(main[0], main[1], others)
	if err != nil {
		return nil, err
	}
	return edge.NewBack(built)
}

// newOrigin is the protected site at the address; without one it is the event's page, in the pages' bucket.
func newOrigin(address string) (http.Handler, error) {
	if address == "" {
		return nil, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("ORIGIN=%s is no address of a site: give one such as ORIGIN=http://localhost:3000", address)
	}
	return cdn.NewOrigin(u, 0), nil
}
