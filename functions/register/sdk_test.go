package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"foyer/infra/topology"
)

// A function asks where its variables point, with its own keys, and not before there is a request.
func TestServicesAreWhereTheEnvironmentSaysAndAreAskedLate(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path+" "+r.Header.Get("X-Amz-Target"))
		if auth := r.Header.Get("Authorization"); !strings.Contains(auth, "Credential=AKID/") ||
			!strings.Contains(auth, "/eu-central-1/secretsmanager/") {
			t.Errorf("signed %q", auth)
		}
		_, _ = io.WriteString(w, `{"SecretString":"another secret"}`)
	}))
	t.Cleanup(server.Close)
	env := map[string]string{
		"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "SECRET",
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": server.URL + "/secrets/", "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
		"ZONES_TABLE": "z", "QUEUE_TABLE": "q", "GRANTS_TABLE": "g", "VIEWERS_TABLE": "v",
		topology.EnvKeys: "keys", topology.EnvFrontDoor: "door", topology.EnvMetrics: "Foyer",
	}
	f, err := wire(func(name string) string { return env[name] })
	if err != nil || len(asked) != 0 {
		t.Fatalf("asked %q, error %v", asked, err)
	}
	event, err := os.ReadFile("../../events/register-http.json")
	if err != nil {
		t.Fatal(err)
	}
	out, err := f.Handle(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	if answer := out.(events.APIGatewayV2HTTPResponse); answer.StatusCode != http.StatusForbidden {
		t.Errorf("%d %s", answer.StatusCode, answer.Body)
	}
	if want := "/secrets/ secretsmanager.GetSecretValue"; len(asked) != 1 || asked[0] != want {
		t.Errorf("asked %q, want %q", asked, want)
	}
}

func TestWithoutKeysTheErrorSaysSoAndTheCallerLearnsNothing(t *testing.T) {
	f, err := wire(func(name string) string {
		if strings.HasPrefix(name, "AWS_") {
			return ""
		}
		return "x"
	})
	if err != nil {
		t.Fatal(err)
	}
	event, _ := os.ReadFile("../../events/register-http.json")
	out, err := f.Handle(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	answer := out.(events.APIGatewayV2HTTPResponse)
	if err := json.Unmarshal([]byte(answer.Body), &doc); err != nil || answer.StatusCode != 500 || doc["detail"] != nil {
		t.Errorf("%d %s", answer.StatusCode, answer.Body)
	}
}

// The SDK passes over every source of configuration while the process has the variable for all services only.
func TestOneEndpointForAllServicesIsTaken(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		_, _ = io.WriteString(w, `{"SecretString":"another secret"}`)
	}))
	defer server.Close()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_REGION": "eu-central-1",
		"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret",
		"ZONES_TABLE": "z", "QUEUE_TABLE": "q", "GRANTS_TABLE": "g", "VIEWERS_TABLE": "v",
		topology.EnvKeys: "keys", topology.EnvFrontDoor: "door", topology.EnvMetrics: "Foyer",
	} {
		t.Setenv(name, value)
	}
	f, err := wire(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	const event = `{"version":"2.0","routeKey":"POST /foyer/zones/{zone}/register","headers":{"x-foyer-front-door":"x"}}`
	if _, err := f.Handle(t.Context(), json.RawMessage(event)); err != nil || asked == 0 {
		t.Errorf("asked %d times, error %v", asked, err)
	}
}
