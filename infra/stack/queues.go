package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"

	"foyer/infra/topology"
)

// Jobs is a queue of jobs and the queue beside it, where jobs wait that failed too often.
type Jobs struct{ queue, dead awssqs.Queue }

// Queues are all queues of jobs, by their names in the topology.
type Queues map[string]Jobs

// NewQueues makes each queue with its dead-letter queue. Both keep jobs for two weeks: a mail or a row that is late is
// better than none.
func NewQueues(scope constructs.Construct, decl []topology.Queue) Queues {
	queues := Queues{}
	for _, d := range decl {
		inner := constructs.NewConstruct(scope, str("Queue-"+d.Name))
		dead := awssqs.NewQueue(inner, str("Dead"), &awssqs.QueueProps{
			Encryption: awssqs.QueueEncryption_SQS_MANAGED, EnforceSSL: yes(), RetentionPeriod: seconds(maxQueueAge),
		})
		queues[d.Name] = Jobs{dead: dead, queue: awssqs.NewQueue(inner, str("Jobs"), &awssqs.QueueProps{
			Encryption: awssqs.QueueEncryption_SQS_MANAGED, EnforceSSL: yes(), RetentionPeriod: seconds(maxQueueAge),
			VisibilityTimeout: seconds(d.Visibility),
			DeadLetterQueue:   &awssqs.DeadLetterQueue{Queue: dead, MaxReceiveCount: num(d.MaxReceives)},
		})}
	}
	return queues
}

// Resource returns what a function needs to put jobs into a queue.
func (q Queues) Resource(decl topology.Queue) Resource {
	queue := q[decl.Name].queue
	return Resource{Sid: sid(decl.Name), Env: decl.Env, Value: queue.QueueUrl(), Arns: []*string{queue.QueueArn()}}
}

// allow permits what Lambda does in the function's name: take jobs and delete those that are done.
func (q Queues) allow(to *Grantee, trigger *topology.QueueTrigger) {
	to.allow("PlatformQueue", []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
		q[trigger.Queue].queue.QueueArn())
}

// Feed passes each queue's jobs to its function. Failures are reported job by job.
func (q Queues) Feed(scope constructs.Construct, decl []topology.Function, functions Functions) {
	for _, f := range decl {
		if f.Queue == nil {
			continue
		}
		inner := scope.Node().FindChild(str("Function-" + f.Name)).(constructs.Construct)
		p := &awslambda.CfnEventSourceMappingProps{
			FunctionName: functions[f.Name].FunctionName(), EventSourceArn: q[f.Queue.Queue].queue.QueueArn(),
			BatchSize: num(f.Queue.Batch), MaximumBatchingWindowInSeconds: num(f.Queue.Window.Seconds()),
			FunctionResponseTypes: strs("ReportBatchItemFailures"),
		}
		if f.Queue.Concurrency > 0 {
			p.ScalingConfig = &awslambda.CfnEventSourceMapping_ScalingConfigProperty{
				MaximumConcurrency: num(f.Queue.Concurrency)}
		}
		awslambda.NewCfnEventSourceMapping(inner, str("Jobs"), p)
	}
}
