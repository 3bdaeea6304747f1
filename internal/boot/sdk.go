package boot

import (
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

// Configure reads the SDK's configuration from the variables that Lambda sets for every function: region, keys and,
// where somebody set them, endpoints. The SDK's own config package knows many more sources, all of them strangers to
// a Lambda, and links four sign-in services that double the time a function takes to start.
func Configure(env Env) aws.Config {
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = parallelCalls
	})
	cfg := aws.Config{
		Region:      env("AWS_REGION"),
		Credentials: aws.CredentialsProviderFunc(keysFrom(env)),
		HTTPClient:  client, ConfigSources: []any{endpoints{env}},
	}
	// The SDK asks no source while its process has AWS_ENDPOINT_URL and nothing for the service: it expects this.
	if url := env("AWS_ENDPOINT_URL"); url != "" {
		cfg.BaseEndpoint = &url
	}
	return cfg
}

// keysFrom gives the function's keys, which hold as long as its process lives.
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

// endpoints tells the SDK where services are, by its own variables: AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL.
type endpoints struct{ env Env }

// GetServiceBaseEndpoint is what the SDK asks its sources of configuration for.
func (e endpoints) GetServiceBaseEndpoint(_ context.Context, service string) (string, bool, error) {
	for _, name := range []string{"AWS_ENDPOINT_URL_" + strings.ToUpper(strings.ReplaceAll(service, " ", "_")), "AWS_ENDPOINT_URL"} {
		if url := e.env(name); url != "" {
			return url, true, nil
		}
	}
	return "", false, nil
}
