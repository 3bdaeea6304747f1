package zones

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"foyer/infra/ctl/cli"
	"foyer/infra/topology"
	"foyer/internal/room/queue"
	"foyer/internal/room/rules"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// maxInvites bounds one run: a mistyped number is noticed before a million lines.
const maxInvites = 1_000_000

// Invite holds the commands for invites; without the name of one, invites are minted.
type Invite struct {
	Mint   inviteMint   `cmd:"" default:"withargs" help:"Mint invites: one line each, for one place each."`
	Revoke inviteRevoke `cmd:"" help:"Let a batch of invites count no longer. Who has used one keeps the place."`
}

type inviteRevoke struct {
	Zone  string `arg:"" help:"The zone that they are for."`
	Batch string `required:"" help:"The batch that they were minted with."`
	cli.Change
}

// Run revokes the batch; the edge knows within seconds.
func (c *inviteRevoke) Run(a *cli.App) error {
	if !token.IsBatch(c.Batch) {
		return errBatch
	}
	return alter(a, c.Zone, c.Change, func(s zone.Settings) (zone.Settings, error) {
		s.Revoked = zone.Revoke(s.Revoked, c.Batch)
		return s, nil
	})
}

var errBatch = errors.New("--batch must be 1 to 8 of a-z and 0-9")

type inviteMint struct {
	Zone     string        `arg:"" help:"The zone that they are for."`
	N        int           `short:"n" required:"" help:"How many."`
	Priority int           `default:"4" help:"0 to 15; the lower goes first. Who has no invite has 8."`
	Batch    string        `default:"default" help:"A name by which they can be revoked together: 1 to 8 of a-z and 0-9."`
	Valid    time.Duration `default:"720h" help:"For how long they are good."`
	URL      string        `help:"The zone's address: writes whole links, not bare invites." placeholder:"https://…"`

	random io.Reader
}

// Run mints invites. Each is one place, however many people use it and however often. They are kept nowhere but where
// they are written to.
func (c *inviteMint) Run(a *cli.App) error {
	if c.N < 1 || c.N > maxInvites {
		return fmt.Errorf("-n must be 1 to %d", maxInvites)
	}
	if c.Priority < 0 || c.Priority > queue.MaxPriority {
		return fmt.Errorf("--priority must be 0 to %d", queue.MaxPriority)
	}
	if !token.IsBatch(c.Batch) {
		return errBatch
	}
	if c.Valid < time.Minute {
		return fmt.Errorf("--valid must be at least a minute")
	}
	zones, err := a.Parts.Zones()
	if err != nil {
		return err
	}
	if _, err := zones.Settings(a.Ctx, c.Zone); err != nil {
		return err
	}
	link, err := c.link(a)
	if err != nil {
		return err
	}
	keys, err := a.Parts.Keys()
	if err != nil {
		return err
	}
	return c.mint(a, keys, link)
}

// link returns what makes a whole link of an invite: the zone's own address with the invite in its query.
func (c *inviteMint) link(a *cli.App) (func(invite string) string, error) {
	if c.URL == "" {
		return func(invite string) string { return invite }, nil
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("--url must be a whole address, such as https://tickets.example.com/")
	}
	if u.Fragment != "" {
		return nil, fmt.Errorf("--url must have no fragment: browsers don't send what follows #")
	}
	host, path, err := called(a, c.URL)
	if err != nil {
		return nil, err
	}
	list, err := inForce(a, host)
	if err != nil {
		return nil, err
	}
	d := rules.Decide(list, topology.DefaultZone, http.MethodGet, path)
	if d.Kind != rules.Queued {
		return nil, fmt.Errorf("--url is an address of no zone: %s", d.Why)
	}
	if d.Zone != c.Zone {
		return nil, fmt.Errorf("--url is an address of zone %s, not of %s: %s", d.Zone, c.Zone, d.Why)
	}
	return func(invite string) string {
		whole, query := *u, u.Query()
		query.Set("foyer_invite", invite)
		whole.RawQuery = query.Encode()
		return whole.String()
	}, nil
}

func (c *inviteMint) mint(a *cli.App, keys *token.Keyring, link func(string) string) error {
	if c.random == nil {
		c.random = rand.Reader
	}
	now := a.Now().Truncate(time.Second)
	for range c.N {
		i := token.Invite{Zone: c.Zone, Priority: c.Priority, Batch: c.Batch, Issued: now, Expires: now.Add(c.Valid)}
		if _, err := io.ReadFull(c.random, i.ID[:]); err != nil {
			return err
		}
		invite := link(keys.SignInvite(i))
		if err := a.Result(map[string]any{"invite": invite, "expires": i.Expires.UTC()}, "%s", invite); err != nil {
			return err
		}
	}
	return nil
}
