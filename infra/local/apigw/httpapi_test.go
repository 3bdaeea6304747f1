package apigw

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"foyer/infra/local/aws"
	"foyer/infra/topology"
)

// answer is an Invoke that always answers the same and keeps the last event.
type answer struct {
	result, functionError string
	err                   error
	name                  string
	event                 map[string]any
}

func (a *answer) invoke(_ context.Context, name string, payload []byte) ([]byte, string, error) {
	a.name, a.event = name, nil
	json.Unmarshal(payload, &a.event)
	return []byte(a.result), a.functionError, a.err
}

var routes = []topology.Function{
	{Name: "register", Routes: []topology.Route{{Method: "POST", Path: "/foyer/zones/{zone}/register"}}},
	{
		Name: "admit",
		Routes: []topology.Route{
			{Method: "GET", Path: "/foyer/zones/{zone}/enter"},
			{Method: "POST", Path: "/foyer/zones/{zone}/enter"},
		},
	},
}

func call(t *testing.T, h http.Handler, r *http.Request) *http.Response {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

func TestHTTPAPIRoutes(t *testing.T) {
	for _, c := range []struct {
		method, path string
		status       int
		function     string
	}{
		{"POST", "/foyer/zones/main/register", 200, "register"},
		{"POST", "/foyer/zones/main/enter", 200, "admit"},
		{"GET", "/foyer/zones/main/register", 404, ""},
		{"HEAD", "/foyer/zones/main/enter", 404, ""},
		{"PUT", "/foyer/zones/main/enter", 404, ""},
		{"POST", "/foyer/zones//register", 404, ""},
		{"POST", "/foyer/zones/../register", 404, ""},
		{"POST", "/foyer/zones/main/register/", 404, ""},
		{"POST", "/", 404, ""},
	} {
		a := &answer{result: `{"statusCode":200}`}
		res := call(t, NewHTTPAPI(routes, a.invoke), httptest.NewRequest(c.method, c.path, nil))
		if res.StatusCode != c.status || a.name != c.function {
			t.Errorf("%s %s: %d by %q, want %d by %q", c.method, c.path, res.StatusCode, a.name, c.status, c.function)
		}
		if c.status == 404 && c.method != "HEAD" && body(t, res) != `{"message":"Not Found"}` {
			t.Errorf("%s %s: not API Gateway's own 404", c.method, c.path)
		}
	}
}

func TestHTTPAPIEventIsFormat2(t *testing.T) {
	a := &answer{result: `{"statusCode":200}`}
	r := httptest.NewRequest("POST", "/foyer/zones/main/enter?a=1&a=2&b=%20x", strings.NewReader(`{"ref":"1.0"}`))
	r.RemoteAddr, r.Host = "203.0.113.9:1234", "api.example"
	for name, value := range map[string]string{
		"Content-Type": "application/json; charset=utf-8", "Cookie": "a=1; b=2", "User-Agent": "test/1",
		"X-Forwarded-For": "198.51.100.7",
	} {
		r.Header.Set(name, value)
	}
	r.Header.Add("X-Many", "1")
	r.Header.Add("X-Many", "2")
	call(t, NewHTTPAPI(routes, a.invoke), r)
	rc := a.event["requestContext"].(map[string]any)
	for _, random := range []string{"requestId", "time", "timeEpoch"} {
		if rc[random] == nil {
			t.Errorf("request context lacks %s", random)
		}
		delete(rc, random)
	}
	want := map[string]any{
		"version": "2.0", "routeKey": "POST /foyer/zones/{zone}/enter", "rawPath": "/foyer/zones/main/enter",
		"rawQueryString": "a=1&a=2&b=%20x", "cookies": []any{"a=1", "b=2"},
		"headers": map[string]any{
			"content-type": "application/json; charset=utf-8", "host": "api.example", "user-agent": "test/1",
			"x-forwarded-for": "198.51.100.7, 203.0.113.9", "x-many": "1,2",
		},
		"queryStringParameters": map[string]any{"a": "1,2", "b": " x"},
		"pathParameters":        map[string]any{"zone": "main"},
		"body":                  `{"ref":"1.0"}`, "isBase64Encoded": false,
		"requestContext": map[string]any{
			"accountId": aws.Account, "apiId": "localhttp0", "domainName": "localhttp0.execute-api.us-east-1.amazonaws.com",
			"domainPrefix": "localhttp0", "routeKey": "POST /foyer/zones/{zone}/enter", "stage": "$default",
			"authentication": map[string]any{"clientCert": nil},
			"http": map[string]any{
				"method": "POST", "path": "/foyer/zones/main/enter", "protocol": "HTTP/1.1",
				"sourceIp": "203.0.113.9", "userAgent": "test/1",
			},
		},
	}
	delete(rc, "authentication")
	delete(want["requestContext"].(map[string]any), "authentication")
	if diff := cmp.Diff(want, a.event); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

func TestHTTPAPIBodies(t *testing.T) {
	for _, c := range []struct {
		contentType, body, want string
		base64                  bool
	}{
		{"application/json", `{}`, `{}`, false},
		{"text/plain", "hi", "hi", false},
		{"application/x-www-form-urlencoded", "a=1", "YT0x", true},
		{"application/octet-stream", "\xff\x00", "/wA=", true},
		{"", "hi", "aGk=", true},
	} {
		a := &answer{result: `{"statusCode":200}`}
		r := httptest.NewRequest("POST", "/foyer/zones/main/register", strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.contentType)
		call(t, NewHTTPAPI(routes, a.invoke), r)
		if a.event["body"] != c.want || a.event["isBase64Encoded"] != c.base64 {
			t.Errorf("%q: body %v, base64 %v", c.contentType, a.event["body"], a.event["isBase64Encoded"])
		}
	}
}

func TestHTTPAPIAnswers(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer answer
		status int
		body   string
	}{
		{"a response", answer{result: `{"statusCode":409,"body":"x","headers":{"retry-after":"1"},"cookies":["a=1","b=2"]}`},
			409, "x"},
		{"base64", answer{result: `{"statusCode":200,"body":"aGk=","isBase64Encoded":true}`}, 200, "hi"},
		{"no status code: the whole is the body", answer{result: `{"a":1}`}, 200, `{"a":1}`},
		{"bad base64", answer{result: `{"statusCode":200,"body":"%","isBase64Encoded":true}`}, 500,
			`{"message":"Internal Server Error"}`},
		{"impossible status", answer{result: `{"statusCode":99}`}, 500, `{"message":"Internal Server Error"}`},
		{"no JSON", answer{result: `nonsense`}, 500, `{"message":"Internal Server Error"}`},
		{"function error", answer{result: `{}`, functionError: "Unhandled"}, 500, `{"message":"Internal Server Error"}`},
		{"throttled", answer{err: aws.ErrThrottled}, 503, `{"message":"Service Unavailable"}`},
		{"too slow", answer{err: context.DeadlineExceeded}, 503, `{"message":"Service Unavailable"}`},
		{"not run", answer{err: errors.New("x")}, 500, `{"message":"Internal Server Error"}`},
	} {
		res := call(t, NewHTTPAPI(routes, c.answer.invoke), httptest.NewRequest("POST", "/foyer/zones/main/register", nil))
		if got := body(t, res); res.StatusCode != c.status || got != c.body {
			t.Errorf("%s: %d %s, want %d %s", c.name, res.StatusCode, got, c.status, c.body)
		}
		if c.status == 409 && (len(res.Cookies()) != 2 || res.Header.Get("Retry-After") != "1") {
			t.Errorf("%s: headers %v", c.name, res.Header)
		}
	}
}

func TestHTTPAPILimits(t *testing.T) {
	a := &answer{result: `{"statusCode":200}`}
	api := NewHTTPAPI(routes, a.invoke)
	big := httptest.NewRequest("POST", "/foyer/zones/main/register", strings.NewReader(strings.Repeat("x", maxHTTPBody+1)))
	if res := call(t, api, big); res.StatusCode != 413 || a.name != "" {
		t.Errorf("a body over 10 MB: %d", res.StatusCode)
	}
	unmeasured := httptest.NewRequest("POST", "/foyer/zones/main/register",
		io.MultiReader(strings.NewReader(strings.Repeat("x", maxHTTPBody+1))))
	if res := call(t, api, unmeasured); res.StatusCode != 413 || a.name != "" {
		t.Errorf("a body over 10 MB in chunks: %d", res.StatusCode)
	}
	full := &answer{err: aws.ErrTooLarge}
	seven := httptest.NewRequest("POST", "/foyer/zones/main/register", strings.NewReader("x"))
	if res := call(t, NewHTTPAPI(routes, full.invoke), seven); res.StatusCode != 413 {
		t.Errorf("an event that Lambda doesn't take: %d", res.StatusCode)
	}
	long := httptest.NewRequest("POST", "/foyer/zones/main/register", nil)
	long.Header.Set("X-Long", strings.Repeat("x", maxHTTPHeaders))
	if res := call(t, api, long); res.StatusCode != 431 || a.name != "" {
		t.Errorf("headers over 10,240 bytes: %d", res.StatusCode)
	}
}

// The function goes on when the client has gone, and the API counts no error: an alarm would ring for nothing.
func TestAClientThatGoesIsNoError(t *testing.T) {
	ran := false
	a := NewHTTPAPI(routes, func(ctx context.Context, _ string, _ []byte) ([]byte, string, error) {
		ran = ctx.Err() == nil
		return []byte(`{"statusCode":200}`), "", ctx.Err()
	})
	gone, leave := context.WithCancel(t.Context())
	leave()
	call(t, a, httptest.NewRequestWithContext(gone, http.MethodPost, "/foyer/zones/main/register", nil))
	if stats := a.Stats(); !ran || stats.Errors != 0 {
		t.Errorf("the function ran on: %v, %+v", ran, stats)
	}
}
