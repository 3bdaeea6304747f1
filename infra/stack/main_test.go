//lint:file-ignore SA1019 the assertions still give annotations in the type that CDK is moving elsewhere

package stack_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/cxapi"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"foyer/infra/stack"
	"foyer/infra/stage"
	"foyer/infra/topology"
)

// The whole test binary synthesizes one app, since starting and ending the CDK costs seconds: production, in
// us-east-1, with every option set that doesn't exclude another. Nothing closes jsii: the process's end does, and
// its own Close trips the race detector.

// context holds what `cdk -c` would set.
var context = map[string]string{
	"stage": "production", "account": "123456789012", "origin": "https://tickets.example.com/shop", "challenge": "on",
	"warm": "queue=12000/20000", "alarm-email": "ops@example.com", "front-door": "b", "protect": "on",
	"mail-from": "The Hall <tickets@example.com>", "domain": "sale.example.com",
	"certificate": "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000",
	"hosted-zone": "Z0123456789", "logs": "on", "origin-timeout": "60", "origin-connect": "3", "origin-keep-alive": "30",
	"hosts": "tickets.example.org=https://shop.example.org",
}

// synthesized is a template as plain values, and what cdk-nag finds. elsewhere is the stack in us-east-1 of a
// deployment in another Region that watches its front door.
type synthesized struct {
	template  map[string]any
	findings  []string
	elsewhere *synthesized
	alone     *synthesized // the stack of a waiting room without a sale
	restored  *synthesized // the stack of a deployment on restored tables, ledger and ticket key
	firewall  *synthesized // the stack in us-east-1 with its firewall
	sudden    *synthesized // the same deployment without steps
}

var synth = sync.OnceValues(func() (*synthesized, error) {
	config, err := stage.FromContext(func(key string) string { return context[key] })
	if err != nil {
		return nil, err
	}
	parts, err := placeholders()
	if err != nil {
		return nil, err
	}
	out, err := os.MkdirTemp("", "cdk.out")
	if err != nil {
		return nil, err
	}
	app := awscdk.NewApp(&awscdk.AppProps{Context: &stack.Features, Outdir: jsii.String(out)})
	s := stack.New(app, config, parts)
	// In a step of its own its name may be production's, and in an app of its own all names are the same.
	kept, err := again(awscdk.NewStage(app, jsii.String("restored"), nil), parts, restoredContext)
	if err != nil {
		return nil, err
	}
	sudden, err := again(awscdk.NewApp(&awscdk.AppProps{Context: &stack.Features, Outdir: jsii.String(out + ".sudden")}),
		parts, map[string]string{"rollback": "off"})
	if err != nil {
		return nil, err
	}
	watch, err := abroad(app, parts)
	if err != nil {
		return nil, err
	}
	awscdk.Aspects_Of(app).
		Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Verbose: jsii.Bool(true), Reports: jsii.Bool(false)}), nil)
	result := &synthesized{template: *assertions.Template_FromStack(s, nil).ToJSON()}
	result.restored = &synthesized{template: *assertions.Template_FromStack(kept, nil).ToJSON()}
	result.sudden = &synthesized{template: *assertions.Template_FromStack(sudden, nil).ToJSON()}
	result.alone = &synthesized{template: *assertions.Template_FromStack(
		app.Node().FindChild(jsii.String("foyer-staging")).(awscdk.Stack), nil).ToJSON()}
	result.firewall = &synthesized{template: *assertions.Template_FromStack(
		app.Node().FindChild(jsii.String("foyer-staging-edge")).(awscdk.Stack), nil).ToJSON()}
	result.elsewhere = &synthesized{template: *assertions.Template_FromStack(watch, nil).ToJSON()}
	result.findings = append(findings(s), findings(watch)...)
	return result, nil
})

// findings returns what cdk-nag has to say about a stack.
func findings(s awscdk.Stack) (all []string) {
	notes := assertions.Annotations_FromStack(s)
	for _, found := range []*[]*cxapi.SynthesisMessage{
		notes.FindError(jsii.String("*"), assertions.Match_AnyValue()),
		notes.FindWarning(jsii.String("*"), assertions.Match_AnyValue()),
	} {
		for _, f := range *found {
			all = append(all, fmt.Sprintf("%s: %v", *f.Id, f.Entry.Data))
		}
	}
	return all
}

// abroad adds a deployment of a waiting room alone to another Region and a small account to the app, and gives its
// stack
// that watches the front door.
func abroad(app awscdk.App, parts stack.Parts) (awscdk.Stack, error) {
	config, err := stage.FromContext(func(key string) string {
		return map[string]string{"region": "eu-central-1", "account": "123456789012", "alarm-email": "ops@example.com",
			"sale": "off", "concurrency": "10"}[key]
	})
	if err != nil {
		return nil, err
	}
	stack.New(app, config, parts)
	return app.Node().FindChild(jsii.String("foyer-staging-watch")).(awscdk.Stack), nil
}

// restoredContext is what a deployment on restored data says beside the rest.
var restoredContext = map[string]string{
	"tables": "holds=foyer-holds-2," +
		"orders=arn:aws:dynamodb:us-east-1:123456789012:table/foyer-orders-2/stream/2026-11-26T10," +
		"seats=arn:aws:dynamodb:us-east-1:123456789012:table/foyer-seats-2/stream/2026-11-26T10",
	"ledger":      "abcdefghijklmnopqrstuvwx12",
	"ticket-keys": "arn:aws:secretsmanager:us-east-1:123456789012:secret:TicketKeys-old-AbCdEf",
}

// again makes the deployment once more with what differs.
func again(scope constructs.Construct, parts stack.Parts, differs map[string]string) (awscdk.Stack, error) {
	config, err := stage.FromContext(func(key string) string { return cmp.Or(differs[key], context[key]) })
	if err != nil {
		return nil, err
	}
	return stack.New(scope, config, parts), nil
}

// placeholders stand for what is built before: the template holds no more of it than hashes.
func placeholders() (stack.Parts, error) {
	root, err := os.MkdirTemp("", "foyer-parts")
	if err != nil {
		return stack.Parts{}, err
	}
	p := stack.Parts{Code: filepath.Join(root, "lambda"), Pages: filepath.Join(root, "site"),
		Gate: "// the gate", API: "// the API's", Back: "// the way back"}
	for _, f := range topology.Functions {
		if err := write(filepath.Join(p.Code, f.Name, "bootstrap"), f.Name); err != nil {
			return p, err
		}
	}
	return p, write(filepath.Join(p.Pages, "wait", "index.html"), "the waiting room")
}

func write(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o755)
}

// app is the synthesized app; it takes some seconds the first time.
func app(t *testing.T) *synthesized {
	t.Helper()
	s, err := synth()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// pretty is a value as indented JSON with sorted keys.
func pretty(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}
