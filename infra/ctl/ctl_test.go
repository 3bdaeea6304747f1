package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"foyer/infra/ctl/cli"
	"foyer/internal/room/queue"
	"foyer/internal/room/rules"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/sale/clear"
	"foyer/internal/sale/pay/stripe"
	"foyer/internal/sale/seat"
	"foyer/internal/store/memory/memsale"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// desk is an operator's desk over stores in memory.
type desk struct {
	*testing.T
	cloud *memsale.Cloud
	ring  *token.Keyring
	box   *box
	live  string // slot of the front door's secret
	blind bool   // the edge reads no rules
	mail  cli.Letters
	sold  soldAt

	outputs map[string]string // of the stack
}

func (d *desk) Zones() (zone.Store, error)       { return d.cloud.Zones(), nil }
func (d *desk) Rules() (rules.Store, error)      { return d.cloud.Rules(), nil }
func (d *desk) Hosts() []string                  { return []string{"tickets.example.org"} }
func (d *desk) ReadsRules() bool                 { return !d.blind }
func (d *desk) Seats() (cli.Seats, error)        { return d.cloud.Seats(), nil }
func (d *desk) Keys() (*token.Keyring, error)    { return d.ring, nil }
func (d *desk) Door() (cli.Vault, string, error) { return d.box, d.live, nil }
func (d *desk) Where() cli.Place {
	return cli.Place{Stage: "staging", Account: "123456789012", Region: "eu-west-1"}
}
func (d *desk) Site() (cli.Vault, string, error) { return d.box, d.live, nil }
func (d *desk) Deployed() (cli.Deployed, error)  { return cli.Deployed{Outputs: d.outputs}, nil }
func (d *desk) PayKeys(context.Context) (cli.PayKeys, error) {
	return cli.PayKeys{Key: "sk_test_1", Webhooks: []string{"whsec_1"}}, nil
}
func (d *desk) Webhooks(context.Context) ([]stripe.Endpoint, error) { return nil, nil }
func (d *desk) Queue() (queue.Store, error)                         { return d.cloud.Queue(), nil }
func (d *desk) Left() (clear.Store, error)                          { return d.cloud.Left(), nil }
func (d *desk) Sleep(ctx context.Context, _ time.Duration) error    { return ctx.Err() }
func (d *desk) Letters() (cli.Letters, error)                       { return d.mail, nil }

func newDesk(t *testing.T) *desk {
	secret, err := token.NewMasterKeys(bytes.NewReader(make([]byte, 96)), "k1")
	if err != nil {
		t.Fatal(err)
	}
	ring, err := secret.Keyring()
	if err != nil {
		t.Fatal(err)
	}
	return &desk{T: t, cloud: memsale.New(), ring: ring, box: &box{}}
}

// says runs a command and checks what it says: the end of its output, or of its error.
func (d *desk) says(command, want string) string {
	d.Helper()
	var out bytes.Buffer
	err := run(&cli.App{Ctx: d.Context(), In: strings.NewReader(d.sold.typed), Out: &out, Err: io.Discard,
		Now: func() time.Time { return noon }, Local: time.UTC, Parts: d}, strings.Fields(command))
	got := out.String()
	if err != nil {
		got += "error: " + cli.Explain(err)
	}
	if !strings.Contains(got, want) {
		d.Errorf("%s\nsays %s\nwant %s", command, got, want)
	}
	return got
}

const theatre = "../../testdata/venues/theatre-300.json"

func TestZonesAreMadeChangedOpenedAndClosed(t *testing.T) {
	d := newDesk(t)
	d.says("zone create main --title Concert --capacity 500 --rate 300 --session 5m --renews --grant-shards 2",
		"zone main is closed")
	d.says("zone create main", "error: there is a zone \"main\" already")
	d.says("zone create Main --capacity=-1 --rate 0",
		"zone must be 1 to 32 of a-z, 0-9 and -, not starting with -\n  capacity must be 0 to 20000")
	d.says("zone create Main --capacity=-1 --rate 0", "\n  rate must be 1 to 72000")
	d.says("zone create late --opens 2026-05-01T14:00:00+01:00", "zone late is scheduled")
	d.says("zone open main", "zone main is open, version 2")
	d.says("zone open main", "zone main is as it was")
	d.says("zone set main --seats-per-buyer 4 --opens 2026-05-01T13:00:00Z --yes", "zone main is scheduled, version 3")
	d.says("zone set main --seats-per-buyer 9", "error: seatsPerBuyer must be 1 to 8")
	d.says("zone set main --policy draw", "policy is fixed when the zone is made")
	d.says("zone pause main", "zone main is paused, version 4")
	d.says("zone close main --yes", "zone main is closed, version 5")
	d.says("zone sale main off --yes", "zone main is closed, version 6")
	d.says("zone show main", "sale ended       true")
	d.says("zone show main", "seats per buyer  4")
	d.says("zone show main", "pay for          15m0s")
	d.says("zone show none", `error: there is no zone "none"`)
	d.says("zone list", "late  scheduled  first-come  late\nmain  closed     first-come  Concert")
	s, err := d.cloud.Zones().Settings(t.Context(), "main")
	if err != nil || !s.Renews || s.Session != 5*time.Minute || s.GrantShards != 2 || s.Capacity != 500 {
		t.Errorf("%+v %v", s, err)
	}
}

func TestInAnEmergencyEverybodyIsLetThrough(t *testing.T) {
	d := newDesk(t)
	d.says("zone create main --capacity 500", "closed")
	d.says("zone open main", "zone main is open, version 2")
	d.says("zone let-through main on --yes", "zone main is open and lets everybody through, version 3")
	d.says("zone let-through main on", "zone main is as it was")
	d.says("zone list", "main  open and lets everybody through  first-come")
	d.says("zone show main", "open and lets everybody through")
	d.says("zone pause main", "zone main is paused and lets everybody through, version 4")
	d.says("zone let-through main", "expected")
	d.says("zone let-through main yes", "must be one of")
	d.says("zone let-through main off --yes", "zone main is paused, version 5")
	if s, _ := d.cloud.Zones().Settings(t.Context(), "main"); s.LetThrough || s.Policy != zone.FirstCome ||
		s.Capacity != 500 {
		t.Errorf("%+v", s)
	}
}

func TestANewZoneSellsOneSeatToEach(t *testing.T) {
	d := newDesk(t)
	d.says("zone create main", "closed")
	if s, _ := d.cloud.Zones().Settings(t.Context(), "main"); s.SeatsPerBuyer != 1 {
		t.Errorf("%d seats", s.SeatsPerBuyer)
	}
}

func TestInvitesAreGoodForTheirZone(t *testing.T) {
	d := newDesk(t)
	d.says("zone create main", "closed")
	d.says("invite none -n 1", `there is no zone "none"`)
	d.says("invite main -n 0", "-n must be 1 to")
	d.says("invite main -n 1 --priority 16", "--priority must be 0 to 15")
	d.says("invite main -n 1 --valid 1s", "--valid must be at least a minute")
	lines := strings.Fields(d.says("invite main -n 3 --priority 2 --valid 24h --url https://t.example/",
		"https://t.example/?foyer_invite="))
	d.says("invite main -n 1 --batch B!", "--batch must be")
	d.says("invite main -n 1 --url t.example", "--url must be a whole address")
	d.says("invite main -n 1 --url https://t.example/#seats", "--url must have no fragment")
	d.says("invite main -n 1 --url https://t.example/z/vip/", "not of main: zone vip, which the path names")
	d.says("invite main -n 1 --url https://t.example/robots.txt", "--url is an address of no zone")
	d.says("invite main -n 1 --url https://t.example/shop?x=1", "https://t.example/shop?foyer_invite=")
	d.says("invite revoke main --batch press --yes", "version 2")
	d.says("invite revoke main --batch press --yes", "as it was")
	visitors := map[string]bool{}
	for _, line := range lines {
		_, text, _ := strings.Cut(line, "?foyer_invite=")
		v, err := d.ring.ParseInvite("main", text, noon.Add(24*time.Hour-time.Second))
		if err != nil || v.Priority != 2 {
			t.Errorf("%+v %v", v, err)
		}
		visitors[v.ID.String()] = true
		if _, err := d.ring.ParseInvite("main", text, noon.Add(24*time.Hour)); err == nil {
			t.Error("good for longer than a day")
		}
	}
	if len(lines) != 3 || len(visitors) != 3 {
		t.Errorf("%d lines for %d visitors", len(lines), len(visitors))
	}
}

func TestMapsAreCheckedAndLoaded(t *testing.T) {
	d := newDesk(t)
	d.says("venue validate "+theatre, "The Little Theatre: 300 seats in 4 sections")
	d.says("venue load main "+theatre, `there is no zone "main"`)
	d.says("zone create main", "closed")
	d.says("venue load main "+theatre, "zone main has the map: version 1, 300 seats, 300 of them new")
	d.says("venue load main "+theatre, "zone main has this very map: version 1, 300 seats")
	d.says("zone open main", "open")
	d.says("venue load main ../../testdata/venues/hall-5000.json",
		"its map may only grow, and this one is not only larger:\n$.categories, A: the price would change from 6500 to 8900")
	raw, _ := os.ReadFile(theatre)
	bad := filepath.Join(t.TempDir(), "bad.json")
	if err := os.WriteFile(bad, bytes.Replace(raw, []byte(`"currency":"EUR"`), []byte(`"currency":"€"`), 1),
		0o600); err != nil {
		t.Fatal(err)
	}
	d.says("venue validate "+bad, "is not a seat map:\n$.currency: ")
}

func TestSeatsAreKeptBackAndReleased(t *testing.T) {
	d := newDesk(t)
	d.says("zone create main", "closed")
	d.says("house hold main press stalls-A-1", `zone "main" has no seat map`)
	d.says("venue load main "+theatre, "300 seats")
	d.says("house hold main press --section boxL", "12 seats are kept back for press")
	d.says("house hold main press --section stalls --row A", "18 seats are kept back for press")
	d.says("house hold main crew stalls-A-1 stalls-B-1",
		"1 seats are kept back for crew\nleft alone, because they are locked, sold or kept back for others: stalls-A-1")
	d.says("house release main press boxL-A-1 boxL-A-2", "2 seats that were kept back for press are for sale")
	d.says("house release main press --section stalls --row A", "18 seats")
	d.says("house release main crew boxL-A-3",
		"0 seats that were kept back for crew are for sale\nleft alone, because they are not kept back under "+
			"this label: boxL-A-3")
	for command, want := range map[string]string{
		"house hold main press":                           "say which seats",
		"house hold main press stalls-A-1 --section boxL": "say which seats",
		"house hold main press --row A stalls-A-1":        "--row needs --section",
		"house hold main press --section roof":            "there is no section",
		"house hold main press --section boxL --row Z":    "no row \"Z\"",
		"house hold main press stalls-A-1 stalls-Q-1 x":   "there are no seats stalls-Q-1, x",
		"house hold main Press stalls-A-1":                "label \"Press\"",
	} {
		d.says(command, want)
	}
	held := 0
	for _, section := range []string{"stalls", "boxL"} {
		seats, err := d.cloud.Seats().Snapshot(t.Context(), "main", section)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range seats {
			if one.Status(noon) == seat.Taken {
				held++
			}
		}
	}
	if held != 11 {
		t.Errorf("%d seats are kept back", held)
	}
}

func TestWhereFoyerIsMustBeSaid(t *testing.T) {
	for _, name := range []string{"ZONES_TABLE", "SEATS_TABLE"} {
		t.Setenv(name, "")
	}
	err := run(&cli.App{Ctx: t.Context(), Out: &bytes.Buffer{}, Err: io.Discard, Now: time.Now}, []string{"zone", "list"})
	if err == nil || !strings.Contains(err.Error(), "--zones, or the variable ZONES_TABLE") {
		t.Error(err)
	}
}
