package sam

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"foyer/infra/topology"
	"foyer/internal/room/bucket"
	"foyer/internal/room/census"
	"foyer/internal/room/exchange"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/sale/venue"
)

// The visitor that the events are of, and their connection.
const (
	VisitorKey   = "8001941f297c00a1b2c30405060708090a0b0c0d0e0f10"
	ConnectionID = "L0SM9cOFvHcCIhw="
)

// eventsAt is the moment, ms, at which the events say they happen.
const eventsAt = 1790000000000

// Case is one event of events/, a file named function-case.json.
type Case struct {
	Name     string // such as register-http
	Function string
	Event    []byte
}

// Cases reads every event of the folder, in order of name.
func Cases(folder string) ([]Case, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("samtest: no events in %s", folder)
	}
	cases := make([]Case, len(files))
	for i, file := range files {
		if cases[i], err = ReadCase(folder, strings.TrimSuffix(filepath.Base(file), ".json")); err != nil {
			return nil, err
		}
	}
	return cases, nil
}

// ReadCase reads one event by its name.
func ReadCase(folder, name string) (Case, error) {
	function, _, _ := strings.Cut(name, "-")
	if !slices.ContainsFunc(topology.Functions, func(f topology.Function) bool { return f.Name == function }) {
		return Case{}, fmt.Errorf("samtest: %s: there is no function %q", name, function)
	}
	event, err := os.ReadFile(filepath.Join(folder, name+".json"))
	return Case{name, function, event}, err
}

// moment is a time in ms within a day or so of the events' own.
var moment = regexp.MustCompile(`\b1(?:789|790)[0-9]{9}\b`)

// At is the event as if it happened at now: a call that was made long ago is nobody's turn any more.
func (c Case) At(now time.Time) []byte {
	if c.Function == "bookkeeper" {
		return c.Event // books say when a thing was, and the same thing was only once
	}
	shift := now.UnixMilli() - eventsAt
	return resign(now, moment.ReplaceAllFunc(c.Event, func(text []byte) []byte {
		ms, _ := strconv.ParseInt(string(text), 10, 64) // digits only
		return strconv.AppendInt(nil, ms+shift, 10)
	}))
}

// Prepare puts the world into the state that the case is about: a zone that is open and, by the case, the visitor in
// line, called, inside, or in the midst of an order; run gives the events of what came before to their functions.
func (w *World) Prepare(ctx context.Context, c Case, now time.Time, run Run) error {
	if err := w.Reset(ctx); err != nil {
		return err
	}
	settings := zone.New(topology.DefaultZone)
	settings.SeatsPerBuyer = 4
	if err := w.Zones().SaveSettings(ctx, settings); err != nil {
		return err
	}
	switch {
	case c.Name == "admit-claim", c.Name == "admit-claim-api-client", c.Function == "notify":
		return w.grant(ctx, bucket.Reserved, now)
	case c.Function == "seats", c.Function == "view", c.Function == "fanout", c.Name == "register-connect-map":
		return w.hall(ctx, now)
	case c.Name == "admit-renew", c.Name == "admit-leave":
		return w.grant(ctx, bucket.Inside, now)
	case c.Function == "relay":
		return w.status(ctx, now)
	case c.Function == "exchange", c.Function == "census":
		_, err := w.Queue().Register(ctx, settings.Queue(), queue.Entry{Key: Visitor(), RegisteredAt: now})
		return err
	case c.Function == "announce":
		e := queue.Entry{Key: Visitor(), Conn: ConnectionID, ConnAt: now, RegisteredAt: now}
		_, err := w.Queue().Register(ctx, settings.Queue(), e)
		return err
	case histories[c.Name] != nil:
		if err := w.hall(ctx, now); err != nil {
			return err
		}
		return w.live(ctx, histories[c.Name], now, run)
	case c.Function == "rotate":
		return w.rotation(ctx, c)
	}
	return nil
}

// Visitor is the order key of the events' visitor.
func Visitor() queue.Key {
	key, err := queue.ParseKey(VisitorKey)
	if err != nil {
		panic(err) // a constant
	}
	return key
}

// hall lets the visitor in and puts the theatre's map there, which their connection looks at.
func (w *World) hall(ctx context.Context, now time.Time) error {
	text, err := os.ReadFile(filepath.Join(w.root, "testdata", "venues", "theatre-300.json"))
	if err != nil {
		return err
	}
	theatre, err := venue.Parse(text)
	if err != nil {
		return err
	}
	// Children pay less, so that an event can choose a price type.
	theatre.Types = []venue.Type{{ID: "child", Name: "Child"}}
	for i := range theatre.Categories {
		theatre.Categories[i].Prices = []venue.TypePrice{{Type: "child", Price: 1000}}
	}
	if err := w.Seats().SaveMap(ctx, topology.DefaultZone, theatre, 0); err != nil {
		return err
	}
	if err := w.grant(ctx, bucket.Inside, now); err != nil {
		return err
	}
	if err := w.Viewers().Open(ctx, topology.DefaultZone, ConnectionID, now); err != nil {
		return err
	}
	_, err = w.Viewers().View(ctx, ConnectionID, []string{"stalls"}, now)
	return err
}

// grant calls the visitor: slot 0 of page 1, as the events have it.
func (w *World) grant(ctx context.Context, state bucket.State, now time.Time) error {
	return w.Log().Append(ctx, bucket.Of{Zone: topology.DefaultZone, Shards: 1}, bucket.Page{
		Number: 1, At: now, Called: Visitor(),
		Grants: []bucket.Grant{{Key: Visitor(), State: state, Until: now.Add(time.Minute), Conn: ConnectionID}},
	})
}

func (w *World) status(ctx context.Context, now time.Time) error {
	status := zone.Status{
		Zone: topology.DefaultZone, Version: 1, At: now, State: zone.Open, Called: Visitor(),
		Live: 10, Inside: 8, Waiting: 41, SeatsLeft: -1, RateLow: 40, RateHigh: 60, Floor: 1,
	}
	if err := w.Zones().SaveStatus(ctx, status); err != nil {
		return err
	}
	return w.Zones().SaveCensus(ctx, topology.DefaultZone, zone.Census{At: now, Total: 53})
}

// rotation puts the secret where the case's step finds it: one key is current and, from the second step on, two are
// pending.
func (w *World) rotation(ctx context.Context, c Case) error {
	if c.Name == "rotate-create-secret" {
		return nil
	}
	var event struct{ ClientRequestToken string }
	if err := json.Unmarshal(c.Event, &event); err != nil {
		return err
	}
	_, err := w.SecretsClient().PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{
		SecretId: aws.String(RotatedID), ClientRequestToken: &event.ClientRequestToken,
		SecretString: aws.String(rotatedAfter), VersionStages: []string{"AWSPENDING"},
	})
	return err
}

// The secret before the events' rotation and after it.
const (
	rotatedOld  = `{"kid":"k1","key":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"}`
	rotatedNew  = `{"kid":"k2","key":"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI"}`
	rotatedSeed = `"seed":"CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk","lasting":{"kid":"l1",` +
		`"key":"CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg"}`
	rotatedBefore = `{"keys":[` + rotatedOld + `],` + rotatedSeed + `}`
	rotatedAfter  = `{"keys":[` + rotatedOld + `,` + rotatedNew + `],` + rotatedSeed + `}`
)

// leases are what a function that runs for minutes holds while it is wanted.
var leases = map[string]string{"exchange": exchange.LeaseName, "census": census.LeaseName}

// relief is the time between two requests to end a long run; a function does some of its work before it looks at its
// lease again.
const relief = 2 * time.Second

// Relieve ends a run of the case's function that would go on for two minutes, by taking its lease as a newer run
// would, until ctx ends. For other functions it does nothing.
func (w *World) Relieve(ctx context.Context, c Case) {
	lease := leases[c.Function]
	if lease == "" {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-time.After(relief):
			// Where it fails, the run just goes on.
			_, _ = w.Zones().Lease(ctx, lease, "relief", now, now)
		}
	}
}

// eventKeys reads the secret that the events' tokens were signed with, in the module at root.
func eventKeys(root string) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, "testdata", "tokens", "vectors.json"))
	if err != nil {
		return "", err
	}
	var vectors struct{ Secret json.RawMessage }
	err = json.Unmarshal(text, &vectors)
	return string(vectors.Secret), err
}
