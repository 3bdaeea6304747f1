package office

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"foyer/infra/ctl/cli"
	"foyer/infra/topology"
	"foyer/internal/problem"
)

// Redrive puts jobs that were given up back into their queue.
type Redrive struct {
	Queue string `arg:"" optional:"" help:"mails, bookings or payments; none: say how many jobs wait where."`
	cli.Change
}

// Run redrives one queue, or lists all.
func (c *Redrive) Run(a *cli.App) error {
	queues, err := a.Parts.Queues()
	if err != nil {
		return err
	}
	all := jobs(queues)
	if c.Queue == "" {
		return c.list(a, all)
	}
	n, err := all.count(a.Ctx, c.Queue)
	if err != nil {
		return err
	}
	if n.dead == 0 {
		return a.Result(redriven{c.Queue, 0}, "%s: nothing was given up", c.Queue)
	}
	if on, err := a.May(c.Change, cli.Harmless, "put about %s back into the queue %s", cli.Count(n.dead, "job"),
		c.Queue); !on {
		return err
	}
	if err := all.redrive(a.Ctx, c.Queue); err != nil {
		return err
	}
	return a.Result(redriven{c.Queue, n.dead}, "%s: about %s into the queue", c.Queue, goBack(n.dead))
}

func (c *Redrive) list(a *cli.App, all jobs) error {
	type line struct {
		Queue   string `json:"queue"`
		Waiting int    `json:"waiting"`
		Busy    int    `json:"atWork"`
		Dead    int    `json:"givenUp"`
	}
	var lines []line
	table := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "queue\twaiting\tat work\tgiven up\t")
	for _, q := range topology.Queues {
		n, err := all.count(a.Ctx, q.Name)
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t\n", q.Name, n.waiting, n.busy, n.dead)
		lines = append(lines, line{q.Name, n.waiting, n.busy, n.dead})
	}
	if a.JSON {
		return a.Encode(lines)
	}
	return table.Flush()
}

// jobs are the queues of a deployment.
type jobs cli.Queues

type counts struct{ waiting, busy, dead int }

// attributes of the queue at url, by their names.
func (q jobs) attributes(ctx context.Context, url string) (map[string]string, error) {
	out, err := q.Client.GetQueueAttributes(ctx,
		&sqs.GetQueueAttributesInput{QueueUrl: &url,
			AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll}})
	if err != nil {
		return nil, err
	}
	return out.Attributes, nil
}

// dead is the ARN and the URL of the queue's dead-letter queue.
func (q jobs) dead(ctx context.Context, name string) (arn, url string, err error) {
	at, known := q.URLs[name]
	if !known {
		return "", "", problem.New(problem.NotFound, "there is no queue %q: mails, bookings or payments", name)
	}
	if at == "" {
		for _, t := range topology.Queues {
			if t.Name == name {
				return "", "", &cli.MissingError{Flag: name, Variable: t.Env}
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
	out, err := q.Client.GetQueueUrl(ctx,
		&sqs.GetQueueUrlInput{QueueName: aws.String(lastPart(policy.DeadLetterTargetArn))})
	if err != nil {
		return "", "", err
	}
	return policy.DeadLetterTargetArn, aws.ToString(out.QueueUrl), nil
}

func (q jobs) count(ctx context.Context, name string) (n counts, err error) {
	_, dead, err := q.dead(ctx, name)
	if err != nil {
		return n, err
	}
	for _, one := range []struct {
		url, attribute string
		into           *int
	}{
		{q.URLs[name], "ApproximateNumberOfMessages", &n.waiting},
		{q.URLs[name], "ApproximateNumberOfMessagesNotVisible", &n.busy},
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
func (q jobs) redrive(ctx context.Context, name string) error {
	arn, _, err := q.dead(ctx, name)
	if err != nil {
		return err
	}
	_, err = q.Client.StartMessageMoveTask(ctx, &sqs.StartMessageMoveTaskInput{SourceArn: &arn})
	return err
}

// redriven is what came of it.
type redriven struct {
	Queue string `json:"queue"`
	Jobs  int    `json:"jobs"`
}

func goBack(jobs int) string {
	if jobs == 1 {
		return "1 job goes back"
	}
	return cli.Count(jobs, "job") + " go back"
}

func lastPart(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }
