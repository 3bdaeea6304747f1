package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"foyer/internal/problem"
	"foyer/internal/room/zone"
)

// MaxBody is the most bytes that a request's body may have.
const MaxBody = 8192

// Request is one HTTP request or socket handshake in one form.
type Request struct {
	ID      string
	method  string
	Route   string // the last part of the path: register, enter, leave, map/{section}; or $connect
	Item    string // what stands in the route's braces, as it came; empty without braces
	Zone    string
	Header  func(name string) string // by lower-case name; several of one name are joined by commas
	cookies []string                 // name=value
	query   string
	Body    string
}

// fromHTTP reads an HTTP API event of payload version 2.0. The path names the zone and the route.
func fromHTTP(e events.APIGatewayV2HTTPRequest) (Request, error) {
	r := Request{
		ID: e.RequestContext.RequestID, method: e.RequestContext.HTTP.Method, query: e.RawQueryString, Body: e.Body,
		Header: lookup(e.Headers),
	}
	r.cookies = pairs(append([]string{r.Header("cookie")}, e.Cookies...)...)
	var err error
	if r.Zone, r.Route, r.Item, err = parsePath(e.RawPath); err != nil {
		return r, err
	}
	if e.IsBase64Encoded {
		raw, err := base64.StdEncoding.DecodeString(e.Body)
		if err != nil {
			return r, problem.New(problem.Invalid, "the body is not base64")
		}
		r.Body = string(raw)
	}
	return r, nil
}

// parsePath reads /foyer/zones/<zone>/<route>, or …/<route>/<item>, whose route is named
// <route>/{section}, or visits/{visit}.
func parsePath(path string) (name, route, item string, err error) {
	if route, item, ok := parseOutside(path); ok {
		return "", route, item, nil
	}
	rest, ok := strings.CutPrefix(path, "/foyer/zones/")
	name, route, _ = strings.Cut(rest, "/")
	route, item, deeper := strings.Cut(route, "/")
	if !ok || route == "" || deeper && item == "" || strings.Contains(item, "/") {
		return "", "", "", problem.New(problem.NotFound, "")
	}
	if deeper && route == "visits" {
		route += "/{visit}"
	} else if deeper {
		route += "/{section}"
	}
	if !zone.IsName(name) {
		return "", route, "", problem.New(problem.UnknownZone,
			"a zone's name is up to 32 lower-case letters, digits and hyphens")
	}
	return name, route, item, nil
}

// parseOutside reads the paths that belong to no zone: /foyer/orders/<order>, its /cancel and /mail, and
// /foyer/webhooks/<provider>.
func parseOutside(path string) (route, item string, ok bool) {
	if name, found := strings.CutPrefix(path, "/foyer/webhooks/"); found && name != "" && !strings.Contains(name, "/") {
		return "webhooks/" + name, "", true
	}
	rest, found := strings.CutPrefix(path, "/foyer/orders/")
	item, deeper, more := strings.Cut(rest, "/")
	switch {
	case !found || item == "":
		return "", "", false
	case !more:
		return "orders/{order}", item, true
	case deeper == "cancel" || deeper == "mail":
		return "orders/{order}/" + deeper, item, true
	}
	return "", "", false
}

// lookup finds headers by lower-case name. HTTP APIs give names in lower case, WebSocket APIs as they were sent.
func lookup(headers map[string]string) func(string) string {
	return func(name string) string {
		if value, ok := headers[name]; ok {
			return value
		}
		for have, value := range headers {
			if strings.EqualFold(have, name) {
				return value
			}
		}
		return ""
	}
}

// pairs splits cookie headers into texts of the form name=value.
func pairs(headers ...string) []string {
	var out []string
	for _, header := range headers {
		for part := range strings.SplitSeq(header, ";") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}

// Cookie returns every value of that name, in order: a client may send several.
func (r Request) Cookie(name string) []string {
	var values []string
	for _, pair := range r.cookies {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			values = append(values, value)
		}
	}
	return values
}

// Param returns the first value of a query parameter.
func (r Request) Param(name string) string {
	for part := range strings.SplitSeq(r.query, "&") {
		key, value, _ := strings.Cut(part, "=")
		if key, err := url.QueryUnescape(key); err == nil && key == name {
			value, err = url.QueryUnescape(value)
			if err != nil {
				return ""
			}
			return value
		}
	}
	return ""
}

// Decode reads a JSON body into v, strictly: one object without unknown fields and nulls, and nothing after it. An
// empty body is an empty object.
func (r Request) Decode(v any) error {
	if len(r.Body) > MaxBody {
		return problem.New(problem.TooLarge, "the body may have %d bytes", MaxBody)
	}
	if !utf8.ValidString(r.Body) {
		return problem.New(problem.Invalid, "the body is not valid UTF-8")
	}
	body := bytes.TrimSpace([]byte(r.Body))
	if len(body) == 0 {
		return nil
	}
	if body[0] != '{' {
		return problem.New(problem.Invalid, "the body is not a JSON object")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return problem.Wrap(problem.Invalid, err, "the body is not the JSON object that is wanted here")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return problem.New(problem.Invalid, "there is something after the JSON object")
	}
	if hasNull(body) {
		return problem.New(problem.Invalid, "null is no value here: leave the name out")
	}
	return nil
}

// hasNull reports whether JSON that was decoded before holds a null, which Go takes for the absence of a name.
func hasNull(body []byte) bool {
	d := json.NewDecoder(bytes.NewReader(body))
	for {
		token, err := d.Token()
		if token == nil || err != nil {
			return err == nil
		}
	}
}
