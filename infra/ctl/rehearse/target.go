package rehearse

import (
	"encoding/json"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"foyer/infra/ctl/cli"
	"foyer/infra/stage"
	"foyer/infra/topology"
	"foyer/internal/problem"
)

// target is where a rehearsal may go.
type target struct {
	url     string // of the front door
	host    string // its host; empty: this machine
	name    string // in a report
	local   bool
	sells   bool
	ipLimit int // requests of one address in five minutes
}

// prove returns the one target that there is: the front door that the outputs of a rehearsal stage's stack name, or the
// local cloud. An address from elsewhere is none.
func prove(a *cli.App) (target, error) {
	there, err := a.Parts.Deployed()
	if err != nil {
		return target{}, err
	}
	where := a.Parts.Where()
	if len(there.Outputs) == 0 && where.At != "" {
		return here(where.At, os.Getenv(cli.FrontDoorEnv))
	}
	if where.Stage == "" || len(there.Outputs) == 0 {
		return target{}, problem.New(problem.NotFound,
			"there is no deployment to rehearse on: name its stage with --stage, or read .build/local/env of make run")
	}
	file, err := stage.Load(".", where.Stage)
	if err != nil {
		return target{}, problem.New(problem.Invalid, "%v", err)
	}
	file["stage"] = where.Stage
	config, err := stage.FromContext(func(key string) string { return file[key] })
	switch {
	case config.Keep():
		return target{}, problem.New(problem.Refused,
			"%s is where people buy: a crowd goes to staging only. Deploy one with production's options, and rehearse there",
			where.Stage)
	case err != nil:
		return target{}, problem.New(problem.Invalid, "%s: %v", stage.File(where.Stage), err)
	case config.Challenge:
		return target{}, problem.New(problem.Refused,
			"challenge is on, which a crowd can't answer as it has no browsers: deploy %s without it, and rehearse then",
			where.Stage)
	case !strings.HasPrefix(there.Outputs["TableZones"], config.Name()+"-"):
		return target{}, problem.New(problem.Refused, "the outputs are not those of the stack %s", config.Name())
	}
	door, err := url.Parse(there.Outputs["FrontDoorUrl"])
	if err != nil || door.Scheme != "https" || door.Host == "" || door.Port() != "" || door.Path != "" {
		return target{}, problem.New(problem.Refused, "the stack's output FrontDoorUrl is no address of a front door: %q",
			there.Outputs["FrontDoorUrl"])
	}
	return target{url: door.String(), host: door.Host, name: where.Stage + ", " + config.Region, sells: !config.NoSale,
		ipLimit: config.IPLimit}, nil
}

// here returns the local cloud, if both its database and its front door are on this machine.
func here(database, door string) (target, error) {
	for _, address := range []string{database, door} {
		u, err := url.Parse(address)
		if err != nil {
			return target{}, problem.New(problem.Invalid, "%v", err)
		}
		if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return target{}, problem.New(problem.Refused,
				"%q is not the local cloud: read .build/local/env of make run", address)
		}
	}
	return target{url: strings.TrimRight(door, "/"), name: "the local cloud", local: true, sells: true,
		ipLimit: math.MaxInt}, nil
}

// awaited are the states in which people come.
var awaited = []string{"open", "scheduled"}

// knows waits until the edge knows the zone, which takes seconds from its opening. A browser that comes before tries
// again after ten.
func (t target) knows(a *cli.App, name string) error {
	for range 30 {
		r, err := http.NewRequestWithContext(a.Ctx, http.MethodGet, t.page(name), nil)
		if err != nil {
			return err
		}
		r.Header.Set("Accept", "application/json")
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return problem.New(problem.Provider, "the front door %s can't be reached: %v", t.url, err)
		}
		var said struct{ ZoneStatus *struct{ State string } }
		err = json.NewDecoder(res.Body).Decode(&said)
		_ = res.Body.Close()
		known := err == nil && said.ZoneStatus != nil && slices.Contains(awaited, said.ZoneStatus.State)
		if known || res.StatusCode != http.StatusTooManyRequests {
			return nil
		}
		select {
		case <-a.Ctx.Done():
			return a.Ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return problem.New(problem.Provider, "the edge doesn't know zone %s after half a minute: look at relay's log", name)
}

// page is the address of a zone's pages.
func (t target) page(name string) string {
	if name == topology.DefaultZone {
		return t.url + "/"
	}
	return t.url + "/z/" + name + "/"
}
