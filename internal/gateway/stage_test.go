package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"foyer/internal/aws/keyring"
	"foyer/internal/aws/metrics"
	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/register"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/sale/checkout"
	"foyer/internal/store/memory/memsale"
)

// The events' tokens are of this visitor and their front door has this secret. They were signed with the first key
// of testdata/tokens/vectors.json and hold until 2100.
const (
	doorSecret = "front-door-secret-of-the-events"
	visitorHex = "a1b2c30405060708090a0b0c0d0e0f10"
	socketID   = "L0SM9cOFvHcCIhw="
)

// vectors is the part of the tokens' vectors that the tests use.
type vectors struct {
	Secret  json.RawMessage
	Now     int64 // ms
	Vectors []struct{ Name, Kind, Zone, Token, Why string }
}

func readVectors(t *testing.T) (v vectors) {
	t.Helper()
	raw, err := os.ReadFile("../../testdata/tokens/vectors.json")
	if err == nil {
		err = json.Unmarshal(raw, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// named is the token of a vector.
func (v vectors) named(t *testing.T, name string) string {
	t.Helper()
	for _, one := range v.Vectors {
		if one.Name == name {
			return one.Token
		}
	}
	t.Fatalf("there is no token vector %q", name)
	return ""
}

// vault is Secrets Manager with the events' two secrets.
type vault map[string]string

func (v vault) GetSecretValue(
	_ context.Context,
	in *secretsmanager.GetSecretValueInput,
	_ ...func(*secretsmanager.Options),
) (*secretsmanager.GetSecretValueOutput, error) {
	return &secretsmanager.GetSecretValueOutput{SecretString: aws.String(v[*in.SecretId])}, nil
}

// door plays the admitter: it records what it was asked and answers as told.
type door struct {
	asked  []string
	inside admit.Entry
	err    error
}

func (d *door) ask(what string, v token.Visitor, ref bucket.Ref) (admit.Entry, error) {
	d.asked = append(d.asked, what+" "+v.Zone+" "+v.ID.String()+" "+ref.String())
	return d.inside, d.err
}

func (d *door) Enter(_ context.Context, v token.Visitor, ref bucket.Ref) (admit.Entry, error) {
	return d.ask("enter", v, ref)
}

func (d *door) Direct(_ context.Context, v token.Visitor) (admit.Entry, error) {
	return d.ask("direct", v, bucket.Ref{})
}

func (d *door) Leave(_ context.Context, v token.Visitor, ref bucket.Ref) error {
	_, err := d.ask("leave", v, ref)
	return err
}

// stage is both HTTP functions in front of stores in memory, with one open zone "main".
type stage struct {
	*testing.T
	cloud    *memsale.Cloud
	settings zone.Settings
	door     *door
	register *Register
	admit    *Admit
	seats    *Seats            // made by sell
	checkout *checkout.Service // made by cashier, with its cash
	cash     *cash
	logs     *bytes.Buffer
	metrics  *bytes.Buffer
	now      time.Time
}

func newStage(t *testing.T) *stage {
	v := readVectors(t)
	s := &stage{T: t, cloud: memsale.New(), logs: &bytes.Buffer{}, metrics: &bytes.Buffer{}, now: time.UnixMilli(v.Now)}
	clock := func() time.Time { return s.now }
	s.settings = zone.New("main")
	s.settings.SeatsPerBuyer = 4
	s.settings.State, s.settings.Version, s.settings.QueueShards = zone.Open, 1, 1
	if err := s.cloud.Zones().SaveSettings(t.Context(), s.settings); err != nil {
		t.Fatal(err)
	}
	secrets := vault{"keys": string(v.Secret), "door": doorSecret}
	g := Gateway{
		Door:   &keyring.Secret{Client: secrets, ID: "door", Now: clock},
		Tokens: &keyring.Keyring{Secret: &keyring.Secret{Client: secrets, ID: "keys", Now: clock}},
		Log: slog.New(
			slog.NewJSONHandler(s.logs, nil),
		), Metrics: &metrics.Recorder{Out: s.metrics, Now: clock}, Now: clock,
	}
	s.door = &door{inside: admit.Entry{
		Ref: bucket.Ref{Page: 1}, Until: s.now.Add(time.Hour), RenewAt: s.now.Add(90 * time.Second),
	}}
	s.register = &Register{Gateway: g, Places: &register.Service{
		Settings: s.cloud.Zones(), Queue: s.cloud.Queue(), Now: clock,
	}, Maps: s.cloud.Viewers()}
	s.admit = &Admit{Gateway: g, Grants: s.door}
	return s
}

// waiting is who has a place.
func (s *stage) waiting() []queue.Entry {
	s.Helper()
	var all []queue.Entry
	for shard := range s.settings.QueueShards {
		entries, err := s.cloud.Queue().Head(s.Context(), "main", shard, queue.Key{}, 100)
		if err != nil {
			s.Fatal(err)
		}
		all = append(all, entries...)
	}
	return all
}

// send hands an event to the function that its file is named after, and gives the answer in the HTTP form.
func (s *stage) send(file string, event []byte) Response {
	s.Helper()
	if strings.HasPrefix(file, "register") {
		out, err := s.register.Handle(s.Context(), event)
		if err != nil {
			s.Fatal(err)
		}
		if socket, ok := out.(events.APIGatewayProxyResponse); ok {
			return Response{StatusCode: socket.StatusCode, Headers: socket.Headers, Body: socket.Body}
		}
		return out.(Response)
	}
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(event, &e); err != nil {
		s.Fatal(err)
	}
	handle := s.admit.Handle
	switch function, _, _ := strings.Cut(file, "-"); function {
	case "seats":
		handle = s.sell().Handle
	case "checkout":
		handle = s.till().Handle
	case "webhook":
		handle = s.listener().Handle
	}
	out, err := handle(s.Context(), e)
	if err != nil {
		s.Fatal(err)
	}
	return out
}

// event reads one of the events, changed by a JSON merge patch.
func (s *stage) event(name, patch string) []byte {
	s.Helper()
	raw, err := os.ReadFile(filepath.Join("../../events", name+".json"))
	if err != nil {
		s.Fatal(err)
	}
	if patch == "" {
		return raw
	}
	var base, change any
	for text, into := range map[string]*any{string(raw): &base, patch: &change} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			s.Fatalf("%v in %s", err, text)
		}
	}
	out, err := json.Marshal(merge(base, change))
	if err != nil {
		s.Fatal(err)
	}
	return out
}

// do sends one of the events, changed by a patch.
func (s *stage) do(name, patch string) Response {
	s.Helper()
	return s.send(name, s.event(name, patch))
}

// merge is RFC 7396: members of change replace those of base, null takes them away.
func merge(base, change any) any {
	changes, ok := change.(map[string]any)
	if !ok {
		return change
	}
	out, ok := base.(map[string]any)
	if !ok {
		out = map[string]any{}
	}
	for name, value := range changes {
		if value == nil {
			delete(out, name)
		} else {
			out[name] = merge(out[name], value)
		}
	}
	return out
}
