package zones

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"foyer/infra/ctl/cli"
	"foyer/internal/problem"
	"foyer/internal/room/zone"
)

// opening is a time of opening as an operator types it; zero: none.
type opening struct{ at time.Time }

// Layouts of times: one that says where its clock is, and those that don't.
var (
	withZone = []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00",
		"2006-01-02 15:04Z07:00"}
	withoutZone = []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04",
		"2006-01-02"}
)

// UnmarshalText reads it. A time without its zone is refused: ten o'clock is another moment in every country.
func (o *opening) UnmarshalText(text []byte) error {
	if string(text) == "none" {
		*o = opening{}
		return nil
	}
	for _, layout := range withZone {
		if t, err := time.Parse(layout, string(text)); err == nil {
			o.at = t.UTC().Truncate(time.Millisecond)
			return nil
		}
	}
	for _, layout := range withoutZone {
		if _, err := time.Parse(layout, string(text)); err == nil {
			return fmt.Errorf("%s: add a time zone, such as +02:00 (Z for UTC)", text)
		}
	}
	return fmt.Errorf("%q is no time such as 2030-05-01T10:00:00+02:00", text)
}

// life is the zone's state in an operator's words: that everybody is let through matters more than any other.
func life(a *cli.App, s zone.Settings) string {
	state := string(s.StateAt(a.Now()))
	if s.Clearing != "" {
		state += fmt.Sprintf(" and being cleared (zone %s)", s.Clearing)
	}
	if s.PausedByProbe {
		state += " by its probe"
	}
	if s.LetThrough {
		return state + " and lets everybody through"
	}
	return state
}

type zoneList struct{}

// Run lists the zones.
func (c *zoneList) Run(a *cli.App) error {
	store, err := a.Parts.Zones()
	if err != nil {
		return err
	}
	all, err := store.List(a.Ctx)
	if err != nil {
		return err
	}
	if a.JSON {
		list := make([]map[string]any, len(all))
		for i, s := range all {
			list[i] = map[string]any{"zone": s.Zone, "state": life(a, s), "policy": s.Policy, "title": s.Title}
		}
		return a.Encode(list)
	}
	w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ZONE\tSTATE\tPOLICY\tTITLE")
	for _, s := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.Zone, life(a, s), s.Policy, s.Title)
	}
	return w.Flush()
}

type zoneShow struct {
	Zone string `arg:""`
}

// Run shows the zone.
func (c *zoneShow) Run(a *cli.App) error {
	store, err := a.Parts.Zones()
	if err != nil {
		return err
	}
	s, err := store.Settings(a.Ctx, c.Zone)
	if err != nil {
		return err
	}
	st, err := store.Status(a.Ctx, c.Zone)
	if err != nil && problem.CodeOf(err) != problem.UnknownZone {
		return err
	}
	all := append(append([]row{{"zone", s.Zone}, {"version", s.Version}, {"state", life(a, s)}}, rows(a, s)...),
		figures(a, st)...)
	if a.JSON {
		named := map[string]any{}
		for _, r := range all {
			named[r.name] = r.value
		}
		return a.Encode(named)
	}
	w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
	for _, r := range all {
		fmt.Fprintf(w, "%s\t%v\n", r.name, r.value)
	}
	return w.Flush()
}

// row is one fact about a zone.
type row struct {
	name  string
	value any
}

// rows are what an operator may set.
func rows(a *cli.App, s zone.Settings) []row {
	opens := "no time is set"
	if !s.OpensAt.IsZero() {
		opens = a.Clock(s.OpensAt)
	}
	return []row{
		{"title", s.Title}, {"opens", opens}, {"policy", s.Policy}, {"capacity", s.Capacity}, {"rate, a minute",
			s.Rate},
		{"window", s.Window.String()}, {"session", s.Session.String()}, {"renews", s.Renews},
		{"max visit", s.VisitLimit().String()}, {"pay for", s.PayLimit().String()}, {"seats per buyer",
			s.SeatsPerBuyer},
		{"seat factor", s.SeatFactor}, {"sale ended", s.SaleEnded}, {"queue shards", s.QueueShards},
		{"grant shards", s.GrantShards},
		{"probe", cmp.Or(s.Probe, "none")}, {"fail mode", s.FailMode}, {"let through", s.LetThrough},
	}
}

// figures are what was last counted; what never was is said to be so, and is no zero.
func figures(a *cli.App, st zone.Status) []row {
	counted := func(at time.Time, n any) any {
		if at.IsZero() {
			return "not counted yet"
		}
		return n
	}
	left := counted(st.At, st.SeatsLeft)
	if !st.At.IsZero() && st.SeatsLeft < 0 {
		left = "sells no seats"
	}
	measured := counted(st.At, fmt.Sprintf("%d to %d a minute", st.RateLow, st.RateHigh))
	if !st.At.IsZero() && st.RateHigh == 0 {
		measured = "nobody was called lately"
	}
	at := "never"
	if !st.At.IsZero() {
		at = a.Clock(st.At)
	}
	list := []row{{"waiting", counted(st.At, st.Waiting)}, {"inside", counted(st.At, st.Inside)}, {"seats left", left},
		{"rate, measured", measured}}
	if st.Commit != "" {
		list = append(list, row{"draw's commitment", st.Commit},
			row{"draw's seed", cmp.Or(st.Seed, "revealed half a minute after the opening")})
	}
	return append(list, row{"status of", at})
}

// effect returns what a change does, in an operator's words, and whether it shuts people out.
func effect(a *cli.App, before, after zone.Settings) (string, cli.Risk) {
	var parts, hurts []string
	was, is := rows(a, before), rows(a, after)
	for i := range is {
		if was[i] != is[i] {
			parts = append(parts, fmt.Sprintf("%s from %v to %v", is[i].name, was[i].value, is[i].value))
		}
	}
	from, to := before.StateAt(a.Now()), after.StateAt(a.Now())
	if from != to {
		parts = append(parts, fmt.Sprintf("from %s to %s", from, to))
	}
	hurt := func(when bool, what string) {
		if when {
			hurts = append(hurts, what)
		}
	}
	shut := from != to && to == zone.Closed
	passes := after.Gate() == zone.Passthrough
	hurt(shut && !passes, "nobody waits or enters any more")
	hurt(shut && passes, "everybody goes on passing all the same, since the zone lets everybody through")
	hurt(from != to && to == zone.Scheduled && (from == zone.Open || from == zone.Paused), "the sale stops at once")
	hurt(after.SaleEnded && !before.SaleEnded, "nobody chooses seats or starts an order any more, not even inside")
	hurt(after.Capacity == 0 && before.Capacity > 0, "nobody enters any more")
	hurt(after.LetThrough && !before.LetThrough, "everybody goes on to the site at once, without the queue")
	hurt(before.LetThrough && !after.LetThrough, "who was let through and never waited goes to the end of the line")
	if len(parts) == 0 {
		parts = []string{"as it is, and not by its time"} // scheduled and due becomes open
	}
	return strings.Join(append(parts, hurts...), "; "), len(hurts) > 0
}
