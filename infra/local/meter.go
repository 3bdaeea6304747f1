package local

import (
	"time"

	"foyer/infra/local/cloudwatch"
	"foyer/infra/topology"
	"foyer/internal/aws/metrics"
)

// meter makes CloudWatch's metrics of what the services count, as each service of AWS does.
type meter struct {
	figures *cloudwatch.Figures
	seen    map[cloudwatch.Metric]float64 // counts at the end of the minute before
}

// Minute ends a minute of the figures that Options named.
func (c *Cloud) Minute() {
	m := c.meter
	for name, s := range c.Lambda.Stats() {
		m.count("AWS/Lambda", "Invocations", name, s.Invocations)
		m.count("AWS/Lambda", "Errors", name, s.Errors)
		m.count("AWS/Lambda", "Throttles", name, s.Throttles)
	}
	api, sockets := c.HTTP.Stats(), c.Sockets.Stats()
	m.count("AWS/ApiGateway", "Count", cloudwatch.HTTP, api.Requests)
	m.count("AWS/ApiGateway", "5xx", cloudwatch.HTTP, api.Errors)
	m.count(metrics.Namespace, "GatewayRefused", "", api.Refused) // by a filter of the access log
	m.count("AWS/ApiGateway", "ConnectCount", cloudwatch.Socket, sockets.Connected)
	m.count("AWS/ApiGateway", "MessageCount", cloudwatch.Socket, sockets.Messages+sockets.Posted)
	m.count("AWS/ApiGateway", "ClientError", cloudwatch.Socket, sockets.Throttled)
	m.count("AWS/ApiGateway", "ExecutionError", cloudwatch.Socket, sockets.Failed)
	for _, q := range topology.Queues {
		m.figures.Add(cloudwatch.Metric{Namespace: "AWS/SQS", Name: "ApproximateAgeOfOldestMessage", Of: q.Name},
			c.Queues.Oldest(q.Name).Seconds())
		m.letters(q.Name+cloudwatch.Dead, len(c.Queues.Dead(q.Name)))
	}
	for _, f := range c.functions {
		if f.Stream != nil {
			m.letters(f.Name+cloudwatch.Letters, len(c.Streams.Discarded(f.Name)))
		}
	}
	door := c.CDN.Stats()
	requests := m.count("AWS/CloudFront", "Requests", cloudwatch.Door, door.Requests)
	failed := m.since(cloudwatch.Metric{Namespace: "AWS/CloudFront", Name: "5xx", Of: cloudwatch.Door}, door.Errors)
	if requests > 0 {
		m.figures.Add(cloudwatch.Metric{Namespace: "AWS/CloudFront", Name: "5xxErrorRate", Of: cloudwatch.Door},
			100*failed/requests)
	}
	m.count("AWS/CloudFront", "FunctionExecutionErrors", cloudwatch.Gate, door.Failures)
	m.figures.Minute()
}

// since returns how much more a counter says than at the end of the minute before.
func (m meter) since(of cloudwatch.Metric, counter int64) float64 {
	more := float64(counter) - m.seen[of]
	m.seen[of] = float64(counter)
	return more
}

// count adds it to the metric. A service measures nothing while nothing happens.
func (m meter) count(space, name, of string, counter int64) float64 {
	metric := cloudwatch.Metric{Namespace: space, Name: name, Of: of}
	more := m.since(metric, counter)
	if more > 0 {
		m.figures.Add(metric, more)
	}
	return more
}

func (m meter) letters(queue string, n int) {
	m.figures.Add(cloudwatch.Metric{Namespace: "AWS/SQS", Name: "ApproximateNumberOfMessagesVisible", Of: queue},
		float64(n))
}

func (m meter) age(function string, age time.Duration) {
	m.figures.Add(cloudwatch.Metric{Namespace: "AWS/Lambda", Name: "IteratorAge", Of: function},
		float64(age.Milliseconds()))
}
