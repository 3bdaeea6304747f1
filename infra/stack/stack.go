// Package stack is the CDK app: what the topology declares, as CloudFormation. Each construct is a file: its Props,
// a New, and where functions use it the Resource that grants the permission and the environment variable together.
//
// It decides nothing that the local cloud must also know; that stands in the topology. It must never give a function
// more than the topology does.
package stack

import (
	"maps"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"

	"foyer/infra/stack/watch"
	"foyer/infra/stage"
	"foyer/infra/topology"
)

// Parts are what was built before: folders of this machine and the edge functions' text.
type Parts struct {
	Code  string // folder with <function>/bootstrap
	Pages string // folder with the static pages
	Gate  string // the edge function before the protected site
	API   string // the edge function before Foyer's own paths
	Back  string // the function for the way back, for Config.SiteNames
}

// Features set how CDK behaves wherever the app runs; cdk.json would only count for the CDK command.
var Features = map[string]any{
	"@aws-cdk/core:checkSecretUsage":    true,
	"@aws-cdk/aws-iam:minimizePolicies": true,
	"@aws-cdk/core:target-partitions":   []string{"aws"},
	"aws:cdk:disable-stack-trace":       true,
	"aws:cdk:disable-asset-staging":     false,
}

// New makes the deployment: one stack and, when it isn't in us-east-1, two more there: one before it for the firewall,
// which CloudFront wants in that Region, and one after it for the alarms on CloudFront's metrics, which are there.
func New(app constructs.Construct, c stage.Config, parts Parts) awscdk.Stack {
	s := newStack(app, c.Name(), c.Region, c)
	firewall := s
	if c.Region != "us-east-1" {
		firewall = newStack(app, c.Name()+"-edge", "us-east-1", c)
	}
	alarms, door := build(s, c, parts, NewFirewall(firewall, c))
	if c.Region != "us-east-1" {
		apart := newStack(app, c.Name()+"-watch", "us-east-1", c)
		alarms = watch.NewAlarms(apart, c)
		outputs{constructs.NewConstruct(apart, str("Out"))}.add("AlarmTopicArn", "where the front door's alarms go",
			alarms.Urgent.TopicArn())
	}
	alarms.WatchDoor(door)
	suppress(s, c)
	return s
}

func newStack(app constructs.Construct, name, region string, c stage.Config) awscdk.Stack {
	env := &awscdk.Environment{Region: str(region)}
	if c.Account != "" {
		env.Account = str(c.Account)
	}
	return awscdk.NewStack(app, str(name), &awscdk.StackProps{
		Env: env, Description: str("Foyer: a virtual waiting room (" + c.Stage + ")"),
		TerminationProtection: flag(c.Protect), AnalyticsReporting: flag(false),
		CrossRegionReferences: flag(c.Region != "us-east-1"),
		Tags:                  &map[string]*string{"app": str("foyer"), "stage": str(c.Stage)},
	})
}

// build makes the stack itself. It returns its alarms, and the names of CloudFront's metrics.
func build(
	scope constructs.Construct, c stage.Config, parts Parts, firewall *string,
) (*watch.Alarms, watch.DoorMetrics) {
	keep := c.Keep()
	tables := NewTables(scope, TablesProps{Tables: topology.Tables, Warm: c.Warm, Keep: keep, Protect: c.Protect,
		Kept: c.Kept.Tables})
	secrets := NewSecrets(scope, SecretsProps{Keep: keep, Sale: !c.NoSale, TicketKeys: c.Kept.TicketKeys})
	edges := NewEdge(scope, parts)
	decl, queues := c.Functions(), NewQueues(scope, c.Queues())
	var ledger *Ledger
	switch {
	case c.Kept.Ledger != "":
		ledger = keptLedger(c.Kept.Ledger)
	case !c.NoSale:
		ledger = NewLedger(scope, keep, c.Protect)
	}
	socket := NewSocket(scope)
	functions := NewFunctions(scope, FunctionsProps{
		Functions: decl, Resources: resources(c, tables, secrets, edges, socket, queues, ledger),
		Tables: tables, Queues: queues,
		Code: parts.Code, Metrics: c.Metrics(), Keep: keep, Reserve: c.Reservation,
	})
	streams := NewStreams(scope, decl, functions, tables)
	queues.Feed(scope, decl, functions)
	NewSchedules(scope, c, decl, functions)
	for _, f := range decl {
		if f.Rotation > 0 {
			secrets.Rotate(scope, f, functions[f.Name])
		}
	}
	served := functions.Live(scope, decl, c.Keep() || c.Rollback)
	socket.Route(decl, served)
	api := NewAPI(scope, decl, served, c.Metrics(), keep)
	pages := NewPages(scope, parts.Pages, keep)
	door := NewDoor(scope, DoorProps{Config: c, Edge: edges, Pages: pages, API: api, Socket: socket, Secrets: secrets,
		Firewall: firewall})

	alarms := watch.NewAlarms(scope, c)
	m := watch.Metrics{
		Namespace: c.Metrics(), API: api.api.ApiId(), Socket: socket.api.Ref(),
		Functions: names(functions, awslambda.Function.FunctionName), Tables: names(tables, awsdynamodb.ITable.TableName),
		Letters: names(streams, awssqs.Queue.QueueName), Queues: names(queues, func(q Jobs) watch.QueueNames {
			return watch.QueueNames{Queue: q.queue.QueueName(), Dead: q.dead.QueueName()}
		}),
		Door: watch.DoorMetrics{
			Distribution: door.DistributionId(), Gate: edges.gate.FunctionName(), API: edges.api.FunctionName(),
		},
	}
	alarms.Watch(decl, c, m)
	if c.Rollback {
		NewRollouts(scope, served, alarms.Of("api-errors"), alarms.Of("socket-errors"))
	}
	board := watch.NewDashboards(scope, c, decl, m)

	put := outputs{scope: constructs.NewConstruct(scope, str("Out"))}
	put.add("FrontDoorUrl", "where visitors go", join(str("https://"), orDomain(c, door.DistributionDomainName())))
	if len(c.Hosts) > 0 {
		put.add("Hosts", "the hosts beside that one", str(strings.Join(c.HostNames(), ",")))
	}
	put.add("Rules", "whether hosts may have rules", str(map[bool]string{true: "on", false: "off"}[c.Rules]))
	put.add("DistributionId", "the CloudFront distribution", door.DistributionId())
	put.add("EdgeStoreArn", "the edge's key-value store", edges.store.KeyValueStoreArn())
	put.add("TokenKeysArn", "the secret with the token keys", secrets.Keys.SecretArn())
	put.add("FrontDoorSecretArn", "the secret that proves the way through the front door", secrets.Door.SecretArn())
	put.add("FrontDoorSlot", "which of its two values CloudFront sends", str(c.DoorSlot))
	put.add("SiteSecretSlot", "which of its two values CloudFront sends to the site", str(c.SiteSlot))
	put.add("SiteSecretArn", "the secret that the protected site knows the front door by", secrets.Site.SecretArn())
	if !c.NoSale {
		put.add("TicketKeysArn", "the secret with the key that signs tickets", secrets.Tickets.SecretArn())
		put.add("PayKeysArn", "the secret with the payment provider's keys", secrets.Pay.SecretArn())
		put.add("LedgerUrl", "the PostgreSQL database of the books", ledger.URL("admin"))
		put.add("BookkeeperRoleArn", "who may write the books: foyerctl ledger restrict",
			functions["bookkeeper"].Role().RoleArn())
	}
	put.add("AlarmTopicArn", "where alarms go that can't wait", alarms.Urgent.TopicArn())
	put.add("NoticeTopicArn", "where alarms go that can wait until the next morning", alarms.Notices.TopicArn())
	put.add("DashboardName", "the CloudWatch dashboard", board.DashboardName())
	put.add("HttpApiId", "the HTTP API behind the front door", api.api.ApiId())
	put.add("SocketApiId", "the WebSocket API behind the front door", socket.api.Ref())
	for _, t := range topology.Tables {
		put.add("Table"+sid(t.Name), "the "+t.Name+" table", tables[t.Name].TableName())
	}
	for _, q := range c.Queues() {
		put.add("Queue"+sid(q.Name), "the queue of "+q.Does, queues[q.Name].queue.QueueUrl())
	}
	for _, f := range decl {
		if f.Stream != nil {
			put.add("Function"+sid(f.Name), "the function that "+f.Does, functions[f.Name].FunctionName())
			put.add("Letters"+sid(f.Name), "where what it gave up is", streams[f.Name].QueueUrl())
		}
	}
	return alarms, m.Door
}

// names returns what each of a map's resources is called.
func names[R, N any](of map[string]R, name func(R) N) map[string]N {
	all := map[string]N{}
	for key, one := range of {
		all[key] = name(one)
	}
	return all
}

// outputs are the names by which an operator's tools find the deployment.
type outputs struct{ scope constructs.Construct }

func (o outputs) add(name, means string, value *string) {
	out := awscdk.NewCfnOutput(o.scope, str(name), &awscdk.CfnOutputProps{Description: str(means), Value: value})
	out.OverrideLogicalId(str(name))
}

// resources is everything that functions may be granted, by the names that the topology uses.
func resources(
	c stage.Config, tables Tables, secrets *Secrets, edges *Edge, socket *Socket, queues Queues, ledger *Ledger,
) map[string]Resource {
	all := secrets.Resources()
	all[topology.EdgeStore] = edges.Resource()
	all[topology.ConnectionsLook] = socket.Resource("ConnectionsLook", "GET")
	all[topology.ConnectionsPush] = socket.Resource("ConnectionsPush", "POST")
	all[topology.ConnectionsEnd] = socket.Resource("ConnectionsEnd", "DELETE")
	for _, t := range topology.Tables {
		maps.Copy(all, tables.Resources(t))
	}
	for _, q := range c.Queues() {
		all[q.Name] = queues.Resource(q)
	}
	if !c.NoSale {
		all[topology.Ledger], all[topology.Mail] = ledger.Resource(), mailResource(c)
	}
	return all
}

func orDomain(c stage.Config, otherwise *string) *string {
	if c.Domain != "" {
		return str(c.Domain)
	}
	return otherwise
}
