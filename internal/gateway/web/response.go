package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"foyer/internal/problem"
	"foyer/internal/room/token"
)

// Response is what an HTTP API takes.
type Response = events.APIGatewayV2HTTPResponse

// headers returns the headers of every answer: no cache may keep it.
func headers(contentType string) map[string]string {
	return map[string]string{
		"content-type": contentType, "cache-control": "no-store", "x-content-type-options": "nosniff",
	}
}

// OK answers with v as JSON.
func OK(v any, cookies ...string) Response {
	body, err := json.Marshal(v)
	if err != nil { // our own structs always marshal
		body = []byte("{}")
	}
	return Response{StatusCode: http.StatusOK, Headers: headers("application/json"), Body: string(body), Cookies: cookies}
}

// Public answers with v as JSON, which is the same for everybody and may be kept for age.
func Public(v any, age time.Duration) Response { return Kept(OK(v), age) }

// Text answers with a text of that type.
func Text(contentType, body string) Response {
	return Response{StatusCode: http.StatusOK, Headers: headers(contentType), Body: body}
}

// Kept returns the answer, which is the same for everybody, as one that the CDN and browsers may keep for age.
func Kept(r Response, age time.Duration) Response {
	r.Headers["cache-control"] = fmt.Sprintf("public, max-age=%d", int(age/time.Second))
	return r
}

// Redirect answers with another address to go to.
func Redirect(location string, cookies ...string) Response {
	h := headers("text/plain; charset=utf-8")
	h["location"] = location
	return Response{StatusCode: http.StatusFound, Headers: h, Cookies: cookies}
}

// Refusal answers with a problem document.
func Refusal(doc problem.Document, allow string) Response {
	h := headers("application/problem+json")
	if doc.RetryAfter > 0 {
		h["retry-after"] = strconv.Itoa(doc.RetryAfter)
	}
	if doc.Status == http.StatusMethodNotAllowed {
		h["allow"] = allow
	}
	body, err := json.Marshal(doc)
	if err != nil { // strings and numbers always marshal
		body = []byte("{}")
	}
	return Response{StatusCode: doc.Status, Headers: h, Body: string(body)}
}

// Coded returns err with a code: its own, problem.Busy where time ran out, or else problem.Internal.
func Coded(err error) error {
	var own *problem.Error
	if errors.As(err, &own) {
		return err
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return &problem.Error{Code: problem.Busy, RetryAfter: 2 * time.Second, Cause: err}
	}
	return problem.Wrap(problem.Internal, err, "")
}

// SetCookie returns the value of a Set-Cookie header: only this host gets the cookie back, by https, and no script
// reads it.
func SetCookie(name, value string, age time.Duration, attributes string) string {
	return fmt.Sprintf("%s=%s; Max-Age=%d; %s", name, value, int(age/time.Second), attributes)
}

// ClearCookie returns the value of a Set-Cookie header that removes the cookie.
func ClearCookie(name string) string { return SetCookie(name, "", 0, token.VisitorAttributes) }
