package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	smithytime "github.com/aws/smithy-go/time"
	"golang.org/x/sync/errgroup"

	"foyer/infra/bundle"
	"foyer/infra/demo/home"
	"foyer/infra/local"
	"foyer/infra/topology"
	"foyer/internal/aws/dsql"
	"foyer/internal/sale/currency"
	"foyer/internal/sale/ledger"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/seatmap"
	"foyer/internal/sale/venue"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/store/dynamo/dynsale"
)

// samples are the sample seat maps, by the name of their file. The first is the usual one.
var samples = []string{"hall-5000", "theatre-300", "arena-50000"}

// venues are the seat maps to sell: the samples, one's own before them; none where a site of one's own is queued for
// that knows nothing of seats.
func venues(f flags) []string {
	switch {
	case f.Venue == "" && f.Origin != "":
		return nil
	case f.Venue == "":
		return samples
	}
	return append([]string{f.Venue},
		slices.DeleteFunc(slices.Clone(samples), func(name string) bool { return name == f.Venue })...)
}

// sellable makes sure of the seat map before anything that takes time.
func sellable(f flags) error {
	if f.Venue == "" {
		return nil
	}
	root, err := bundle.Root()
	if err == nil {
		_, err = readVenue(root, f.Venue)
	}
	return err
}

// readVenue reads a sample, or a file.
func readVenue(root, name string) (venue.Venue, error) {
	file := name
	if slices.Contains(samples, name) {
		file = filepath.Join(root, "testdata/venues", name+".json")
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return venue.Venue{}, fmt.Errorf("VENUE=%s is no seat map: give %s, or a file", name, strings.Join(samples, ", "))
	}
	v, err := venue.Parse(raw)
	if err != nil {
		return v, fmt.Errorf("VENUE=%s: go run ./infra/ctl venue validate %[1]s says what is wrong with it", name)
	}
	return v, nil
}

// office is the box office: it puts seats on sale, and knows how many are sold.
type office struct {
	cloud  *local.Cloud
	root   string
	venues []string
	seats  *dynsale.Seats
	zones  *dynroom.Zones
	book   *ledger.Book
	*provider
}

func newOffice(cloud *local.Cloud, root string, venues []string, p *provider) *office {
	return &office{
		cloud: cloud, root: root, venues: venues, provider: p,
		seats: dynsale.NewSeats(cloud.Dynamo, cloud.Prefix+"seats", cloud.Prefix+"holds"),
		zones: dynroom.NewZones(cloud.Dynamo, cloud.Prefix+"zones"),
		book: &ledger.Book{Connect: dsql.Connector(aws.Config{}, cloud.Ledger, time.Now),
			Sleep: smithytime.SleepWithContext},
	}
}

// begin puts the first map into the first zone, and makes the ledger's tables, so that its views can be read before
// anything is sold.
func (o *office) begin(ctx context.Context) error {
	if len(o.venues) == 0 {
		return nil
	}
	if err := o.Sell(ctx, topology.DefaultZone, o.venues[0]); err != nil {
		return err
	}
	_, err := o.book.Migrate(ctx)
	return err
}

func (o *office) close() { _ = o.book.Close(context.Background()) }

// Venues implements demo.Sale.
func (o *office) Venues() []string { return o.venues }

// Sell implements demo.Sale.
func (o *office) Sell(ctx context.Context, zone, name string) error {
	v, err := readVenue(o.root, name)
	if err != nil {
		return err
	}
	_, err = (&seatmap.Loader{Zones: o.zones, Seats: o.seats, Maps: o.seats, Now: time.Now}).Load(ctx, zone, v)
	return err
}

// countParallel is the number of sections read at once.
const countParallel = 4

// Count implements demo.Sale.
func (o *office) Count(ctx context.Context, zone string) (home.Seats, error) {
	overview, err := o.seats.Overview(ctx, zone)
	if err != nil {
		return home.Seats{}, err
	}
	var mu sync.Mutex
	orders := map[string]bool{}
	n := home.Seats{Venue: overview.Name, Size: overview.Size(), Left: overview.Size()}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(countParallel)
	for _, part := range overview.Sections {
		group.Go(func() error {
			seats, err := o.seats.Snapshot(ctx, zone, part.ID)
			mu.Lock()
			defer mu.Unlock()
			for _, one := range seats {
				add(&n, one, orders)
			}
			return err
		})
	}
	err = group.Wait()
	n.Orders = len(orders)
	return n, err
}

// add counts one seat.
func add(n *home.Seats, one seat.Seat, orders map[string]bool) {
	switch status := one.Status(time.Now()); {
	case status == seat.Available:
		return
	case status == seat.Locked:
		n.Locked++
		if one.Paying {
			n.Paying++
		}
	case one.Order != "":
		n.Sold++
		orders[one.Order] = true
	}
	n.Left--
}

// Booked implements demo.Sale: it adds up the report that the box office gets.
func (o *office) Booked(ctx context.Context, zone string) (b home.Books, err error) {
	var text bytes.Buffer
	if err := o.book.Export(ctx, &text, "totals", zone); err != nil {
		return b, err
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text.String(), "\ufeff"))).ReadAll()
	if err != nil || len(lines) == 0 {
		return b, err
	}
	column := func(line []string, name string) int64 {
		n, fault := strconv.ParseInt(line[slices.Index(lines[0], name)], 10, 64)
		err = errors.Join(err, fault)
		return n
	}
	for _, line := range lines[1:] {
		b.Seats += int(column(line, "sold") - column(line, "refunded"))
		b.Net += column(line, "net")
		b.Currency = line[slices.Index(lines[0], "currency")]
		b.Digits = currency.Digits(b.Currency)
	}
	return b, err
}

// Export implements demo.Sale.
func (o *office) Export(ctx context.Context, w io.Writer, report, zone string) error {
	return o.book.Export(ctx, w, report, zone)
}

// Mails implements demo.Sale.
func (o *office) Mails() int { return o.cloud.Mailbox.Sent() }
