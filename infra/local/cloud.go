// Package local plays the cloud that Foyer is deployed to, on one machine: Lambda with the very binaries that are
// deployed, API Gateway, stream and schedule triggers, Secrets Manager, the CDN with the very edge function and its
// key-value store, around a real DynamoDB Local. What exists comes from infra/topology, as it does on AWS.
//
// It is a test bed: one file for every service it plays, honest about what it doesn't do, never a product. Functions
// don't know that they run here: they get the addresses by the SDK's own environment variables.
package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"golang.org/x/sync/errgroup"

	"foyer/infra/local/ddb"
	"foyer/infra/topology"
	"foyer/internal/aws/metrics"
	"foyer/internal/store/dynamo"
)

// Options says what cloud to have. The zero Options: everything, on free ports, quietly.
type Options struct {
	Root       string              // the module's folder; empty: found from the working directory upward
	Port       int                 // of the front door; 0: a free one
	Origin     string              // URL of the protected site; empty: the sample event
	Prefix     string              // before every table's name
	Functions  []topology.Function // nil: all of the topology
	Prebuilt   bool                // take the functions' binaries as they are
	NoSchedule bool                // start no function on a schedule
	Lambda     LambdaOptions       // Env is set here, and Binaries unless given
	Sockets    SocketOptions
	Streams    StreamOptions
	Queues     QueueOptions
	Provider   ProviderOptions // its keys and addresses are set here
	Calls      *Calls          // keeps what functions ask of AWS; nil: nobody listens, and they reach the database directly
	Progress   io.Writer       // a line for every step that takes time; nil: none
}

// Cloud is a running cloud.
type Cloud struct {
	URL       string // the front door
	Database  string // endpoint of DynamoDB
	Prefix    string // before every table's name
	Dynamo    *dynamodb.Client
	Lambda    *Lambda
	HTTP      *HTTPAPI
	Sockets   *Sockets
	Streams   *Streams
	Queues    *Queues
	Books               // where a sale ends
	Provider  *Provider // takes payments
	Secrets   *Secrets
	Store     *KVS
	CDN       *CDN
	functions []topology.Function
	calls     *Calls
	server    *ddb.Server
	inside    string // address of what functions talk to
	streams   *dynamodbstreams.Client
	transport *http.Transport
	life      context.Context
	stop      context.CancelFunc
	http      []*http.Server
	tasks     sync.WaitGroup
}

// Up starts everything. An error is one line that says what to do; nothing runs then.
func Up(ctx context.Context, o Options) (_ *Cloud, err error) {
	o.Functions, o.Progress = orFunctions(o.Functions), orWriter(o.Progress)
	if o.Root == "" {
		if o.Root, err = Root(); err != nil {
			return nil, err
		}
	}
	if _, err := newOrigin(o.Origin); err != nil { // before anything that takes time
		return nil, err
	}
	front, err := Listen(o.Port)
	if err != nil {
		return nil, err
	}
	c := &Cloud{Prefix: o.Prefix, functions: o.Functions, calls: o.Calls, Secrets: NewSecrets(), URL: "http://localhost:" + port(front)}
	life, stop := context.WithCancel(context.Background())
	c.life, c.stop = life, stop
	defer func() {
		if err != nil {
			front.Close()
			c.Down()
			err = explain(err)
		}
	}()
	if err := c.prepare(ctx, o); err != nil {
		return nil, err
	}
	if err := c.wire(o); err != nil {
		return nil, err
	}
	if err := c.follow(ctx, life); err != nil {
		return nil, err
	}
	c.serve(front, c.CDN)
	if !o.NoSchedule {
		c.schedule(life)
	}
	return c, nil
}

func orFunctions(functions []topology.Function) []topology.Function {
	if functions == nil {
		return topology.Functions
	}
	return functions
}

func orWriter(w io.Writer) io.Writer {
	if w == nil {
		return io.Discard
	}
	return w
}

// prepare builds the functions while the database starts.
func (c *Cloud) prepare(ctx context.Context, o Options) error {
	group, ctx := errgroup.WithContext(ctx)
	if !o.Prebuilt {
		group.Go(func() error { return Build(ctx, o.Root, o.Functions, o.Progress) })
	}
	group.Go(func() error { return c.Books.open(ctx, o.Functions, o.Progress) })
	group.Go(func() (err error) {
		if c.server, err = ddb.Start(ctx, ddb.Options{Progress: o.Progress}); err != nil {
			return err
		}
		c.connect(c.server.Endpoint)
		return dynamo.CreateTables(ctx, c.Dynamo, o.Prefix)
	})
	return group.Wait()
}

// connect makes the database's clients. Their connections are the cloud's own, so that it can close them.
func (c *Cloud) connect(endpoint string) {
	c.transport = &http.Transport{MaxIdleConnsPerHost: 64}
	client := &http.Client{Transport: c.transport}
	who := credentials.NewStaticCredentialsProvider("local", "local", "")
	c.Database = endpoint
	c.Dynamo = dynamodb.New(dynamodb.Options{Region: Region, BaseEndpoint: &endpoint, Credentials: who, HTTPClient: client})
	c.streams = dynamodbstreams.New(dynamodbstreams.Options{Region: Region, BaseEndpoint: &endpoint, Credentials: who, HTTPClient: client})
}

// wire makes the services and opens what functions talk to.
func (c *Cloud) wire(o Options) (err error) {
	inside, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	c.inside = "http://" + inside.Addr().String()
	defer func() {
		if err != nil {
			inside.Close()
		}
	}()
	o.Lambda.Binaries, o.Lambda.Env = or(o.Lambda.Binaries, filepath.Join(o.Root, Binaries)), c.environment
	if c.Lambda, err = NewLambda(c.functions, o.Lambda); err != nil {
		return err
	}
	c.HTTP = NewHTTPAPI(c.functions, c.Lambda.Invoke)
	c.Sockets = NewSockets(c.functions, c.Lambda.Invoke, o.Sockets)
	c.Streams = NewStreams(c.streams, c.Lambda.Invoke, o.Streams)
	c.Queues = NewQueues(topology.Queues, o.Queues)
	c.newProvider(o.Provider)
	if err := c.newFront(o); err != nil {
		return err
	}
	handler := c.insideHandler()
	if c.calls != nil {
		handler = c.calls.watch(c.Prefix, c.functions, handler)
	}
	c.serve(inside, handler)
	return nil
}

// insideHandler is where functions find @connections, the secrets and, as a proxy, the key-value store, whose host
// name the SDK makes up of the account's id.
func (c *Cloud) insideHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/"+topology.SocketStage+"/@connections/", c.Sockets.Management())
	mux.Handle("/secrets/", c.Secrets)
	c.saleRoutes(mux)
	if c.calls != nil {
		mux.Handle(databasePath+"/", passOn(c.Database, c.transport))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.Host, storeHost) {
			c.Store.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// storeHost is the host of the key-value store's data API; the SDK puts the account's id before it.
const storeHost = "kvs.foyer.test"

// environment is what the topology declares for a function, and the SDK's own variables for the addresses.
func (c *Cloud) environment(f topology.Function) []string {
	values := map[string]string{
		topology.EnvCallback: c.inside + "/" + topology.SocketStage, topology.EnvEdgeStore: StoreARN,
		topology.EnvKeys: TokenKeysID, topology.EnvFrontDoor: FrontDoorID, topology.EnvMetrics: metrics.Namespace,
	}
	for _, table := range topology.Tables {
		values[table.Env] = c.Prefix + table.Name
	}
	database := c.Database
	if c.calls != nil {
		database = c.inside + databasePath + "/"
	}
	env := []string{
		"AWS_ENDPOINT_URL_DYNAMODB=" + database,
		"AWS_ENDPOINT_URL_SECRETS_MANAGER=" + c.inside + "/secrets/",
		"AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE=http://" + storeHost,
		"HTTP_PROXY=" + c.inside, // not used for addresses of this machine
	}
	if c.calls != nil {
		env = append(env, "AWS_ACCESS_KEY_ID="+keyID(f.Name))
	}
	env = append(env, c.saleEnvironment(values)...)
	for _, name := range f.Env {
		env = append(env, name+"="+values[name])
	}
	return env
}

// follow connects the streams to the functions that declare a trigger.
func (c *Cloud) follow(ctx, life context.Context) error {
	for _, f := range c.functions {
		if f.Stream == nil {
			continue
		}
		table := c.Prefix + f.Stream.Table
		out, err := c.Dynamo.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &table})
		if err != nil {
			return fmt.Errorf("stream of table %s: %w", table, err)
		}
		if err := c.Streams.Follow(life, f.Name, *f.Stream, aws.ToString(out.Table.LatestStreamArn)); err != nil {
			return err
		}
	}
	return c.feed(life)
}

func (c *Cloud) schedule(life context.Context) {
	for _, f := range c.functions {
		if f.Schedule > 0 {
			c.tasks.Go(func() { RunSchedule(life, f, c.Lambda.InvokeAsync) })
		}
	}
}

func (c *Cloud) serve(l net.Listener, h http.Handler) {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second,
		// A connection that became a socket is the server's no more, so that closing the server doesn't end it.
		BaseContext: func(net.Listener) context.Context { return c.life },
	}
	c.http = append(c.http, s)
	c.tasks.Go(func() { s.Serve(l) })
}

// Down ends everything, within five seconds, and waits for it. Calling it again does nothing.
func (c *Cloud) Down() {
	c.stop()
	var all sync.WaitGroup
	if c.server != nil {
		all.Go(c.server.Stop)
	}
	defer c.Books.close() // functions are done with it by then
	for _, s := range c.http {
		s.Close()
	}
	if c.Streams != nil {
		all.Go(c.Sockets.Close)
		all.Go(c.Lambda.Close)
		c.Streams.Wait()
		c.Queues.Wait()
		c.Provider.Close()
	}
	c.tasks.Wait()
	all.Wait()
	if c.transport != nil {
		c.transport.CloseIdleConnections()
	}
}

// Lost is closed when the database has ended, without which nothing goes on.
func (c *Cloud) Lost() <-chan struct{} { return c.server.Done() }

// RotateKeys replaces the token keys as Secrets Manager would, by the function that declares the rotation.
func (c *Cloud) RotateKeys(ctx context.Context) error {
	for _, f := range c.functions {
		if f.Rotation > 0 {
			return c.Secrets.Rotate(ctx, TokenKeysID, f.Name, c.Lambda.Invoke)
		}
	}
	return errors.New("no function rotates the token keys")
}

// Listen opens a port of this machine; 0 is a free one.
func Listen(wanted int) (net.Listener, error) {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", wanted))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %d is taken: end what listens there, or choose another: PORT=%d make run", wanted, wanted+10)
	}
	return l, err
}

func port(l net.Listener) string {
	_, p, _ := net.SplitHostPort(l.Addr().String())
	return p
}

// explain puts a remedy before errors that have a plain one.
func explain(err error) error {
	if errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), "no space left on device") {
		// What the compiler said of it takes many lines and says no more.
		return errors.New("the disk is full: free some room, `go clean -cache` gives back Go's build cache")
	}
	return err
}
