package sam_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"foyer/infra/test/sam"
	"foyer/infra/topology"
	"foyer/internal/room/bucket"
	"foyer/internal/room/zone"
)

const folder = "../../../events"

// Every event of every function is answered by the function's own container, as the template sets it up, and leaves
// behind what it should.
func TestEveryEventOnSAM(t *testing.T) {
	b := newBench(t)
	cases, err := sam.Cases(folder)
	if err != nil {
		t.Fatal(err)
	}
	server, err := sam.StartLambda(t.Context(), b.app, b.env, b.log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			check := wants[c.Name]
			if check == nil {
				t.Fatalf("nothing says what %s.json should do", c.Name)
			}
			b.log.report(t)
			s := &story{T: t, bench: b, began: time.Now()}
			s.must(b.world.Prepare(t.Context(), c, s.began, func(ctx context.Context, c sam.Case) ([]byte, error) {
				return server.Invoke(ctx, b.app, c.Function, c.At(s.began))
			}))
			b.world.Connections().Open(sam.ConnectionID)
			if c.Name == "admit-direct" {
				defer s.ticks(server)()
			}
			ctx, done := context.WithCancel(t.Context())
			go b.world.Relieve(ctx, c)
			answer, err := server.Invoke(ctx, b.app, c.Function, c.At(s.began))
			done()
			s.must(err)
			check(s, answer)
		})
	}
}

// ticks has the exchange function at work, as it is while somebody asks to be let in; the function returned ends it.
func (s *story) ticks(server *sam.Server) (end func()) {
	c, err := sam.ReadCase(folder, "exchange-schedule")
	s.must(err)
	ended := make(chan error, 1)
	go func() {
		_, err := server.Invoke(s.Context(), s.bench.app, c.Function, c.At(s.began))
		ended <- err
	}()
	for ticked := false; !ticked; time.Sleep(20 * time.Millisecond) {
		status, err := s.bench.world.Zones().Status(s.Context(), topology.DefaultZone)
		s.must(err)
		ticked = !status.At.IsZero()
	}
	return func() {
		ctx, done := context.WithCancel(s.Context())
		go s.bench.world.Relieve(ctx, c)
		s.must(<-ended)
		done()
	}
}

// A function that fails says so in its answer, which SAM passes on as a success.
func TestAFailureOnSAMIsNoticed(t *testing.T) {
	b := newBench(t)
	c, err := sam.ReadCase(folder, "rotate-test-secret")
	if err == nil {
		err = b.world.Prepare(t.Context(), c, time.Now(), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	for what, event := range map[string][]byte{
		"another secret": bytes.Replace(c.Event, []byte("token-keys"), []byte("another"), 1),
		"no event":       []byte(`[]`),
	} {
		answer, err := sam.Invoke(t.Context(), b.app, b.env, c.Function, event, b.log)
		var failure *sam.FunctionError
		if !errors.As(err, &failure) {
			t.Errorf("%s: answer %s, error %v", what, answer, err)
		}
	}
}

// Every function has an event.
func TestEveryFunctionHasAnEvent(t *testing.T) {
	cases, err := sam.Cases(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range topology.Functions {
		if !slices.ContainsFunc(cases, func(c sam.Case) bool { return c.Function == f.Name }) {
			t.Errorf("there is no event of function %s", f.Name)
		}
	}
}

// wants says for each event what must have come of it.
var wants = map[string]func(*story, []byte){
	"register-http":       func(s *story, answer []byte) { s.registered(answer); s.waits("") },
	"register-api-client": func(s *story, answer []byte) { s.registered(answer); s.waits("") },
	"register-connect": func(s *story, answer []byte) {
		s.response(answer, http.StatusOK)
		s.waits(sam.ConnectionID)
	},
	"admit-claim": func(s *story, answer []byte) {
		s.entered(answer).hasAccessCookie(s)
		s.grant(bucket.Inside)
	},
	"admit-claim-api-client": func(s *story, answer []byte) {
		if s.entered(answer).field(s, "accessToken") == "" {
			s.Errorf("no token in %s", answer)
		}
		s.grant(bucket.Inside)
	},
	"admit-renew": func(s *story, answer []byte) {
		s.entered(answer).hasAccessCookie(s)
		s.grant(bucket.Inside)
	},
	"register-event": func(s *story, answer []byte) {
		if name := s.response(answer, http.StatusOK).field(s, "name"); name != topology.DefaultZone {
			s.Errorf("the event's name is %v", name)
		}
	},
	"admit-direct": func(s *story, answer []byte) {
		s.entered(answer).hasAccessCookie(s)
		s.grant(bucket.Inside)
	},
	"admit-leave": func(s *story, answer []byte) {
		if state := s.response(answer, http.StatusOK).field(s, "state"); state != "left" {
			s.Errorf("state %v", state)
		}
		s.grant(bucket.Left)
	},
	"exchange-schedule":   func(s *story, _ []byte) { s.grant(bucket.Reserved) },
	"census-schedule":     func(s *story, _ []byte) { s.counted(1) },
	"announce-paused":     func(s *story, _ []byte) { s.announced() },
	"notify-new-page":     func(s *story, answer []byte) { s.noFailures(answer); s.turns(1) },
	"notify-reconnect":    func(s *story, answer []byte) { s.noFailures(answer); s.turns(1) },
	"notify-expired-page": func(s *story, answer []byte) { s.noFailures(answer); s.turns(0) },
	"relay-rules":         func(s *story, answer []byte) { s.noFailures(answer) },
	"relay-settings":      func(s *story, answer []byte) { s.noFailures(answer); s.edgeKnows("k2", "k1") },
	"relay-status":        func(s *story, answer []byte) { s.noFailures(answer); s.edgeKnows("k2", "k1") },
	"rotate-create-secret": func(s *story, _ []byte) {
		if next := s.pending(); strings.Count(next, `"kid":"k`) != 2 {
			s.Errorf("the pending secret is %s", next)
		}
		s.current(1)
	},
	"rotate-set-secret":    func(s *story, _ []byte) { s.edgeKnows("k1", "k2"); s.current(1) },
	"rotate-test-secret":   func(s *story, _ []byte) { s.current(1) },
	"rotate-finish-secret": func(s *story, _ []byte) { s.current(2) },
}

func init() { maps.Copy(wants, saleWants) }

// story is one event's.
type story struct {
	*testing.T
	bench *bench
	began time.Time
}

func (s *story) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// registered checks the answer of POST register.
func (s *story) registered(answer []byte) {
	s.Helper()
	if key := s.response(answer, http.StatusOK).field(s, "key"); key != sam.VisitorKey {
		s.Errorf("the place is %v", key)
	}
}

// waits checks the visitor's place and its connection.
func (s *story) waits(conn string) {
	s.Helper()
	settings := zone.New(topology.DefaultZone)
	entry, found, err := s.bench.world.Queue().Get(s.Context(), settings.Queue(), sam.Visitor())
	s.must(err)
	if !found || entry.Conn != conn || entry.RegisteredAt.Before(s.began.Add(-time.Second)) {
		s.Errorf("found %v, entry %+v, want connection %q", found, entry, conn)
	}
}

// entered checks the answer of POST enter.
func (s *story) entered(answer []byte) response {
	s.Helper()
	r := s.response(answer, http.StatusOK)
	if state, ref := r.field(s, "state"), r.field(s, "ref"); state != "inside" || ref != "1.0" {
		s.Errorf("answer %s", answer)
	}
	return r
}

// grant checks the visitor's grant: slot 0 of page 1.
func (s *story) grant(want bucket.State) {
	s.Helper()
	page, found, err := s.bench.world.Log().Get(s.Context(), bucket.Of{Zone: topology.DefaultZone, Shards: 1}, 1)
	s.must(err)
	if !found || len(page.Grants) != 1 || page.Grants[0].State != want || page.Grants[0].Key != sam.Visitor() {
		s.Errorf("found %v, page %+v, want the visitor's grant in state %q", found, page, want)
	}
}

func (s *story) counted(want int) {
	s.Helper()
	status, err := s.bench.world.Zones().Status(s.Context(), topology.DefaultZone)
	s.must(err)
	if status.Census.Total != want || status.Census.At.IsZero() {
		s.Errorf("census %+v, want %d", status.Census, want)
	}
}

func (s *story) noFailures(answer []byte) {
	s.Helper()
	var out struct{ BatchItemFailures []any }
	if err := json.Unmarshal(answer, &out); err != nil || len(out.BatchItemFailures) > 0 {
		s.Errorf("answer %s, error %v", answer, err)
	}
}

// turns checks how many times the visitor was called.
func (s *story) turns(want int) {
	s.Helper()
	said := s.bench.world.Connections().Said()
	if len(said) != want {
		s.Fatalf("said %q, want %d messages", said, want)
	}
	for _, message := range said {
		if !strings.HasPrefix(message, sam.ConnectionID+` {"type":"turn","zone":"main","ref":"1.0"`) {
			s.Errorf("said %q", message)
		}
	}
}

// announced checks that the visitor in line heard how the zone stands.
func (s *story) announced() {
	s.Helper()
	said := s.bench.world.Connections().Said()
	const want = sam.ConnectionID + ` {"type":"status","zone":"main","version":1,"state":"open"`
	if len(said) != 1 || !strings.HasPrefix(said[0], want) {
		s.Errorf("said %q, want %s", said, want)
	}
}

// edgeKnows checks what the edge knows of the zone: that it is open, and the token keys of these names in this order.
func (s *story) edgeKnows(kids ...string) {
	s.Helper()
	text, found := s.bench.world.Store().Get("z." + topology.DefaultZone)
	var state struct {
		S string     `json:"s"`
		K [][]string `json:"k"`
	}
	if err := json.Unmarshal([]byte(text), &state); err != nil || !found || state.S != string(zone.Open) ||
		len(state.K) != len(kids) {
		s.Fatalf("found %v, error %v: %s", found, err, text)
	}
	for i, kid := range kids {
		if state.K[i][0] != kid {
			s.Errorf("key %d is %s, want %s", i, state.K[i][0], kid)
		}
	}
}

// current checks how many keys the current secret has.
func (s *story) current(want int) {
	s.Helper()
	if text := s.bench.world.Rotated(); strings.Count(text, `"kid":"k`) != want {
		s.Errorf("the current secret is %s, want %d keys", text, want)
	}
}

func (s *story) pending() string {
	s.Helper()
	out, err := s.bench.world.SecretsClient().GetSecretValue(s.Context(), &secretsmanager.GetSecretValueInput{
		SecretId: aws.String(sam.RotatedID), VersionStage: aws.String("AWSPENDING"),
	})
	s.must(err)
	return aws.ToString(out.SecretString)
}
