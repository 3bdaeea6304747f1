package dynroom

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"foyer/internal/room/queue"
	"foyer/internal/room/rules"
	"foyer/internal/room/zone"
	"foyer/internal/store/dynamo"
)

// The items of a zone. The relay reads the stream of these and of nothing else.
const (
	settingsItem = "settings"
	statusItem   = "status"
	censusItem   = "census"
	eventItem    = "event"
	rulesItem    = "rules" // of the whole deployment, under rules.Name
)

// rulesRecord is rules.Set as stored. Hosts is JSON: the rules are read and written as one, and compared so.
type rulesRecord struct {
	itemKey
	Version int64  `dynamodbav:"version"`
	Hosts   string `dynamodbav:"hosts"`
}

func newRulesRecord(s rules.Set) rulesRecord {
	lines := map[string][]string{}
	for host, list := range s.Hosts {
		lines[host] = []string{}
		for _, r := range list {
			lines[host] = append(lines[host], r.String())
		}
	}
	text, _ := json.Marshal(lines) // strings always encode
	return rulesRecord{itemKey{rules.Name, rulesItem}, s.Version, string(text)}
}

func (r rulesRecord) set() (rules.Set, error) {
	s := rules.Set{Version: r.Version, Hosts: map[string][]rules.Rule{}}
	if r.Version == 0 {
		return s, nil
	}
	var lines map[string][]string
	if err := json.Unmarshal([]byte(r.Hosts), &lines); err != nil {
		return s, fmt.Errorf("rules: %w", err)
	}
	for host, of := range lines {
		list, err := rules.Parse(strings.Join(of, "\n"))
		if err != nil {
			return s, err
		}
		s.Hosts[host] = list
	}
	return s, nil
}

// leaseZone is where leases lie: no zone can have that name. Their item names differ from those of a zone, since
// stream readers filter by them.
const leaseZone = "~lease"

func leaseKey(name string) dynamo.Item { return zoneKey(leaseZone, "lease."+name) }

// itemKey is the primary key of each record.
type itemKey struct {
	Zone string `dynamodbav:"zone"`
	Item string `dynamodbav:"item"`
}

// settingsRecord is zone.Settings as stored; times and durations in milliseconds.
type settingsRecord struct {
	itemKey
	Version       int64   `dynamodbav:"version"`
	Title         string  `dynamodbav:"title,omitempty"`
	State         string  `dynamodbav:"state,omitempty"`
	OpensAt       int64   `dynamodbav:"opensAt,omitempty"`
	Policy        string  `dynamodbav:"policy,omitempty"`
	Capacity      int     `dynamodbav:"capacity"`
	Rate          int     `dynamodbav:"rate"`
	Window        int64   `dynamodbav:"window"`
	Session       int64   `dynamodbav:"session"`
	Renews        bool    `dynamodbav:"renews"`
	MaxVisit      int64   `dynamodbav:"maxVisit"`
	SeatsPerBuyer int     `dynamodbav:"seatsPerBuyer"`
	SeatFactor    float64 `dynamodbav:"seatFactor"`
	PayFor        int64   `dynamodbav:"payFor,omitempty"`
	QueueShards   int     `dynamodbav:"queueShards"`
	GrantShards   int     `dynamodbav:"grantShards"`
	FailMode      string  `dynamodbav:"failMode,omitempty"`
	Revoked       string  `dynamodbav:"revoked,omitempty"`
	LetThrough    bool    `dynamodbav:"letThrough,omitempty"`
	SaleEnded     bool    `dynamodbav:"saleEnded,omitempty"`
	Probe         string  `dynamodbav:"probe,omitempty"`
	PausedByProbe bool    `dynamodbav:"pausedByProbe,omitempty"`
	Clearing      string  `dynamodbav:"clearing,omitempty"`
	DrawNumber    int     `dynamodbav:"drawNumber,omitempty"`
}

func newSettingsRecord(s zone.Settings) settingsRecord {
	return settingsRecord{
		itemKey: itemKey{s.Zone, settingsItem}, Version: s.Version, Title: s.Title,
		State: string(s.State), OpensAt: dynamo.UnixMilli(s.OpensAt), Policy: string(s.Policy),
		Capacity: s.Capacity, Rate: s.Rate, Window: s.Window.Milliseconds(), Session: s.Session.Milliseconds(),
		Renews: s.Renews, MaxVisit: s.MaxVisit.Milliseconds(),
		SeatsPerBuyer: s.SeatsPerBuyer, SeatFactor: s.SeatFactor, PayFor: s.PayFor.Milliseconds(),
		QueueShards: s.QueueShards, GrantShards: s.GrantShards, FailMode: string(s.FailMode),
		Revoked: s.Revoked, LetThrough: s.LetThrough,
		SaleEnded: s.SaleEnded, Probe: s.Probe, PausedByProbe: s.PausedByProbe,
		Clearing: string(s.Clearing), DrawNumber: s.DrawNumber,
	}
}

func (r settingsRecord) settings() zone.Settings {
	return zone.Settings{
		Zone: r.Zone, Version: r.Version, Title: r.Title,
		State: zone.State(r.State), OpensAt: dynamo.FromMilli(r.OpensAt), Policy: zone.Policy(r.Policy),
		Capacity: r.Capacity, Rate: r.Rate, Window: milliseconds(r.Window), Session: milliseconds(r.Session),
		Renews: r.Renews, MaxVisit: milliseconds(r.MaxVisit),
		SeatsPerBuyer: r.SeatsPerBuyer, SeatFactor: r.SeatFactor, PayFor: milliseconds(r.PayFor),
		QueueShards: r.QueueShards, GrantShards: r.GrantShards, FailMode: zone.FailMode(r.FailMode),
		Revoked: r.Revoked, LetThrough: r.LetThrough, SaleEnded: r.SaleEnded,
		Probe: r.Probe, PausedByProbe: r.PausedByProbe,
		Clearing: zone.Clearing(r.Clearing), DrawNumber: r.DrawNumber,
	}
}

// eventRecord is an event.Event as stored: its texts are read and written as one.
type eventRecord struct {
	itemKey
	Version int64  `dynamodbav:"version"`
	Data    string `dynamodbav:"data"`
}

// statusRecord is zone.Status as stored, without its census.
type statusRecord struct {
	itemKey
	Version   int64  `dynamodbav:"version"`
	At        int64  `dynamodbav:"at,omitempty"`
	State     string `dynamodbav:"state,omitempty"`
	Direct    bool   `dynamodbav:"direct"`
	SoldOut   bool   `dynamodbav:"soldOut"`
	Called    string `dynamodbav:"called,omitempty"` // hex
	Live      int    `dynamodbav:"live"`
	Inside    int    `dynamodbav:"inside"`
	Waiting   int    `dynamodbav:"waiting"`
	SeatsLeft int    `dynamodbav:"seatsLeft"`
	RateLow   int    `dynamodbav:"rateLow"`
	RateHigh  int    `dynamodbav:"rateHigh"`
	Seed      string `dynamodbav:"seed,omitempty"`
	Commit    string `dynamodbav:"commit,omitempty"`
	Floor     int64  `dynamodbav:"floor"`

	Overcalled bool `dynamodbav:"overcalled,omitempty"`
	Idle       bool `dynamodbav:"idle,omitempty"`
}

func newStatusRecord(s zone.Status) statusRecord {
	r := statusRecord{
		itemKey: itemKey{s.Zone, statusItem}, Version: s.Version, At: dynamo.UnixMilli(s.At), State: string(s.State),
		Direct: s.Direct, SoldOut: s.SoldOut, Live: s.Live, Inside: s.Inside, Waiting: s.Waiting, SeatsLeft: s.SeatsLeft,
		RateLow: s.RateLow, RateHigh: s.RateHigh, Seed: s.Seed, Commit: s.Commit, Floor: s.Floor, Overcalled: s.Overcalled,
		Idle: s.Idle,
	}
	if !s.Called.IsZero() {
		r.Called = s.Called.String()
	}
	return r
}

func (r statusRecord) status() (zone.Status, error) {
	s := zone.Status{
		Zone: r.Zone, Version: r.Version, At: dynamo.FromMilli(r.At), State: zone.State(r.State),
		Direct: r.Direct, SoldOut: r.SoldOut, Live: r.Live, Inside: r.Inside, Waiting: r.Waiting, SeatsLeft: r.SeatsLeft,
		RateLow: r.RateLow, RateHigh: r.RateHigh, Seed: r.Seed, Commit: r.Commit, Floor: r.Floor, Overcalled: r.Overcalled,
		Idle: r.Idle,
	}
	var err error
	if r.Called != "" {
		s.Called, err = queue.ParseKey(r.Called)
	}
	return s, err
}

// censusRecord is zone.Census as stored.
type censusRecord struct {
	itemKey
	At       int64  `dynamodbav:"at"`
	Total    int    `dynamodbav:"total"`
	Knots    string `dynamodbav:"knots,omitempty"`
	Duration int64  `dynamodbav:"duration"`
}

func newCensusRecord(name string, c zone.Census) censusRecord {
	return censusRecord{
		itemKey: itemKey{name, censusItem}, At: dynamo.UnixMilli(c.At), Total: c.Total, Knots: c.Knots,
		Duration: c.Duration.Milliseconds(),
	}
}

func (r censusRecord) census() zone.Census {
	return zone.Census{At: dynamo.FromMilli(r.At), Total: r.Total, Knots: r.Knots, Duration: milliseconds(r.Duration)}
}

func milliseconds(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }
