package watch

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"foyer/internal/aws/metrics"
)

// Metrics finds what CloudWatch measures of the deployment. Every period is a minute. Maps are by
// the names of the topology.
type Metrics struct {
	Namespace   string             // of Foyer's own
	Functions   map[string]*string // their names
	Tables      map[string]*string // their names
	Letters     map[string]*string // function → name of its stream's dead-letter queue
	Queues      map[string]QueueNames
	API, Socket *string // ids
	Door        DoorMetrics
}

// GatewayRefused is the metric, in the deployment's namespace, of requests that API Gateway answered 429 by itself.
const GatewayRefused = "GatewayRefused"

// QueueNames names a queue of jobs and its dead-letter queue.
type QueueNames struct{ Queue, Dead *string }

// DoorMetrics finds what CloudFront measures: always in us-east-1.
type DoorMetrics struct {
	Distribution *string // its id
	Gate, API    *string // the edge functions' names
}

func (d DoorMetrics) door(what, statistic string) awscloudwatch.IMetric {
	return global(what, statistic, map[string]*string{"DistributionId": d.Distribution})
}

// edge is a metric of both edge functions: their sum, or the worse of two averages.
func (d DoorMetrics) edge(what, statistic string) awscloudwatch.IMetric {
	of := func(name *string) awscloudwatch.IMetric {
		return global(what, statistic, map[string]*string{"FunctionName": name})
	}
	gate, api := "gate"+what, "api"+what
	expression := fmt.Sprintf("FILL(%s, 0) + FILL(%s, 0)", gate, api)
	if statistic != "Sum" {
		expression = fmt.Sprintf("MAX([FILL(%s, 0), FILL(%s, 0)])", gate, api)
	}
	return sum(map[string]awscloudwatch.IMetric{gate: of(d.Gate), api: of(d.API)}, expression, what)
}

func global(what, statistic string, dimensions map[string]*string) awscloudwatch.IMetric {
	dimensions["Region"] = jsii.String("Global")
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String("AWS/CloudFront"), MetricName: jsii.String(what), Statistic: jsii.String(statistic),
		DimensionsMap: &dimensions,
		Period:        minute(), Region: jsii.String("us-east-1"),
	})
}

// minute is the period of every metric.
func minute() awscdk.Duration { return awscdk.Duration_Minutes(jsii.Number(1)) }

func metric(namespace, name, statistic string, dimensions map[string]*string) awscloudwatch.IMetric {
	p := &awscloudwatch.MetricProps{
		Namespace: jsii.String(namespace), MetricName: jsii.String(name), Statistic: jsii.String(statistic), Period: minute(),
	}
	if dimensions != nil {
		p.DimensionsMap = &dimensions
	}
	return awscloudwatch.NewMetric(p)
}

func (m Metrics) function(name, what, statistic string) awscloudwatch.IMetric {
	return metric("AWS/Lambda", what, statistic, map[string]*string{"FunctionName": m.Functions[name]})
}

func (m Metrics) api(what, statistic string) awscloudwatch.IMetric {
	return metric("AWS/ApiGateway", what, statistic, map[string]*string{"ApiId": m.API})
}

func (m Metrics) socket(what, statistic string) awscloudwatch.IMetric {
	return metric("AWS/ApiGateway", what, statistic, map[string]*string{"ApiId": m.Socket})
}

func (m Metrics) queue(function, what string) awscloudwatch.IMetric {
	return metric("AWS/SQS", what, "Maximum", map[string]*string{"QueueName": m.Letters[function]})
}

func (m Metrics) jobs(queue, what string) awscloudwatch.IMetric {
	return metric("AWS/SQS", what, "Maximum", map[string]*string{"QueueName": m.Queues[queue].Queue})
}

func (m Metrics) dead(queue string) awscloudwatch.IMetric {
	return metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum",
		map[string]*string{"QueueName": m.Queues[queue].Dead})
}

func (m Metrics) table(name, what string) awscloudwatch.IMetric {
	return metric("AWS/DynamoDB", what, "Sum", map[string]*string{"TableName": m.Tables[name]})
}

// throttles is every refused write of a table and, where reads come first, every refused read.
func (m Metrics) throttles(table string) awscloudwatch.IMetric {
	writes := m.table(table, "WriteThrottleEvents")
	if table != "zones" && table != "grants" && table != "seats" {
		return writes
	}
	return sum(map[string]awscloudwatch.IMetric{"reads": m.table(table, "ReadThrottleEvents"), "writes": writes},
		"FILL(reads, 0) + FILL(writes, 0)", table)
}

func sum(of map[string]awscloudwatch.IMetric, expression, label string) awscloudwatch.IMetric {
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression: jsii.String(expression), UsingMetrics: &of, Label: jsii.String(label), Period: minute(),
	})
}

// worst is the highest value of one of Foyer's own metrics in any zone, by a query, since an alarm can't search.
func (m Metrics) worst(name metrics.Name) awscloudwatch.IMetric { return m.query("MAX", name, "") }

// zones is one of Foyer's own metrics, a line per zone.
func (m Metrics) zones(statistic string, name metrics.Name) awscloudwatch.IMetric {
	return m.query(statistic, name, " GROUP BY zone")
}

func (m Metrics) query(statistic string, name metrics.Name, group string) awscloudwatch.IMetric {
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression: jsii.String("SELECT " + statistic + "(" + string(name) + `) FROM "` + m.Namespace + `"` + group),
		Label:      jsii.String(string(name)), Period: minute(),
		UsingMetrics: &map[string]awscloudwatch.IMetric{},
	})
}
