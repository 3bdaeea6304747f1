package sam

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"foyer/infra/local"
	localaws "foyer/infra/local/aws"
	"foyer/infra/local/ddb"
	"foyer/infra/local/kvs"
	"foyer/infra/local/secrets"
	"foyer/infra/local/ses"
	"foyer/infra/local/sqs"
	"foyer/infra/local/stripe"
	"foyer/infra/topology"
	"foyer/internal/store/dynamo"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/store/dynamo/dynsale"
)

// endpointVariables lead the SDK in a function to the services; the proxy leads to the edge's store, whose host
// name the SDK makes up.
var endpointVariables = []string{
	"AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE",
	"AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL_SESV2", "STRIPE_API_URL", "HTTP_PROXY", "NO_PROXY",
}

// DoorSecret is the front door's secret in the events.
const DoorSecret = "front-door-secret-of-the-events"

// The payment provider's keys in the events.
const (
	payKey        = "sk_test_of_the_events"
	webhookSecret = "whsec_of_the_events"
)

// RotatedID is the secret that the events' rotation is of; it is apart from the one that the other functions read, so
// that their tokens stay good.
const RotatedID = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:token-keys"

// TablePrefix is before the tables' names.
const TablePrefix = "sam-"

const readTimeout = 10 * time.Second

// secretValues is what the events need them to be, by the variable that gives a secret's id, which here is its own
// name; the token keys come from where the events' tokens were signed.
var secretValues = map[string]string{
	topology.EnvFrontDoor:  DoorSecret,
	topology.EnvSiteSecret: "site-secret-of-the-events",
	topology.EnvTicketKeys: `{"kid":"t1","secret":"ticket-secret-of-the-events-0123456789"}`,
	topology.EnvPayKeys:    `{"key":"` + payKey + `","webhooks":["whsec_new","` + webhookSecret + `"]}`,
	nameOf(RotatedID):      rotatedBefore,
}

var fake = credentials.NewStaticCredentialsProvider("local", "local", "")

// World is the functions' surroundings, reachable from Docker's containers.
type World struct {
	Dynamo *dynamodb.Client

	players  atomic.Pointer[players]
	root     string // of the module
	keys     string // the secret with the token keys
	database string // endpoint of DynamoDB as containers reach it
	address  string // base address of the players
	host     string
	server   *http.Server
	ddb      *ddb.Server
	ledger   *database
}

// players play the services other than the database. Each case has new ones.
type players struct {
	inside      *local.Inside
	secrets     *secrets.Service
	store       *kvs.Store
	connections *Connections
	queues      *sqs.Service
	provider    *stripe.Service
	mailbox     *ses.Mailbox
	stuck       atomic.Bool // the provider captures nothing
}

// NewWorld starts everything but SAM, for the events of the module at root.
func NewWorld(ctx context.Context, root string) (*World, error) {
	host, err := bridge(ctx)
	if err != nil {
		return nil, err
	}
	return NewWorldAt(ctx, root, host)
}

// NewWorldAt starts everything but SAM at an address of this machine: 127.0.0.1 for functions that run without
// containers.
func NewWorldAt(ctx context.Context, root, host string) (_ *World, err error) {
	keys, err := eventKeys(root)
	if err != nil {
		return nil, err
	}
	w := &World{root: root, keys: keys, host: host}
	if w.ddb, err = ddb.Start(ctx, ddb.Options{Progress: os.Stderr}); err != nil {
		return nil, err
	}
	endpoint, err := url.Parse(w.ddb.Endpoint)
	if err != nil {
		w.ddb.Stop()
		return nil, err
	}
	w.database = "http://" + net.JoinHostPort(host, endpoint.Port())
	w.Dynamo = dynamodb.New(dynamodb.Options{
		Region: localaws.Region, BaseEndpoint: &w.ddb.Endpoint, Credentials: fake,
	})
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		w.ddb.Stop()
		return nil, fmt.Errorf("samtest: %s isn't an address of this machine: %w", host, err)
	}
	if w.ledger, err = startDatabase(ctx, host); err != nil {
		listener.Close()
		w.ddb.Stop()
		return nil, err
	}
	w.address = "http://" + listener.Addr().String()
	w.cast()
	w.server = &http.Server{Handler: w, ReadHeaderTimeout: readTimeout}
	go w.server.Serve(listener)
	return w, nil
}

// ServeHTTP is the services of the present case, at one address.
func (w *World) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w.players.Load().inside.ServeHTTP(out, r)
}

// Close ends everything that NewWorld started.
func (w *World) Close() {
	w.server.Close()
	w.players.Load().provider.Close()
	w.ledger.stop()
	w.ddb.Stop()
}

// cast makes new players.
func (w *World) cast() {
	p := &players{
		secrets: secrets.New(), store: kvs.New(local.StoreARN), connections: &Connections{},
		queues:  sqs.New(topology.Queues, sqs.Options{}),
		mailbox: &ses.Mailbox{Now: time.Now},
	}
	p.provider = stripe.New(stripe.Options{Key: payKey, WebhookSecret: webhookSecret, Base: w.address, Trouble: p.trouble})
	p.inside = &local.Inside{
		Address: w.address, Database: w.database, Prefix: TablePrefix,
		Connections: p.connections, Secrets: p.secrets, Store: p.store, Queues: p.queues, Mailbox: p.mailbox,
		Provider: p.provider,
		// What a function starts isn't waited for, so nothing of it comes back here.
		Functions: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }),
	}
	p.secrets.Put(topology.EnvKeys, w.keys)
	for id, value := range secretValues {
		p.secrets.Put(id, value)
	}
	if old := w.players.Swap(p); old != nil {
		old.provider.Close()
	}
}

// nameOf returns the secrets' player's name for a secret.
func nameOf(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }

// Store is the edge's store of the present case.
func (w *World) Store() *kvs.Store { return w.players.Load().store }

// Secrets is the secrets of the present case.
func (w *World) Secrets() *secrets.Service { return w.players.Load().secrets }

// Queues is the queues of the present case.
func (w *World) Queues() *sqs.Service { return w.players.Load().queues }

// Mailbox is every mailbox of the present case.
func (w *World) Mailbox() *ses.Mailbox { return w.players.Load().mailbox }

// Provider is the payment provider of the present case.
func (w *World) Provider() *stripe.Service { return w.players.Load().provider }

// SecretsClient is the SDK's client of the secrets.
func (w *World) SecretsClient() *secretsmanager.Client {
	return secretsmanager.New(secretsmanager.Options{
		Region: localaws.Region, BaseEndpoint: aws.String(w.address + "/secrets/"), Credentials: fake,
	})
}

// Connections is the connections of the present case.
func (w *World) Connections() *Connections { return w.players.Load().connections }

// Rotated is the current value of the secret that the events' rotation is of.
func (w *World) Rotated() string { return w.Secrets().Get(nameOf(RotatedID)) }

// Reset makes everything anew, empty.
func (w *World) Reset(ctx context.Context) error {
	for _, t := range topology.Tables {
		// Where there was none, there is nothing to delete.
		_, _ = w.Dynamo.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: aws.String(TablePrefix + t.Name)})
	}
	w.cast()
	return dynamo.CreateTables(ctx, w.Dynamo, TablePrefix)
}

// Zones is the zones.
func (w *World) Zones() *dynroom.Zones { return dynroom.NewZones(w.Dynamo, TablePrefix+"zones") }

// Queue is the places.
func (w *World) Queue() *dynroom.Queue { return dynroom.NewQueue(w.Dynamo, TablePrefix+"queue") }

// Seats is the maps and the seats.
func (w *World) Seats() *dynsale.Seats {
	return dynsale.NewSeats(w.Dynamo, TablePrefix+"seats", TablePrefix+"holds")
}

// Viewers is the store of viewers.
func (w *World) Viewers() *dynsale.Viewers {
	return dynsale.NewViewers(w.Dynamo, TablePrefix+"viewers")
}

// Log is the log of grants.
func (w *World) Log() *dynroom.Log { return dynroom.NewLog(w.Dynamo, TablePrefix+"grants") }

// EnvFile writes the values of the functions' variables as SAM wants them, and gives the file's name.
func (w *World) EnvFile(app *App) (string, error) {
	values := map[string]map[string]string{}
	for _, f := range topology.Functions {
		env, err := w.Environment(f)
		if err != nil {
			return "", err
		}
		values[app.Functions[f.Name]] = env
	}
	text, err := json.Marshal(values)
	if err != nil {
		return "", err
	}
	file := filepath.Join(app.Dir, "env.json")
	return file, os.WriteFile(file, text, 0o644)
}

// Environment returns the values of a function's variables: those that the topology declares, and the SDK's.
func (w *World) Environment(f topology.Function) (map[string]string, error) {
	values := map[string]string{
		topology.EnvKeys: topology.EnvKeys, topology.EnvSite: "https://tickets.example.com", topology.EnvLedger: w.ledger.url,
	}
	for name := range secretValues {
		values[name] = name
	}
	if f.Rotation > 0 {
		values[topology.EnvKeys] = RotatedID
	}
	return w.players.Load().inside.Environment(f, values)
}
