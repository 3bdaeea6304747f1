// Package edge holds the edge function and makes what is deployed of it: gate.js with this deployment's constants,
// without its comments, checked against the platform's size limit. It also runs that very text as the CDN would,
// for the local cloud and for tests.
package edge

import (
	_ "embed"
	"errors"
	"fmt"
	"strconv"

	"github.com/evanw/esbuild/pkg/api"

	"foyer/internal/room/zone"
)

// MaxSize is the platform's limit for a function's code, in bytes.
const MaxSize = 10 * 1024

// SiteOrigin is the id that the CDN's origin with the static pages must have: the gate sends waiting browsers there.
const SiteOrigin = "site"

//go:embed gate.js
var source string

// Options are a deployment's constants.
type Options struct {
	DefaultZone string        // zone of every path that names none
	FailMode    zone.FailMode // what to do when a zone's state can't be had; empty: zone.FailClosed
}

// Build returns the function's code as it is deployed: at most MaxSize bytes, in the language of runtime 2.0.
// Whitespace is shortened; syntax is left as written.
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
		Sourcefile:       "gate.js",
		Target:           api.ES2017,
		MinifyWhitespace: true,
		Supported:        map[string]bool{"object-extensions": false},
		Charset:          api.CharsetASCII,
		LegalComments:    api.LegalCommentsNone,
		Define: map[string]string{
			"DEFAULT_ZONE": strconv.Quote(o.DefaultZone),
			"FAIL_MODE":    strconv.Quote(string(o.FailMode)),
		},
	})
	if len(built.Errors) > 0 {
		e := built.Errors[0]
		return "", fmt.Errorf("edge: gate.js:%d: %s", e.Location.Line, e.Text)
	}
	if len(built.Code) > MaxSize {
		return "", fmt.Errorf("edge: the function has %d bytes, over the limit of %d", len(built.Code), MaxSize)
	}
	if len(built.Code) == 0 {
		return "", errors.New("edge: gate.js is empty")
	}
	return string(built.Code), nil
}
