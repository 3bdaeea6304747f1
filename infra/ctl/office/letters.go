package office

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"foyer/infra/ctl/cli"
	"foyer/internal/aws/streamevent"
	"foyer/internal/problem"
)

// LetterBox shows what a stream's function gave up. Its dead letters say only where in the stream the records are, and
// the stream keeps them for a day.
type LetterBox struct {
	Queue  string `arg:"" help:"URL of the function's dead-letter queue, an output such as LettersRelay."`
	Forget string `help:"Take out of the queue what this file holds: it was done." type:"existingfile"`
	cli.Change
}

// Run writes an event for each letter, on a line of its own, to hand to the function; or takes out of the queue those
// that were handed over. A letter whose records can't be read keeps no other from being.
func (c *LetterBox) Run(a *cli.App) error {
	letters, err := a.Parts.Letters()
	if err != nil {
		return err
	}
	from := deadLetters(letters)
	do := func(body string) (bool, error) { return false, c.show(a, from, body) }
	if c.Forget != "" {
		done, err := os.ReadFile(c.Forget)
		if err != nil {
			return err
		}
		if on, err := a.May(c.Change, cli.Harmless, "take out of %s the letters that %s holds", c.Queue, c.Forget); !on {
			return err
		}
		do = func(body string) (bool, error) { return holds(done, body), nil }
	}
	return from.each(a.Ctx, c.Queue, do)
}

func (c *LetterBox) show(a *cli.App, from deadLetters, body string) error {
	records, err := from.read(a.Ctx, body)
	if err != nil {
		return err
	}
	event, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		return err
	}
	a.Say("%s", event)
	return nil
}

// holds reports whether events, as show writes them, are of this letter among others.
func holds(events []byte, body string) bool {
	from := spotOf(body).From
	return from != "" && bytes.Contains(events, []byte(`"SequenceNumber":"`+from+`"`))
}

// each does something about every letter of a queue, and takes out those of which it says so. The others are left as
// visible as they were.
func (l deadLetters) each(ctx context.Context, queue string, do func(body string) (done bool, err error)) (all error) {
	seen, kept := map[string]bool{}, []*string{}
	for news := 1; news > 0; {
		out, err := l.Queue.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &queue, MaxNumberOfMessages: 10,
			WaitTimeSeconds: 1, VisibilityTimeout: 60})
		if err != nil {
			return errors.Join(all, err)
		}
		news = 0
		for _, m := range out.Messages {
			if seen[aws.ToString(m.MessageId)] {
				continue
			}
			seen[aws.ToString(m.MessageId)] = true
			news++
			done, err := do(aws.ToString(m.Body))
			if done {
				_, err = l.Queue.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &queue,
					ReceiptHandle: m.ReceiptHandle})
			} else {
				kept = append(kept, m.ReceiptHandle)
			}
			all = errors.Join(all, err)
		}
	}
	for _, handle := range kept {
		_, err := l.Queue.ChangeMessageVisibility(ctx,
			&sqs.ChangeMessageVisibilityInput{QueueUrl: &queue, ReceiptHandle: handle})
		all = errors.Join(all, err)
	}
	return all
}

// deadLetters is the dead letters of streams, with the streams.
type deadLetters cli.Letters

// spot is a place of records in a stream.
type spot struct {
	ShardID string `json:"shardId"`
	From    string `json:"startSequenceNumber"`
	To      string `json:"endSequenceNumber"`
	Stream  string `json:"streamArn"`
}

// spotOf returns where the records are that a letter speaks of; the zero spot when it is no letter.
func spotOf(body string) spot {
	var letter struct {
		Info spot `json:"DDBStreamBatchInfo"`
	}
	if json.Unmarshal([]byte(body), &letter) != nil {
		return spot{}
	}
	return letter.Info
}

// emptyReads bounds the reads of a stream in a row that find nothing although there is more.
const emptyReads = 10

// read returns the records that a letter speaks of, as Lambda hands them to functions.
func (l deadLetters) read(ctx context.Context, body string) (events []map[string]any, err error) {
	at := spotOf(body)
	if at.Stream == "" {
		return nil, fmt.Errorf("that is no dead letter of a stream: job queues have `foyerctl redrive`")
	}
	start, err := l.Stream.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{
		StreamArn: &at.Stream, ShardId: &at.ShardID, ShardIteratorType: types.ShardIteratorTypeAtSequenceNumber,
		SequenceNumber: &at.From,
	})
	var gone *types.TrimmedDataAccessException
	if errors.As(err, &gone) {
		return nil, problem.New(problem.NotFound, "the stream has record %s no more: it keeps them for a day", at.From)
	}
	if err != nil {
		return nil, err
	}
	region, _, _ := strings.Cut(strings.TrimPrefix(at.Stream, "arn:aws:dynamodb:"), ":")
	for next, empty := start.ShardIterator, 0; next != nil && empty < emptyReads; {
		out, err := l.Stream.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: next})
		if err != nil {
			return nil, err
		}
		for _, r := range out.Records {
			events = append(events, streamevent.Of(r, region, at.Stream))
			if aws.ToString(r.Dynamodb.SequenceNumber) == at.To {
				return events, nil
			}
		}
		next, empty = out.NextShardIterator, empty+1
		if len(out.Records) > 0 {
			empty = 0
		}
	}
	return nil, fmt.Errorf("the stream has no record %s", at.To)
}
