// Package apigw plays API Gateway: an HTTP API with Lambda proxy integrations, and a WebSocket API with its
// @connections. Requests and events have the shapes and limits of AWS. It plays no authorizers, no CORS, no stages
// beside the one of each API, no custom domains and no logs, and checks no signatures.
package apigw

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"foyer/infra/local/aws"
	"foyer/infra/topology"
)

// Limits of an HTTP API.
const (
	maxHTTPBody    = 10 << 20
	maxHTTPHeaders = 10240 // request line and headers together, bytes
	httpTimeout    = 30 * time.Second
)

// HTTPAPI plays API Gateway's HTTP API: payload format 2.0, stage $default, Lambda proxy integrations. It has no
// authorizers and no CORS.
type HTTPAPI struct {
	invoke aws.Invoke
	mux    *http.ServeMux
	quota  quota

	requests, errors, refused atomic.Int64
}

// HTTPStats counts requests since the start: all, those answered 5xx, and those refused for the limit.
type HTTPStats struct{ Requests, Errors, Refused int64 }

// Stats returns the counts so far.
func (a *HTTPAPI) Stats() HTTPStats {
	return HTTPStats{a.requests.Load(), a.errors.Load(), a.refused.Load()}
}

// Limit allows so many requests a second from now on and answers 429 to the others; 0 stops that. AWS gives an account
// 10,000 for all its APIs, and a burst.
func (a *HTTPAPI) Limit(perSecond int) { a.quota.limit.Store(int64(perSecond)) }

// quota is how many calls a second there may be.
type quota struct {
	limit  atomic.Int64 // 0: any number
	second atomic.Int64 // the second that taken counts in
	taken  atomic.Int64
}

// exceeded counts a call, and reports whether it is one too many.
func (q *quota) exceeded(now time.Time) bool {
	limit := q.limit.Load()
	if limit == 0 {
		return false
	}
	if second := now.Unix(); q.second.Swap(second) != second {
		q.taken.Store(0)
	}
	return q.taken.Add(1) > limit
}

// counted sees the status of an answer pass.
type counted struct {
	http.ResponseWriter
	errors *atomic.Int64
}

// WriteHeader passes the status on.
func (c counted) WriteHeader(status int) {
	if status >= http.StatusInternalServerError {
		c.errors.Add(1)
	}
	c.ResponseWriter.WriteHeader(status)
}

// NewHTTPAPI returns an API that routes to the functions as they declare it. It answers 404 to anything else, as API
// Gateway does even when only the method is wrong.
func NewHTTPAPI(functions []topology.Function, invoke aws.Invoke) *HTTPAPI {
	a := &HTTPAPI{invoke: invoke, mux: http.NewServeMux()}
	a.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { message(w, http.StatusNotFound, "Not Found") })
	paths := map[string]map[string]string{}
	for _, f := range functions {
		for _, route := range f.Routes {
			if paths[route.Path] == nil {
				paths[route.Path] = map[string]string{}
			}
			paths[route.Path][route.Method] = f.Name
		}
	}
	for path, byMethod := range paths {
		a.mux.Handle(path, a.methods(path, byMethod))
	}
	return a
}

// methods returns the handler of a path, which chooses by the method alone: net/http's own way would answer 405, and
// HEAD by GET.
func (a *HTTPAPI) methods(path string, byMethod map[string]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := byMethod[r.Method]
		if !ok {
			message(w, http.StatusNotFound, "Not Found")
			return
		}
		a.serve(w, r, name, topology.Route{Method: r.Method, Path: path})
	})
}

// message answers in the shape of API Gateway itself.
func message(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"message": text})
}

// ServeHTTP answers as the API's stage would.
func (a *HTTPAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.requests.Add(1)
	w = counted{w, &a.errors}
	if a.quota.exceeded(time.Now()) {
		a.refused.Add(1)
		message(w, http.StatusTooManyRequests, "Too Many Requests")
		return
	}
	if aws.HeaderBytes(r) > maxHTTPHeaders {
		message(w, http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large")
		return
	}
	// net/http would redirect paths that aren't clean; API Gateway routes what it is given.
	clean := r.Clone(r.Context())
	if clean.URL.Path == "" {
		clean.URL.Path = "/"
	}
	if strings.Contains(clean.URL.Path, "//") || strings.Contains(clean.URL.Path, "/.") {
		message(w, http.StatusNotFound, "Not Found")
		return
	}
	a.mux.ServeHTTP(w, clean)
}

func (a *HTTPAPI) serve(w http.ResponseWriter, r *http.Request, name string, route topology.Route) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxHTTPBody))
	if err != nil {
		message(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
		return
	}
	event := newHTTPEvent(r, route, body, time.Now())
	payload, err := json.Marshal(event)
	if err != nil {
		message(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	// A client that goes ends no function, and is no error of it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), httpTimeout)
	defer cancel()
	result, functionError, err := a.invoke(ctx, name, payload)
	w.Header().Set("Apigw-Requestid", event.RequestContext.RequestID)
	switch {
	case errors.Is(err, aws.ErrThrottled), errors.Is(err, context.DeadlineExceeded):
		message(w, http.StatusServiceUnavailable, "Service Unavailable")
	case errors.Is(err, aws.ErrTooLarge):
		message(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	case err != nil, functionError != "":
		message(w, http.StatusInternalServerError, "Internal Server Error")
	default:
		writeHTTPResult(w, result)
	}
}

// newHTTPEvent returns the request in payload format 2.0: header names in lower case, repeated values joined by
// commas, cookies apart, the body in base64 unless its type says that it is text.
func newHTTPEvent(r *http.Request, route topology.Route, body []byte, now time.Time) events.APIGatewayV2HTTPRequest {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	key := route.Method + " " + route.Path
	e := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: key, RawPath: r.URL.Path, RawQueryString: r.URL.RawQuery,
		Headers:        map[string]string{"host": r.Host},
		PathParameters: pathParameters(r, route.Path),
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: key, AccountID: aws.Account, Stage: "$default", RequestID: aws.RequestID(), APIID: "localhttp0",
			DomainName: "localhttp0.execute-api." + aws.Region + ".amazonaws.com", DomainPrefix: "localhttp0",
			Time: now.UTC().Format("02/Jan/2006:15:04:05 -0700"), TimeEpoch: now.UnixMilli(),
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: r.Method, Path: r.URL.Path, Protocol: r.Proto, SourceIP: host, UserAgent: r.UserAgent(),
			},
		},
	}
	for name, values := range r.Header {
		if name == "Cookie" {
			e.Cookies = splitCookies(values)
			continue
		}
		e.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	e.Headers["x-forwarded-for"] = strings.TrimPrefix(r.Header.Get("X-Forwarded-For")+", "+host, ", ")
	if query := r.URL.Query(); len(query) > 0 {
		e.QueryStringParameters = joinValues(query)
	}
	if len(body) > 0 {
		e.Body, e.IsBase64Encoded = string(body), false
		if !isText(r.Header.Get("Content-Type")) {
			e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
		}
	}
	return e
}

func pathParameters(r *http.Request, path string) map[string]string {
	params := map[string]string{}
	for _, part := range strings.Split(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			name = strings.TrimSuffix(name, "}")
			params[name] = r.PathValue(name)
		}
	}
	return params
}

func splitCookies(headers []string) []string {
	var cookies []string
	for _, one := range strings.Split(strings.Join(headers, ";"), ";") {
		if one = strings.TrimSpace(one); one != "" {
			cookies = append(cookies, one)
		}
	}
	return cookies
}

func joinValues(query url.Values) map[string]string {
	joined := map[string]string{}
	for name, values := range query {
		joined[name] = strings.Join(values, ",")
	}
	return joined
}

// isText reports whether bodies of the content type reach a function as they are.
func isText(contentType string) bool {
	kind, _, _ := mime.ParseMediaType(contentType)
	return strings.HasPrefix(kind, "text/") ||
		slices.Contains([]string{"application/json", "application/xml", "application/javascript"}, kind)
}

// writeHTTPResult answers with what a function returned: a response in format 2.0 if it has a status code, otherwise
// all of it as JSON.
func writeHTTPResult(w http.ResponseWriter, result []byte) {
	var out events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(result, &out); err != nil || out.StatusCode == 0 {
		if !json.Valid(result) {
			message(w, http.StatusInternalServerError, "Internal Server Error")
			return
		}
		out = events.APIGatewayV2HTTPResponse{
			StatusCode: http.StatusOK, Body: string(result), Headers: map[string]string{"content-type": "application/json"},
		}
	}
	body := []byte(out.Body)
	if out.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(out.Body); err != nil {
			message(w, http.StatusInternalServerError, "Internal Server Error")
			return
		}
	}
	if out.StatusCode < 200 || out.StatusCode > 599 {
		message(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	w.Header().Set("Content-Type", "text/plain;charset=UTF-8")
	for _, name := range slices.Sorted(maps.Keys(out.Headers)) {
		w.Header().Set(name, out.Headers[name])
	}
	for _, cookie := range out.Cookies {
		w.Header().Add("Set-Cookie", cookie)
	}
	w.WriteHeader(out.StatusCode)
	w.Write(body)
}
