package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"foyer/infra/topology"
	"foyer/internal/problem"
)

// redriveCmd puts jobs that were given up back into their queue.
type redriveCmd struct {
	Queue string `arg:"" optional:"" help:"mails, bookings or payments; none: say how many jobs wait where."`
	change
}

// Run redrives one queue, or lists all.
func (c *redriveCmd) Run(a *app) error {
	queues, err := a.parts.queues()
	if err != nil {
		return err
	}
	if c.Queue == "" {
		return c.list(a, queues)
	}
	n, err := queues.count(a.ctx, c.Queue)
	if err != nil {
		return err
	}
	if n.dead == 0 {
		return a.result(redriven{c.Queue, 0}, "%s: nothing was given up", c.Queue)
	}
	if on, err := a.may(c.change, harmless, "put about %s back into the queue %s", count(n.dead, "job"), c.Queue); !on {
		return err
	}
	if err := queues.redrive(a.ctx, c.Queue); err != nil {
		return err
	}
	return a.result(redriven{c.Queue, n.dead}, "%s: about %s into the queue", c.Queue, goBack(n.dead))
}

func (c *redriveCmd) list(a *app, queues queues) error {
	type line struct {
		Queue   string `json:"queue"`
		Waiting int    `json:"waiting"`
		Busy    int    `json:"atWork"`
		Dead    int    `json:"givenUp"`
	}
	var lines []line
	table := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "queue\twaiting\tat work\tgiven up\t")
	for _, q := range topology.Queues {
		n, err := queues.count(a.ctx, q.Name)
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t\n", q.Name, n.waiting, n.busy, n.dead)
		lines = append(lines, line{q.Name, n.waiting, n.busy, n.dead})
	}
	if a.json {
		return a.encode(lines)
	}
	return table.Flush()
}

// queues are a deployment's queues of jobs, by their URLs.
type queues struct {
	client *sqs.Client
	urls   map[string]string
}

type counts struct{ waiting, busy, dead int }

// attributes of the queue at url, by their names.
func (q queues) attributes(ctx context.Context, url string) (map[string]string, error) {
	out, err := q.client.GetQueueAttributes(ctx,
		&sqs.GetQueueAttributesInput{QueueUrl: &url,
			AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll}})
	if err != nil {
		return nil, err
	}
	return out.Attributes, nil
}

// dead is the ARN and the URL of the queue's dead-letter queue.
func (q queues) dead(ctx context.Context, name string) (arn, url string, err error) {
	at, known := q.urls[name]
	if !known {
		return "", "", problem.New(problem.NotFound, "there is no queue %q: mails, bookings or payments", name)
	}
	if at == "" {
		for _, t := range topology.Queues {
			if t.Name == name {
				return "", "", &missingError{name, t.Env}
			}
		}
	}
	all, err := q.attributes(ctx, at)
	if err != nil {
		return "", "", err
	}
	var policy struct {
		DeadLetterTargetArn string `json:"deadLetterTargetArn"`
	}
	if err := json.Unmarshal([]byte(all["RedrivePolicy"]), &policy); err != nil || policy.DeadLetterTargetArn == "" {
		return "", "", fmt.Errorf("queue %s has no dead-letter queue", name)
	}
	out, err := q.client.GetQueueUrl(ctx,
		&sqs.GetQueueUrlInput{QueueName: aws.String(lastPart(policy.DeadLetterTargetArn))})
	if err != nil {
		return "", "", err
	}
	return policy.DeadLetterTargetArn, aws.ToString(out.QueueUrl), nil
}

func (q queues) count(ctx context.Context, name string) (n counts, err error) {
	_, dead, err := q.dead(ctx, name)
	if err != nil {
		return n, err
	}
	for _, one := range []struct {
		url, attribute string
		into           *int
	}{
		{q.urls[name], "ApproximateNumberOfMessages", &n.waiting},
		{q.urls[name], "ApproximateNumberOfMessagesNotVisible", &n.busy},
		{dead, "ApproximateNumberOfMessages", &n.dead},
	} {
		all, err := q.attributes(ctx, one.url)
		if err != nil {
			return n, err
		}
		fmt.Sscan(all[one.attribute], one.into)
	}
	return n, nil
}

// redrive has SQS move back what was given up.
func (q queues) redrive(ctx context.Context, name string) error {
	arn, _, err := q.dead(ctx, name)
	if err != nil {
		return err
	}
	_, err = q.client.StartMessageMoveTask(ctx, &sqs.StartMessageMoveTaskInput{SourceArn: &arn})
	return err
}

// redriven is what came of it.
type redriven struct {
	Queue string `json:"queue"`
	Jobs  int    `json:"jobs"`
}

// count returns a number of things in words.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprint(n, " ", thing, "s")
}

func goBack(jobs int) string {
	if jobs == 1 {
		return "1 job goes back"
	}
	return count(jobs, "job") + " go back"
}
