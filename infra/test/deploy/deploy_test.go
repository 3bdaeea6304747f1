package deploy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/coder/websocket"

	"foyer/infra/topology"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/store/dynamo/dynroom"
)

func TestARealDeploymentLetsAVisitorIn(t *testing.T) {
	if testing.Short() {
		t.Skip("deploys the whole app, about a minute")
	}
	c := start(t)
	c.run(t, nil, "cdk", "bootstrap", "aws://"+account+"/us-east-1")
	context := map[string]string{"prebuilt": "on", "account": account}
	c.synth(t, context)
	out := c.deploy(t)

	door, keys := c.secrets(t, out)
	c.openZone(t, out)
	visitor := keys.SignVisitor(token.Visitor{Zone: topology.DefaultZone, ID: queue.VisitorID{1}, Arrived: time.Now()},
		time.Now())
	c.registers(t, out, door, visitor)
	c.connects(t, out, door, visitor)

	if diff := c.run(t, nil, "cdk", "diff", "--all", "--app", "cdk.out"); !strings.Contains(diff, "no differences") {
		t.Errorf("nothing changed, but there is a difference:\n%s", diff)
	}
	context["alarm-email"] = "ops@example.com"
	c.synth(t, context)
	if again := c.deploy(t); again["TableQueue"] != out["TableQueue"] {
		t.Errorf("an update replaced the queue: %s, then %s", out["TableQueue"], again["TableQueue"])
	}
	c.run(t, nil, "cdk", "destroy", "--all", "--force", "--app", "cdk.out")
	c.leavesNothing(t)
}

// deploy deploys, and returns the stack's outputs.
func (c *cloud) deploy(t *testing.T) map[string]string {
	t.Helper()
	c.run(t, nil, "cdk", "deploy", "--all", "--app", "cdk.out", "--require-approval", "never",
		"--outputs-file", "outputs.json")
	var outputs map[string]map[string]string
	if err := json.Unmarshal(read(t, filepath.Join(c.dir, "outputs.json")), &outputs); err != nil {
		t.Fatal(err)
	}
	return outputs[stackName]
}

// secrets has the deployed function make the token keys, as Secrets Manager would, and gives the front door's
// secret and the keys.
func (c *cloud) secrets(t *testing.T, out map[string]string) (string, *token.Keyring) {
	t.Helper()
	client := secretsmanager.New(secretsmanager.Options{BaseEndpoint: &c.endpoint, Region: "us-east-1", Credentials: fake})
	version := strings.Repeat("1", 32)
	for _, step := range []string{"createSecret", "setSecret", "testSecret", "finishSecret"} {
		event, _ := json.Marshal(map[string]string{"Step": step, "SecretId": c.env(t, "rotate", topology.EnvKeys),
			"ClientRequestToken": version})
		c.invoke(t, "rotate", event)
	}
	value := func(id string) string {
		got, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &id})
		if err != nil {
			t.Fatal(err)
		}
		return aws.ToString(got.SecretString)
	}
	keys, err := token.ParseKeyring([]byte(value(out["TokenKeysArn"])))
	if err != nil {
		t.Fatal(err)
	}
	var slots map[string]string
	if err := json.Unmarshal([]byte(value(c.env(t, "register", topology.EnvFrontDoor))), &slots); err != nil ||
		slots["a"] == "" {
		t.Fatalf("the front door's secret has no value: %v", err)
	}
	return slots["a"], keys
}

var fake = credentials.NewStaticCredentialsProvider("test", "test", "")

func (c *cloud) database() *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{BaseEndpoint: &c.endpoint, Region: "us-east-1", Credentials: fake})
}

func (c *cloud) openZone(t *testing.T, out map[string]string) {
	t.Helper()
	if err := dynroom.NewZones(c.database(), out["TableZones"]).SaveSettings(t.Context(),
		zone.New(topology.DefaultZone)); err != nil {
		t.Fatal(err)
	}
}

// registers over HTTP: with the front door's secret there is a place, without it there is nothing.
func (c *cloud) registers(t *testing.T, out map[string]string, door, visitor string) {
	t.Helper()
	for secret, want := range map[string]int{door: http.StatusOK, "guessed": http.StatusForbidden} {
		req, _ := http.NewRequestWithContext(t.Context(), "POST", c.endpoint+"/foyer/zones/"+topology.DefaultZone+"/register",
			strings.NewReader("{}"))
		req.Host = out["HttpApiId"] + ".execute-api.localhost"
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set(topology.HeaderFrontDoor, secret)
		req.Header.Set(token.VisitorHeader, visitor)
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("register: status %d, want %d: %s", answer.StatusCode, want, body)
		}
	}
}

// connects opens the socket, which puts the connection into the visitor's place.
func (c *cloud) connects(t *testing.T, out map[string]string, door, visitor string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	dial := func(secret string) error {
		header := http.Header{topology.HeaderFrontDoor: {secret}, token.VisitorHeader: {visitor}}
		conn, _, err := websocket.Dial(
			ctx,
			strings.Replace(c.endpoint, "http", "ws", 1)+"/"+topology.SocketStage+"?zone="+topology.DefaultZone,
			&websocket.DialOptions{Host: out["SocketApiId"] + ".execute-api.localhost", HTTPHeader: header})
		if err == nil {
			conn.CloseNow()
		}
		return err
	}
	if err := dial(door); err != nil {
		t.Errorf("the socket does not open: %v", err)
	}
	if err := dial("guessed"); err == nil {
		t.Error("the socket opens without the front door's secret")
	}
}

func (c *cloud) leavesNothing(t *testing.T) {
	t.Helper()
	tables, err := c.database().ListTables(t.Context(), &dynamodb.ListTablesInput{})
	if err != nil || len(tables.TableNames) > 0 {
		t.Errorf("tables left: %v, error %v", tables, err)
	}
	if names := c.functions(t); len(names) > 0 {
		t.Errorf("functions left: %v", names)
	}
}

// function is a deployed Lambda as its API describes it.
type function struct {
	FunctionName string
	Environment  struct{ Variables map[string]string }
}

func (c *cloud) functions(t *testing.T) []function {
	t.Helper()
	var all struct{ Functions []function }
	if err := json.Unmarshal(c.call(t, "GET", "/2015-03-31/functions/", nil), &all); err != nil {
		t.Fatal(err)
	}
	return all.Functions
}

func (c *cloud) function(t *testing.T, name string) function {
	t.Helper()
	for _, f := range c.functions(t) {
		if strings.HasPrefix(f.FunctionName, stackName+"-Function"+name+"Lambda") {
			return f
		}
	}
	t.Fatalf("there is no function %s", name)
	return function{}
}

func (c *cloud) env(t *testing.T, name, variable string) string {
	t.Helper()
	return c.function(t, name).Environment.Variables[variable]
}

func (c *cloud) invoke(t *testing.T, name string, event []byte) {
	t.Helper()
	c.call(t, "POST", "/2015-03-31/functions/"+c.function(t, name).FunctionName+"/invocations", event)
}

// call speaks Lambda's API without an SDK; a function's own error fails the test too.
func (c *cloud) call(t *testing.T, method, path string, body []byte) []byte {
	t.Helper()
	req, _ := http.NewRequestWithContext(t.Context(), method, c.endpoint+path, bytes.NewReader(body))
	req.Header.Set("Authorization",
		"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 || answer.Header.Get("X-Amz-Function-Error") != "" {
		t.Fatalf("%s %s: status %d, error %v: %s", method, path, answer.StatusCode, err, text)
	}
	return text
}
