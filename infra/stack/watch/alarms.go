// Package watch makes what people look at: the alarms and the dashboard of a deployment.
//
// It knows resources by their names alone, and grants nothing.
package watch

import (
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"foyer/infra/stage"
	"foyer/infra/topology"
	"foyer/internal/aws/metrics"
)

// Alarms alert people to what hurts visitors. Each alarm says what it means for them and what to look at. What can wait
// until the next morning goes to a topic of its own, so that it wakes nobody.
type Alarms struct {
	scope           constructs.Construct
	name            string
	made            map[string]awscloudwatch.Alarm
	Urgent, Notices awssns.Topic
}

// NewAlarms makes the topics that alarms go to. They are not encrypted with a key of ours: alarms say nothing about
// persons, and CloudWatch can't publish to a topic under the managed key.
func NewAlarms(scope constructs.Construct, c stage.Config) *Alarms {
	inner := constructs.NewConstruct(scope, jsii.String("Alarms"))
	return &Alarms{scope: inner, name: c.Name(), made: map[string]awscloudwatch.Alarm{},
		Urgent:  newTopic(inner, "Topic", c.Name()+" alarms", c.AlarmMail),
		Notices: newTopic(inner, "Notices", c.Name()+" notices", c.AlarmMail)}
}

func newTopic(scope constructs.Construct, id, title, address string) awssns.Topic {
	topic := awssns.NewTopic(scope, jsii.String(id),
		&awssns.TopicProps{DisplayName: jsii.String(title), EnforceSSL: jsii.Bool(true)})
	// The policy that EnforceSSL writes replaces the default one, which lets CloudWatch in.
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: jsii.String("Alarms"), Actions: jsii.Strings("sns:Publish"), Resources: &[]*string{topic.TopicArn()},
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil)},
		Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID()}},
	}))
	if address != "" {
		topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(address), nil))
	}
	return topic
}

// rule says when an alarm goes off: a statistic of a metric over periods, compared with a threshold.
type rule struct {
	name, means string
	metric      awscloudwatch.IMetric
	above       float64 // alarm when greater than this
	periods     int     // how many in a row
	silent      bool    // alarm also when nothing was measured, and compare with "less than" instead
	waits       bool    // it can wait until the next morning
}

func (a *Alarms) add(r rule) {
	p := &awscloudwatch.AlarmProps{
		AlarmName: jsii.String(a.name + "-" + r.name), AlarmDescription: jsii.String(r.means), Metric: r.metric,
		Threshold: jsii.Number(r.above), EvaluationPeriods: jsii.Number(max(r.periods, 1)),
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_THRESHOLD,
		TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING,
	}
	if r.silent {
		p.ComparisonOperator = awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD
		p.TreatMissingData = awscloudwatch.TreatMissingData_BREACHING
	}
	to := awscloudwatchactions.NewSnsAction(a.Urgent)
	if r.waits {
		to = awscloudwatchactions.NewSnsAction(a.Notices)
	}
	alarm := awscloudwatch.NewAlarm(a.scope, jsii.String(r.name), p)
	alarm.AddAlarmAction(to)
	alarm.AddOkAction(to) // who was woken hears when it is over
	a.made[r.name] = alarm
}

// Of returns the alarm of a name that was added.
func (a *Alarms) Of(name string) awscloudwatch.IAlarm { return a.made[name] }

// aside are the tables whose trouble only delays what catches up by itself, and shows there.
var aside = []string{"viewers", "jobs"}

// Watch adds the alarms for everything that the topology declares.
func (a *Alarms) Watch(decl []topology.Function, c stage.Config, m Metrics) {
	a.watchAdmission(m)
	a.watchQuotas(c, m)
	for _, f := range decl {
		a.watchFunction(f, m)
	}
	for _, t := range topology.Tables {
		if used(c, t) && !slices.Contains(aside, t.Name) {
			a.add(rule{name: t.Name + "-table-throttled", above: 0, periods: 2, metric: m.throttles(t.Name),
				means: "DynamoDB refuses requests to the " + t.Name + " table: raise its warm throughput, or slow the sale " +
					"down."})
		}
	}
	for _, q := range c.Queues() {
		a.watchQueue(q, m)
	}
	a.add(rule{name: "api-errors", above: 5, metric: m.api("5xx", "Sum"),
		means: "Visitors get errors of ours: look at the logs of the functions that answer them. The dashboard says whose " +
			"errors they are."})
	a.add(rule{name: "functions-throttled", above: 0, periods: 2, metric: metric("AWS/Lambda", "Throttles", "Sum", nil),
		means: "A function of this account is at its concurrency, or all of them are at the account's: it is refused, and " +
			"visitors or streams wait. The dashboard says which. Raise it, or slow the line down."})
	a.add(rule{name: "keys-old", above: 16 * 24, waits: true, metric: m.worst(metrics.KeysAge),
		means: "The token keys haven't been rotated for sixteen days, and should be every fourteen: look at rotate's log, " +
			"then rotate by hand."})
	// IntegrationError counts what our function refuses, too, as it does all day: old tokens, zones that are closed.
	a.add(rule{name: "socket-errors", above: 5, metric: m.socket("ExecutionError", "Sum"),
		means: "API Gateway can't call what is behind the sockets: visitors wait without a push and are called by polling " +
			"only. Look at register's log and concurrency."})
	a.add(rule{name: "sockets-refused", above: 50, periods: 2, metric: m.socket("ClientError", "Sum"),
		means: "API Gateway refuses sockets and messages itself, before any function: the quota of new connections or of " +
			"requests is used up. Visitors keep their places and are called by polling."})
	if !c.NoSale {
		a.watchSale(m)
		a.watchMail()
	}
}

// watchQuotas looks at what fails first when a crowd is larger than what the account may do, before anything fails.
func (a *Alarms) watchQuotas(c stage.Config, m Metrics) {
	// Handshakes count as well, and are a twentieth at most: there may be 500 a second.
	requests := sum(map[string]awscloudwatch.IMetric{"http": m.api("Count", "Sum"),
		"messages": m.socket("MessageCount", "Sum")}, "FILL(http, 0) + FILL(messages, 0)", "requests")
	a.add(rule{name: "api-near-quota", above: 0.8 * float64(c.APIQuota) * 60, metric: requests,
		means: fmt.Sprintf("Requests come near the account's quota of API Gateway, %d a second: beyond it visitors get 429 "+
			"and come again later. Slow the line down; ask AWS for more, then deploy with api-quota.", c.APIQuota)})
	a.add(rule{name: "api-refused", above: 50, metric: metric(m.Namespace, GatewayRefused, "Sum", nil),
		means: "API Gateway answers visitors 429 by itself: the account's quota of requests is used up, or its burst. They " +
			"come again later and keep their places. Slow the line down; ask AWS for more."})
	a.add(rule{name: "concurrency-near-quota", above: 0.8 * float64(c.Concurrency),
		metric: metric("AWS/Lambda", "ClaimedAccountConcurrency", "Maximum", nil),
		means: fmt.Sprintf("The account's functions take four fifths of its concurrency, %d: beyond it every function is "+
			"refused. Slow the line down; ask AWS for more, then deploy with concurrency.", c.Concurrency)})
}

// watchSale looks at money: what is reserved and not taken, and whether the provider answers.
func (a *Alarms) watchSale(m Metrics) {
	a.add(rule{name: "authorised-not-captured", above: 0, periods: 3,
		metric: m.worst(metrics.OrdersAuthorisedNotCaptured),
		means: "Buyers' money is reserved and seats are theirs, but it isn't captured: look at payments' log and queue, " +
			"then at the provider. A reservation lapses after days."})
	a.add(rule{name: "sweep-late", waits: true, above: 600, periods: 3, metric: m.worst(metrics.SweepLag),
		means: "Orders stay open ten minutes past their time: seats are held back, money is reserved. Look at sweep's log " +
			"and at the provider."})
	a.add(rule{name: "provider-shunned", above: 0, periods: 2, metric: m.query("SUM", metrics.ProviderShunned, ""),
		means: "The payment provider fails so often that it isn't asked any more: nobody can pay. Look at its status page; " +
			"pause the zone if it lasts."})
	a.add(rule{name: "refund-failed", waits: true, above: 0, metric: m.query("SUM", metrics.RefundsFailed, ""),
		means: "A buyer's bank sent a refund back: the buyer has neither money nor seats. foyerctl ledger verify says " +
			"which order; see docs/payments.md, refunds that come back."})
	a.add(rule{name: "payment-disputed", waits: true, above: 0, metric: m.query("SUM", metrics.OrdersDisputed, ""),
		means: "A buyer's bank disputes a payment: the provider takes the money back unless it is answered in time, a week " +
			"or three. foyerctl ledger verify says which order."})
}

// WatchDoor adds the alarms for what CloudFront measures of distribution and edge function. Its metrics are in
// us-east-1, wherever the rest is, and an alarm must be where its metric is: these alarms' scope is a stack there.
func (a *Alarms) WatchDoor(d DoorMetrics) {
	// A rate of next to nothing says nothing.
	busy := sum(map[string]awscloudwatch.IMetric{"rate": d.door("5xxErrorRate", "Average"),
		"all": d.door("Requests", "Sum")},
		"IF(FILL(all, 0) > 100, FILL(rate, 0), 0)", "5xx, %")
	a.add(rule{name: "door-errors", above: 5, periods: 3, metric: busy,
		means: "More than one in twenty requests at the front door ends in an error of ours or of the protected site: see " +
			"which on the dashboard, and slow the line down if the site is overrun."})
	failures := sum(map[string]awscloudwatch.IMetric{"threw": d.edge("FunctionExecutionErrors", "Sum"),
		"wrong": d.edge("FunctionValidationErrors", "Sum")},
		"FILL(threw, 0) + FILL(wrong, 0)", "failures")
	a.add(rule{name: "edge-errors", above: 5, periods: 2, metric: failures,
		means: "The edge function fails: visitors get errors instead of a page or the waiting room. If a newer deployment " +
			"is the cause, roll back."})
	a.add(rule{name: "edge-throttled", above: 0, periods: 2, metric: d.edge("FunctionThrottles", "Sum"),
		means: "CloudFront stops the edge function for taking too long, or for too many requests: visitors get errors. " +
			"Roll back a newer gate; ask AWS for more."})
	a.add(rule{name: "edge-near-limit", waits: true, above: 80, periods: 5,
		metric: d.edge("FunctionComputeUtilization", "Average"),
		means: "The edge function takes four fifths of the time that CloudFront allows: beyond it, visitors get errors. " +
			"Roll back a newer gate."})
}

// watchMail looks at what makes Amazon SES stop an account's mails: it warns at a tenth of bounces and a thousandth of
// complaints. Its figures are of the whole account.
func (a *Alarms) watchMail() {
	a.add(rule{name: "mails-bounce", above: 0.05, waits: true,
		metric: metric("AWS/SES", "Reputation.BounceRate", "Maximum", nil),
		means: "One mail in twenty of this account comes back: buyers lack their tickets, and SES stops accounts that go " +
			"on so. Look for addresses that were mistyped, and correct them."})
	a.add(rule{name: "mails-complained", above: 0.001, waits: true,
		metric: metric("AWS/SES", "Reputation.ComplaintRate", "Maximum", nil),
		means: "One in a thousand who get mails of this account calls them unwanted: SES stops accounts that go on so. " +
			"Look at what else the account sends."})
}

// watchAdmission looks at the line itself, over all zones: the metrics that the functions write have one dimension,
// the zone, and zones come and go without a deployment.
func (a *Alarms) watchAdmission(m Metrics) {
	a.add(rule{name: "admission-stalled", above: 5_000, periods: 3, metric: m.worst(metrics.TickLag),
		means: "A zone's ticks start more than 5 s late: called visitors come late or not at all. Look at exchange's log " +
			"and concurrency."})
	a.add(rule{name: "line-stuck", above: 0, periods: 5, metric: m.worst(metrics.Stuck),
		means: "People wait, there is room for them, and nobody has been called for five minutes. Look at exchange's log; " +
			"a zone's rate and capacity, by foyerctl zone show."})
	a.add(rule{name: "let-through-on", waits: true, above: 0, periods: 60, metric: m.worst(metrics.LetThrough),
		means: "A zone has let everybody through for an hour: was it forgotten? foyerctl zone list says which."})
	a.add(rule{name: "relay-late", above: 30_000, periods: 2, metric: m.worst(metrics.RelayLag),
		means: "Changes take more than 30 s to the edge: visitors see an old status. Look at relay's log."})
	a.add(rule{name: "push-late", above: 10_000, periods: 3, metric: m.worst(metrics.PushLag),
		means: "Called visitors are told more than 10 s late. Look at notify's log and concurrency."})
}

// watchFunction looks at what nothing else shows: errors of functions that answer visitors are those of the front
// door's interfaces, and what a stream's or a queue's function can't do comes late or is given up.
func (a *Alarms) watchFunction(f topology.Function, m Metrics) {
	switch {
	case f.Stream != nil:
		a.watchStream(f, m)
	case f.Schedule > 0:
		a.add(rule{name: f.Name + "-absent", above: 1, periods: 5, silent: true,
			metric: m.function(f.Name, "Invocations", "Sum"),
			means:  "Foyer " + f.Name + " is not being started (" + f.Does + "): look at its schedule, and at its role."})
		fallthrough
	case f.Rotation > 0:
		a.add(rule{name: f.Name + "-errors", above: 0, metric: m.function(f.Name, "Errors", "Sum"), waits: f.Rotation > 0,
			means: "Foyer " + f.Name + " fails (" + f.Does + "): read its log."})
	}
}

func (a *Alarms) watchQueue(q topology.Queue, m Metrics) {
	// Two rounds of a job that failed once: beyond it the queue isn't being worked off.
	a.add(rule{name: q.Name + "-waiting", waits: true, above: 2 * q.Visibility.Seconds(), periods: 5,
		metric: m.jobs(q.Name, "ApproximateAgeOfOldestMessage"),
		means:  "Jobs wait too long (" + q.Does + "): look at the log and the concurrency of the function that does them."})
	a.add(rule{name: q.Name + "-dead-letters", waits: true, above: 0, metric: m.dead(q.Name),
		means: "Jobs were given up (" + q.Does + "). Read why in the function's log, mend it, then: foyerctl redrive " +
			q.Name})
}

func (a *Alarms) watchStream(f topology.Function, m Metrics) {
	// Half of what a record may be tried for: beyond it records are about to be given up.
	late := min(f.Stream.MaxAge/2, time.Minute)
	a.add(rule{name: f.Name + "-behind", above: float64(late.Milliseconds()), periods: 2,
		metric: m.function(f.Name, "IteratorAge", "Maximum"),
		means:  "Foyer " + f.Name + " is behind its stream (" + f.Does + ")."})
	a.add(rule{name: f.Name + "-dead-letters", waits: true, above: 0,
		metric: m.queue(f.Name, "ApproximateNumberOfMessagesVisible"),
		means: "Foyer " + f.Name +
			" gave records up. Redrive them from the stream within 24 hours; see the queue's messages for the place."})
}
