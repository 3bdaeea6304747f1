// Package site builds Foyer's static pages: the waiting room, the event's page behind it, the seat map, the pages of an
// order and its tickets, and the scripts for the pages inside. They are plain HTML, CSS and JavaScript modules, a
// folder per page; shared/ holds what they share.
//
// Every name below is under /foyer/site/ at the front door. Names in assets/ carry a hash of their content and never
// change; everything else may be replaced at any time.
package site

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"foyer/infra/topology"
	"foyer/internal/texts"
)

// Prefix is the path at which the front door serves what Build makes.
const Prefix = topology.Prefix + "site/"

// WaitPage and EnterPage are the waiting room and the page that asks to go in, in what Build makes; the edge function
// rewrites navigations to them.
const (
	WaitPage  = "wait/index.html"
	EnterPage = "enter/index.html"
)

//go:embed wait enter shared hosted inside seats order ticket event
var source embed.FS

// pages are all pages, by their folders; scripts are those for other people's pages, and workers, by their modules;
// late are the modules that pages import when they have shown what matters first.
var (
	pages   = []string{"wait", "enter", "hosted", "seats", "order", "ticket"}
	scripts = map[string]string{
		"inside.js": "inside/inside.js", "seats.js": "seats/element.js", "ahead.js": "seats/ahead.js",
		"order/worker.js": "shared/worker.js", "ticket/worker.js": "shared/worker.js",
	}
	late = map[string]string{
		"awake.js": "wait/awake.js", "event.js": "event/event.js", "verify.js": "wait/draw.js", "invite.js": "wait/invite.js",
		"list.js": "seats/list.js",
	}
)

// Files are the contents of files by their slash-separated names.
type Files map[string][]byte

// Build returns the site in English.
func Build() (Files, error) { return BuildIn(texts.English()) }

// BuildIn bundles and minifies every page, with the texts of a language. The result holds an index.html for each,
// inside.js, seats.js, ahead.js, the late modules, theme.css, theme.example.css and assets/; in v1/ inside.js under the
// name that other people's pages use, with its types. It reads nothing but the sources in this package, and the same
// sources and texts give the same bytes.
func BuildIn(d *texts.Dictionary) (Files, error) {
	define, err := defines(d)
	if err != nil {
		return nil, err
	}
	bundle := func(entry string, format api.Format) ([]byte, error) { return bundle(entry, format, define) }
	out := Files{}
	for _, page := range pages {
		if err := buildPage(out, page, d, bundle); err != nil {
			return nil, err
		}
	}
	for name, entry := range scripts {
		var err error
		if out[name], err = bundle(entry, api.FormatIIFE); err != nil {
			return nil, err
		}
	}
	for name, entry := range late {
		var err error
		if out[name], err = bundle(entry, api.FormatESModule); err != nil {
			return nil, err
		}
	}
	out["v1/inside.js"] = out["inside.js"]
	for name, file := range map[string]string{
		"theme.css": "shared/theme.css", "theme.example.css": "shared/theme.example.css",
		"v1/inside.d.ts": "inside/inside.d.ts", "hosted/ferries.svg": "hosted/ferries.svg", // the demo's picture
	} {
		var err error
		if out[name], err = source.ReadFile(file); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// CacheControl returns the header that a file of the site is served with.
func CacheControl(name string) string {
	switch {
	case strings.HasPrefix(name, "assets/"):
		return "public, max-age=31536000, immutable"
	case strings.HasSuffix(name, ".html"):
		// It is shown at the operator's own addresses, where no browser may keep it. The CDN may, for a moment: a million
		// arrivals would otherwise be as many requests to the bucket, which takes some thousands a second.
		return "public, max-age=0, must-revalidate, s-maxage=10"
	default:
		return "public, max-age=300"
	}
}

// buildPage bundles a page's script and style into assets/ and writes its HTML, which names them.
func buildPage(out Files, page string, d *texts.Dictionary, bundle func(string, api.Format) ([]byte, error)) error {
	raw, err := source.ReadFile(page + "/index.html")
	if err != nil {
		return err
	}
	text, err := written(minify(string(raw)), d)
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	for _, name := range []string{page + ".css", "main.js"} {
		content, err := bundle(path.Join(page, name), api.FormatESModule)
		if err != nil {
			return err
		}
		asset := hashed(page, name, content)
		out[asset] = content
		text = strings.ReplaceAll(text, `"`+name+`"`, `"`+Prefix+asset+`"`)
	}
	out[page+"/index.html"] = []byte(text)
	return nil
}

var hole = regexp.MustCompile(`\{\{([\w.]+)\}\}`)

// written puts the texts that a page names into it: {{wait.leave}}.
func written(page string, d *texts.Dictionary) (string, error) {
	var failed error
	text := hole.ReplaceAllStringFunc(page, func(name string) string {
		name = strings.Trim(name, "{}")
		text, err := d.Text(name)
		if err != nil && failed == nil {
			failed = err
		}
		return html.EscapeString(text)
	})
	return text, failed
}

// hashed returns the immutable name of an asset: assets/wait-main-0123456789.js.
func hashed(page, name string, content []byte) string {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	return "assets/" + page + "-" + strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:5]) + ext
}

// minify drops the indentation and the line breaks between tags; the pages hold no preformatted text.
func minify(html string) string {
	var b strings.Builder
	for line := range strings.Lines(html) {
		b.WriteString(strings.TrimSpace(line))
		if !strings.HasSuffix(strings.TrimSpace(line), ">") {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func bundle(entry string, format api.Format, define map[string]string) ([]byte, error) {
	result := api.Build(api.BuildOptions{
		EntryPoints:       []string{entry},
		Bundle:            true,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Format:            format,
		Charset:           api.CharsetUTF8,
		LegalComments:     api.LegalCommentsNone,
		Define:            define,
		Engines: []api.Engine{
			{Name: api.EngineChrome, Version: "100"}, {Name: api.EngineFirefox, Version: "100"},
			{Name: api.EngineSafari, Version: "15"},
		},
		External: []string{Prefix + "*"},
		Plugins:  []api.Plugin{embedded},
	})
	if complaints := append(result.Errors, result.Warnings...); len(complaints) > 0 {
		return nil, fmt.Errorf("bundling %s: %s", entry, complaints[0].Text)
	}
	return bytes.TrimSpace(result.OutputFiles[0].Contents), nil
}

// defines returns what replaces names in scripts: the default zone, the seat map's styles, which go into its shadow
// root, and the parts of the dictionary. A script holds only the parts that it uses.
func defines(d *texts.Dictionary) (map[string]string, error) {
	all := map[string]string{"FOYER_DEFAULT_ZONE": strconv.Quote(topology.DefaultZone)}
	for name, file := range map[string]string{
		"FOYER_SEATS_CSS": "seats/map.css", "FOYER_LATER_CSS": "seats/later.css",
	} {
		css, err := bundle(file, api.FormatDefault, nil)
		if err != nil {
			return nil, err
		}
		text, err := json.Marshal(string(css))
		if err != nil {
			return nil, err
		}
		all[name] = string(text)
	}
	for name, part := range d.Parts {
		all["FOYER_TEXTS."+name] = string(part)
	}
	return all, nil
}

// embedded lets esbuild read the embedded sources, so that a built binary needs no checkout.
var embedded = api.Plugin{Name: "embedded", Setup: func(build api.PluginBuild) {
	build.OnResolve(api.OnResolveOptions{Filter: `^[^/]`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
		if strings.HasPrefix(a.Path, "data:") {
			return api.OnResolveResult{External: true}, nil
		}
		return api.OnResolveResult{Path: path.Join(path.Dir(a.Importer), a.Path), Namespace: "embedded"}, nil
	})
	build.OnLoad(api.OnLoadOptions{Filter: ".", Namespace: "embedded"}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
		content, err := source.ReadFile(a.Path)
		if err != nil {
			return api.OnLoadResult{}, err
		}
		text, loader := string(content), api.LoaderJS
		if strings.HasSuffix(a.Path, ".css") {
			loader = api.LoaderCSS
		}
		return api.OnLoadResult{Contents: &text, Loader: loader}, nil
	})
}}
