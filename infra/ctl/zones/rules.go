package zones

import (
	"cmp"
	"io"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"

	"foyer/infra/ctl/cli"
	"foyer/infra/topology"
	"foyer/internal/problem"
	"foyer/internal/room/rules"
	"foyer/internal/room/zone"
)

// Rules holds the commands for the hosts' rules.
type Rules struct {
	Show rulesShow `cmd:"" help:"Show the rules of a host, as rules set takes them."`
	Set  rulesSet  `cmd:"" help:"Replace the rules of a host: the edge follows within seconds."`
	Try  rulesTry  `cmd:"" help:"Say what happens to a request, and why."`
}

// host is the flag of a host beside the main one.
type host struct {
	Host string `help:"One of the deployment's other hosts, such as tickets.example.org." placeholder:"HOST"`
}

// name is what the host is called in a set of rules. A host that the edge doesn't know has none.
func (h host) name(a *cli.App) (string, error) {
	if h.Host == "" {
		return rules.MainHost, nil
	}
	if known := a.Parts.Hosts(); !slices.Contains(known, h.Host) {
		return "", problem.New(problem.NotFound, "%s is none of the deployment's other hosts, which are %q: deploy with "+
			"-c hosts=, or leave --host out for the main one", h.Host, known)
	}
	return h.Host, nil
}

type rulesShow struct{ host }

// Run shows the rules.
func (c *rulesShow) Run(a *cli.App) error {
	name, err := c.name(a)
	if err != nil {
		return err
	}
	store, err := a.Parts.Rules()
	if err != nil {
		return err
	}
	s, err := store.Rules(a.Ctx)
	if err != nil {
		return err
	}
	if a.JSON {
		return a.Encode(ruled{name, s.Version, lines(s.Hosts[name])})
	}
	a.Say("# rules of %s, version %d", rules.Spoken(name), s.Version)
	for _, line := range lines(s.Hosts[name]) {
		a.Say("%s", line)
	}
	return nil
}

// ruled is what came of a change, or is shown.
type ruled struct {
	Host    string   `json:"host"` // * for the main one
	Version int64    `json:"version"`
	Rules   []string `json:"rules"`
}

func lines(list []rules.Rule) []string {
	text := []string{}
	for _, r := range list {
		text = append(text, r.String())
	}
	return text
}

type rulesSet struct {
	File string `arg:"" help:"A rule a line: a zone or \"open\", methods if not for all, and a path. - reads them."`
	host
	cli.Change
}

// Run replaces the rules of one host, unless they contradict each other or name a zone that isn't there.
func (c *rulesSet) Run(a *cli.App) error {
	name, err := c.name(a)
	if err != nil {
		return err
	}
	list, err := read(a, c.File)
	if err != nil {
		return err
	}
	store, err := a.Parts.Rules()
	if err != nil {
		return err
	}
	if !a.Parts.ReadsRules() {
		return problem.New(problem.Refused, "this deployment's edge reads no rules: deploy with -c rules=on first")
	}
	s, err := store.Rules(a.Ctx)
	if err != nil {
		return err
	}
	before := lines(s.Hosts[name])
	if s.Version > 0 && slices.Equal(before, lines(list)) {
		return a.Result(ruled{name, s.Version, before}, "the rules of %s are as they were", rules.Spoken(name))
	}
	s.Hosts, s.Version = maps.Clone(s.Hosts), s.Version+1
	s.Hosts[name] = list
	if err := s.Validate(topology.DefaultZone); err != nil {
		return err
	}
	for _, r := range list {
		if r.Zone != "" {
			if err := a.Known(r.Zone); err != nil {
				return err
			}
		}
	}
	if on, err := a.May(c.Change, cli.Asked, "give %s %d rules in place of %d: %s", rules.Spoken(name), len(list),
		len(before), difference(before, lines(list))); !on {
		return err
	}
	if err := store.SaveRules(a.Ctx, s); err != nil {
		return err
	}
	return a.Result(ruled{name, s.Version, lines(list)}, "%s has %d rules, version %d; the edge follows within seconds",
		rules.Spoken(name), len(list), s.Version)
}

// difference says which rules go and come.
func difference(before, after []string) string {
	var said []string
	for _, line := range before {
		if !slices.Contains(after, line) {
			said = append(said, "- "+line)
		}
	}
	for _, line := range after {
		if !slices.Contains(before, line) {
			said = append(said, "+ "+line)
		}
	}
	if said == nil {
		return "the same in another order"
	}
	return strings.Join(said, ", ")
}

func read(a *cli.App, file string) ([]rules.Rule, error) {
	from := io.Reader(a.In)
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		from = f
	}
	text, err := io.ReadAll(from)
	if err != nil {
		return nil, err
	}
	return rules.Parse(string(text))
}

type rulesTry struct {
	URL    string `arg:"" name:"url" help:"The request's address, such as https://shop.example.com/webhooks/psp."`
	Method string `help:"Its method." default:"GET"`
	File   string `help:"Rules to try instead of those in force; - reads them." placeholder:"FILE"`
}

// tried is what happens to a request.
type tried struct {
	Host string     `json:"host"` // * for the main one
	Kind rules.Kind `json:"kind"`
	Zone string     `json:"zone,omitempty"`
	Rule int        `json:"rule,omitempty"` // from 1
	Why  string     `json:"why"`
	Then string     `json:"then"`
}

// Run decides as the edge does.
func (c *rulesTry) Run(a *cli.App) error {
	host, path, err := called(a, c.URL)
	if err != nil {
		return err
	}
	var list []rules.Rule
	if c.File != "" {
		list, err = read(a, c.File)
	} else {
		list, err = inForce(a, host)
	}
	if err != nil {
		return err
	}
	d := rules.Decide(list, topology.DefaultZone, c.Method, path)
	then, err := follows(a, d)
	if err != nil {
		return err
	}
	result := tried{host, d.Kind, d.Zone, d.Rule, d.Why, then}
	return a.Result(result, "%s %s at %s\n  %s\n  %s", c.Method, path, rules.Spoken(host), d.Why, then)
}

// called returns which host an address calls, as a set of rules knows it, and the path as it is written.
func called(a *cli.App, address string) (host, path string, err error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "", "", problem.New(problem.Invalid, "give a whole address, such as https://shop.example.com/page")
	}
	host = rules.MainHost
	if name := strings.ToLower(u.Hostname()); slices.Contains(a.Parts.Hosts(), name) {
		host = name
	}
	_, rest, _ := strings.Cut(address, "//")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		path = rest[i:]
	}
	if end := strings.IndexAny(path, "?#"); end >= 0 {
		path = path[:end]
	}
	return host, cmp.Or(path, "/"), nil
}

// inForce returns the rules that a host has.
func inForce(a *cli.App, host string) ([]rules.Rule, error) {
	store, err := a.Parts.Rules()
	if err != nil {
		return nil, err
	}
	s, err := store.Rules(a.Ctx)
	return s.Hosts[host], err
}

// follows says what the edge does then.
func follows(a *cli.App, d rules.Decision) (string, error) {
	switch d.Kind {
	case rules.Free:
		return "it goes to the site, whatever any zone says", nil
	case rules.Own:
		return "Foyer's functions answer", nil
	case rules.Refused:
		return "it is refused with 400, or 404 where it names a zone that can't be", nil
	}
	store, err := a.Parts.Zones()
	if err != nil {
		return "", err
	}
	s, err := store.Settings(a.Ctx, d.Zone)
	if problem.CodeOf(err) == problem.UnknownZone {
		if d.Zone != topology.DefaultZone {
			return "there is no zone " + d.Zone + ": it belongs to zone " + topology.DefaultZone, nil
		}
		return "there is no zone " + d.Zone + ": it goes to the site", nil
	}
	if err != nil {
		return "", err
	}
	state := "zone " + s.Zone + " is " + life(a, s)
	switch {
	case s.Gate() == zone.Passthrough:
		return state + ", so that it goes to the site", nil
	case s.Gate() == zone.Reject || s.StateAt(a.Now()) == zone.Closed:
		return state + ": from a visitor inside it goes to the site, and from anybody else it is turned away", nil
	}
	return state + ": from a visitor inside it goes to the site, and anybody else waits for a turn", nil
}
