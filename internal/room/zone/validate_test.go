package zone_test

import (
	"strings"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/zone"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func TestValidate(t *testing.T) {
	if err := zone.New("main").Validate(); err != nil {
		t.Errorf("a new zone: %v", err)
	}
	most := zone.New("main")
	if most.SeatsPerBuyer = zone.MaxSeatsPerBuyer; most.Validate() != nil {
		t.Errorf("as many seats as a buyer may have: %v", most.Validate())
	}
	for name, c := range map[string]struct {
		change func(*zone.Settings)
		field  string
	}{
		"upper case":               {func(s *zone.Settings) { s.Zone = "Main" }, "zone"},
		"no version":               {func(s *zone.Settings) { s.Version = 0 }, "version"},
		"a long title":             {func(s *zone.Settings) { s.Title = strings.Repeat("ä", 61) }, "title"},
		"a title that isn't text":  {func(s *zone.Settings) { s.Title = "\xff" }, "title"},
		"a made-up state":          {func(s *zone.Settings) { s.State = "ajar" }, "state"},
		"a made-up policy":         {func(s *zone.Settings) { s.Policy = "bribe" }, "policy"},
		"a draw without a time":    {func(s *zone.Settings) { s.Policy = zone.Draw }, "opensAt"},
		"capacity below zero":      {func(s *zone.Settings) { s.Capacity = -1 }, "capacity"},
		"capacity over the shards": {func(s *zone.Settings) { s.Capacity = 20_001 }, "capacity"},
		"a rate over the shards":   {func(s *zone.Settings) { s.Rate = 24_001 }, "rate"},
		"a rate over the tick":     {func(s *zone.Settings) { s.Rate, s.GrantShards = 72_001, 16 }, "rate"},
		"no rate":                  {func(s *zone.Settings) { s.Rate = 0 }, "rate"},
		"too short a window":       {func(s *zone.Settings) { s.Window = 5*time.Second - 1 }, "window"},
		"too long a session":       {func(s *zone.Settings) { s.Session = 12*time.Hour + 1 }, "session"},
		"a visit under a session":  {func(s *zone.Settings) { s.MaxVisit = s.Session - 1 }, "maxVisit"},
		"too long a visit":         {func(s *zone.Settings) { s.MaxVisit = 4*zone.MaxSession + 1 }, "maxVisit"},
		"nine seats":               {func(s *zone.Settings) { s.SeatsPerBuyer = 9 }, "seatsPerBuyer"},
		"a factor below zero":      {func(s *zone.Settings) { s.SeatFactor = -1 }, "seatFactor"},
		"no time to pay":           {func(s *zone.Settings) { s.PayFor = 29 * time.Second }, "payFor"},
		"too much time to pay":     {func(s *zone.Settings) { s.PayFor = 31 * time.Minute }, "payFor"},
		"a probe of nowhere":       {func(s *zone.Settings) { s.Probe = "/health" }, "probe"},
		"a probe with a password":  {func(s *zone.Settings) { s.Probe = "https://a:b@example.com/" }, "probe"},
		"a probe by another way":   {func(s *zone.Settings) { s.Probe = "ftp://example.com/health" }, "probe"},
		"a probe without a way":    {func(s *zone.Settings) { s.Probe = "//example.com/health" }, "probe"},
		"a probe without a host":   {func(s *zone.Settings) { s.Probe = "https:///health" }, "probe"},
		"a probe of nothing":       {func(s *zone.Settings) { s.Probe = "https://" }, "probe"},
		"cleared while it is open": {func(s *zone.Settings) { s.Clearing, s.SaleEnded = zone.Resetting, true }, "clearing"},
		"cleared during its sale":  {func(s *zone.Settings) { s.Clearing, s.State = zone.Deleting, zone.Closed }, "clearing"},
		"cleared for no reason":    {func(s *zone.Settings) { s.Clearing = "boredom" }, "clearing"},
		"a seed without a draw":    {func(s *zone.Settings) { s.DrawNumber = 1 }, "drawNumber"},
		"a seed below the first": {func(s *zone.Settings) {
			s.Policy, s.OpensAt, s.DrawNumber = zone.Draw, noon, -1
		}, "drawNumber"},
		"a probe that is long":   {func(s *zone.Settings) { s.Probe = "https://a/" + strings.Repeat("a", 256) }, "probe"},
		"open, yet paused":       {func(s *zone.Settings) { s.State, s.PausedByProbe = zone.Open, true }, "pausedByProbe"},
		"257 shards":             {func(s *zone.Settings) { s.QueueShards = 257 }, "queueShards"},
		"no shard of the grants": {func(s *zone.Settings) { s.GrantShards = 0 }, "grantShards"},
		"a made-up fail mode":    {func(s *zone.Settings) { s.FailMode = "guess" }, "failMode"},
	} {
		s := zone.New("main")
		c.change(&s)
		err := s.Validate()
		if problem.CodeOf(err) != problem.Invalid || !strings.Contains(err.Error(), c.field+" ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is allowed begins and ends where the message says.
func TestTheLeastAndTheMostAreValid(t *testing.T) {
	for name, change := range map[string]func(*zone.Settings){
		"a visit of one session": func(s *zone.Settings) { s.MaxVisit = s.Session },
		"the longest visit":      func(s *zone.Settings) { s.MaxVisit = 4 * zone.MaxSession },
		"the least time to pay":  func(s *zone.Settings) { s.PayFor = zone.MinPayFor },
		"the most time to pay":   func(s *zone.Settings) { s.PayFor = zone.MaxPayFor },
	} {
		s := zone.New("main")
		change(&s)
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is refused comes with the command that would do it, and that command isn't refused.
func TestValidateSaysWhichCommandWouldDo(t *testing.T) {
	for _, c := range []struct {
		capacity, rate, shards int
		want                   string
	}{
		{60_000, 600, 1, "--capacity 60000 --rate 600 --grant-shards 3"},
		{5000, 60_000, 2, "--capacity 5000 --rate 60000 --grant-shards 3"},
	} {
		s := zone.New("main")
		s.Capacity, s.Rate, s.GrantShards = c.capacity, c.rate, c.shards
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
		s.GrantShards = 3
		if err := s.Validate(); err != nil {
			t.Error(err)
		}
	}
}

func TestValidateTellsEverythingAtOnce(t *testing.T) {
	err := zone.Settings{Zone: "main"}.Validate()
	for _, field := range strings.Fields(
		"version state policy rate window session seatsPerBuyer queueShards grantShards failMode",
	) {
		if !strings.Contains(err.Error(), field+" ") {
			t.Errorf("%s isn't named: %v", field, err)
		}
	}
}

func TestANewZoneIsValid(t *testing.T) {
	s := zone.New("main")
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
	if s.VisitLimit() != 4*s.Session {
		t.Errorf("a visit may take %v", s.VisitLimit())
	}
}

// A closed zone that is being cleared, and one with a draw's second seed, are as valid as any.
func TestAZoneThatIsClearedIsValid(t *testing.T) {
	s := zone.New("main")
	s.State, s.Policy, s.OpensAt, s.DrawNumber = zone.Closed, zone.Draw, noon, 1
	s, err := s.Clear(zone.Resetting)
	if err != nil || s.Validate() != nil || !s.SaleEnded {
		t.Fatalf("%+v, %v, %v", s, err, s.Validate())
	}
	if again, err := s.Clear(zone.Resetting); err != nil || again != s {
		t.Errorf("repeated: %+v, %v", again, err)
	}
	if other, err := s.Clear(zone.Deleting); problem.CodeOf(err) != problem.Refused || other != s ||
		!strings.Contains(err.Error(), "zone reset main") {
		t.Errorf("cleared for another reason meanwhile: %+v, %v", other, err)
	}
	if err := zone.New("main").BeingCleared(); err != nil {
		t.Errorf("a zone that nobody clears: %v", err)
	}
	for _, state := range []zone.State{zone.Scheduled, zone.Open, zone.Paused} {
		s := zone.New("main")
		s.State = state
		if _, err := s.Clear(zone.Deleting); problem.CodeOf(err) != problem.Refused {
			t.Errorf("a zone that is %s was cleared: %v", state, err)
		}
	}
}

func TestIsName(t *testing.T) {
	longest := strings.Repeat("a", 32)
	for name, want := range map[string]bool{
		"a": true, "0-a": true, longest: true, "az09-": true,
		"": false, "-a": false, longest + "a": false, "A": false, "a_b": false, "a/b": false, "ä": false,
		"`": false, "{": false, ":": false,
	} {
		if zone.IsName(name) != want {
			t.Errorf("%q is a name: %v", name, !want)
		}
	}
}

func TestCheckChange(t *testing.T) {
	early := noon.Add(-time.Hour)
	made, draw := zone.New("main"), zone.New("main")
	draw.Policy, draw.OpensAt = zone.Draw, noon
	for name, c := range map[string]struct {
		old    zone.Settings
		change func(*zone.Settings)
		at     time.Time
		field  string // empty: allowed
	}{
		"capacity and rate":             {made, func(s *zone.Settings) { s.Capacity, s.Rate = 0, 1 }, noon, ""},
		"opening, first come, earlier":  {made, func(s *zone.Settings) { s.OpensAt = noon }, noon, ""},
		"another zone":                  {made, func(s *zone.Settings) { s.Zone = "other" }, noon, "zone"},
		"a version skipped":             {made, func(s *zone.Settings) { s.Version++ }, noon, "version"},
		"queueShards":                   {made, func(s *zone.Settings) { s.QueueShards = 8 }, noon, "queueShards"},
		"grantShards":                   {made, func(s *zone.Settings) { s.GrantShards = 2 }, noon, "grantShards"},
		"policy":                        {made, func(s *zone.Settings) { s.Policy = zone.Reject }, noon, "policy"},
		"an invalid value":              {made, func(s *zone.Settings) { s.Rate = 0 }, noon, "rate"},
		"a draw later":                  {draw, func(s *zone.Settings) { s.OpensAt = noon.Add(time.Hour) }, noon.Add(-1), ""},
		"a draw earlier":                {draw, func(s *zone.Settings) { s.OpensAt = noon.Add(-1) }, early, "opensAt"},
		"a draw later, once it opened":  {draw, func(s *zone.Settings) { s.OpensAt = noon.Add(time.Hour) }, noon, "opensAt"},
		"a draw paused after it opened": {draw, func(s *zone.Settings) { s.State = zone.Paused }, noon.Add(time.Hour), ""},
		"a draw without its opening":    {draw, func(s *zone.Settings) { s.OpensAt = time.Time{} }, noon.Add(-1), "opensAt"},
	} {
		next := c.old
		next.Version++
		c.change(&next)
		err := c.old.CheckChange(next, c.at)
		if c.field == "" && err != nil || c.field != "" && (err == nil || !strings.Contains(err.Error(), c.field+" ")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
