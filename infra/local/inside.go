package local

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"

	"foyer/infra/local/aws"
	"foyer/infra/topology"
	"foyer/internal/aws/metrics"
)

// StoreARN is the name of the key-value store.
const StoreARN = "arn:aws:cloudfront::" + aws.Account + ":key-value-store/11111111-2222-3333-4444-555555555555"

// MailFrom is the sender of the local cloud's mails.
const MailFrom = "Foyer <tickets@foyer.test>"

// storeHost is the host of the key-value store's data API. The SDK puts the account's id before it, so that functions
// reach it by a proxy.
const storeHost = "kvs.foyer.test"

// Inside is the services that functions call, behind one address. It alone says where each of them is: by which path
// a request comes to it, and which environment leads a function there.
type Inside struct {
	Address  string // such as http://127.0.0.1:40123
	Database string // endpoint of DynamoDB
	Prefix   string // before every table's name

	Dynamo      http.Handler // passes requests on to DynamoDB; nil: functions call its endpoint themselves
	Connections http.Handler
	Secrets     http.Handler
	Store       http.Handler
	Queues      http.Handler
	Mailbox     http.Handler
	Provider    http.Handler
	Functions   http.Handler
	Door        map[string]http.Handler // by hosts of the front door, which no name server knows
}

// ServeHTTP gives a request to its service.
func (i *Inside) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	part, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch door := i.Door[r.Host]; {
	case door != nil:
		r.RequestURI = r.URL.RequestURI() // a proxy is asked for the whole address
		door.ServeHTTP(w, r)
	case strings.HasSuffix(r.Host, storeHost):
		i.Store.ServeHTTP(w, r)
	case part == "secrets":
		i.Secrets.ServeHTTP(w, r)
	case part == "queues":
		i.Queues.ServeHTTP(w, r)
	case part == "mail":
		i.Mailbox.ServeHTTP(w, r)
	case part == "lambda":
		i.Functions.ServeHTTP(w, r)
	case part == "v1", part == "pay": // Stripe's client wants its paths at the root
		i.Provider.ServeHTTP(w, r)
	case part == "dynamodb" && i.Dynamo != nil:
		i.Dynamo.ServeHTTP(w, r)
	default:
		i.Connections.ServeHTTP(w, r)
	}
}

// Environment returns a function's variables: those that it declares, from values or as they follow from the
// addresses, and the SDK's own for the addresses.
func (i *Inside) Environment(f topology.Function, values map[string]string) (map[string]string, error) {
	all := map[string]string{
		topology.EnvCallback: i.Address + "/" + topology.SocketStage, topology.EnvEdgeStore: StoreARN,
		topology.EnvExchange: "exchange", topology.EnvCensus: "census",
		topology.EnvAnnounce: "announce", topology.EnvMetrics: metrics.Namespace, topology.EnvMailFrom: MailFrom,
	}
	for _, table := range topology.Tables {
		all[table.Env] = i.Prefix + table.Name
	}
	for _, q := range topology.Queues {
		all[q.Env] = i.Address + "/queues/" + aws.Account + "/" + q.Name
	}
	maps.Copy(all, values)
	at, err := url.Parse(i.Address)
	if err != nil {
		return nil, err
	}
	env := map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": i.Database, "AWS_ENDPOINT_URL_SECRETS_MANAGER": i.Address + "/secrets/",
		"AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE": "http://" + storeHost,
		"HTTP_PROXY": i.Address, "NO_PROXY": at.Hostname(),
		"AWS_ENDPOINT_URL_SQS": i.Address + "/queues/", "AWS_ENDPOINT_URL_SESV2": i.Address + "/mail",
		"STRIPE_API_URL": i.Address, "AWS_ENDPOINT_URL_LAMBDA": i.Address + "/lambda/",
	}
	if i.Dynamo != nil {
		env["AWS_ENDPOINT_URL_DYNAMODB"] = i.Address + "/dynamodb/"
	}
	for _, name := range f.Env {
		value, ok := all[name]
		if !ok {
			return nil, fmt.Errorf("nothing says what %s of function %s should be", name, f.Name)
		}
		env[name] = value
	}
	return env, nil
}

// passOn sends requests below /dynamodb on to the database.
func passOn(endpoint string, transport http.RoundTripper) (http.Handler, error) {
	to, err := url.Parse(endpoint)
	if err != nil {
		return nil, err
	}
	return http.StripPrefix("/dynamodb", &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(to) }, Transport: transport,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}), nil
}
