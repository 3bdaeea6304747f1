package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"time"

	"foyer/internal/room/queue"
	"foyer/internal/room/token"
)

// maxInvites bounds one run: a mistyped number is noticed before a million lines.
const maxInvites = 1_000_000

type inviteCmd struct {
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
func (c *inviteCmd) Run(a *app) error {
	if c.N < 1 || c.N > maxInvites {
		return fmt.Errorf("-n must be 1 to %d", maxInvites)
	}
	if c.Priority < 0 || c.Priority > queue.MaxPriority {
		return fmt.Errorf("--priority must be 0 to %d", queue.MaxPriority)
	}
	if !token.IsBatch(c.Batch) {
		return fmt.Errorf("--batch must be 1 to 8 of a-z and 0-9")
	}
	if c.Valid < time.Minute {
		return fmt.Errorf("--valid must be at least a minute")
	}
	zones, err := a.parts.zones()
	if err != nil {
		return err
	}
	if _, err := zones.Settings(a.ctx, c.Zone); err != nil {
		return err
	}
	keys, err := a.parts.keys()
	if err != nil {
		return err
	}
	return c.mint(a, keys)
}

func (c *inviteCmd) mint(a *app, keys *token.Keyring) error {
	if c.random == nil {
		c.random = rand.Reader
	}
	now := a.now().Truncate(time.Second)
	for range c.N {
		i := token.Invite{Zone: c.Zone, Priority: c.Priority, Batch: c.Batch, Issued: now, Expires: now.Add(c.Valid)}
		if _, err := io.ReadFull(c.random, i.ID[:]); err != nil {
			return err
		}
		text := keys.SignInvite(i)
		if c.URL != "" {
			text = c.URL + "?foyer_invite=" + text
		}
		if _, err := fmt.Fprintln(a.out, text); err != nil {
			return err
		}
	}
	return nil
}
