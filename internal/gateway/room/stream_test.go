package room

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/google/go-cmp/cmp"

	"foyer/internal/aws/metrics"
	"foyer/internal/gateway/feed"
	"foyer/internal/room/bucket"
	"foyer/internal/room/notify"
	"foyer/internal/room/queue"
	"foyer/internal/room/relay"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/testkit/gatewaytest"
)

// turns plays the notifier and the edge: both fail for what is in bad.
type turns struct {
	mu     sync.Mutex
	told   []string
	synced [][]string
	bad    string

	started   int
	announced []string
}

func (n *turns) Notify(_ context.Context, zone string, old *bucket.Page, p bucket.Page) (notify.Result, error) {
	was := "new"
	if old != nil {
		was = "was " + old.Grants[0].Conn
	}
	text := zone + " " + p.Grants[0].Conn + " " + was
	n.mu.Lock()
	defer n.mu.Unlock()
	n.told = append(n.told, text)
	if n.bad != "" && strings.Contains(text, n.bad) {
		return notify.Result{Failed: 1}, errors.New("no")
	}
	return notify.Result{Pushed: 1}, nil
}

func (n *turns) Sync(_ context.Context, zones ...string) relay.Report {
	slices.Sort(zones)
	n.synced = append(n.synced, zones)
	r := relay.Report{Failed: map[string]error{}, Lag: map[string]time.Duration{}}
	for _, name := range zones {
		switch name {
		case n.bad:
			r.Failed[name] = errors.New("no")
		case "behind":
			r.Failed[name] = relay.ErrBehind
		default:
			r.Written, r.Lag[name] = append(r.Written, name), 40*time.Millisecond
		}
	}
	return r
}

type streams struct {
	*testing.T
	turns  *turns
	notify *Notify
	relay  *Relay
	out    *bytes.Buffer
}

func newStreams(t *testing.T) *streams {
	s := &streams{T: t, turns: &turns{}, out: &bytes.Buffer{}}
	now := func() time.Time { return time.UnixMilli(1790000000000) }
	log := slog.New(slog.NewJSONHandler(s.out, nil))
	r := &metrics.Recorder{Out: s.out, Now: now}
	s.notify = &Notify{
		Log:     log,
		Turns:   s.turns,
		Metrics: r,
		Now:     now,
		Page: func(image json.RawMessage) (string, bucket.Page, error) {
			item, err := attributevalue.UnmarshalMapJSON(image)
			if err != nil {
				return "", bucket.Page{}, err
			}
			return dynroom.DecodePage(item)
		},
	}
	s.relay = &Relay{Log: log, Edge: s.turns, Metrics: r, Now: now, Start: func(context.Context) error {
		s.turns.started++
		return errors.New("throttled")
	}, Announce: func(_ context.Context, zone string) error {
		s.turns.mu.Lock()
		defer s.turns.mu.Unlock()
		s.turns.announced = append(s.turns.announced, zone)
		return errors.New("throttled")
	}}
	return s
}

// records joins the records of several events into one batch. What ends in .json is a file.
func (s *streams) records(parts ...string) (e feed.StreamEvent) {
	s.Helper()
	for _, part := range parts {
		if !strings.HasSuffix(part, ".json") {
			e.Records = append(e.Records, json.RawMessage(part))
			continue
		}
		one := gatewaytest.Read[feed.StreamEvent](s.T, strings.TrimSuffix(part, ".json"))
		e.Records = append(e.Records, one.Records...)
	}
	return e
}

// failed is the sequence numbers that an answer names.
func (s *streams) failed(
	handle func(context.Context, feed.StreamEvent) (feed.Failures, error), e feed.StreamEvent,
) []string {
	s.Helper()
	out, err := handle(s.Context(), e)
	if err != nil {
		s.Fatal(err)
	}
	numbers := []string{}
	for _, f := range out.BatchItemFailures {
		numbers = append(numbers, f.ItemIdentifier)
	}
	return numbers
}

func TestNewPagesAndNewConnectionsReachTheNotifier(t *testing.T) {
	s := newStreams(t)
	batch := s.records("notify-new-page.json", "notify-reconnect.json", "notify-expired-page.json")
	if got := s.failed(s.notify.Handle, batch); len(got) != 0 {
		t.Errorf("failed %v: %s", got, s.out)
	}
	slices.Sort(s.turns.told)
	want := []string{"main " + gatewaytest.SocketID + " new", "main " + gatewaytest.SocketID + " was Old1="}
	if diff := cmp.Diff(want, s.turns.told); diff != "" {
		t.Error(diff)
	}
	if out := s.out.String(); !strings.Contains(out, `"Pushes":2`) || !strings.Contains(out, `"PushLag":250`) {
		t.Errorf("metrics %s", out)
	}
}

func TestANewPageTellsHowLongItsVisitorsWaited(t *testing.T) {
	s := newStreams(t)
	at := s.notify.Now()
	grant := func(rank int64) bucket.Grant {
		return bucket.Grant{State: bucket.Reserved, Key: queue.NewKey(8, 0, uint64(rank), queue.VisitorID{})}
	}
	s.notify.count(
		"main",
		bucket.Page{
			Number: 1,
			At:     at,
			Grants: []bucket.Grant{
				grant(at.Add(-90 * time.Second).UnixMilli()), grant(queue.MaxRank),
				grant(at.Add(-longestWait).UnixMilli()), grant(at.Add(-longestWait).UnixMilli() - 1),
			},
		},
	)
	s.notify.Metrics.Flush()
	want := fmt.Sprintf(`{"Called":4,"Wait":[90000,%d],"_aws"`, longestWait.Milliseconds())
	if got := s.out.String(); !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestABadRecordFailsAloneAndInOrder(t *testing.T) {
	s := newStreams(t)
	bad := []string{
		`{"eventID":"1","eventName":"INSERT","dynamodb":{"SequenceNumber":"7","NewImage":{"part":{"S":"main#0"}}}}`,
		`{"eventID":"2","eventName":"INSERT","dynamodb":{"SequenceNumber":"8","NewImage":{"part":{"S":7}}}}`,
		`{"eventID":3,"eventName":"INSERT","dynamodb":{"SequenceNumber":"9"}}`,
		`{"eventID":"4","eventName":"MODIFY","dynamodb":{"SequenceNumber":"10","NewImage":"x"}}`,
	}
	got := s.failed(
		s.notify.Handle,
		s.records(bad[0], "notify-new-page.json", bad[1], bad[2], "notify-reconnect.json", bad[3]),
	)
	if diff := cmp.Diff([]string{"7", "8", "9", "10"}, got); diff != "" {
		t.Error(diff)
	}
	if len(s.turns.told) != 2 || strings.Count(s.out.String(), `"malformed":true`) != 4 {
		t.Errorf("told %v, log %s", s.turns.told, s.out)
	}
}

func TestAFailedPushFailsItsRecordAlone(t *testing.T) {
	s := newStreams(t)
	s.turns.bad = "was"
	got := s.failed(s.notify.Handle, s.records("notify-new-page.json", "notify-reconnect.json"))
	if diff := cmp.Diff([]string{"111000000000000000002"}, got); diff != "" {
		t.Error(diff)
	}
	if out := s.out.String(); !strings.Contains(out, `"PushFailures":1`) || strings.Contains(out, gatewaytest.SocketID) {
		t.Errorf("metrics and log %s", out)
	}
}

// How late a push was, only a push that was made can say.
func TestAPageThatReachedNobodyHasNoLag(t *testing.T) {
	s := newStreams(t)
	s.turns.bad = "new"
	s.failed(s.notify.Handle, s.records("notify-new-page.json"))
	if out := s.out.String(); !strings.Contains(out, `"PushFailures":1`) || strings.Contains(out, "PushLag") {
		t.Errorf("metrics %s", out)
	}
}

func TestManyRecordsOfAZoneAreOneLook(t *testing.T) {
	s := newStreams(t)
	batch := s.records("relay-status.json", "relay-settings.json", "relay-rules.json", "relay-status.json")
	if got := s.failed(s.relay.Handle, batch); len(got) != 0 {
		t.Errorf("failed %v", got)
	}
	if diff := cmp.Diff([][]string{{"main", "~rules"}}, s.turns.synced); diff != "" {
		t.Error(diff)
	}
	if out := s.out.String(); !strings.Contains(out, `"RelayLag":40`) || !strings.Contains(out, `"RelayWrites":1`) {
		t.Errorf("metrics %s", out)
	}
}

// What makes a zone need its ticks starts them. If that fails the record is done all the same: the schedule does it.
func TestSettingsThatOpenAZoneStartTheLoops(t *testing.T) {
	change := func(item, before, after string) string {
		return `{"eventID":"1","dynamodb":{"SequenceNumber":"1","Keys":{"zone":{"S":"main"},"item":{"S":"` + item +
			`"}},"OldImage":` + before + `,"NewImage":` + after + `}}`
	}
	const open, closed = `{"state":{"S":"open"},"policy":{"S":"first-come"}}`, `{"state":{"S":"closed"}}`
	in := func(d time.Duration) string {
		return fmt.Sprintf(`{"state":{"S":"scheduled"},"opensAt":{"N":"%d"}}`, 1790000000000+d.Milliseconds())
	}
	const passes = `{"state":{"S":"open"},"policy":{"S":"passthrough"}}`
	opens, closes := change("settings", closed, open), change("settings", open, closed)
	sets, resets := change("settings", open, open), change("settings", closed, closed)
	for name, c := range map[string]struct {
		records []string
		starts  int
	}{
		"a new zone":             {[]string{"relay-settings.json"}, 1},
		"opened":                 {[]string{opens}, 1},
		"closed":                 {[]string{closes}, 0},
		"opens next week":        {[]string{change("settings", closed, in(7*24*time.Hour))}, 0},
		"opens in two minutes":   {[]string{change("settings", closed, in(2*time.Minute))}, 1},
		"a rate":                 {[]string{sets}, 0},
		"a status":               {[]string{change("status", closed, open)}, 0},
		"deleted":                {[]string{change("settings", open, "null")}, 0},
		"lets everybody pass":    {[]string{change("settings", closed, passes)}, 0},
		"many at once":           {[]string{opens, opens, opens}, 1},
		"opened, closed, opened": {[]string{opens, closes, opens}, 2},
		"opened, a rate, opened": {[]string{opens, sets, opens}, 1},
		"opened beside a closed": {[]string{opens, resets, opens}, 1},
	} {
		s := newStreams(t)
		for _, record := range c.records {
			if failed := s.failed(s.relay.Handle, s.records(record)); len(failed) > 0 {
				t.Errorf("%s: failed %v", name, failed)
			}
		}
		if s.turns.started != c.starts {
			t.Errorf("%s: %d starts, want %d", name, s.turns.started, c.starts)
		}
	}
}

// What those who wait would see otherwise is announced, whether the edge knows it already or not: the record may come
// again. What can't be announced, they see at their next poll.
func TestWhatThoseWhoWaitWouldSeeIsAnnounced(t *testing.T) {
	change := func(item, before, after string) string {
		return `{"eventID":"1","dynamodb":{"SequenceNumber":"1","Keys":{"zone":{"S":"main"},"item":{"S":"` + item +
			`"}},"OldImage":` + before + `,"NewImage":` + after + `}}`
	}
	const open, paused = `{"state":{"S":"open"},"rate":{"N":"5"}}`, `{"state":{"S":"paused"},"rate":{"N":"5"}}`
	for name, c := range map[string]struct {
		record string
		want   []string
	}{
		"a pause":          {change("settings", open, paused), []string{"main"}},
		"a rate":           {change("settings", open, `{"state":{"S":"open"},"rate":{"N":"6"}}`), nil},
		"a later opening":  {change("settings", `{"opensAt":{"N":"1"}}`, `{"opensAt":{"N":"2"}}`), []string{"main"}},
		"the opening":      {change("status", `{"state":{"S":"scheduled"}}`, open), []string{"main"}},
		"sold out":         {change("status", `{"soldOut":{"BOOL":false}}`, `{"soldOut":{"BOOL":true}}`), []string{"main"}},
		"moving figures":   {change("status", `{"waiting":{"N":"5"}}`, `{"waiting":{"N":"4"}}`), nil},
		"the first event":  {change("event", "null", `{"data":{"S":"{}"}}`), []string{"main"}},
		"a message":        {change("event", `{"data":{"S":"{}"}}`, `{"data":{"S":"{1}"}}`), []string{"main"}},
		"a census":         {change("census", `{"total":{"N":"1"}}`, `{"total":{"N":"2"}}`), nil},
		"a new zone":       {change("settings", "null", open), nil},
		"a zone that went": {change("settings", open, "null"), nil},
	} {
		s := newStreams(t)
		if failed := s.failed(s.relay.Handle, s.records(c.record)); len(failed) > 0 {
			t.Errorf("%s: failed %v", name, failed)
		}
		if !slices.Equal(s.turns.announced, c.want) {
			t.Errorf("%s: announced %v, want %v", name, s.turns.announced, c.want)
		}
	}
}

// What isn't a zone's is announced to nobody, and an image that can't be read differs in nothing.
func TestWhatCanNotBeReadIsNotAnnounced(t *testing.T) {
	record := func(zone, before, after string) string {
		return `{"eventID":"1","dynamodb":{"SequenceNumber":"1","Keys":{"zone":{"S":"` + zone +
			`"},"item":{"S":"settings"}},"OldImage":` + before + `,"NewImage":` + after + `}}`
	}
	const open, paused = `{"state":{"S":"open"}}`, `{"state":{"S":"paused"}}`
	for name, one := range map[string]string{
		"no zone's": record("~lease", open, paused), "no image before": record("main", `[1]`, paused),
		"no image after": record("main", open, `[1]`),
	} {
		s := newStreams(t)
		if s.failed(s.relay.Handle, s.records(one)); len(s.turns.announced) > 0 {
			t.Errorf("%s: announced %v", name, s.turns.announced)
		}
	}
}

func TestOnlyTheRecordsOfAZoneThatFailedFail(t *testing.T) {
	s := newStreams(t)
	s.turns.bad = "bad"
	record := func(number, zone string) string {
		return `{"eventID":"` + number + `","eventName":"MODIFY","dynamodb":{"SequenceNumber":"` + number +
			`","Keys":{"zone":{"S":"` + zone + `"},"item":{"S":"status"}}}}`
	}
	got := s.failed(
		s.relay.Handle,
		s.records(
			record("1", "good"),
			record("2", "bad"),
			record("3", "~lease"),
			record("4", "good"),
			record("5", "bad"),
			record("6", "behind"),
		),
	)
	if diff := cmp.Diff([]string{"2", "3", "5"}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]string{{"bad", "behind", "good"}}, s.turns.synced); diff != "" {
		t.Error(diff)
	}
	if out := s.out.String(); !strings.Contains(out, `"msg":"not relayed","zone":"behind"`) {
		t.Errorf("log %s", out)
	}
}

// What is new differs from nothing, and what is gone differs in nothing.
func TestWhichImagesDiffer(t *testing.T) {
	for _, c := range []struct {
		before, after string
		want          bool
	}{
		{"", `{"a":1}`, true}, {"null", `{"b":1}`, false}, {`{"a":1}`, `{"a":1,"b":2}`, false}, {`{"a":1}`, `{"a":2}`, true},
		{`{"a":1}`, "", false}, {"[", `{"a":1}`, false}, {`{"a":1}`, "[", false},
	} {
		if got := differ([]byte(c.before), []byte(c.after), []string{"a"}); got != c.want {
			t.Errorf("%q and %q differ: %v", c.before, c.after, got)
		}
	}
}
