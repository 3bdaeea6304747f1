package plan

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// Resources are what a deployment consists of that costs while nobody uses it, in numbers, and its templates' other
// resources, which don't.
type Resources map[string]float64

// While no zone runs. A look is a run of a scheduled function that ends at once.
const (
	minutesOfMonth = 60 * 24 * 365.0 / 12
	lookSec        = 0.25      // of a look: the zones are listed, and each counted, or now and then ticked
	lookGB         = 0.67      // of exchange, census and sweep, on average
	lookReads      = 4.0       // units
	lookLogs       = 1.0 / 1e6 // GB: what the platform writes about an invocation, and a line of ours
	queuePolls     = 15.0      // requests a minute by which Lambda asks a queue for jobs: five pollers, 20 s each
	freeBoard      = 50        // metrics of a dashboard that costs nothing, while an account has three at most
	keyMinutes     = 5.0       // after which a table's key is asked for again, while the table is used
)

// free are the types of resources that cost nothing while they aren't used.
var free = strings.Fields(`
	AWS::ApiGatewayV2::Api AWS::ApiGatewayV2::Integration AWS::ApiGatewayV2::IntegrationResponse
	AWS::ApiGatewayV2::Route AWS::ApiGatewayV2::RouteResponse AWS::ApiGatewayV2::Stage AWS::ApiGatewayV2::Deployment
	AWS::CloudFront::CachePolicy AWS::CloudFront::Distribution AWS::CloudFront::Function
	AWS::CloudFront::KeyValueStore AWS::CloudFront::OriginAccessControl AWS::CloudFront::OriginRequestPolicy
	AWS::CloudFront::ResponseHeadersPolicy AWS::DSQL::Cluster AWS::IAM::Policy AWS::IAM::Role
	AWS::Lambda::Alias AWS::Lambda::EventInvokeConfig AWS::Lambda::Function AWS::Lambda::LayerVersion
	AWS::Lambda::Permission AWS::Lambda::Version AWS::CodeDeploy::Application AWS::CodeDeploy::DeploymentGroup
	AWS::Logs::LogGroup AWS::Logs::MetricFilter AWS::Logs::ResourcePolicy AWS::Route53::RecordSet
	AWS::S3::Bucket AWS::S3::BucketPolicy
	AWS::SNS::Subscription AWS::SNS::Topic AWS::SNS::TopicPolicy AWS::SQS::Queue AWS::SQS::QueuePolicy
	AWS::Scheduler::ScheduleGroup AWS::SecretsManager::ResourcePolicy AWS::SecretsManager::RotationSchedule
	AWS::CDK::Metadata AWS::WAFv2::LoggingConfiguration Custom::CDKBucketDeployment Custom::CrossRegionExportReader
	Custom::CrossRegionExportWriter Custom::S3AutoDeleteObjects`)

// Count counts the resources of CloudFormation's templates. A type that it doesn't know is an error: it may cost.
func Count(templates ...[]byte) (Resources, error) {
	all, unknown := Resources{}, []error{}
	for _, text := range templates {
		var t struct {
			Resources map[string]struct {
				Type       string
				Properties map[string]json.RawMessage
			}
		}
		if err := json.Unmarshal(text, &t); err != nil {
			return nil, fmt.Errorf("a template: %w", err)
		}
		for id, r := range t.Resources {
			switch r.Type {
			case "AWS::CloudWatch::Alarm":
				all["alarm metric"] += metricsOf(r.Properties["Metrics"])
			case "AWS::CloudWatch::Dashboard":
				if boardMetrics(r.Properties["DashboardBody"]) > freeBoard {
					all["dashboard"]++
				}
			case "AWS::WAFv2::WebACL":
				all["web ACL"]++
				var rules []json.RawMessage
				_ = json.Unmarshal(r.Properties["Rules"], &rules)
				all["firewall rule"] += float64(len(rules))
			case "AWS::SecretsManager::Secret":
				all["secret"]++
			case "AWS::DynamoDB::Table":
				if strings.Contains(string(r.Properties["SSESpecification"]), "true") {
					all["encrypted table"]++
				}
			case "AWS::Scheduler::Schedule":
				all["schedule"]++
			case "AWS::Lambda::EventSourceMapping":
				if strings.Contains(string(r.Properties["EventSourceArn"]), "Queue") {
					all["polled queue"]++
				}
			default:
				if !slices.Contains(free, r.Type) {
					unknown = append(unknown, fmt.Errorf("%s: nobody has said what a %s costs while it isn't used", id, r.Type))
				}
			}
		}
	}
	return all, errors.Join(unknown...)
}

// metricsOf returns how many metrics an alarm looks at: those of its expression, or one.
func metricsOf(expression json.RawMessage) (n float64) {
	var metrics []struct{ MetricStat json.RawMessage }
	_ = json.Unmarshal(expression, &metrics)
	for _, m := range metrics {
		if m.MetricStat != nil {
			n++
		}
	}
	return max(n, 1)
}

// boardMetrics returns how many metrics a dashboard shows. Its body is JSON in a text, which CDK joins of parts; each
// line of a graph names a namespace or has an expression.
func boardMetrics(body json.RawMessage) int {
	text := strings.ReplaceAll(string(body), `\`, "")
	return strings.Count(text, `["AWS/`) + strings.Count(text, `"expression":"SELECT`)
}

// Idle returns what the resources cost a month while no zone is open.
func Idle(r Resources) (all []Cost, total float64) {
	looks := r["schedule"] * minutesOfMonth
	line := func(service, what string, quantity float64, of string) {
		if quantity > 0 {
			all = append(all, Cost{service, what, quantity, quantity * price(of)})
			total += quantity * price(of)
		}
	}
	line("WAF", "web ACL", r["web ACL"], "web ACL")
	line("WAF", "rules", r["firewall rule"], "firewall rule")
	line("CloudWatch", "metrics that alarms look at", r["alarm metric"], "alarm metric")
	line("CloudWatch", "dashboards of more than 50 metrics", r["dashboard"], "dashboard")
	line("CloudWatch", "metrics of Foyer's own", min(r["schedule"], 1), "zone metric")
	line("CloudWatch", "GB of logs", looks*lookLogs, "GB of logs")
	line("Secrets Manager", "secrets", r["secret"], "secret")
	line("Secrets Manager", "calls", looks/5, "secret call")
	line("EventBridge Scheduler", "starts", looks, "schedule")
	line("Lambda", "invocations", looks, "invocation")
	line("Lambda", "GB-seconds", looks*lookSec*lookGB, "GB-second")
	line("DynamoDB", "read units", looks*lookReads, "read unit")
	line("DynamoDB", "write units", looks, "write unit")
	line("KMS", "calls for tables' keys", r["encrypted table"]*minutesOfMonth/keyMinutes, "key call")
	line("SQS", "requests for jobs", r["polled queue"]*queuePolls*minutesOfMonth, "queue request")
	return all, total
}

//go:embed idle.json
var idleText []byte

// Deployed returns the resources of a deployment with everything on, or of a waiting room alone, as the templates had
// them when this was built.
func Deployed(sale bool) Resources {
	var both map[string]Resources
	if err := json.Unmarshal(idleText, &both); err != nil {
		panic(err) // a test reads the file as well
	}
	return both[map[bool]string{true: "everything", false: "waiting room"}[sale]]
}

// PrintIdle writes what the resources cost while nobody uses them.
func PrintIdle(w io.Writer, r Resources) error {
	costs, total := Idle(r)
	out := &printer{w: tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)}
	out.say("A month without an open zone: quantity, dollars")
	for _, c := range costs {
		out.row(c.Service+" "+c.What, whole(c.Quantity), fmt.Sprintf("%.2f", c.Dollars))
	}
	out.row("in all", "", fmt.Sprintf("%.2f", total))
	out.note("prices: " + pricesOf())
	out.say("While a zone is open, exchange and census run without end: $%.2f for each hour.",
		3600*loopGB*price("GB-second"))
	return errors.Join(out.err, out.w.Flush())
}
