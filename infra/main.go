// Command infra is Foyer's CDK app: `cdk deploy` runs it by way of cdk.json, from the module's folder.
//
// It builds the functions, the pages and the edge function into .build, then writes the template. Set it up with
// `-c key=value`; the keys stand in stack.Config. With `-c prebuilt=on` the functions in .build/lambda are taken as
// they are.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"foyer/infra/bundle"
	"foyer/infra/stack"
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
	get := func(key string) string {
		if value := app.Node().TryGetContext(jsii.String(key)); value != nil {
			return fmt.Sprint(value)
		}
		return ""
	}
	config, err := stack.FromContext(get)
	if err != nil {
		return err
	}
	if config.Account == "" {
		config.Account = os.Getenv("CDK_DEFAULT_ACCOUNT")
	}
	parts, err := build(config, get("prebuilt") == "on")
	if err != nil {
		return err
	}
	stack.New(app, config, parts)
	app.Synth(nil)
	return nil
}

// build makes what the stack deploys, under .build of the current folder.
func build(config stack.Config, prebuilt bool) (stack.Parts, error) {
	parts := stack.Parts{Code: filepath.Join(".build", "lambda"), Pages: filepath.Join(".build", "site")}
	if !prebuilt {
		if err := bundle.Functions(".", parts.Code); err != nil {
			return parts, err
		}
	}
	if err := bundle.Pages(parts.Pages); err != nil {
		return parts, err
	}
	code, err := bundle.Edge()
	if err != nil {
		return parts, err
	}
	parts.Gate, parts.API = code.Gate, code.API
	host, path := config.SiteNames()
	parts.Back, err = bundle.Back(host, path)
	return parts, err
}
