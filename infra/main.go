// Command infra is Foyer's CDK app: `cdk deploy` runs it by way of cdk.json, from the module's folder.
//
// It builds the functions, the pages and the edge function into .build, then writes the template. What an operator
// decides stands in foyer.<stage>.toml, and `-c key=value` goes before it; the keys stand in stage.Config. With
// `-c prebuilt=on` the functions in .build/lambda are taken as they are.
package main

import (
	"cmp"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"foyer/infra/bundle"
	"foyer/infra/stack"
	"foyer/infra/stage"
)

func main() {
	log.SetFlags(0)
	defer jsii.Close()
	app := awscdk.NewApp(&awscdk.AppProps{Context: &stack.Features})
	if err := synth(app); err != nil {
		log.Fatalf("infra: %v", err)
	}
}

func synth(app awscdk.App) error {
	said, err := options(app)
	if err != nil {
		return err
	}
	file, err := stage.Load(".", cmp.Or(said["stage"], stage.Staging))
	if err != nil {
		return err
	}
	config, err := stage.FromContext(func(key string) string { return cmp.Or(said[key], file[key]) })
	if err != nil {
		return err
	}
	if config.Account == "" {
		config.Account = os.Getenv("CDK_DEFAULT_ACCOUNT")
	}
	parts, err := build(config, said[prebuilt] == "on")
	if err != nil {
		return err
	}
	stack.New(app, config, parts)
	app.Synth(nil)
	return nil
}

// prebuilt is the one option that is about building, and not about the deployment.
const prebuilt = "prebuilt"

// options returns what was given with -c. One that nobody knows is refused: it would be taken for its default.
func options(app awscdk.App) (map[string]string, error) {
	all, _ := app.Node().GetAllContext(nil).(map[string]any)
	said, keys := map[string]string{}, []string{}
	for key, value := range all {
		if strings.ContainsAny(key, ":@") { // CDK's own
			continue
		}
		said[key] = fmt.Sprint(value)
		if key != prebuilt {
			keys = append(keys, key)
		}
	}
	return said, stage.Check(keys)
}

// build makes what the stack deploys, under .build of the current folder.
func build(config stage.Config, prebuilt bool) (stack.Parts, error) {
	parts := stack.Parts{Code: filepath.Join(".build", "lambda"), Pages: filepath.Join(".build", "site")}
	if !prebuilt {
		if err := bundle.Functions(".", parts.Code); err != nil {
			return parts, err
		}
	}
	if err := bundle.Pages(parts.Pages); err != nil {
		return parts, err
	}
	code, err := bundle.Edge(bundle.EdgeOptions{
		Rules: config.Rules, Statement: config.Statement, Hosted: config.Origin == nil, Hosts: config.HostNames(),
	})
	if err != nil {
		return parts, err
	}
	parts.Gate, parts.API = code.Gate, code.API
	host, path := config.SiteNames()
	parts.Back, err = bundle.Back(host, path, config.OtherSites())
	return parts, err
}
