package edge

import (
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"foyer/infra/topology"
	"foyer/internal/room/zone"
	"foyer/internal/texts"
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
	Rules       bool          // hosts may have rules: the gate reads them before a zone's state
	Statement   bool          // the gate says to the site, signed, whom it lets in
	Hosted      bool          // behind the gate is the event's page: one page in the pages' bucket
	Hosts       []string      // beside the main one: each has rules of its own, and the origin of its name
}

// Build returns the functions' code as it is deployed: each at most MaxSize bytes, in the language of runtime 2.0.
// Whitespace, syntax and all names but the handler's are shortened.
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

// storedNames are the names that package relay gives a zone's state in the store. The sources name them, and what stays
// within one run of a function, with a $, and the build shortens all of these.
//
//go:embed stored.json
var storedNames []byte

// build makes one function of its module and what that uses of the shared one.
func (o Options) build(entry string) (string, error) {
	joined, err := bundle(entry)
	if err != nil {
		return "", err
	}
	hosts, err := json.Marshal(append([]string{}, o.Hosts...))
	if err != nil {
		return "", fmt.Errorf("edge: hosts: %w", err)
	}
	own := map[string]Value{"cache-control": {Value: "no-store"}}
	for name, value := range topology.AnswerHeaders {
		own[name] = Value{Value: value}
	}
	headers, err := json.Marshal(own)
	if err != nil {
		return "", fmt.Errorf("edge: headers: %w", err)
	}
	var stored map[string]any
	if err := json.Unmarshal(storedNames, &stored); err != nil {
		return "", fmt.Errorf("edge: stored.json: %w", err)
	}
	define := map[string]string{
		"DEFAULT_ZONE":   strconv.Quote(o.DefaultZone),
		"FAIL_MODE":      strconv.Quote(string(o.FailMode)),
		"PAGES_ORIGIN":   strconv.Quote(topology.OriginPages),
		"RULES":          strconv.FormatBool(o.Rules || len(o.Hosts) > 0),
		"HOSTS":          string(hosts),
		"STATEMENTS":     strconv.FormatBool(o.Statement),
		"HOSTED":         strconv.FormatBool(o.Hosted),
		"ANSWER_HEADERS": string(headers),
	}
	if err := addTexts(define, texts.English()); err != nil {
		return "", err
	}
	built := api.Transform(joined, api.TransformOptions{
		Sourcefile:        entry,
		Target:            api.ES2017,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		TreeShaking:       api.TreeShakingTrue, // what the options leave out
		Supported:         map[string]bool{"object-extensions": false},
		MangleProps:       `^\$`,
		MangleCache:       stored,
		Charset:           api.CharsetASCII,
		LegalComments:     api.LegalCommentsNone,
		Define:            define,
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

// addTexts adds the texts of the edge's pages to what replaces names, one by one, so that only those used are built in.
func addTexts(define map[string]string, d *texts.Dictionary) error {
	var edge map[string]json.RawMessage
	if err := json.Unmarshal(d.Parts["edge"], &edge); err != nil {
		return fmt.Errorf("edge: texts: %w", err)
	}
	for name, text := range edge {
		define["FOYER_TEXTS.edge."+name] = string(text)
	}
	define["FOYER_TEXTS.lang"], define["FOYER_TEXTS.dir"] = strconv.Quote(d.Lang), strconv.Quote(d.Dir)
	return nil
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
