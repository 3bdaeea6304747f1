package sam_test

import (
	"os"
	"strings"
	"testing"

	"foyer/infra/test/sam"
	"foyer/infra/topology"
)

// What SAM reads is what is deployed, but for what it can't play.
func TestTheTemplateIsLocalized(t *testing.T) {
	golden, err := os.ReadFile("../../stack/testdata/production.golden.json")
	if err != nil {
		t.Fatal(err)
	}
	template, err := sam.ParseTemplate(golden)
	if err != nil {
		t.Fatal(err)
	}
	before := count(template)
	if err := template.Localize("/assets"); err != nil {
		t.Fatal(err)
	}
	after := count(template)
	if after["AWS::Lambda::Function"] != len(topology.Functions) ||
		after["AWS::DynamoDB::Table"] != before["AWS::DynamoDB::Table"] {
		t.Errorf("left of %v: %v", before, after)
	}
	if before["AWS::ApiGatewayV2::Api"] != 2 || after["AWS::ApiGatewayV2::Api"] != 1 ||
		after["AWS::ApiGatewayV2::RouteResponse"] != 0 {
		t.Errorf("left of %v: %v", before, after)
	}
	for id, r := range template.Resources {
		if key, _ := r.Properties["RouteKey"].(string); strings.HasPrefix(key, "$") {
			t.Errorf("%s is a socket's route, %s", id, key)
		}
	}
	id, err := template.Function("register")
	if err != nil {
		t.Fatal(err)
	}
	properties := template.Resources[id].Properties
	if code, _ := properties["Code"].(string); !strings.HasPrefix(code, "/assets/asset.") ||
		properties["Handler"] != "bootstrap" {
		t.Errorf("code %v, handler %v", properties["Code"], properties["Handler"])
	}
	variables := properties["Environment"].(map[string]any)["Variables"].(map[string]any)
	for _, name := range []string{"QUEUE_TABLE", "AWS_ENDPOINT_URL_DYNAMODB"} {
		if _, declared := variables[name]; !declared {
			t.Errorf("%s isn't declared: %v", name, variables)
		}
	}
}

func count(t *sam.Template) map[string]int {
	types := map[string]int{}
	for _, r := range t.Resources {
		types[r.Type]++
	}
	return types
}
