package rehearse

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"foyer/infra/demo/crowd"
)

// Layer is a part of the way that a request goes.
type Layer string

// The layers, from the visitor inwards.
const (
	DNS        Layer = "DNS"
	Network    Layer = "network"
	TLS        Layer = "TLS"
	CDN        Layer = "CDN" // CloudFront, and the firewall before it
	Gate       Layer = "gate"
	APIGateway Layer = "API Gateway"
	Function   Layer = "function"
	Socket     Layer = "socket"
	Site       Layer = "site" // the protected one
)

// fault is one kind of error.
type fault struct {
	Layer Layer  `json:"layer"`
	Step  string `json:"step"`
	What  string `json:"what"`
}

// Steps are kinds of requests.
const (
	stepPage     = "page"
	stepSocket   = "socket"
	stepStatus   = "status"
	stepRegister = "register"
	stepEnter    = "enter"
	stepMap      = "map"
	stepSeats    = "seats"
	stepLeave    = "leave"
)

// stepOf returns what a request is for.
func stepOf(path string) string {
	rest, ours := strings.CutPrefix(path, "/foyer/zones/")
	switch words := strings.Split(rest, "/"); {
	case path == "/ws":
		return stepSocket
	case !ours || len(words) < 2:
		return stepPage
	case words[1] == "sections":
		return stepMap
	default:
		return words[1]
	}
}

// noAnswer returns the layer of a request without an answer. Nobody is at fault where the visitor has gone.
func noAnswer(step string, err error) (f fault, is bool) {
	var (
		name *net.DNSError
		dial *net.OpError
		cert *tls.CertificateVerificationError
		talk tls.RecordHeaderError
		sign tls.AlertError
	)
	switch {
	case errors.Is(err, context.Canceled):
		return f, false
	case errors.As(err, &name):
		return fault{DNS, step, "the name isn't resolved"}, true
	case errors.As(err, &cert):
		return fault{TLS, step, "the certificate isn't taken"}, true
	case errors.As(err, &talk), errors.As(err, &sign), strings.Contains(err.Error(), "TLS handshake"):
		return fault{TLS, step, "no handshake"}, true
	case errors.As(err, &dial) && dial.Op == "dial":
		return fault{Network, step, "no connection"}, true
	case errors.Is(err, context.DeadlineExceeded):
		return fault{Network, step, "no answer in time"}, true
	}
	return fault{Network, step, "the connection ended without an answer"}, true
}

// ordinary are refusals that belong to a sale: to wait, to come later, to be slower than somebody else.
var ordinary = []string{"waiting", "not_called", "elsewhere", "missed", "ended", "seat_taken", "no_seats", "limit",
	"together", "cooling"}

// refusal returns the layer of an answer that is an error. Who refused shows by the form of the refusal: CloudFront
// says which answers its function made, API Gateway writes a message, functions a problem with a code and the request's
// id, the firewall one without.
func refusal(step string, status int, header http.Header, body []byte) (f fault, is bool) {
	nothingSold := step == stepMap && status == http.StatusNotFound
	if status < http.StatusBadRequest || nothingSold || crowd.WaitingRoom(body) {
		return f, false
	}
	var said struct{ Code, Message, RequestID string }
	_ = json.Unmarshal(body, &said)
	for _, code := range ordinary {
		if said.Code == code && status < http.StatusInternalServerError {
			return f, false
		}
	}
	what := strings.TrimSpace(fmt.Sprint(status, " ", said.Code))
	cached := strings.ToLower(header.Get("X-Cache"))
	switch {
	case step == stepSocket:
		return fault{Socket, step, "refused: " + what}, true
	case strings.Contains(cached, "functiongenerated"):
		return fault{Gate, step, what}, true
	case said.Code != "" && said.RequestID != "":
		return fault{Function, step, what}, true
	case said.Message != "" && status < http.StatusInternalServerError:
		return fault{APIGateway, step, what + " " + said.Message}, true
	case said.Message != "": // said by API Gateway of a function that failed, was throttled or took too long
		return fault{Function, step, what + " " + said.Message}, true
	case said.Code != "", bytes.Contains(body, []byte("(CloudFront)")), header.Get("Server") == "CloudFront":
		return fault{CDN, step, what}, true
	case step == stepPage && status != http.StatusTooManyRequests:
		return fault{Site, step, what}, true
	}
	return fault{CDN, step, what}, true
}
