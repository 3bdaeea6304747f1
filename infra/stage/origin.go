package stage

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"foyer/infra/topology"
)

// Host is a name that visitors use beside the domain, and the site behind it.
type Host struct {
	Name string
	Site *Origin
}

// Origin is the protected site.
type Origin struct {
	Host string
	Port int    // 443 or 80 unless the URL says otherwise
	TLS  bool   // false only for an http:// URL
	Path string // prefix, "" or "/…" without a slash at the end

	CalledBy  topology.OriginHost // origin-host: whose name it is called by: its own (default) or the viewer's
	Timeout   time.Duration       // origin-timeout: for an answer, 1 to 120 s; 30 by default
	Connect   time.Duration       // origin-connect: for a connection, 1 to 10 s; 10 by default
	KeepAlive time.Duration       // origin-keep-alive: of an idle connection, 1 to 120 s; 5 by default
}

// hosted is the origin where there is no site: the event's page, which Foyer hosts.
const hosted = "hosted"

// parseOrigin reads the site's address and the options that go with it. Without an address, and for hosted, there is
// none.
func parseOrigin(text string, get func(key string) string) (*Origin, error) {
	if text == hosted {
		text = ""
	}
	u, err := url.Parse(text)
	if err != nil || text != "" && (u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" ||
		u.User != nil) {
		return nil, fmt.Errorf("origin: %q is not https://host[:port][/path]", text)
	}
	o := &Origin{Host: u.Hostname(), TLS: u.Scheme == "https", Port: 443, Path: strings.TrimRight(u.Path, "/"),
		CalledBy: topology.OriginHost(cmp.Or(get("origin-host"), string(topology.HostOfOrigin)))}
	if !o.TLS {
		o.Port = 80
	}
	if p := u.Port(); p != "" {
		if o.Port, err = strconv.Atoi(p); err != nil {
			return nil, fmt.Errorf("origin: port: %w", err)
		}
	}
	if o.CalledBy != topology.HostOfOrigin && o.CalledBy != topology.HostOfViewer {
		return nil, fmt.Errorf("origin-host: %s is neither origin nor viewer", o.CalledBy)
	}
	for _, d := range []struct {
		to        *time.Duration
		key, text string
		usual     int
		most      int
	}{
		{&o.Timeout, "origin-timeout", get("origin-timeout"), 30, 120},
		{&o.Connect, "origin-connect", get("origin-connect"), 10, 10},
		{&o.KeepAlive, "origin-keep-alive", get("origin-keep-alive"), 5, 120},
	} {
		n, err := strconv.Atoi(cmp.Or(d.text, strconv.Itoa(d.usual)))
		if err != nil || n < 1 || n > d.most {
			return nil, fmt.Errorf("%s: %q is not a number of seconds from 1 to %d", d.key, d.text, d.most)
		}
		*d.to = time.Duration(n) * time.Second
	}
	if text == "" {
		return nil, nil
	}
	return o, nil
}

// maxHosts is how many hosts there may be beside the domain: each has a behaviour, and a distribution has 25.
const maxHosts = 15

// parseHosts reads "host=https://site,…". The options of origin count for all of the sites.
func parseHosts(get func(key string) string) (all []Host, err error) {
	for part := range strings.SplitSeq(get("hosts"), ",") {
		if part == "" {
			continue
		}
		name, address, _ := strings.Cut(part, "=")
		h := Host{Name: name}
		switch h.Site, err = parseOrigin(address, get); {
		case err != nil:
			return nil, fmt.Errorf("hosts: %s: %w", name, err)
		case !domainPattern.MatchString(name) || h.Site == nil:
			return nil, fmt.Errorf("hosts: %q is not host=https://site", part)
		case name == get("domain") || slices.ContainsFunc(all, func(other Host) bool { return other.Name == name }):
			return nil, fmt.Errorf("hosts: %s is named twice", name)
		case strings.EqualFold(h.Site.Host, name) || strings.EqualFold(h.Site.Host, get("domain")):
			return nil, fmt.Errorf("hosts: the site of %s leads back to the front door: give it another name", name)
		}
		all = append(all, h)
	}
	if len(all) > 0 && get("domain") == "" {
		return nil, fmt.Errorf("hosts: missing the domain, beside which they are")
	}
	if len(all) > maxHosts {
		return nil, fmt.Errorf("hosts: there are %d, and %d at most", len(all), maxHosts)
	}
	return all, nil
}

// HostNames returns the hosts beside the domain.
func (c Config) HostNames() (names []string) {
	for _, h := range c.Hosts {
		names = append(names, h.Name)
	}
	return names
}

// CalledBy returns whose name the protected site is called by.
func (c Config) CalledBy() topology.OriginHost {
	if c.Origin == nil {
		return topology.HostOfOrigin
	}
	return c.Origin.CalledBy
}

// Address returns the host as a URL has it: with the port, unless it is the scheme's own.
func (o *Origin) Address() string {
	if o.TLS && o.Port == 443 || !o.TLS && o.Port == 80 {
		return o.Host
	}
	return fmt.Sprintf("%s:%d", o.Host, o.Port)
}

// SiteNames returns the host and path by which the protected site speaks of itself, where the front door must mend
// them: a site that is called by the viewer's name needs no mending of its host.
func (c Config) SiteNames() (host, path string) { return c.Origin.names() }

// OtherSites returns the same of the sites behind the other hosts: host → own host and path.
func (c Config) OtherSites() map[string][2]string {
	all := map[string][2]string{}
	for _, h := range c.Hosts {
		host, path := h.Site.names()
		all[h.Name] = [2]string{host, path}
	}
	return all
}

func (o *Origin) names() (host, path string) {
	if o == nil {
		return "", ""
	}
	if o.CalledBy == topology.HostOfOrigin {
		host = o.Address()
	}
	return host, o.Path
}
