package edge

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"foyer/infra/topology"
	"foyer/internal/room/zone"
)

// MaxSize is the platform's limit for a function's code, in bytes.
const MaxSize = 10 * 1024

//go:embed gate.js
var source string

// Options are a deployment's constants.
type Options struct {
	DefaultZone string        // zone of every path that names none
	FailMode    zone.FailMode // what to do when a zone's state can't be had; empty: zone.FailClosed
}

// Build returns the function's code as it is deployed: at most MaxSize bytes, in the language of runtime 2.0.
// Whitespace and all names but the handler's are shortened; syntax is left as written.
func Build(o Options) (string, error) {
	if o.FailMode == "" {
		o.FailMode = zone.FailClosed
	}
	if !zone.IsName(o.DefaultZone) {
		return "", fmt.Errorf("edge: %q can't be a zone's name", o.DefaultZone)
	}
	if o.FailMode != zone.FailClosed && o.FailMode != zone.FailOpen {
		return "", fmt.Errorf("edge: the fail mode is %q or %q, not %q", zone.FailClosed, zone.FailOpen, o.FailMode)
	}
	built := api.Transform(source, api.TransformOptions{
		Sourcefile:        "gate.js",
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
	if len(built.Errors) > 0 {
		e := built.Errors[0]
		return "", fmt.Errorf("edge: gate.js:%d: %s", e.Location.Line, e.Text)
	}
	// The platform has no exports.
	code := strings.Replace(string(built.Code), "export async function", "async function", 1)
	if len(code) > MaxSize {
		return "", fmt.Errorf("edge: the function has %d bytes, over the limit of %d", len(code), MaxSize)
	}
	return code, nil
}
