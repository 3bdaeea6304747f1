package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func (d *desk) file(text string) string {
	d.Helper()
	name := filepath.Join(d.TempDir(), "rules")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		d.Fatal(err)
	}
	return name
}

func TestRulesAreTriedSetAndShown(t *testing.T) {
	d := newDesk(t)
	d.says("rules show", "# rules of the main host, version 0")
	d.says("zone create main", "closed")
	d.says("zone create vip", "closed")
	d.says("zone open main", "open")
	file := d.file("# the provider's webhooks\nopen POST /webhooks/*\nopen GET /health\nvip /vip/*\n")
	d.says("rules try https://shop.example.com/webhooks/psp --method POST",
		"POST /webhooks/psp at the main host\n  zone main, since no rule fits\n  zone main is open: from a visitor inside")
	d.says("rules try https://shop.example.com/webhooks/psp --method POST --file "+file,
		"rule 1, open POST /webhooks/*\n  it goes to the site, whatever any zone says")
	d.says("rules set "+file, "there is nobody to ask")
	d.says("rules set --dry-run "+file,
		"would give the main host 3 rules in place of 0: + open POST /webhooks/*, + open GET,HEAD /health, + vip /vip/*")
	d.says("rules show", "version 0")
	d.says("rules set --yes "+file, "the main host has 3 rules, version 1; the edge follows within seconds")
	d.says("rules set --yes "+file, "as they were")
	d.says("rules show", "# rules of the main host, version 1\nopen POST /webhooks/*\nopen GET,HEAD /health\nvip /vip/*")
	d.says("rules try http://shop.example.com/vip/a?b=/c",
		"GET /vip/a at the main host\n  rule 3, vip /vip/*\n  zone vip is closed: from a visitor inside it goes to the "+
			"site, and from anybody else it is turned away")
	d.says("rules try https://shop.example.com/VIP/a",
		"one server reads it as /VIP/a (zone main, since no rule fits), another as /vip/a (rule 3, vip /vip/*)\n"+
			"  it is refused with 400")
	d.says("rules try https://shop.example.com", "GET / at the main host")
	d.says("rules try https://shop.example.com?a=/vip/b", "GET / at the main host")
	d.says("rules try https://shop.example.com/z/none/x", "there is no zone none: it belongs to zone main")
	d.says("rules try https://shop.example.com/foyer/zones/main/status", "Foyer's functions answer")
	d.says("rules try /page", "give a whole address")
	d.says("invite main -n 1 --url https://shop.example.com/vip/a", "--url is an address of zone vip, not of main: rule 3")
	d.says("invite vip -n 1 --url https://shop.example.com/vip/a", "https://shop.example.com/vip/a?foyer_invite=")
	var got map[string]any
	said := d.says("rules try --json https://shop.example.com/health", "open")
	if err := json.Unmarshal([]byte(said), &got); err != nil ||
		got["kind"] != "open" || got["rule"] != 2.0 || got["host"] != "*" {
		t.Errorf("%v %v", got, err)
	}
	if err := json.Unmarshal([]byte(d.says("rules show --json", "webhooks")), &got); err != nil || got["version"] != 1.0 {
		t.Errorf("%v %v", got, err)
	}
}

func TestRulesThatCannotBeAreRefusedByName(t *testing.T) {
	d := newDesk(t)
	d.says("zone create vip", "closed")
	for text, want := range map[string]string{
		"open POST /a\nnowhere /b":  `there is no zone "nowhere"`,
		"open /a\nvip /a":           `the main host: rule 2, "vip /a", contradicts rule 1, "open /a"`,
		"open":                      `line 1, "open": a rule is`,
		"open /a//b\nvip b\nopen /": "line 1, \"open /a//b\": the path must be as servers read it, without // and dots",
	} {
		d.says("rules set --yes "+d.file(text), want)
	}
	d.says("rules set --yes --host tickets.example.org "+d.file("vip /vip"), `the last rule must be for "/*"`)
	d.says("rules set --yes --host tickets.example.org "+d.file("main /*"), "zone main would queue on the main host")
	d.says("rules set --yes --host other.example "+d.file("vip /*"), "other.example is none of the deployment's other")
	d.says("rules set --yes --host tickets.example.org "+d.file("vip /*"), "tickets.example.org has 1 rules, version 1")
	d.says("rules set --yes "+d.file("vip /vip"), "zone vip would queue on")
	d.says("rules try https://tickets.example.org/any", "GET /any at tickets.example.org\n  rule 1, vip /*")
	d.says("rules show", "version 1")
	d.says("rules set --yes --host tickets.example.org "+d.file("# none"), "has 0 rules, version 2")
	d.blind = true
	d.says("rules set --yes "+d.file("open /a"), "deploy with -c rules=on first")
}
