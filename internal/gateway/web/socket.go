package web

import (
	"github.com/aws/aws-lambda-go/events"

	"foyer/internal/room/zone"
)

// FromSocket reads the event of a WebSocket API's $connect. Zone stays empty if the query names none that may exist.
func FromSocket(e events.APIGatewayWebsocketProxyRequest) Request {
	r := Request{
		ID: e.RequestContext.RequestID, method: "GET", Route: "$connect",
		Header: lookup(e.Headers), Zone: e.QueryStringParameters["zone"],
	}
	r.cookies = pairs(all(e.MultiValueHeaders, "cookie")...)
	if len(r.cookies) == 0 {
		r.cookies = pairs(r.Header("cookie"))
	}
	if !zone.IsName(r.Zone) {
		r.Zone = ""
	}
	return r
}

// all returns every value of a header, whatever the case of its name.
func all(headers map[string][]string, name string) []string {
	for have, values := range headers {
		if lookup(map[string]string{have: "x"})(name) != "" {
			return values
		}
	}
	return nil
}
