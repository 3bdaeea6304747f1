package edge

import (
	"strings"

	"foyer/infra/topology"
)

// Event is what the CDN gives the function, as AWS documents it: header names in lower case, cookies parsed out of
// the headers, path and query string as the viewer wrote them.
type Event struct {
	Version string  `json:"version"` // "1.0"
	Context Context `json:"context"`
	Viewer  Viewer  `json:"viewer"`
	Request Request `json:"request"`
	// RawQuery is what request.rawQueryString() returns: the query string without "?". Without one that is undefined.
	RawQuery string `json:"-"`
}

// Context describes the distribution and the request.
type Context struct {
	DistributionDomainName string `json:"distributionDomainName"`
	DistributionID         string `json:"distributionId"`
	EventType              string `json:"eventType"` // "viewer-request"
	RequestID              string `json:"requestId"`
}

// Viewer is the client.
type Viewer struct {
	IP string `json:"ip"`
}

// Request is a viewer's request, on its way in or out of the function.
type Request struct {
	Method      string           `json:"method"`
	URI         string           `json:"uri"`
	QueryString map[string]Value `json:"querystring"`
	Headers     map[string]Value `json:"headers"`
	Cookies     map[string]Value `json:"cookies"`
}

// Value is a header, cookie or query parameter. Multi holds all of them when it came several times.
type Value struct {
	Value      string `json:"value"`
	Attributes string `json:"attributes,omitempty"` // of a response's cookie
	Multi      []One  `json:"multiValue,omitempty"`
}

// One is one of several values of the same name.
type One struct {
	Value      string `json:"value"`
	Attributes string `json:"attributes,omitempty"`
}

// All is every value of the name.
func (v Value) All() []One {
	if len(v.Multi) > 0 {
		return v.Multi
	}
	return []One{{v.Value, v.Attributes}}
}

// Response is an answer that the function made itself.
type Response struct {
	StatusCode int              `json:"statusCode"`
	Headers    map[string]Value `json:"headers"`
	Cookies    map[string]Value `json:"cookies"`
	Body       string           `json:"body"`
}

// Outcome is the function's decision about a request: it let it pass on, perhaps changed, or answered it.
type Outcome struct {
	Request  *Request  // nil when it answered
	Response *Response // nil when it let pass
	Origin   string    // the origin that it chose by id; empty: the one of the path
	Reads    int       // of the key-value store
}

// Kind names an outcome, for counting.
type Kind string

// The kinds of outcome.
const (
	Admitted  Kind = "admitted"  // passed to the origin, inside
	Through   Kind = "through"   // passed to the origin unasked: passthrough, or failing open
	Backend   Kind = "backend"   // passed to Foyer's own API or socket
	Room      Kind = "room"      // a browser was shown the waiting room
	TooMany   Kind = "too-many"  // 429: another client was asked to wait
	Arrived   Kind = "arrived"   // a browser was given a visitor token
	Previewed Kind = "previewed" // a preview of a link was sent to the event
	Entering  Kind = "entering"  // a browser is shown the page that asks the admitter
	Status    Kind = "status"    // the zone's status
	Refused   Kind = "refused"   // any other answer: 400, 404, 405, 503
)

// Kind says what was decided.
func (o Outcome) Kind() Kind {
	if o.Response == nil {
		return o.Request.kind(o.Origin)
	}
	switch o.Response.StatusCode {
	case 200:
		return Status
	case 429:
		return TooMany
	case 302:
		if strings.HasSuffix(o.Response.Headers["location"].Value, "/event.html") {
			return Previewed
		}
		return Arrived
	}
	return Refused
}

func (r *Request) kind(origin string) Kind {
	switch {
	case origin == topology.OriginPages && strings.Contains(r.URI, "/enter/"):
		return Entering
	case origin == topology.OriginPages:
		return Room
	case r.URI == "/ws" || strings.HasPrefix(r.URI, "/foyer/"):
		return Backend
	case r.Headers["x-foyer-visitor-id"].Value != "":
		return Admitted
	}
	return Through
}
