package cold

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/infra/test/bench/measure"
	"foyer/infra/test/sam"
	"foyer/infra/topology"
)

// firstEvents is an event of every function that can be given to it again and again; none of those that take their
// time whatever they loaded: exchange and census run for two minutes, fanout keeps to a message a second.
var firstEvents = map[string]string{
	"register": "register-http", "admit": "admit-renew", "seats": "seats-held", "view": "view-sections",
	"checkout": "checkout-read", "webhook": "webhook-completed", "notify": "notify-new-page",
	"relay": "relay-status", "announce": "announce-paused",
	"dispatch": "dispatch-paid", "sweep": "sweep-schedule", "payments": "payments-authorised",
	"mailer": "mailer-paid", "bookkeeper": "bookkeeper-paid", "rotate": "rotate-test-secret",
	"exchange": "", "census": "", "fanout": "",
}

// firstAnswers measures from the process's start to its answer to a first event, with the services that it asks on
// this machine, and the same event once more, which meets everything loaded: what is above the second time is what
// the first visitor waits for.
func (c *cold) firstAnswers(ctx context.Context) ([]measure.Row, error) {
	world, err := sam.NewWorldAt(ctx, c.Root, "127.0.0.1")
	if err != nil {
		return nil, err
	}
	defer world.Close()
	var rows []measure.Row
	awaited, others := tally{}, tally{}
	for _, f := range topology.Functions {
		name := firstEvents[f.Name]
		if name == "" {
			continue
		}
		into := &others
		if waitedFor(f) {
			into = &awaited
		}
		if err := c.firstOf(ctx, world, f, name, into); err != nil {
			return rows, fmt.Errorf("%s: %w", name, err)
		}
	}
	return append(rows,
		measure.FigureOnly("slowest first answer, init and a first event, of a function that visitors wait for",
			awaited.slowest,
			" ms").With("medians of %d cold processes, with DynamoDB Local and the local cloud's services at hand; in brackets "+
			"the same event a second time, warm. A hello-world's first answer takes %.1f ms: %s", c.firsts(),
			measure.Median(awaited.hellos), strings.Join(awaited.each, ", ")),
		measure.FigureOnly("… of the others", others.slowest, " ms").With(
			"%s; exchange, census and fanout take their time by design", strings.Join(others.each, ", ")),
	), nil
}

func (c *cold) firsts() int { return measure.Pick(c.Env, 21, 5) }

// tally gathers functions' first answers, ms.
type tally struct {
	slowest float64
	each    []string
	hellos  []float64
}

// firstOf measures one function.
func (c *cold) firstOf(ctx context.Context, world *sam.World, f topology.Function, name string, into *tally) error {
	event, err := sam.ReadCase(filepath.Join(c.Root, "events"), name)
	if err != nil {
		return err
	}
	now := time.Now()
	run := func(ctx context.Context, past sam.Case) ([]byte, error) {
		body, _, _, err := c.first(ctx, world, past.Function, past.At(now))
		return body, err
	}
	if err := world.Prepare(ctx, event, now, run); err != nil {
		return err
	}
	world.Connections().Open(sam.ConnectionID)
	var took, again []float64
	for range c.firsts() {
		_, hello, _, err := c.first(ctx, world, hellos[0], []byte(`{}`))
		if err != nil {
			return err
		}
		_, one, two, err := c.first(ctx, world, f.Name, event.At(now))
		if err != nil {
			return err
		}
		into.hellos, took, again = append(into.hellos, hello), append(took, one), append(again, two)
	}
	into.slowest = max(into.slowest, measure.Median(took))
	into.each = append(into.each, fmt.Sprintf("%s %.1f (%.1f)", f.Name, measure.Median(took), measure.Median(again)))
	return nil
}

// first hands an event to a new process, twice: ms from the process's start to its first answer, and of the
// second answer alone.
func (c *cold) first(ctx context.Context, world *sam.World, function string, event []byte) (body []byte, cold,
	warm float64, err error) {
	env, err := environment(world, function)
	if err != nil {
		return nil, 0, 0, err
	}
	p, err := c.api.start(ctx, filepath.Join(c.dir, function), env)
	if err != nil {
		return nil, 0, 0, err
	}
	defer p.end()
	if err := unsend(ctx, world); err != nil {
		return nil, 0, 0, err
	}
	body, cold, err = p.invoke(event)
	if err == nil {
		err = unsend(ctx, world)
	}
	if err == nil {
		_, warm, err = p.invoke(event)
	}
	return body, p.init + cold, warm, err
}

func environment(world *sam.World, function string) (env []string, err error) {
	for _, f := range topology.Functions {
		if f.Name != function {
			continue
		}
		values, err := world.Environment(f)
		for name, value := range values {
			env = append(env, name+"="+value)
		}
		return env, err
	}
	return nil, nil // the hello-world
}

// unsend forgets that the events' ticket was mailed, so that it is mailed again.
func unsend(ctx context.Context, world *sam.World) error {
	_, err := world.Dynamo.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: aws.String(sam.TablePrefix + "jobs"),
		Key:       map[string]types.AttributeValue{"job": &types.AttributeValueMemberS{Value: sam.OrderID + "#ticket"}},
	})
	return err
}
