package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"foyer/internal/streamevent"
)

// lettersCmd shows what a function of a stream gave up. Its dead letters tell only where in the stream the records are,
// and the stream keeps them for a day.
type lettersCmd struct {
	Queue  string `arg:"" help:"URL of the function's dead-letter queue; the deployment's outputs name it, such as LettersRelay."`
	Forget bool   `help:"Take them out of the queue: they were done."`
}

// Run writes an event for each letter, on a line of its own, to hand to the function; or empties the queue.
func (c *lettersCmd) Run(a *app) error {
	box, err := a.parts.letters()
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for {
		out, err := box.queue.ReceiveMessage(a.ctx, &sqs.ReceiveMessageInput{QueueUrl: &c.Queue, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 60})
		if err != nil {
			return err
		}
		news := 0
		for _, m := range out.Messages {
			if seen[aws.ToString(m.MessageId)] {
				continue
			}
			seen[aws.ToString(m.MessageId)] = true
			news++
			if err := c.letter(a, box, aws.ToString(m.Body), m.ReceiptHandle); err != nil {
				return err
			}
		}
		if news == 0 {
			return nil
		}
	}
}

func (c *lettersCmd) letter(a *app, box letters, body string, handle *string) error {
	if c.Forget {
		_, err := box.queue.DeleteMessage(a.ctx, &sqs.DeleteMessageInput{QueueUrl: &c.Queue, ReceiptHandle: handle})
		return err
	}
	records, err := box.read(a.ctx, body)
	if err != nil {
		return err
	}
	event, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		return err
	}
	a.say("%s", event)
	return nil
}

// reader reads streams.
type reader interface {
	GetShardIterator(context.Context, *dynamodbstreams.GetShardIteratorInput, ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetShardIteratorOutput, error)
	GetRecords(context.Context, *dynamodbstreams.GetRecordsInput, ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetRecordsOutput, error)
}

// letters is where the dead letters of streams are, and the streams.
type letters struct {
	queue  *sqs.Client
	stream reader
}

func (c *cloud) letters() (letters, error) {
	cfg, err := c.configure()
	return letters{sqs.NewFromConfig(cfg), dynamodbstreams.NewFromConfig(cfg)}, err
}

// read gives the records that a letter speaks of, as Lambda hands them to functions.
func (l letters) read(ctx context.Context, body string) (events []map[string]any, err error) {
	var letter struct {
		Info struct {
			ShardID string `json:"shardId"`
			From    string `json:"startSequenceNumber"`
			To      string `json:"endSequenceNumber"`
			Size    int    `json:"batchSize"`
			Stream  string `json:"streamArn"`
		} `json:"DDBStreamBatchInfo"`
	}
	if err := json.Unmarshal([]byte(body), &letter); err != nil || letter.Info.Stream == "" {
		return nil, fmt.Errorf("that is no dead letter of a stream: job queues have `foyerctl redrive`")
	}
	at := letter.Info
	start, err := l.stream.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{
		StreamArn: &at.Stream, ShardId: &at.ShardID, ShardIteratorType: types.ShardIteratorTypeAtSequenceNumber, SequenceNumber: &at.From,
	})
	if err != nil {
		return nil, fmt.Errorf("the stream has the records no more: %w", err)
	}
	region, _, _ := strings.Cut(strings.TrimPrefix(at.Stream, "arn:aws:dynamodb:"), ":")
	for next := start.ShardIterator; next != nil; {
		out, err := l.stream.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: next})
		if err != nil {
			return nil, err
		}
		for _, r := range out.Records {
			events = append(events, streamevent.Of(r, region, at.Stream))
			if aws.ToString(r.Dynamodb.SequenceNumber) == at.To {
				return events, nil
			}
		}
		if next = out.NextShardIterator; len(out.Records) == 0 {
			break // the end of what there is
		}
	}
	return nil, fmt.Errorf("the stream has no record %s", at.To)
}
