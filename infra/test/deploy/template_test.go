package deploy_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const stackName = "foyer-staging"

// gaps are resources that the emulator refuses, or waits for without end.
var gaps = map[string]string{
	"AWS::ApiGatewayV2::IntegrationResponse": "unknown to it",
	"AWS::ApiGatewayV2::RouteResponse":       "unknown to it",
	"AWS::SecretsManager::RotationSchedule":  "unknown to it: the story calls the rotation's steps itself",
	"AWS::DSQL::Cluster": "unknown to its CloudFormation; no function is asked to write " +
		"to the ledger here",
	"Custom::CDKBucketDeployment": "CDK's upload needs Python's boto3 in the emulator",
	"Custom::S3AutoDeleteObjects": "CDK's clean-up needs a JavaScript SDK in the emulator",
}

// synth writes the app's output for a context, without the gaps.
func (c *cloud) synth(t *testing.T, context map[string]string) {
	t.Helper()
	out := filepath.Join(c.dir, "cdk.out")
	if err := os.RemoveAll(out); err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(context)
	c.run(t, []string{"CDK_OUTDIR=cdk.out", "CDK_CONTEXT_JSON=" + string(text)}, "./infra")
	bridge(t, out)
}

// bridge takes the gaps out of the template, and gives it the name of its new content, by which it is uploaded.
func bridge(t *testing.T, out string) {
	t.Helper()
	file := filepath.Join(out, stackName+".template.json")
	var template map[string]any
	if err := json.Unmarshal(read(t, file), &template); err != nil {
		t.Fatal(err)
	}
	resources := template["Resources"].(map[string]any)
	for id, r := range resources {
		body := r.(map[string]any)
		props, _ := body["Properties"].(map[string]any)
		if gaps[body["Type"].(string)] != "" || body["Type"] == "AWS::CloudWatch::Alarm" && props["Metrics"] != nil {
			delete(resources, id)
			standIn(template, id)
		}
	}
	text, err := json.Marshal(template)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, string(text))
	sum := sha256.Sum256(text)
	manifest := string(read(t, filepath.Join(out, "manifest.json")))
	old := regexp.MustCompile(`/([0-9a-f]{64})\.json`).FindStringSubmatch(manifest)
	if old == nil {
		t.Fatal("the manifest names no template")
	}
	for _, name := range []string{"manifest.json", stackName + ".assets.json"} {
		file := filepath.Join(out, name)
		write(t, file, strings.ReplaceAll(string(read(t, file)), old[1], hex.EncodeToString(sum[:])))
	}
}

// standIn puts a name in the place of every reference to a resource that was taken out.
func standIn(node any, id string) any {
	switch node := node.(type) {
	case map[string]any:
		if node["Ref"] == id {
			return "bridged"
		}
		if get, _ := node["Fn::GetAtt"].([]any); len(get) == 2 && get[0] == id {
			if strings.HasSuffix(get[1].(string), "Arn") {
				return "arn:aws:dsql:us-east-1:123456789012:cluster/bridged"
			}
			return "bridged.invalid"
		}
		for key, value := range node {
			node[key] = standIn(value, id)
		}
	case []any:
		for i, value := range node {
			node[i] = standIn(value, id)
		}
	}
	return node
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
