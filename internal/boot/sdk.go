package boot

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// parallelCalls is how many idle connections are kept to one service: ticks and notifiers make that many calls at
// once, and a new connection costs a TLS handshake.
const parallelCalls = 64

// Configure returns the SDK's configuration from the variables that Lambda sets for every function: region and keys,
// and endpoints if they are set. The SDK's own config package knows many more sources, which no Lambda function has,
// and links four sign-in services that double the time a function takes to start.
func Configure(env Env) aws.Config {
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = parallelCalls
	})
	cfg := aws.Config{
		Region:      env("AWS_REGION"),
		Credentials: aws.CredentialsProviderFunc(keysFrom(env)),
		HTTPClient:  client, ConfigSources: []any{endpoints{env}},
	}
	// The SDK doesn't ask ConfigSources for AWS_ENDPOINT_URL: it expects it here.
	if url := env("AWS_ENDPOINT_URL"); url != "" {
		cfg.BaseEndpoint = &url
	}
	return cfg
}

// keysFrom returns a func that reads the function's keys, which are valid as long as its process lives.
func keysFrom(env Env) func(context.Context) (aws.Credentials, error) {
	return func(context.Context) (aws.Credentials, error) {
		c := aws.Credentials{
			AccessKeyID: env("AWS_ACCESS_KEY_ID"), SecretAccessKey: env("AWS_SECRET_ACCESS_KEY"),
			SessionToken: env("AWS_SESSION_TOKEN"), Source: "environment",
		}
		if !c.HasKeys() {
			return aws.Credentials{}, errors.New("boot: the environment holds no AWS keys")
		}
		return c, nil
	}
}

// endpoints reads the URLs of services from the SDK's own variables: AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL.
type endpoints struct{ env Env }

// GetServiceBaseEndpoint implements the interface by which the SDK asks ConfigSources for a service's URL.
func (e endpoints) GetServiceBaseEndpoint(_ context.Context, service string) (string, bool, error) {
	own := "AWS_ENDPOINT_URL_" + strings.ToUpper(strings.ReplaceAll(service, " ", "_"))
	url := cmp.Or(e.env(own), e.env("AWS_ENDPOINT_URL"))
	return url, url != "", nil
}
