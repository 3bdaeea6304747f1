package stage_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"foyer/infra/stage"
)

// FuzzParse looks for a stage's file that is taken, and whose deployment is another than it says.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"region = 'eu-central-1'\nchallenge = true\nip-limit = 60000\nwarm = { queue = '31000/12000' }",
		"origin = 'https://site.example:8443/a/'\norigin-timeout = 20\nhosts = { 'b.example' = 'https://c.example' }\n" +
			"domain = 'a.example'\ncertificate = 'arn:aws:acm:us-east-1:123456789012:certificate/1'",
		"tables = { grants = 'foyer-restored' }\nledger = 'abc'\nstage = 'production'", "sale = false\nwaf = 'block'",
		"warm = 'queue=1/2'\nconcurrency = 10", "ip-limit = -1", "hosts = ['a=b']", "region = nan", "= 1", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, err := stage.Parse(text)
		if err != nil {
			return
		}
		c, err := stage.FromContext(func(key string) string { return all[key] })
		if err != nil {
			return
		}
		said := strings.Split(all["warm"], ",")
		for table, w := range c.Warm {
			if one := fmt.Sprintf("%s=%d/%d", table, w.Writes, w.Reads); !slices.Contains(said, one) {
				t.Errorf("%q: warm is %q, read as %s", text, all["warm"], one)
			}
		}
		for _, h := range append(c.Hosts, stage.Host{Name: c.Domain, Site: c.Origin}) {
			if h.Site != nil && (h.Site.Host == "" || h.Site.Port < 1 || h.Site.Port > 65535) {
				t.Errorf("%q: the site of %q is %+v", text, h.Name, h.Site)
			}
		}
	})
}
