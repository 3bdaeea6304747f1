// Package local runs the cloud that Foyer is deployed to, on one machine. It assembles the packages below it: those
// that play a service of AWS or the payment provider, and the real databases DynamoDB Local and PostgreSQL. Functions
// are the binaries that are deployed, built for this machine, and so are the edge function and the pages. What exists
// comes from infra/topology, as it does on AWS.
//
// It is a test bed and not a product: each package says what it doesn't play. Permissions aren't played at all;
// package calls records what would need them. Functions don't know that they run here: they get the addresses by the
// SDK's own environment variables.
package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"golang.org/x/sync/errgroup"

	"foyer/infra/bundle"
	"foyer/infra/local/apigw"
	localaws "foyer/infra/local/aws"
	"foyer/infra/local/calls"
	"foyer/infra/local/cdn"
	"foyer/infra/local/cloudwatch"
	"foyer/infra/local/ddb"
	"foyer/infra/local/kvs"
	"foyer/infra/local/lambda"
	"foyer/infra/local/pg"
	"foyer/infra/local/secrets"
	"foyer/infra/local/ses"
	"foyer/infra/local/sqs"
	"foyer/infra/local/streams"
	"foyer/infra/local/stripe"
	"foyer/infra/topology"
	"foyer/internal/store/dynamo"
)

// Options says what to run. The zero Options: everything, on free ports, quietly.
type Options struct {
	Root       string              // the module's folder; empty: found from the working directory upward
	Port       int                 // of the front door; 0: a free one
	Secure     string              // address on which the front door listens for https as well; empty: nowhere
	Origin     string              // URL of the protected site; empty: the event's page
	OriginHost topology.OriginHost // whose name the protected site is called by; empty: its own
	Hosts      map[string]string   // other hosts of the front door, and the URLs of their sites
	Prefix     string              // before every table's name
	Functions  []topology.Function // nil: all of the topology
	Prebuilt   bool                // take the functions' binaries as they are
	NoSchedule bool                // start no function on a schedule
	Disk       string              // folder where the database keeps its data; empty: in memory
	Lambda     lambda.Options      // Env is set here, and Binaries unless given
	Sockets    apigw.SocketOptions
	Streams    streams.Options
	Queues     sqs.Options
	Provider   stripe.Options      // its keys and addresses are set here
	Calls      *calls.Recorder     // keeps what functions ask of AWS; nil: nothing does, and they call the database
	Figures    *cloudwatch.Figures // takes what is measured; nil: nothing does
	Progress   io.Writer           // a line for every step that takes time; nil: none
}

// Cloud is a running cloud.
type Cloud struct {
	URL       string   // the front door
	Secure    []string // the front door by https, as browsers reach it
	Database  string   // endpoint of DynamoDB
	Prefix    string   // before every table's name
	Dynamo    *dynamodb.Client
	Lambda    *lambda.Service
	HTTP      *apigw.HTTPAPI
	Sockets   *apigw.Sockets
	Streams   *streams.Service
	Queues    *sqs.Service
	Mailbox   *ses.Mailbox
	Provider  *stripe.Service // takes payments
	Ledger    string          // URL of the ledger's PostgreSQL, as its owner; empty: no function needs one
	Secrets   *secrets.Service
	Store     *kvs.Store
	CDN       *cdn.Distribution
	functions []topology.Function
	calls     *calls.Recorder
	disk      string
	server    *ddb.Server
	database  *pg.Server
	writer    string // URL of the ledger for functions, which may only add rows
	streams   *dynamodbstreams.Client
	transport *http.Transport
	life      context.Context
	stop      context.CancelFunc
	http      []*http.Server
	inside    *Inside
	meter     meter
	tasks     sync.WaitGroup
}

// Up starts everything. An error is one line that says what to do; nothing runs then.
func Up(ctx context.Context, o Options) (_ *Cloud, err error) {
	if o.Functions == nil {
		o.Functions = topology.Functions
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	if o.Root == "" {
		if o.Root, err = bundle.Root(); err != nil {
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
	_, port, _ := net.SplitHostPort(front.Addr().String())
	c := &Cloud{Prefix: o.Prefix, functions: o.Functions, calls: o.Calls, disk: o.Disk, URL: "http://localhost:" + port}
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
	if err := c.secure(o); err != nil {
		return nil, err
	}
	c.serve(front, c.CDN)
	if !o.NoSchedule {
		c.schedule(life)
	}
	return c, nil
}

// prepare builds the functions while the database starts.
func (c *Cloud) prepare(ctx context.Context, o Options) error {
	group, ctx := errgroup.WithContext(ctx)
	if !o.Prebuilt {
		group.Go(func() error { return Build(ctx, o.Root, o.Functions, o.Progress) })
	}
	group.Go(func() error { return c.openLedger(ctx, o.Progress) })
	group.Go(func() (err error) {
		if c.server, err = ddb.Start(ctx, ddb.Options{Progress: o.Progress, DBPath: o.Disk}); err != nil {
			return err
		}
		c.connect(c.server.Endpoint)
		return dynamo.CreateTables(ctx, c.Dynamo, o.Prefix)
	})
	return group.Wait()
}

// RestartDatabase stops the database, lets some time pass, and starts it again where it was, with what it kept on disk.
func (c *Cloud) RestartDatabase(ctx context.Context, away time.Duration) (err error) {
	if c.disk == "" {
		return errors.New("a database in memory can't be started again: set Disk")
	}
	c.server.Stop()
	time.Sleep(away)
	c.server, err = ddb.Start(ctx, ddb.Options{DBPath: c.disk, Port: c.server.Port()})
	return err
}

// connect makes the database's clients. Their connections are the cloud's own, so that it can close them.
func (c *Cloud) connect(endpoint string) {
	c.transport = &http.Transport{MaxIdleConnsPerHost: 64}
	client := &http.Client{Transport: c.transport}
	who := credentials.NewStaticCredentialsProvider("local", "local", "")
	c.Database = endpoint
	c.Dynamo = dynamodb.New(dynamodb.Options{
		Region: localaws.Region, BaseEndpoint: &endpoint, Credentials: who, HTTPClient: client,
	})
	c.streams = dynamodbstreams.New(dynamodbstreams.Options{
		Region: localaws.Region, BaseEndpoint: &endpoint, Credentials: who, HTTPClient: client,
	})
}

// openLedger starts the ledger's database where a function needs it.
func (c *Cloud) openLedger(ctx context.Context, progress io.Writer) (err error) {
	needed := func(f topology.Function) bool { return slices.Contains(f.Env, topology.EnvLedger) }
	if !slices.ContainsFunc(c.functions, needed) {
		return nil
	}
	if c.database, err = pg.Start(ctx, pg.Options{Progress: progress}); err != nil {
		return err
	}
	c.Ledger = c.database.URL
	c.writer, err = restrict(ctx, c.Ledger)
	return err
}

// wire makes the services and opens what functions talk to.
func (c *Cloud) wire(o Options) (err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			l.Close()
		}
	}()
	inside := &Inside{Address: "http://" + l.Addr().String(), Database: c.Database, Prefix: c.Prefix}
	c.inside = inside
	env := map[string][]string{}
	o.Lambda.Binaries = cmp.Or(o.Lambda.Binaries, filepath.Join(o.Root, Binaries))
	o.Lambda.Env = func(f topology.Function) []string { return env[f.Name] }
	if o.Figures != nil {
		c.meter = meter{figures: o.Figures, seen: map[cloudwatch.Metric]float64{}}
		o.Lambda.Logs = o.Figures.Beside(o.Lambda.Logs)
		o.Streams.Age = c.meter.age
	}
	if c.Lambda, err = lambda.New(c.functions, o.Lambda); err != nil {
		return err
	}
	o.Provider.Key, o.Provider.WebhookSecret = "sk_test_"+localaws.RandomText(18), "whsec_"+localaws.RandomText(18)
	o.Provider.WebhookURL, o.Provider.Base = c.URL+"/foyer/webhooks/stripe", inside.Address
	c.HTTP = apigw.NewHTTPAPI(c.functions, c.Lambda.Invoke)
	c.Sockets = apigw.NewSockets(c.functions, c.Lambda.Invoke, o.Sockets)
	c.Queues = sqs.New(append(letters(c.functions), topology.Queues...), o.Queues)
	if o.Streams.OnFailure == nil {
		o.Streams.OnFailure = func(name string, record []byte) { c.Queues.Add(lettersOf(name), string(record)) }
	}
	c.Streams = streams.New(c.streams, c.Lambda.Invoke, o.Streams)
	c.Mailbox = &ses.Mailbox{Now: time.Now}
	c.Provider = stripe.New(o.Provider)
	c.Secrets = secrets.New()
	c.Secrets.Rotation = func(id string) bool {
		if id == TokenKeysID {
			c.tasks.Go(func() { _ = c.RotateKeys(context.Background()) }) // rotate's own log says why it failed
		}
		return id == TokenKeysID
	}
	seedSecrets(c.Secrets, o.Provider.Key, o.Provider.WebhookSecret)
	if err := c.newFront(o); err != nil {
		return err
	}
	inside.Connections, inside.Secrets, inside.Store = c.Sockets.Management(), c.Secrets, c.Store
	inside.Queues, inside.Mailbox, inside.Provider = c.Queues, c.Mailbox, c.Provider
	inside.Functions, inside.Door = c.Lambda, map[string]http.Handler{}
	for host := range o.Hosts {
		inside.Door[host] = c.CDN
	}
	handler := http.Handler(inside)
	if c.calls != nil {
		if inside.Dynamo, err = passOn(c.Database, c.transport); err != nil {
			return err
		}
		handler = c.calls.Watch(c.Prefix, c.functions, handler)
	}
	for _, f := range c.functions {
		if env[f.Name], err = c.environment(inside, f); err != nil {
			return err
		}
	}
	c.serve(l, handler)
	return nil
}

// environment returns a function's variables as Lambda's options want them.
func (c *Cloud) environment(inside *Inside, f topology.Function) (env []string, err error) {
	values, err := inside.Environment(f, map[string]string{
		topology.EnvKeys: TokenKeysID, topology.EnvFrontDoor: FrontDoorID, topology.EnvSiteSecret: SiteSecretID,
		topology.EnvTicketKeys: TicketKeysID, topology.EnvPayKeys: PayKeysID,
		topology.EnvSite: c.URL, topology.EnvLedger: c.writer,
	})
	if c.calls != nil {
		env = append(env, "AWS_ACCESS_KEY_ID="+calls.KeyID(f.Name))
	}
	for name, value := range values {
		env = append(env, name+"="+value)
	}
	return env, err
}

// follow connects the streams and queues to the functions that declare a trigger.
func (c *Cloud) follow(ctx, life context.Context) error {
	for _, f := range c.functions {
		if f.Queue != nil {
			if err := c.Queues.Feed(life, f.Name, *f.Queue, c.Lambda.Invoke); err != nil {
				return err
			}
		}
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
	return nil
}

func (c *Cloud) schedule(life context.Context) {
	for _, f := range c.functions {
		if f.Schedule > 0 {
			c.tasks.Go(func() { lambda.RunSchedule(life, f, c.Lambda.InvokeAsync) })
		}
	}
}

func (c *Cloud) serve(l net.Listener, h http.Handler) {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second,
		// Closing the server doesn't end connections that became sockets: the end of this context does.
		BaseContext: func(net.Listener) context.Context { return c.life },
	}
	c.http = append(c.http, s)
	c.tasks.Go(func() { s.Serve(l) })
}

// Down ends everything, within five seconds, and waits for that. Calling it again does nothing.
func (c *Cloud) Down() {
	c.stop()
	var all sync.WaitGroup
	if c.server != nil {
		all.Go(c.server.Stop)
	}
	if c.database != nil {
		defer c.database.Stop() // functions are done with it by then
	}
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

// Lost is closed when the database has ended, without which nothing works.
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
	return listen(net.JoinHostPort("127.0.0.1", strconv.Itoa(wanted)))
}

func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		_, port, _ := net.SplitHostPort(address)
		n, _ := strconv.Atoi(port)
		return nil, fmt.Errorf("port %d is taken: end what listens there, or choose another: PORT=%d make run", n, n+10)
	}
	return l, err
}

// explain replaces errors that have a plain remedy by that remedy.
func explain(err error) error {
	if errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), "no space left on device") {
		// The compiler's own message takes many lines and says no more.
		return errors.New("the disk is full: free some room, `go clean -cache` gives back Go's build cache")
	}
	return err
}
