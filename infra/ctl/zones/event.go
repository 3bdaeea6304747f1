package zones

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // operators' machines may know no time zones

	"github.com/BurntSushi/toml"

	"foyer/infra/ctl/cli"
	"foyer/internal/problem"
	"foyer/internal/room/event"
	"foyer/internal/room/zone"
	"foyer/internal/sale/order"
)

// Event holds the commands for a zone's event.
type Event struct {
	Set  eventSet  `cmd:"" help:"Set a zone's event from a file; buyers get a mail when its time or place changes."`
	Show eventShow `cmd:"" help:"Show a zone's event."`
	Tell eventTell `cmd:"" help:"Send the mails of the last change to buyers who didn't get one. May be repeated."`
}

// readEvent reads an event's file: TOML by its name, JSON otherwise.
func readEvent(file string) (event.Event, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return event.Event{}, err
	}
	return parseEvent(file, raw)
}

func parseEvent(file string, raw []byte) (event.Event, error) {
	if strings.HasSuffix(file, ".toml") {
		var fields map[string]any
		err := toml.Unmarshal(raw, &fields)
		if err != nil {
			return event.Event{}, problem.New(problem.Invalid, "%s can't be read: %v", file, err)
		}
		for name, value := range fields {
			if at, ok := value.(time.Time); ok {
				fields[name] = plain(at)
			}
		}
		if raw, err = json.Marshal(fields); err != nil { // such as of a number without end
			return event.Event{}, problem.New(problem.Invalid, "%s can't be read: %v", file, err)
		}
	}
	return event.Parse(raw)
}

// plain writes a time of TOML as it stands in the file: one without an offset is a time by the place's clock.
func plain(at time.Time) string {
	if strings.HasSuffix(at.Location().String(), "-local") {
		return at.Format("2006-01-02 15:04:05")
	}
	return at.Format(time.RFC3339)
}

// stored returns the zones and the event of one of them, which must be there.
func stored(a *cli.App, name string) (zones zone.Store, e event.Event, err error) {
	if err = a.Known(name); err != nil {
		return nil, e, err
	}
	if zones, err = a.Parts.Zones(); err == nil {
		e, err = zones.Event(a.Ctx, name)
	}
	return zones, e, err
}

type eventSet struct {
	Zone string `arg:""`
	File string `arg:"" type:"existingfile" help:"TOML (.toml) or JSON, with the fields of the runbook."`
	cli.Change
}

// Run sets the event, and has those who bought told if they must hear of it.
func (c *eventSet) Run(a *cli.App) error {
	e, err := readEvent(c.File)
	if err != nil {
		return err
	}
	zones, before, err := stored(a, c.Zone)
	if err != nil {
		return err
	}
	after := e.Replace(before, a.Now())
	same := after
	same.Version = before.Version
	if before.Version > 0 && same.Encode() == before.Encode() {
		return a.Result(before, "the event of zone %s is as it was, version %d", c.Zone, before.Version)
	}
	risk, tells := cli.Harmless, after.Change.Version == after.Version
	what := fmt.Sprintf("tell everybody who comes to zone %s: %s, %s", c.Zone, after.Name, after.Line())
	if tells {
		risk, what = cli.Asked, what+"; everybody who has bought gets a mail"
	}
	if on, err := a.May(c.Change, risk, "%s", what); !on {
		return err
	}
	if err := zones.SaveEvent(a.Ctx, after); err != nil {
		return err
	}
	if err := a.Result(after, "the event of zone %s has version %d", c.Zone, after.Version); err != nil || !tells {
		return err
	}
	return tell(a, after)
}

type eventShow struct {
	Zone string `arg:""`
}

// Run shows the event as it is public.
func (c *eventShow) Run(a *cli.App) error {
	_, e, err := stored(a, c.Zone)
	if err != nil {
		return err
	}
	if e.Version == 0 {
		return problem.New(problem.NotFound, "zone %s has no event: set one by event set %s FILE", c.Zone, c.Zone)
	}
	return a.Encode(e)
}

type eventTell struct {
	Zone string `arg:""`
	cli.Change
}

// Run has those who bought before the last change told of it.
func (c *eventTell) Run(a *cli.App) error {
	_, e, err := stored(a, c.Zone)
	if err != nil {
		return err
	}
	if e.Change.Version == 0 {
		return a.Result(told{c.Zone, 0}, "zone %s: nothing of its event has changed that buyers must hear of", c.Zone)
	}
	if on, err := a.May(c.Change, cli.Asked, "send a mail to everybody who bought in zone %s before %s and got none",
		c.Zone, a.Clock(e.Change.At)); !on {
		return err
	}
	return tell(a, e)
}

// told is what came of telling.
type told struct {
	Zone   string `json:"zone"`
	Orders int    `json:"orders"`
}

// Bounds of one command: how many orders it reads, and how many at a time before their mails are queued.
const (
	mostOrders = 1_000_000
	atATime    = 500
)

// tell puts a mail job for each order that must hear of the event's last change into the queue, some at a time, so that
// a failure keeps what was done. The mailer knows who was told already.
func tell(a *cli.App, e event.Event) error {
	orders, err := a.Parts.Orders()
	if err != nil {
		return err
	}
	queues, err := a.Parts.Queues()
	if err != nil {
		return err
	}
	ids, err := orders.Made(a.Ctx, e.Zone, time.UnixMilli(0), e.Change.At, mostOrders)
	if err != nil {
		return err
	}
	looked, mailed := 0, 0
	for some := range slices.Chunk(ids, atATime) {
		buyers, err := toTell(a.Ctx, orders, e, some)
		if err == nil {
			err = queues.Mail(a.Ctx, buyers)
		}
		if err != nil {
			return fmt.Errorf("not all buyers are told: repeat it by event tell %s: %w", e.Zone, err)
		}
		looked, mailed = looked+len(some), mailed+len(buyers)
		if len(ids) > atATime {
			a.Note("%d of %d orders", looked, len(ids))
		}
	}
	return a.Result(told{e.Zone, mailed}, "zone %s: %d orders get a mail", e.Zone, mailed)
}

// toTell returns those of the orders whose buyers must hear of the event's last change.
func toTell(ctx context.Context, orders cli.Orders, e event.Event, ids []string) (buyers []order.Order, err error) {
	for _, id := range ids {
		o, err := orders.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		if len(o.Good()) > 0 && e.Tells(o.PaidAt) {
			buyers = append(buyers, o)
		}
	}
	return buyers, nil
}
