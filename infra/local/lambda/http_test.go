package lambda

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"foyer/infra/local/aws"
)

// The SDK's own client calls functions: it waits, doesn't wait, or only asks whether it may.
func TestFunctionsAreCalledByTheSDK(t *testing.T) {
	l := newEcho(t, Options{}, nil)
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	client := sdk.New(sdk.Options{BaseEndpoint: &server.URL, Region: aws.Region,
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")})
	call := func(name string, kind types.InvocationType, payload string) (*sdk.InvokeOutput, error) {
		return client.Invoke(t.Context(),
			&sdk.InvokeInput{FunctionName: &name, InvocationType: kind, Payload: []byte(payload)})
	}
	if out, err := call("echo", "", `{"a":1}`); err != nil || string(out.Payload) != `{"a":1}` || out.StatusCode != 200 {
		t.Errorf("waiting: %+v, %v", out, err)
	}
	if out, err := call("echo", "", `{"do":"error"}`); err != nil || out.FunctionError == nil ||
		!strings.Contains(string(out.Payload), "errorString") {
		t.Errorf("an error of the function: %+v, %v", out, err)
	}
	if out, err := call("arn:aws:lambda:eu-central-1:1:function:echo", types.InvocationTypeEvent, "{}"); err != nil ||
		out.StatusCode != 202 {
		t.Errorf("not waiting: %+v, %v", out, err)
	}
	if out, err := call("echo", types.InvocationTypeDryRun, "{}"); err != nil || out.StatusCode != 204 {
		t.Errorf("a dry run: %+v, %v", out, err)
	}
	var missing *types.ResourceNotFoundException
	if _, err := call("none", "", "{}"); !errors.As(err, &missing) {
		t.Errorf("a function that isn't there: %v", err)
	}
	var invalid *types.InvalidRequestContentException
	if _, err := call("echo", "", "{"); !errors.As(err, &invalid) {
		t.Errorf("what is no JSON: %v", err)
	}
}
