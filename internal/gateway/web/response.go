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

// headers are those of every answer: nothing here may be kept by a cache.
func headers(contentType string) map[string]string {
	return map[string]string{
		"content-type": contentType, "cache-control": "no-store", "x-content-type-options": "nosniff",
	}
}

// ok answers with v as JSON.
func OK(v any, cookies ...string) Response {
	body, err := json.Marshal(v)
	if err != nil { // our own structs always marshal
		body = []byte("{}")
	}
	return Response{StatusCode: http.StatusOK, Headers: headers("application/json"), Body: string(body), Cookies: cookies}
}

// redirect sends a browser on.
func Redirect(location string, cookies ...string) Response {
	h := headers("text/plain; charset=utf-8")
	h["location"] = location
	return Response{StatusCode: http.StatusFound, Headers: h, Cookies: cookies}
}

// refusal answers with a problem document.
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

// known gives foreign errors that mean "later" a code that says so.
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

// setCookie gives a cookie that only this host gets back, over https, and no script reads.
func SetCookie(name, value string, age time.Duration) string {
	return fmt.Sprintf("%s=%s; Max-Age=%d; %s", name, value, int(age/time.Second), token.CookieAttributes)
}

func ClearCookie(name string) string { return SetCookie(name, "", 0) }
