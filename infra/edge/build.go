package edge

import (
	"embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"foyer/infra/topology"
	"foyer/internal/room/zone"
)

// MaxSize is the platform's limit for a function's code, in bytes.
const MaxSize = 10 * 1024

//go:embed gate.js api.js shared.js
var embedded embed.FS

// source returns a module's text. Tests replace it.
var source = func(name string) (string, error) {
	text, err := embedded.ReadFile(name)
	return string(text), err
}

// Code is the text of both functions as they are deployed.
type Code struct {
	Gate string // before the protected site
	API  string // before Foyer's own interface and sockets
}

// Options are a deployment's constants.
type Options struct {
	DefaultZone string        // zone of every path that names none
	FailMode    zone.FailMode // what to do when a zone's state can't be had; empty: zone.FailClosed
}

// Build returns the functions' code as it is deployed: each at most MaxSize bytes, in the language of runtime 2.0.
// Whitespace and all names but the handler's are shortened; syntax is left as written.
func Build(o Options) (Code, error) {
	if o.FailMode == "" {
		o.FailMode = zone.FailClosed
	}
	if !zone.IsName(o.DefaultZone) {
		return Code{}, fmt.Errorf("edge: %q can't be a zone's name", o.DefaultZone)
	}
	if o.FailMode != zone.FailClosed && o.FailMode != zone.FailOpen {
		return Code{}, fmt.Errorf(
			"edge: the fail mode is %q or %q, not %q", zone.FailClosed, zone.FailOpen, o.FailMode)
	}
	gate, err := o.build("gate.js")
	if err != nil {
		return Code{}, err
	}
	apis, err := o.build("api.js")
	return Code{Gate: gate, API: apis}, err
}

// build makes one function of its module and what that uses of the shared one.
func (o Options) build(entry string) (string, error) {
	joined, err := bundle(entry)
	if err != nil {
		return "", err
	}
	built := api.Transform(joined, api.TransformOptions{
		Sourcefile:        entry,
		Target:            api.ES2017,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		Supported:         map[string]bool{"object-extensions": false},
		Charset:           api.CharsetASCII,
		LegalComments:     api.LegalCommentsNone,
		Define: map[string]string{
			"DEFAULT_ZONE": strconv.Quote(o.DefaultZone),
			"FAIL_MODE":    strconv.Quote(string(o.FailMode)),
			"PAGES_ORIGIN": strconv.Quote(topology.OriginPages),
		},
	})
	if err := failure(built.Errors); err != nil {
		return "", err
	}
	// The platform has no exports.
	code := strings.TrimSpace(strings.Replace(string(built.Code), "export async function", "async function", 1))
	if len(code) > MaxSize {
		return "", fmt.Errorf("edge: %s has %d bytes when built, over the limit of %d", entry, len(code), MaxSize)
	}
	return code, nil
}

// bundle puts the modules into one text, without what the entry doesn't use. Only the entry's handler is exported.
func bundle(entry string) (string, error) {
	built := api.Build(api.BuildOptions{
		EntryPoints: []string{entry}, Bundle: true, Format: api.FormatESModule, Target: api.ES2017,
		Supported: map[string]bool{"object-extensions": false},
		External:  []string{"cloudfront", "crypto"},
		Plugins: []api.Plugin{{Name: "modules", Setup: func(b api.PluginBuild) {
			b.OnResolve(api.OnResolveOptions{Filter: `\.js$`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
				return api.OnResolveResult{Path: strings.TrimPrefix(a.Path, "./"), Namespace: "edge"}, nil
			})
			b.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: "edge"}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
				text, err := source(a.Path)
				return api.OnLoadResult{Contents: &text}, err
			})
		}}},
	})
	if err := failure(built.Errors); err != nil {
		return "", err
	}
	text := strings.Replace(string(built.OutputFiles[0].Contents), "export {\n  handler\n};", "", 1)
	return strings.Replace(text, "async function handler(", "export async function handler(", 1), nil
}

// failure returns the first of a build's errors.
func failure(errs []api.Message) error {
	if len(errs) == 0 {
		return nil
	}
	if errs[0].Location == nil {
		return fmt.Errorf("edge: %s", errs[0].Text)
	}
	return fmt.Errorf("edge: %s:%d: %s", errs[0].Location.File, errs[0].Location.Line, errs[0].Text)
}
