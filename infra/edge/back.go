package edge

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/dop251/goja"
	"github.com/evanw/esbuild/pkg/api"

	"foyer/infra/topology"
)

//go:embed back.js
var backSource string

// BuildBack returns the function that sees answers at the protected site's addresses, as it is deployed. host is the
// site's own, with its port unless that is its scheme's; empty where the site knows the public one. path is what the
// front door puts before every path, "" or "/…". others are the same of the sites behind other hosts.
func BuildBack(host, path string, others map[string][2]string) (string, error) {
	sites := map[string][2]string{"*": {strings.ToLower(host), path}}
	for name, site := range others {
		sites[name] = [2]string{strings.ToLower(site[0]), site[1]}
	}
	headers, err := json.Marshal(topology.SecurityHeaders)
	if err != nil {
		return "", fmt.Errorf("edge: back.js: %w", err)
	}
	named, err := json.Marshal(sites)
	if err != nil {
		return "", fmt.Errorf("edge: back.js: %w", err)
	}
	built := api.Transform(backSource, api.TransformOptions{
		Sourcefile: "back.js", Target: api.ES2017, Charset: api.CharsetASCII,
		MinifyWhitespace: true, MinifyIdentifiers: true,
		Define: map[string]string{
			"SITES": string(named), "PAGE": strconv.Quote(topology.HeaderPage), "PAGE_HEADERS": string(headers),
			"ROOM": fmt.Sprintf("[%q,%d,%q]", topology.PageOfRoom, topology.RoomStatus, topology.RoomRetry),
		},
	})
	if len(built.Errors) > 0 {
		return "", fmt.Errorf("edge: back.js:%d: %s", built.Errors[0].Location.Line, built.Errors[0].Text)
	}
	if len(built.Code) > MaxSize {
		return "", fmt.Errorf("edge: back.js has %d bytes when built, over the limit of %d", len(built.Code), MaxSize)
	}
	// The platform has no exports.
	return strings.Replace(string(built.Code), "export function", "function", 1), nil
}

// Back runs the function that sees answers at the protected site's addresses, as the CDN would. It is safe for
// concurrent use.
type Back struct {
	mu      sync.Mutex
	vm      *goja.Runtime
	handler goja.Callable
}

// NewBack compiles what BuildBack returned.
func NewBack(built string) (*Back, error) {
	b := &Back{vm: goja.New()}
	if _, err := b.vm.RunScript("back.js", built); err != nil {
		return nil, fmt.Errorf("edge: %w", err)
	}
	b.handler, _ = goja.AssertFunction(b.vm.Get("handler"))
	return b, nil
}

// answered is the part of a viewer-response event that the function may read and change.
type answered struct {
	StatusCode int              `json:"statusCode"`
	Headers    map[string]Value `json:"headers"`
	Cookies    map[string]Value `json:"cookies"`
}

// Handle runs the function on an answer, changes its headers as the function says, and returns the status that it has
// then.
func (b *Back) Handle(r *http.Request, status int, header http.Header) (int, error) {
	out, err := b.run(NewEvent(r, "").Request, newAnswered(status, header))
	if err != nil {
		return 0, err
	}
	for name := range header {
		header.Del(name)
	}
	for name, value := range out.Headers {
		for _, one := range value.All() {
			header.Add(name, one.Value)
		}
	}
	for name, value := range out.Cookies {
		for _, one := range value.All() {
			text := name + "=" + one.Value
			if one.Attributes != "" {
				text += "; " + strings.TrimSpace(one.Attributes)
			}
			header.Add("Set-Cookie", text)
		}
	}
	return out.StatusCode, nil
}

func newAnswered(status int, header http.Header) answered {
	in := answered{StatusCode: status, Headers: map[string]Value{}, Cookies: map[string]Value{}}
	for name, values := range header {
		if name == "Set-Cookie" {
			continue
		}
		name = strings.ToLower(name)
		for _, value := range values {
			in.Headers[name] = in.Headers[name].with(value, in.Headers, name)
		}
	}
	for _, line := range header.Values("Set-Cookie") {
		pair, attributes, _ := strings.Cut(line, ";")
		name, value, _ := strings.Cut(pair, "=")
		one := One{Value: value, Attributes: attributes}
		before, repeated := in.Cookies[name]
		if !repeated {
			in.Cookies[name] = Value{Value: value, Attributes: attributes}
			continue
		}
		before.Multi = append(before.All(), one)
		in.Cookies[name] = before
	}
	return in
}

func (b *Back) run(request Request, in answered) (out answered, err error) {
	text, err := json.Marshal(map[string]any{"request": request, "response": in})
	if err != nil {
		return out, fmt.Errorf("edge: event: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	tools := b.vm.Get("JSON").ToObject(b.vm)
	parse, _ := goja.AssertFunction(tools.Get("parse"))
	stringify, _ := goja.AssertFunction(tools.Get("stringify"))
	event, err := parse(goja.Undefined(), b.vm.ToValue(string(text)))
	if err != nil {
		return out, fmt.Errorf("edge: event: %w", err)
	}
	returned, err := b.handler(goja.Undefined(), event)
	if err != nil {
		return out, fmt.Errorf("edge: back.js: %w", err)
	}
	answer, err := stringify(goja.Undefined(), returned)
	if err != nil {
		return out, fmt.Errorf("edge: back.js: %w", err)
	}
	if err := json.Unmarshal([]byte(answer.String()), &out); err != nil {
		return out, fmt.Errorf("edge: back.js: %w", err)
	}
	return out, nil
}
