package edge

import (
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// NewEvent is the event that the CDN makes of a viewer's request.
func NewEvent(r *http.Request, requestID string) Event {
	ip, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		ip = r.RemoteAddr
	}
	uri, raw := target(r)
	return Event{
		Version: "1.0",
		Context: Context{DistributionDomainName: "local.cloudfront.test", DistributionID: "EFOYERLOCAL",
			EventType: "viewer-request", RequestID: requestID},
		Viewer: Viewer{IP: ip},
		Request: Request{
			Method: r.Method, URI: uri, QueryString: parse(raw, "&"), Headers: headers(r),
			Cookies: parse(strings.Join(r.Header.Values("Cookie"), ";"), ";"),
		},
		RawQuery: raw,
	}
}

// target is path and query string as the viewer wrote them.
func target(r *http.Request) (path, query string) {
	path, query, _ = strings.Cut(r.RequestURI, "?")
	if r.RequestURI == "" || !strings.HasPrefix(path, "/") { // made by a program, or in absolute form
		return r.URL.EscapedPath(), r.URL.RawQuery
	}
	return path, query
}

// parse reads name=value pairs and decodes nothing, as the CDN does.
func parse(text, separator string) map[string]Value {
	out := map[string]Value{}
	for _, part := range strings.Split(text, separator) {
		name, value, _ := strings.Cut(strings.Trim(part, " "), "=")
		if name != "" {
			out[name] = out[name].with(value, out, name)
		}
	}
	return out
}

// with adds one more value of a name to those that are in.
func (v Value) with(value string, in map[string]Value, name string) Value {
	if _, repeated := in[name]; !repeated {
		return Value{Value: value}
	}
	v.Multi = append(v.All(), One{Value: value})
	return v
}

// hidden are the headers that CloudFront shows to no edge function, and lets none change.
var hidden = regexp.MustCompile(`^(connection|expect|keep-alive|proxy-.*|trailer|upgrade|x-accel-.*|x-amzn?-cf-.*|` +
	`x-cache|x-edge-.*|x-forwarded-proto|x-real-ip)$`)

func headers(r *http.Request) map[string]Value {
	out := map[string]Value{}
	if r.Host != "" {
		out["host"] = Value{Value: r.Host}
	}
	for name, values := range r.Header {
		name = strings.ToLower(name)
		if name == "cookie" || hidden.MatchString(name) {
			continue
		}
		for _, value := range values {
			out[name] = out[name].with(value, out, name)
		}
	}
	return out
}

// Apply returns the request as the function let it pass: a copy of from with its path, query string, headers and
// cookies. The rest (body, method) stays.
func (r *Request) Apply(from *http.Request) *http.Request {
	out := from.Clone(from.Context())
	path, err := url.PathUnescape(r.URI)
	if err != nil {
		path = r.URI
	}
	_, raw := target(from)
	out.URL.Path, out.URL.RawPath, out.URL.RawQuery = path, r.URI, kept(raw, r.QueryString)
	out.RequestURI = r.URI
	if out.URL.RawQuery != "" {
		out.RequestURI += "?" + out.URL.RawQuery
	}
	out.Header = http.Header{}
	for name, values := range from.Header {
		if hidden.MatchString(strings.ToLower(name)) {
			out.Header[name] = values
		}
	}
	for name, value := range r.Headers {
		for _, one := range value.All() {
			if name != "host" && !hidden.MatchString(name) {
				out.Header.Add(name, one.Value)
			}
		}
	}
	if cookies := join(r.Cookies); cookies != "" {
		out.Header.Set("Cookie", cookies)
	}
	return out
}

// kept is the query string without the parameters that the function took out. The function adds none.
func kept(raw string, left map[string]Value) string {
	var parts []string
	for _, part := range strings.Split(raw, "&") {
		name, _, _ := strings.Cut(part, "=")
		if _, ok := left[name]; ok {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "&")
}

func join(cookies map[string]Value) string {
	var parts []string
	for name, value := range cookies {
		for _, one := range value.All() {
			parts = append(parts, name+"="+one.Value)
		}
	}
	return strings.Join(parts, "; ")
}

// ServeHTTP writes the function's own answer.
func (r *Response) ServeHTTP(w http.ResponseWriter, from *http.Request) {
	for name, value := range r.Headers {
		for _, one := range value.All() {
			w.Header().Add(name, one.Value)
		}
	}
	for name, cookie := range r.Cookies {
		for _, one := range cookie.All() {
			w.Header().Add("Set-Cookie", name+"="+one.Value+"; "+one.Attributes)
		}
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(r.Body)))
	w.WriteHeader(r.StatusCode)
	if from.Method != http.MethodHead {
		_, _ = w.Write([]byte(r.Body)) // it fails only when the viewer is gone
	}
}
