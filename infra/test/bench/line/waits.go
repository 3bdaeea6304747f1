package line

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/dop251/goja"

	"foyer/infra/test/bench/measure"
	"foyer/internal/room/census"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// hitBudget is the part of true waits that should lie within the range that was shown.
const hitBudget = 80 // percent

// waiting asks the page's own modules for the range, as it shows it from one status after the other: in seconds, and
// in the words that stand on the screen, read back as seconds. "8 min" is anything that rounds to it.
const waiting = `
import { best, placeOf, wait } from '../../site/wait/place.js';
import { range as inWords } from '../../site/wait/range.js';
import { wait as t } from '../../../internal/texts/en.json';
const kept = {};
const number = (text) => parseFloat(text) + (text.endsWith('½') ? 0.5 : 0);
function shown(words) {
  if (words === 'less than a minute') return [0, 60];
  const m = /^(?:(up to) )?([0-9½]+)(?: to ([0-9½]+))? (min|h)$/.exec(words);
  const unit = m[4] === 'h' ? 3600 : 60;
  if (m[1]) return [0, number(m[2]) * unit];
  if (m[3]) return [number(m[2]) * unit, number(m[3]) * unit];
  return [(number(m[2]) - 0.5) * unit, (number(m[2]) + 0.5) * unit];
}
export function range(text, key, id, arrivedAt) {
  const status = JSON.parse(text);
  status.you = { id, arrivedAt, priority: 8, key };
  kept[id] = best(kept[id] || null, placeOf(status, key).ahead);
  const range = kept[id] && wait(kept[id].ahead, status.rate);
  if (!range || range.high === null) return null;
  const [low, high] = shown(inWords(range, t));
  return [low, high, range.low, range.high];
}`

// evening describes a simulated sale: its visitors, and what the operator does.
type evening struct {
	name       string
	rate       int
	silent     int // percent that never claim
	gone       int // percent whose socket ends while they wait
	capacity   int
	changes    map[int]int // minute → rate from then on
	stay       time.Duration
	perMinute  int // arrivals after the opening's crowd
	atOpening  int
	forMinutes int
}

var evenings = []evening{
	{name: "steady", rate: 600, capacity: 20_000, atOpening: 5000, perMinute: 300, forMinutes: 14},
	{name: "the operator changes the rate", rate: 600, capacity: 20_000, atOpening: 5000, perMinute: 200, forMinutes: 14,
		changes: map[int]int{5: 450, 9: 700}},
	{name: "a fifth gone, a tenth silent", rate: 600, capacity: 20_000, atOpening: 5000, perMinute: 300, forMinutes: 12,
		silent: 10, gone: 20},
	{name: "half gone", rate: 300, capacity: 20_000, atOpening: 6000, perMinute: 200, forMinutes: 14, gone: 50},
	{name: "capacity binds, random stays", rate: 3000, capacity: 1500, stay: 3 * time.Minute, atOpening: 5000,
		perMinute: 200, forMinutes: 14},
}

// WaitRanges plays sales in virtual time, census and status included, asks the page every so often what it would show
// a sample of visitors, and compares with what came.
func WaitRanges(ctx context.Context, e *measure.Env) ([]measure.Row, error) {
	var all score
	var rows []measure.Row
	for _, ev := range measure.Pick(e, evenings, evenings[:2]) {
		o := &outlook{evening: ev, every: measure.Pick(e, 30*time.Second, time.Minute)}
		if err := o.play(ctx, e.Root); err != nil {
			return rows, err
		}
		s := o.score()
		all.add(s)
		rows = append(rows, measure.FigureOnly("… "+ev.name, s.percent(s.narrow), " %").With(
			"%s ranges; on the screen %.0f %% hit, %.0f %% of the waits were shorter, %.0f %% longer; %s",
			measure.Thousands(int64(s.asked)), s.percent(s.hits), s.percent(s.shorter),
			s.percent(s.asked-s.hits-s.shorter), s.width()))
	}
	return append([]measure.Row{
		measure.AtLeast("true waits within the range on the screen", hitBudget, all.percent(all.hits), " %").With(
			"%d sales in virtual time, every range by the page's own modules from the status", len(rows)),
		measure.AtLeast("true waits within the range to the second, before it is put in words", hitBudget,
			all.percent(all.narrow),
			" %").With("%s", all.width()),
	}, rows...), nil
}

// outlook is a sale, and the waits that visitors were shown.
type outlook struct {
	evening
	every time.Duration // how often the sample asks

	*sale
	script  *measure.Script
	counter census.Counter
	told    map[int][]telling
	came    map[int]time.Time // when visitor n was called, if it entered
	in      map[int]bool
	next    time.Time
}

type telling struct {
	at   time.Time
	span [4]float64 // seconds: low and high as shown, low and high before rounding
}

func (o *outlook) play(ctx context.Context, root string) (err error) {
	cloud, z := memroom.New(), zone.New("main")
	z.Capacity, z.Rate, z.Session, z.Window = o.capacity, o.evening.rate, 10*time.Minute, 20*time.Second
	start := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	w, err := newWorld(ctx, z, start, shared(stores{cloud.Queue(), cloud.Log(), cloud.Index(), cloud.Zones(), nil}))
	if err != nil {
		return err
	}
	if o.script, err = measure.NewScript(root, waiting); err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(3, uint64(o.evening.rate)))
	o.told, o.came, o.in, o.next = map[int][]telling{}, map[int]time.Time{}, map[int]bool{}, start.Add(45*time.Second)
	o.counter = census.Counter{Queue: cloud.Queue(), Now: w.now}
	o.sale = &sale{world: w, random: r, comes: soon(r, o.silent),
		entered: func(n int, called time.Time) { o.came[n], o.in[n] = called, true }}
	if o.stay > 0 {
		o.stays = func() time.Duration { return time.Duration((0.3 + r.ExpFloat64()) * float64(o.stay)) }
	}
	if o.gone > 0 {
		o.there = func(n int) bool { return n%100 >= o.gone }
	}
	return o.run(ctx, time.Duration(o.forMinutes)*time.Minute, func() error { return o.second(ctx, start) })
}

// second does what happens each second beside the tick.
func (o *outlook) second(ctx context.Context, start time.Time) error {
	elapsed := o.now().Sub(start)
	if rate, ok := o.changes[int(elapsed.Minutes())]; ok && elapsed%time.Minute == 0 {
		o.change(func(z *zone.Settings) { z.Rate = rate })
	}
	if err := o.arrive(ctx, elapsed); err != nil {
		return err
	}
	if elapsed%(5*time.Second) == 0 {
		if err := o.count(ctx); err != nil {
			return err
		}
	}
	if o.now().Before(o.next) {
		return nil
	}
	o.next = o.next.Add(o.every)
	return o.ask(ctx)
}

// arrive: the crowd of the opening within its first half minute, the others evenly.
func (o *outlook) arrive(ctx context.Context, elapsed time.Duration) error {
	n := 0
	if elapsed < 30*time.Second {
		n = o.atOpening / 30
	} else if o.random.Float64() < float64(o.perMinute%60)/60 {
		n = 1
	}
	return o.join(ctx, n+o.perMinute/60)
}

func (o *outlook) count(ctx context.Context) error {
	c, err := o.counter.Count(ctx, o.zone)
	if err != nil {
		return err
	}
	return o.exchange.Zones.SaveCensus(ctx, o.zone.Zone, c)
}

// ask lets every hundredth waiting visitor look at the page.
func (o *outlook) ask(ctx context.Context) error {
	st, err := o.exchange.Zones.Status(ctx, o.zone.Zone)
	if err != nil {
		return err
	}
	text, err := publicStatus(o.zone, st)
	if err != nil {
		return err
	}
	for n := 1; n < len(o.arrived); n += 101 {
		key := queue.NewKey(queue.DefaultPriority, 0, uint64(o.arrived[n].UnixMilli()), visitorID(n))
		if o.in[n] || key.Compare(st.Called) <= 0 {
			continue
		}
		value, err := o.script.Call("range", text, key.String(), visitorID(n).String(), o.arrived[n].UnixMilli())
		if err != nil {
			return err
		}
		if goja.IsNull(value) {
			continue // the page shows no range
		}
		var r [4]float64
		if err := o.script.VM.ExportTo(value, &r); err != nil {
			return err
		}
		o.told[n] = append(o.told[n], telling{o.now(), r})
	}
	return nil
}

// publicStatus returns what pages get of a status, as far as a wait needs it.
func publicStatus(s zone.Settings, st zone.Status) (string, error) {
	called := ""
	if !st.Called.IsZero() {
		called = st.Called.String()
	}
	text, err := json.Marshal(map[string]any{
		"policy": s.Policy, "opensAt": 0, "called": called, "waiting": st.Waiting,
		"rate":   map[string]int{"low": st.RateLow, "high": st.RateHigh},
		"census": map[string]any{"at": st.Census.At.UnixMilli(), "total": st.Census.Total, "knots": st.Census.Knots},
	})
	if err != nil {
		return "", fmt.Errorf("status: %w", err)
	}
	return string(text), nil
}

// score says how ranges fared, for visitors that were called and came.
type score struct {
	asked, hits, shorter, narrow int
	widths, shown                []float64 // of the ranges to the second and on the screen, as a part of the wait
}

// width returns how wide the ranges were.
func (s score) width() string {
	return fmt.Sprintf("half of the ranges are narrower than %.0f %% of the wait, %.0f %% on the screen",
		100*measure.Median(s.widths), 100*measure.Median(s.shown))
}

func (o *outlook) score() (s score) {
	for n, told := range o.told {
		called, ok := o.came[n]
		if !ok {
			continue
		}
		for _, t := range told {
			wait := called.Sub(t.at).Seconds()
			s.asked++
			s.hits += one(wait >= t.span[0] && wait <= t.span[1])
			s.shorter += one(wait < t.span[0])
			s.narrow += one(wait >= t.span[2] && wait <= t.span[3])
			s.widths = append(s.widths, (t.span[3]-t.span[2])/max(wait, 1))
			s.shown = append(s.shown, (t.span[1]-t.span[0])/max(wait, 1))
		}
	}
	return s
}

func (s *score) add(t score) {
	s.asked, s.hits, s.shorter, s.narrow = s.asked+t.asked, s.hits+t.hits, s.shorter+t.shorter, s.narrow+t.narrow
	s.widths, s.shown = append(s.widths, t.widths...), append(s.shown, t.shown...)
}

// percent is a count as a part of all ranges.
func (s score) percent(n int) float64 { return 100 * float64(n) / float64(max(1, s.asked)) }

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}
