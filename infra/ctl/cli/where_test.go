package cli

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"
)

// deployed is CloudFormation with one stack.
type deployed struct{ name string }

func (d deployed) DescribeStacks(_ context.Context, in *cloudformation.DescribeStacksInput,
	_ ...func(*cloudformation.Options)) (*cloudformation.DescribeStacksOutput, error) {
	if aws.ToString(in.StackName) != d.name {
		return nil, &smithy.GenericAPIError{Code: "ValidationError", Message: "Stack with id x does not exist"}
	}
	out := func(key, value string) types.Output {
		return types.Output{OutputKey: &key, OutputValue: &value}
	}
	return &cloudformation.DescribeStacksOutput{Stacks: []types.Stack{{
		StackName: &d.name, StackId: aws.String("arn:aws:cloudformation:eu-west-1:123456789012:stack/" + d.name + "/1"),
		Outputs: []types.Output{out("TableZones", "foyer-production-Zones"), out("FrontDoorSlot", "b")},
	}}}, nil
}

func TestAStageIsFoundByItsStack(t *testing.T) {
	t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", "")
	there := &Cloud{Ctx: t.Context(), Place: PlaceFlags{Stage: "production", Region: "eu-west-1"},
		Names: Tables{Zones: "foyer-staging-Zones", Seats: "foyer-staging-Seats"}}
	if err := there.read(deployed{"foyer-production"}); err != nil {
		t.Fatal(err)
	}
	// What the variables said of another stage is gone.
	if there.Names.Zones != "foyer-production-Zones" || there.Names.Seats != "" || there.Names.Slot != "b" {
		t.Errorf("%+v", there.Names)
	}
	if got := there.Where().String(); got != "production, account 123456789012, eu-west-1" {
		t.Error(got)
	}
	there.Place.Stage = "prod"
	if err := there.read(deployed{"foyer-production"}); ExitCode(err) != ExitNotFound ||
		!strings.Contains(Explain(err), "there is no stack foyer-prod") {
		t.Error(err)
	}
	other := &Cloud{Ctx: t.Context(), Place: PlaceFlags{Stage: "production"}, account: "210987654321"}
	if err := other.read(deployed{"foyer-production"}); ExitCode(err) != ExitRefused {
		t.Errorf("another account's stack: %v", err)
	}
}

func TestAStagesFileIsCheckedFirst(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("foyer.staging.toml", []byte("regoin = 'eu-west-1'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	there := &Cloud{Ctx: t.Context(), Place: PlaceFlags{Stage: "staging"}}
	if err := there.Find(); ExitCode(err) != ExitUsage || !strings.Contains(Explain(err), `do you mean "region"?`) {
		t.Error(err)
	}
}
