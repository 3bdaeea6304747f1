package local

import (
	"fmt"
	"net/http"
	"net/url"

	"foyer/infra/edge"
	"foyer/infra/local/cdn"
	"foyer/infra/local/kvs"
	"foyer/infra/site"
	"foyer/infra/topology"
)

// newFront makes the CDN, with the edge function and the static pages that are deployed.
func (c *Cloud) newFront(o Options) error {
	gate, err := edge.Build(edge.Options{DefaultZone: topology.DefaultZone})
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
	origin, err := newOrigin(o.Origin)
	if err != nil {
		return err
	}
	c.CDN = cdn.New(cdn.Config{
		Gate: runner, DefaultZone: topology.DefaultZone, Static: pages, CacheControl: site.CacheControl,
		API: c.HTTP, Socket: c.Sockets, Origin: origin, FrontDoorSecret: c.Secrets.Get(FrontDoorID),
	})
	return nil
}

// newOrigin returns the protected site: the one at the address, or the sample event.
func newOrigin(address string) (http.Handler, error) {
	if address == "" {
		return site.SampleOrigin(), nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("ORIGIN=%s is no address of a site: give one such as ORIGIN=http://localhost:3000", address)
	}
	return cdn.NewOrigin(u), nil
}
