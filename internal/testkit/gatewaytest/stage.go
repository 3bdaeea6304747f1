// Package gatewaytest holds what the tests of the gateway's packages share: the events of events/, changed by patches,
// the secrets and tokens that prove them, the bad requests of testdata/http and the documents of docs/.
package gatewaytest

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"foyer/internal/aws/keyring"
	"foyer/internal/aws/metrics"
	"foyer/internal/gateway/web"
	"foyer/internal/room/zone"
)

// The events' tokens are of this visitor and their front door has this secret. They were signed with the first key
// of testdata/tokens/vectors.json and hold until 2100.
const (
	DoorSecret = "front-door-secret-of-the-events"
	SiteSecret = "site-secret-of-the-events"
	VisitorHex = "a1b2c30405060708090a0b0c0d0e0f10"
	SocketID   = "L0SM9cOFvHcCIhw="
)

// root is the module's folder: tests run in their package's own, three levels below.
const root = "../../../"

// Stage is what every HTTP and WebSocket handler needs, with the events' secrets.
type Stage struct {
	*testing.T
	Gateway web.Gateway
	Logs    *bytes.Buffer
	Metrics *bytes.Buffer
	Site    web.FrontDoor // the protected site's secret
	Now     time.Time     // the time by the Gateway's clock
}

// New returns a stage at the time of the token vectors.
func New(t *testing.T) *Stage {
	v := ReadVectors(t)
	s := &Stage{T: t, Logs: &bytes.Buffer{}, Metrics: &bytes.Buffer{}, Now: time.UnixMilli(v.Now)}
	secrets := vault{"keys": string(v.Secret), "door": DoorSecret, "site": SiteSecret}
	s.Site = &keyring.Secret{Client: secrets, ID: "site", Now: s.Clock}
	s.Gateway = web.Gateway{
		Door:    &keyring.Secret{Client: secrets, ID: "door", Now: s.Clock},
		Tokens:  &keyring.Keyring{Secret: &keyring.Secret{Client: secrets, ID: "keys", Now: s.Clock}},
		Log:     slog.New(slog.NewJSONHandler(s.Logs, nil)),
		Metrics: &metrics.Recorder{Out: s.Metrics, Now: s.Clock},
		Now:     s.Clock,
	}
	return s
}

// Clock returns the stage's time.
func (s *Stage) Clock() time.Time { return s.Now }

// Zone returns the settings of the events' zone: open, with one shard.
func Zone() zone.Settings {
	z := zone.New("main")
	z.State, z.Version, z.QueueShards, z.SeatsPerBuyer = zone.Open, 1, 1, 4
	return z
}

// Event reads one of the events, changed by a JSON merge patch.
func (s *Stage) Event(name, patch string) []byte {
	s.Helper()
	raw := read(s.T, "events/"+name+".json")
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

// Request reads one of the HTTP events, changed by a JSON merge patch.
func (s *Stage) Request(name, patch string) (e events.APIGatewayV2HTTPRequest) {
	s.Helper()
	if err := json.Unmarshal(s.Event(name, patch), &e); err != nil {
		s.Fatal(err)
	}
	return e
}

// Read reads an event of another kind; each pair of change replaces a text in it.
func Read[E any](t *testing.T, name string, change ...string) (e E) {
	t.Helper()
	raw := strings.NewReplacer(change...).Replace(string(read(t, "events/"+name+".json")))
	if err := json.Unmarshal([]byte(raw), &e); err != nil {
		t.Fatal(err)
	}
	return e
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

// Vectors is the part of the tokens' vectors that the tests use.
type Vectors struct {
	Secret  json.RawMessage
	Now     int64 // ms
	Vectors []struct{ Name, Kind, Zone, Token, Why string }
}

// ReadVectors reads testdata/tokens/vectors.json.
func ReadVectors(t *testing.T) (v Vectors) {
	t.Helper()
	if err := json.Unmarshal(read(t, "testdata/tokens/vectors.json"), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// Token returns the token of the vector of that name.
func (v Vectors) Token(t *testing.T, name string) string {
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
	_ context.Context, in *secretsmanager.GetSecretValueInput, _ ...func(*secretsmanager.Options),
) (*secretsmanager.GetSecretValueOutput, error) {
	return &secretsmanager.GetSecretValueOutput{SecretString: aws.String(v[*in.SecretId])}, nil
}

// read returns the content of a file of the module.
func read(t *testing.T, file string) []byte {
	t.Helper()
	raw, err := os.ReadFile(root + file)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
