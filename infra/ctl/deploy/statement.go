package deploy

import "foyer/infra/ctl/cli"

// StatementKey prints what the protected site checks the front door's statements with.
type StatementKey struct {
	Zone string `arg:"" help:"The zone whose visitors the statements are about."`
}

// Run prints the key. With it one could sign statements, so it is a secret of the site, but no token of a visitor.
func (c *StatementKey) Run(a *cli.App) error {
	zones, err := a.Parts.Zones()
	if err != nil {
		return err
	}
	if _, err := zones.Settings(a.Ctx, c.Zone); err != nil {
		return err
	}
	keys, err := a.Parts.Keys()
	if err != nil {
		return err
	}
	key := keys.StatementKey(c.Zone)
	return a.Result(map[string]string{"zone": c.Zone, "key": key}, "%s", key)
}
