package stack

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"

	"foyer/infra/topology"
)

// maxQueueAge is the longest that SQS keeps a message.
const maxQueueAge = 14 * 24 * time.Hour

// Failures is the queue for records that a function could not process in the time and tries it has. A message there
// holds only their position in the stream, so the records themselves must be read within the stream's 24 hours.
type Failures struct {
	queue awssqs.Queue
	table awsdynamodb.ITable
}

func newFailures(scope constructs.Construct, f topology.Function, table awsdynamodb.ITable) *Failures {
	return &Failures{table: table, queue: awssqs.NewQueue(scope, str("Failures"), &awssqs.QueueProps{
		Encryption: awssqs.QueueEncryption_SQS_MANAGED, EnforceSSL: yes(), RetentionPeriod: seconds(maxQueueAge),
	})}
}

// allow permits what Lambda does in the function's name: read the stream, and send what failed to the queue.
func (x *Failures) allow(to *Grantee) {
	arn := x.table.TableStreamArn()
	to.allow("PlatformStream", []string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"},
		arn)
	to.allow("PlatformStreams", []string{"dynamodb:ListStreams"}, join(x.table.TableArn(), str("/stream/*")))
	to.allow("PlatformFailures", []string{"sqs:SendMessage"}, x.queue.QueueArn())
}

// Streams are all streams' mappings and the queues of their failures, by function.
type Streams map[string]awssqs.Queue

// NewStreams reads each function's stream to it. Failures are reported record by record, a failing batch is halved,
// and nothing is tried longer than the trigger says, so that a poison record holds the others up for less than that.
func NewStreams(scope constructs.Construct, decl []topology.Function, functions Functions, tables Tables) Streams {
	streams := Streams{}
	for _, f := range decl {
		if f.Stream == nil {
			continue
		}
		inner := scope.Node().FindChild(str("Function-" + f.Name)).(constructs.Construct)
		queue := inner.Node().FindChild(str("Failures")).(awssqs.Queue)
		awslambda.NewCfnEventSourceMapping(inner, str("Stream"),
			mapping(f.Stream, functions[f.Name], tables[f.Stream.Table], queue))
		streams[f.Name] = queue
	}
	return streams
}

func mapping(t *topology.Trigger, fn awslambda.Function, table awsdynamodb.ITable,
	failed awssqs.Queue) *awslambda.CfnEventSourceMappingProps {
	p := &awslambda.CfnEventSourceMappingProps{
		FunctionName: fn.FunctionName(), EventSourceArn: table.TableStreamArn(),
		// From the oldest record: an event of the first deployment's seconds must not be missed.
		StartingPosition:               str("TRIM_HORIZON"),
		BatchSize:                      num(t.Batch),
		MaximumBatchingWindowInSeconds: num(t.Window.Seconds()),
		MaximumRecordAgeInSeconds:      num(t.MaxAge.Seconds()),
		MaximumRetryAttempts:           num(t.MaxRetries),
		BisectBatchOnFunctionError:     t.Bisect,
		ParallelizationFactor:          num(t.Parallelization),
		FunctionResponseTypes:          strs("ReportBatchItemFailures"),
		DestinationConfig: &awslambda.CfnEventSourceMapping_DestinationConfigProperty{
			OnFailure: &awslambda.CfnEventSourceMapping_OnFailureProperty{Destination: failed.QueueArn()},
		},
	}
	if t.Filter != "" {
		p.FilterCriteria = &awslambda.CfnEventSourceMapping_FilterCriteriaProperty{
			Filters: []any{&awslambda.CfnEventSourceMapping_FilterProperty{Pattern: str(t.Filter)}},
		}
	}
	return p
}
