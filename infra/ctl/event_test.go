package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"foyer/infra/ctl/cli"
	"foyer/infra/local/aws"
	localsqs "foyer/infra/local/sqs"
	"foyer/infra/topology"
	"foyer/internal/room/queue"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
)

const ferries = `
name = "The Night Ferries"
begin = 2027-06-19 20:45:00
doors = "2027-06-19 19:00"
timeZone = "Europe/Berlin"
place = "Harbour Hall"
organiser = "Harbour Hall GmbH"
contact = "help@harbour.example"
`

// write writes a file of that name and returns its path.
func (d *desk) write(name, text string) string {
	d.Helper()
	path := filepath.Join(d.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.Fatal(err)
	}
	return path
}

// buys puts a paid order into the zone main.
func (d *desk) buys(id string, at time.Time) {
	d.Helper()
	o, err := order.New(order.Draft{
		ID: id, Zone: "main", Buyer: queue.VisitorID([]byte(id)[16:]), Email: id + "@example.com",
		Name: "Ada", Currency: "eur", Limit: 4, PayBy: at.Add(time.Hour),
		Lines: []order.Line{{Section: "A", Seat: "A-1-1", Label: seat.Label{Section: "Stalls"}, Price: 4550}},
	}, at)
	if err != nil {
		d.Fatal(err)
	}
	o.State, o.PaidAt, o.Number = order.Paid, at, order.NewNumber(id, 0)
	if err := d.cloud.Orders().Create(d.Context(), o); err != nil {
		d.Fatal(err)
	}
}

func TestAnEventIsSetShownAndItsChangesAreTold(t *testing.T) {
	played := localsqs.New(topology.Queues, localsqs.Options{Now: func() time.Time { return noon }})
	server := httptest.NewServer(played)
	defer server.Close()
	d := newDesk(t)
	d.sold.sqs = cli.Queues{URLs: map[string]string{"mails": server.URL + "/queues/" + aws.Account + "/mails"},
		Client: sqs.New(sqs.Options{Region: aws.Region, BaseEndpoint: &server.URL,
			Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")})}
	d.says("event show main", `error: there is no zone "main"`)
	d.says("zone create main", "zone main is closed")
	d.says("event show main", "error: zone main has no event: set one by event set main FILE")
	d.says("event set main "+d.write("bad.toml", "name = 'x'\nbegins = 5"),
		`error: the event can't be read: unknown field "begins"`)
	d.says("event set main "+d.write("bad.json", "{}"),
		"contact: must be an e-mail address, such as tickets@example.com, at which buyers get an answer")
	d.says("event set main "+d.write("e.toml", ferries)+" --dry-run",
		"would tell everybody who comes to zone main: The Night Ferries, "+
			"Saturday 19 June 2027, 20:45 · Harbour Hall; nothing is changed")
	d.says("event set main "+d.write("e.toml", ferries), "the event of zone main has version 1")
	d.says("event set main "+d.write("e.toml", ferries), "the event of zone main is as it was, version 1")
	d.says("event show main", `"begin": "2027-06-19T20:45:00+02:00",
  "doors": "2027-06-19T19:00:00+02:00",
  "timeZone": "Europe/Berlin",
  "place": "Harbour Hall",
  "organiser": "Harbour Hall GmbH",
  "contact": "help@harbour.example"
}`)
	d.says("event show main --json", `"place": "Harbour Hall"`)
	d.says("event tell main", "zone main: nothing of its event has changed that buyers must hear of")
	d.buys("00000000000000000000000000000001", noon.Add(-time.Hour))
	later := d.write("later.toml", ferries+"status = 'postponed'\n")
	d.says("event set main "+later, "there is nobody to ask. Add --yes if it is meant, or --dry-run")
	d.says("event set main "+later+" --yes", "zone main: 1 orders get a mail")
	for n := range 500 {
		d.buys(fmt.Sprintf("%032x", n+2), noon.Add(-time.Hour))
	}
	d.says("event tell main --dry-run", "would ")
	got := d.tries("event tell main --yes")
	if got.err != nil || !strings.Contains(got.out, "501 orders get a mail") ||
		!strings.HasSuffix(got.notes, "500 of 501 orders\n501 of 501 orders\n") {
		t.Errorf("%+v", got)
	}
}
