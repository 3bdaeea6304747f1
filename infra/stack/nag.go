package stack

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"foyer/infra/stage"
)

// Wildcard is an action or a resource with a star in it that some policy holds, and why it must.
// Pattern is a regular expression over cdk-nag's notation: Action::… or Resource::…, with <LogicalId.Attribute> for
// what is only known when deployed.
type Wildcard struct{ Pattern, Reason string }

// Wildcards is every star there is. A star that isn't here fails the tests, and so does a line that no policy needs.
var Wildcards = []Wildcard{
	{`^Resource::\*$`, "X-Ray's two actions know no resources, and neither does CloudWatch's DescribeAlarms."},
	{`^Resource::.*/ws/(GET|POST|DELETE)/@connections/\*$`,
		"API Gateway makes a connection's id when it is opened; nobody knows it before."},
	{`^Resource::.*/stream/\*$`, "ListStreams is granted on a table's streams; their labels are made by DynamoDB."},
	{`^Action::s3:(GetObject|GetBucket|List|DeleteObject|Abort)\*$`,
		"CDK's own upload of the pages; it runs during a deployment only."},
	{`^Resource::.*:s3:::cdk-.*/\*$`, "CDK's own upload reads the assets that the same deployment published."},
	{`^Resource::<PagesBucket.*\.Arn>/\*$`, "CDK's own upload writes every page of the bucket."},
}

// exception is a rule of cdk-nag that the app departs from on purpose, at some paths, and why.
type exception struct {
	rule, why string
	paths     []string
}

var (
	openRoute = "Visitors have no accounts. Each function requires the front door's secret header and a visitor token " +
		"that the edge signed."
	uploader = "Custom::CDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756C"
)

var exceptions = []exception{
	{"AwsSolutions-SMG4", "CloudFront holds the header in its configuration, so replacing it means a deployment, by the " +
		"runbook; it proves a way, not a person.", []string{"FrontDoor", "SiteSecret"}},
	{"AwsSolutions-SMG4", "Tickets that were sold must hold until the doors open: its key is replaced by hand, and the " +
		"old one stays known.", []string{"TicketKeys"}},
	{"AwsSolutions-SMG4", "Its keys are made at the payment provider, by a person; two webhook secrets are good at a " +
		"time.", []string{"PayKeys"}},
	{"AwsSolutions-APIG1",
		"Access logs of WebSocket stages need a role that is set for the whole account; the register " +
			"function logs every connect.", []string{"Socket/Stage"}},
	{"AwsSolutions-APIG4", openRoute, []string{"Socket/Route-$connect", "Http"}},
	{"AwsSolutions-APIG4", "A ping is answered by the gateway itself, on a connection that was authorized when it was " +
		"opened.", []string{"Socket/Route-ping"}},
	{"AwsSolutions-S1", "Only the distribution can read the bucket, which holds public pages.", []string{"Pages/Bucket"}},
	{"AwsSolutions-CFR3", "Logs of every viewer's address are the operator's decision; counts are in the metrics.",
		[]string{"Door/Distribution"}},
	{"AwsSolutions-CFR1", "Where tickets may be bought from is the operator's decision.", []string{"Door/Distribution"}},
	{"AwsSolutions-CFR4", "Without a domain of one's own CloudFront's certificate fixes the TLS version.",
		[]string{"Door/Distribution"}},
	{"AwsSolutions-L1", "CDK chooses the runtime of its own upload.", []string{uploader}},
	{"AwsSolutions-IAM4", "CDK's own upload logs by AWS's policy for that; it runs during a deployment only.",
		[]string{uploader}},
	{"AwsSolutions-IAM5", "", []string{uploader}},
}

// suppress hands cdk-nag the exceptions; the reasons stay in the template's metadata.
func suppress(s awscdk.Stack, c stage.Config) {
	for _, f := range c.Functions() {
		at(s, "Function-"+f.Name, wildcards())
		for _, key := range f.Sockets {
			if key != "$connect" {
				at(s, "Socket/Route-"+key,
					reason("AwsSolutions-APIG4", "A message comes over a connection that was authorized when it was opened."))
			}
		}
		if f.Stream != nil {
			at(s, "Function-"+f.Name+"/Failures", reason("AwsSolutions-SQS3", "It is a dead-letter queue."))
		}
	}
	if c.Rollback {
		at(s, "Rollout/Role", wildcards())
	}
	for _, q := range c.Queues() {
		at(s, "Queue-"+q.Name+"/Dead", reason("AwsSolutions-SQS3", "It is a dead-letter queue."))
	}
	for _, x := range exceptions {
		what := reason(x.rule, x.why)
		if x.rule == "AwsSolutions-IAM5" {
			what = wildcards()
		}
		for _, path := range x.paths {
			if c.NoSale && path == "PayKeys" || path == "TicketKeys" && (c.NoSale || c.Kept.TicketKeys != "") {
				continue
			}
			at(s, path, what)
		}
	}
}

func at(s awscdk.Stack, path string, what []*cdknag.NagPackSuppression) {
	cdknag.NagSuppressions_AddResourceSuppressionsByPath(s, str("/"+*s.Node().Path()+"/"+path), &what, yes())
}

func reason(rule, why string) []*cdknag.NagPackSuppression {
	return []*cdknag.NagPackSuppression{{Id: str(rule), Reason: str(why)}}
}

func wildcards() (all []*cdknag.NagPackSuppression) {
	for _, w := range Wildcards {
		all = append(all, &cdknag.NagPackSuppression{
			Id: str("AwsSolutions-IAM5"), Reason: str(w.Reason),
			AppliesTo: &[]any{&cdknag.RegexAppliesTo{Regex: str("/" + strings.ReplaceAll(w.Pattern, "/", `\/`) + "/")}},
		})
	}
	return all
}
