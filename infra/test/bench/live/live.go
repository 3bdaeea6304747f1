package live

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"foyer/infra/demo/crowd"
	"foyer/infra/local"
	"foyer/infra/local/streams"
	"foyer/infra/test/bench/measure"
	"foyer/infra/topology"
	"foyer/internal/room/zone"
	"foyer/internal/store/dynamo/dynroom"
)

// Budgets of Lambda invocations a visitor, arrival to entry.
const (
	invocationsSocket = 2.2
	invocationsHTTP   = 3.2
)

// streamPoll is the pause between Lambda's looks at a stream, by its documentation: the local cloud looks more often by
// itself, which would make turns faster than they are, and batches smaller.
const streamPoll = 250 * time.Millisecond

// RunningCloud measures the local cloud with the functions' own binaries, through the front door.
func RunningCloud(ctx context.Context, e *measure.Env) ([]measure.Row, error) {
	up, err := local.Up(ctx,
		local.Options{Root: e.Root, Progress: e.Progress, Streams: streams.Options{Poll: streamPoll, Pace: streamPoll}})
	if err != nil {
		return nil, err
	}
	defer up.Down()
	c := &running{Env: e, cloud: up, zones: dynroom.NewZones(up.Dynamo, up.Prefix+"zones"),
		shared: &http.Transport{MaxIdleConnsPerHost: 64}}
	defer c.shared.CloseIdleConnections()
	var rows []measure.Row
	for _, part := range []func(context.Context) ([]measure.Row, error){c.crowd, c.httpFirst, c.turns, c.maps} {
		within, cancel := context.WithTimeout(ctx, 4*time.Minute)
		got, err := part(within)
		cancel()
		rows = append(rows, got...)
		if err != nil {
			return rows, err
		}
	}
	return rows, nil
}

type running struct {
	*measure.Env
	cloud  *local.Cloud
	zones  zone.Store
	shared *http.Transport
}

// open makes a zone and waits until the edge knows it.
func (c *running) open(ctx context.Context, name string, change func(*zone.Settings)) (zone.Settings, error) {
	s := zone.New(name)
	s.Session, s.Window, s.Rate = 10*time.Minute, time.Minute, 1200
	change(&s)
	if err := c.zones.SaveSettings(ctx, s); err != nil {
		return s, err
	}
	w := newWalker(c.cloud, c.shared, name)
	return s, until(ctx, "the edge to know zone "+name, func() bool {
		status, _ := w.ask(ctx, http.MethodGet, "/foyer/zones/"+name+"/status", "")
		return status == http.StatusOK
	})
}

// until waits for something, patiently.
func until(ctx context.Context, what string, is func() bool) error {
	for !is() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// start opens a paused zone's doors.
func (c *running) start(ctx context.Context, s zone.Settings) error {
	s.Version++
	s.State = zone.Open
	return c.zones.SaveSettings(ctx, s)
}

// crowd lets a simulated crowd wait before closed doors, knocks without a token meanwhile, and opens.
func (c *running) crowd(ctx context.Context) ([]measure.Row, error) {
	n := measure.Pick(c.Env, 300, 24)
	s, err := c.open(ctx, topology.DefaultZone, func(s *zone.Settings) { s.State, s.Capacity = zone.Paused, 2*n })
	if err != nil {
		return nil, err
	}
	people, err := crowd.New(crowd.Options{FrontDoor: c.cloud.URL + "/", Zone: s.Zone, Seed: 1})
	if err != nil {
		return nil, err
	}
	before := c.invocations()
	used, err := measure.Processors(c.binaries())
	if err != nil {
		return nil, err
	}
	if err := people.Start(ctx, crowd.Plan{Visitors: n, PerSecond: 30, Stay: 10 * time.Minute}); err != nil {
		return nil, err
	}
	defer people.Stop()
	if err := until(ctx, "everyone to register", func() bool { return people.Stats().Registered == n }); err != nil {
		return nil, err
	}
	row, err := c.knock(ctx, measure.Pick(c.Env, 2000, 200))
	if err != nil {
		return nil, err
	}
	origin := int64(0)
	for _, requests := range c.cloud.CDN.Stats().Origin {
		origin += requests
	}
	rows := []measure.Row{measure.AtMost("origin requests a waiting visitor", 0, float64(origin)/float64(n),
		"").With("%d visitors and %s",
		n, row.Note), row}
	rows[1].Note = ""
	if err := c.start(ctx, s); err != nil {
		return rows, err
	}
	err = until(ctx, "everyone to enter", func() bool { return people.Stats().Entered+people.Stats().Failed >= n })
	if err != nil {
		return rows, fmt.Errorf("%w: %+v", err, people.Stats())
	}
	stats := people.Stats()
	worked, err := c.processors(used, stats.Entered)
	if err != nil {
		return rows, err
	}
	invoked := c.row("Lambda invocations a visitor to entry, socket first", invocationsSocket, before, stats.Entered)
	invoked.Note += fmt.Sprintf("; %d of %d learned of their turn by the socket. Notify is woken by pages with "+
		"somebody to tell,"+
		" of up to twelve visitors, so its share falls as the rate rises, here %d a second", stats.Pushed, n, s.Rate/60)
	return append([]measure.Row{invoked, worked}, rows...), nil
}

func (c *running) binaries() string { return filepath.Join(c.Root, local.Binaries) }

// processors adds up the processor time that all functions took since a moment, for so many visitors.
func (c *running) processors(before map[string]time.Duration, visitors int) (measure.Row, error) {
	now, err := measure.Processors(c.binaries())
	part, sum, names := map[string]float64{}, 0.0, []string(nil)
	for _, f := range topology.Functions {
		if took := now[f.Name] - before[f.Name]; took > 0 {
			part[f.Name] = 1000 * took.Seconds() / float64(visitors)
			sum += part[f.Name]
			names = append(names, f.Name)
		}
	}
	return measure.FigureOnly("processor time of all functions a visitor, arrival to entry", sum, " ms").With(
		"%d visitors, by the processes' own counters, their start and the loops of exchange and census included: %s",
		visitors, measure.InOrder(part, names...)), err
}

// knock asks for something protected without any token, many times at once: the edge alone answers.
func (c *running) knock(ctx context.Context, n int) (measure.Row, error) {
	lambda, cdn, began := c.invocations(), c.cloud.CDN.Stats(), time.Now()
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(16)
	for range n {
		group.Go(func() error {
			status, err := newWalker(c.cloud, c.shared, topology.DefaultZone).ask(within, http.MethodGet, "/api/seats", "",
				"Accept: application/json")
			if status == http.StatusTooManyRequests {
				return nil
			}
			return fmt.Errorf("an uninvited request got status %d, %w", status, err)
		})
	}
	if err := group.Wait(); err != nil {
		return measure.Row{}, err
	}
	after := c.cloud.CDN.Stats()
	reached := after.API - cdn.API + int64(c.since(lambda)["register"]+c.since(lambda)["admit"])
	return measure.AtMost("back-end requests an uninvited request", 0, float64(reached)/float64(n), "").With(
		"%s uninvited requests, all answered 429 by the edge, %.0f a second here", measure.Thousands(int64(n)),
		float64(n)/time.Since(began).Seconds()), nil
}

// invocations returns how often each function was invoked so far.
func (c *running) invocations() map[string]int {
	counts := map[string]int{}
	for name, s := range c.cloud.Lambda.Stats() {
		counts[name] = int(s.Invocations)
	}
	return counts
}

func (c *running) since(before map[string]int) map[string]int {
	now := c.invocations()
	for name := range now {
		now[name] -= before[name]
	}
	return now
}

// row adds up what was invoked for so many visitors, by function.
func (c *running) row(what string, budget float64, before map[string]int, visitors int) measure.Row {
	part, sum, names := map[string]float64{}, 0.0, []string(nil)
	for name, n := range c.since(before) {
		part[name] = float64(n) / float64(visitors)
		sum += part[name]
	}
	for _, f := range topology.Functions {
		if part[f.Name] > 0 {
			names = append(names, f.Name)
		}
	}
	return measure.AtMost(what, budget, sum, "").With("%d visitors: %s", visitors, measure.InOrder(part, names...))
}

// httpFirst lets visitors register over HTTP, open the socket after all, and enter when they are called.
func (c *running) httpFirst(ctx context.Context) ([]measure.Row, error) {
	n := measure.Pick(c.Env, 200, 10)
	s, err := c.open(ctx, "http", func(s *zone.Settings) { s.State, s.Capacity = zone.Paused, 2*n })
	if err != nil {
		return nil, err
	}
	before := c.invocations()
	walkers, err := c.gather(ctx, s.Zone, n, func(ctx context.Context, w *walker) error {
		if err := w.post(ctx, "register", "{}"); err != nil {
			return err
		}
		return w.connect(ctx)
	})
	defer hangUp(walkers)
	if err != nil {
		return nil, err
	}
	if err := c.start(ctx, s); err != nil {
		return nil, err
	}
	if err := goIn(ctx, walkers); err != nil {
		return nil, err
	}
	return []measure.Row{c.row("Lambda invocations a visitor to entry, HTTP first", invocationsHTTP, before, n)}, nil
}

// gather lets n visitors arrive, a few at a time, and do something.
func (c *running) gather(ctx context.Context, zone string, n int, do func(context.Context, *walker) error) ([]*walker,
	error) {
	walkers := make([]*walker, n)
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i := range walkers {
		walkers[i] = newWalker(c.cloud, c.shared, zone)
		group.Go(func() error {
			if err := walkers[i].arrive(within); err != nil {
				return err
			}
			return do(ctx, walkers[i]) // a socket ends with its context
		})
	}
	return walkers, group.Wait()
}

func hangUp(walkers []*walker) {
	var all sync.WaitGroup
	for _, w := range walkers {
		if w != nil {
			all.Go(w.hangUp)
		}
	}
	all.Wait()
}
