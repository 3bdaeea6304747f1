// Package aws is what the players of the local cloud have in common: the account that they play, its names, and how
// functions are called. It plays no service itself.
package aws

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
)

// Account and Region are in every ARN of the local cloud.
const (
	Account = "123456789012"
	Region  = "us-east-1"
)

// ARN returns the name of a resource of the account, such as ARN("lambda", "function:exchange").
func ARN(service, resource string) string {
	return "arn:aws:" + service + ":" + Region + ":" + Account + ":" + resource
}

// Invoke calls a function and waits for its answer. functionError is empty, or "Unhandled" when result describes an
// error of the function. err means that the function was not run at all, or that ctx ended first.
type Invoke func(ctx context.Context, name string, payload []byte) (result []byte, functionError string, err error)

// ErrThrottled says that all processes that the function's reserved concurrency allows are busy.
var ErrThrottled = errors.New("TooManyRequestsException: rate exceeded")

// ErrTooLarge says that an event is larger than a function takes.
var ErrTooLarge = errors.New("RequestTooLargeException: the payload is larger than 6 MB")

// UUID returns a new random UUID, as most services name requests and messages.
func UUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// RequestID returns a new id as API Gateway makes them: 11 random bytes in base64, so that it ends in "=".
func RequestID() string {
	var id [11]byte
	rand.Read(id[:])
	return base64.URLEncoding.EncodeToString(id[:])
}

// RandomText returns n random bytes in unpadded base64url.
func RandomText(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// HeaderBytes returns the size of the request's line and headers, which services limit.
func HeaderBytes(r *http.Request) int {
	n := len(r.Method) + len(r.RequestURI)
	for name, values := range r.Header {
		n += len(name) + len(strings.Join(values, ","))
	}
	return n
}
