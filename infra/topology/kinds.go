package topology

import "time"

// Table is a DynamoDB table. Every table is on demand.
type Table struct {
	Name    string
	Hash    Attribute
	Range   Attribute // a zero one: none
	TTL     string    // attribute with the time to live, in epoch seconds; empty: none
	Stream  StreamView
	Env     string // environment variable that gives the table's name to functions
	Indexes []Index
}

// Index is a global secondary index.
type Index struct {
	Name     string
	Hash     Attribute
	Range    Attribute
	KeysOnly bool
	Also     []string // attributes beside the keys; with KeysOnly only
}

// On returns the name by which a Grant names the index of t.
func (x Index) On(t Table) string { return t.Name + "/index/" + x.Name }

// Attribute is a key attribute and its DynamoDB type: "S", "N" or "B".
type Attribute struct{ Name, Type string }

// StreamView says what a table's stream carries; empty: no stream.
type StreamView string

// The stream views in use.
const (
	NewImage        StreamView = "NEW_IMAGE"
	NewAndOldImages StreamView = "NEW_AND_OLD_IMAGES"
)

// Function is one deployed Lambda, built from functions/<Name>.
type Function struct {
	Name                string
	Does                string // one line for people
	MemoryMB            int
	Timeout             time.Duration
	ReservedConcurrency int // reserved concurrency; 0: none
	Env                 []string
	Grants              []Grant
	Routes              []Route
	Sockets             []string // WebSocket route keys
	Stream              *Trigger
	Queue               *QueueTrigger
	Schedule            time.Duration // started this often; 0: never
	Rotation            time.Duration // replaces the token keys this often, in whole days; 0: never
}

// Answers reports whether visitors wait for the function's answer.
func (f Function) Answers() bool { return len(f.Routes)+len(f.Sockets) > 0 }

// Reserved returns the concurrency that the function reserves when the stream that it reads has that many shards: at
// least its lanes, since lanes that are refused wait, and what waits too long is given up.
func (f Function) Reserved(shards int) int {
	if f.Stream == nil || f.ReservedConcurrency == 0 {
		return f.ReservedConcurrency
	}
	return max(f.ReservedConcurrency, shards*f.Stream.Parallelization)
}

// Grant permits actions on a resource: a table's Name, an index of it by its path (Index.On), a queue's Name, or one of
// the Resource constants.
type Grant struct {
	On      string
	Actions []string
}

// Resources that are not tables.
const (
	ConnectionsLook = "@connections/GET"    // whether a connection of the WebSocket API is there
	ConnectionsPush = "@connections/POST"   // messages to a connection
	ConnectionsEnd  = "@connections/DELETE" // the end of a connection
	EdgeStore       = "@edge-store"         // the CloudFront key-value store
	TokenKeys       = "@token-keys"         // the secret with the token keys and the draw seed
	FrontDoor       = "@front-door"         // the secret that CloudFront sends along
	Exchange        = "@exchange"           // the function exchange
	Census          = "@census"             // the function census
	Announce        = "@announce"           // the function announce
	SiteSecret      = "@site-secret"        // the secret that CloudFront and the protected site know each other by
)

// Environment variables that aren't table names.
const (
	EnvCallback   = "CALLBACK_URL"      // where @connections calls go
	EnvEdgeStore  = "EDGE_STORE_ARN"    // the key-value store
	EnvKeys       = "TOKEN_KEYS_SECRET" // id of the secret with the token keys
	EnvFrontDoor  = "FRONT_DOOR_SECRET" // id of the secret that CloudFront sends along
	EnvSiteSecret = "SITE_SECRET"       // id of the secret that CloudFront and the protected site know each other by
	EnvExchange   = "EXCHANGE_FUNCTION" // name of the function exchange
	EnvCensus     = "CENSUS_FUNCTION"   // name of the function census
	EnvAnnounce   = "ANNOUNCE_FUNCTION" // name of the function announce
	EnvMetrics    = "METRICS_NAMESPACE" // where CloudWatch files the metrics; each deployment has its own
)

// Route is an HTTP API route.
type Route struct{ Method, Path string }

// Trigger is a stream event source mapping.
type Trigger struct {
	Table           string
	Filter          string // a filter pattern as Lambda takes it; empty: everything
	Batch           int
	Window          time.Duration // how long to gather a batch
	MaxAge          time.Duration // counts for throttling, which isn't a retry
	MaxRetries      int           // so few that waiting between them holds other records up for less than a minute
	Bisect          bool
	Parallelization int
}
