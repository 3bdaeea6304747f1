package deploy

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"

	"foyer/infra/ctl/cli"
	"foyer/internal/problem"
)

// FrontDoor holds the commands for the front door's secret.
type FrontDoor struct {
	Renew doorRenew `cmd:"" help:"Put a new value into the slot that CloudFront does not send."`
}

type doorRenew struct {
	Slot string `arg:"" name:"a|b" enum:"a,b" help:"a or b: the one that the deployment's -c front-door does not name."`
	cli.Change
}

// Run replaces one slot's value. Functions take every slot's, so nothing is refused before CloudFront sends the new
// one.
func (c *doorRenew) Run(a *cli.App) error {
	return slotted{
		open: a.Parts.Door, of: "the front door's", slot: c.Slot,
		sayLive: "--live-slot, the variable FRONT_DOOR_SLOT, or --stage, whose output FrontDoorSlot says it",
		then: "which functions take at once; deploy with -c front-door=" + c.Slot +
			" to have CloudFront send it",
	}.renew(a, c.Change)
}

// SiteSecret holds the commands for the protected site's secret.
type SiteSecret struct {
	Renew siteSecretRenew `cmd:"" help:"Put a new value into the slot that CloudFront does not send."`
}

type siteSecretRenew struct {
	Slot string `arg:"" name:"a|b" enum:"a,b" help:"a or b: the one that the deployment's -c site-secret does not name."`
	cli.Change
}

// Run replaces one slot's value. The site has to know both values before CloudFront sends the new one.
func (c *siteSecretRenew) Run(a *cli.App) error {
	return slotted{
		open: a.Parts.Site, of: "the protected site's", slot: c.Slot,
		sayLive: "--live-site-slot, the variable SITE_SECRET_SLOT, or --stage, whose output SiteSecretSlot says it",
		then: "which Foyer takes from the site's servers at once; tell the site both values, then deploy with " +
			"-c site-secret=" + c.Slot + " to have CloudFront send the new one",
	}.renew(a, c.Change)
}

// slotted is one of the two slots of a secret.
type slotted struct {
	open     func() (secret cli.Vault, live string, err error)
	of, slot string
	sayLive  string // how to say which slot CloudFront sends
	then     string // what becomes of a new value
}

// renew gives the slot a new random value, unless CloudFront sends that one.
func (s slotted) renew(a *cli.App, by cli.Change) error {
	secret, live, err := s.open()
	switch {
	case err != nil:
		return err
	case live == "":
		return problem.New(problem.Invalid,
			"say which slot CloudFront sends now: %s. Renewing that one shuts everybody out", s.sayLive)
	case live == s.slot:
		return problem.New(problem.Refused,
			"slot %s is the one that CloudFront sends: a new value there shuts everybody "+
				"out within minutes. Renew the other slot, and deploy with it", s.slot)
	}
	text, err := secret.Get(a.Ctx)
	if err != nil {
		return err
	}
	var slots map[string]string
	if err := json.Unmarshal([]byte(text), &slots); err != nil {
		return errors.New("the secret is not the JSON that the deployment makes") // its text stays unsaid
	}
	if on, err := a.May(by, cli.Asked,
		"put a new value into %s slot %s, while CloudFront sends slot %s; "+
			"whatever sends slot %s is refused within minutes", s.of, s.slot, live, s.slot); !on {
		return err
	}
	var value [32]byte
	rand.Read(value[:])
	slots[s.slot] = base64.RawURLEncoding.EncodeToString(value[:])
	renewed, err := json.Marshal(slots)
	if err != nil {
		return err
	}
	if err := secret.Put(a.Ctx, string(renewed)); err != nil {
		return err
	}
	return a.Result(map[string]any{"slot": s.slot}, "slot %s has a new value, %s", s.slot, s.then)
}
