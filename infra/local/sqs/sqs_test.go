package sqs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	localaws "foyer/infra/local/aws"
	"foyer/infra/topology"
)

// jobs is a queue "mails" behind the real SDK, on a clock that stands still until moved.
type jobs struct {
	*testing.T
	*Service
	client *sqs.Client
	url    *string
	mu     sync.Mutex
	now    time.Time
}

func newJobs(t *testing.T) *jobs {
	j := &jobs{T: t, now: time.UnixMilli(1790000000000)}
	j.Service = New(
		[]topology.Queue{{Name: "mails", Visibility: 30 * time.Second, MaxReceives: 2}},
		Options{Now: func() time.Time {
			j.mu.Lock()
			defer j.mu.Unlock()
			return j.now
		}},
	)
	server := httptest.NewServer(j.Service)
	t.Cleanup(server.Close)
	j.client = sqs.New(
		sqs.Options{
			Region:       localaws.Region,
			BaseEndpoint: &server.URL,
			Credentials:  credentials.NewStaticCredentialsProvider("local", "local", ""),
		},
	)
	j.url = aws.String(server.URL + "/queues/" + localaws.Account + "/mails")
	return j
}

func (j *jobs) later(d time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.now = j.now.Add(d)
}

func (j *jobs) must(err error) {
	j.Helper()
	if err != nil {
		j.Fatal(err)
	}
}

func (j *jobs) send(bodies ...string) {
	j.Helper()
	in := &sqs.SendMessageBatchInput{QueueUrl: j.url}
	for i, body := range bodies {
		in.Entries = append(
			in.Entries,
			types.SendMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), MessageBody: aws.String(body)},
		)
	}
	out, err := j.client.SendMessageBatch(j.Context(), in)
	j.must(err)
	if len(out.Successful) != len(bodies) || len(out.Failed) != 0 {
		j.Fatalf("sent %d of %d", len(out.Successful), len(bodies))
	}
}

func (j *jobs) receive() []types.Message {
	j.Helper()
	out, err := j.client.ReceiveMessage(j.Context(), &sqs.ReceiveMessageInput{QueueUrl: j.url, MaxNumberOfMessages: 10})
	j.must(err)
	return out.Messages
}

func TestAReceivedMessageIsHiddenAndComesAgain(t *testing.T) {
	j := newJobs(t)
	_, err := j.client.SendMessage(
		t.Context(),
		&sqs.SendMessageInput{QueueUrl: j.url, MessageBody: aws.String(`{"a":"é"}`)},
	)
	j.must(err)
	first := j.receive()
	if len(first) != 1 || *first[0].Body != `{"a":"é"}` {
		t.Fatalf("received %v", first)
	}
	if again := j.receive(); len(again) != 0 {
		t.Error("it shows while it is being worked on")
	}
	j.later(30 * time.Second)
	second := j.receive()
	if len(second) != 1 || second[0].Attributes["ApproximateReceiveCount"] != "2" {
		t.Fatalf("received %v", second)
	}
	_, err = j.client.DeleteMessage(
		t.Context(),
		&sqs.DeleteMessageInput{QueueUrl: j.url, ReceiptHandle: first[0].ReceiptHandle},
	)
	j.must(err)
	if j.Depth("mails") != 1 {
		t.Error("a stale receipt deleted it")
	}
	_, err = j.client.DeleteMessage(
		t.Context(),
		&sqs.DeleteMessageInput{QueueUrl: j.url, ReceiptHandle: second[0].ReceiptHandle},
	)
	j.must(err)
	if j.Depth("mails") != 0 {
		t.Error("it wasn't deleted")
	}
}

func TestAMessageReceivedTooOftenWaitsUntilItIsRedriven(t *testing.T) {
	j := newJobs(t)
	j.send("poison", "bread")
	for range 3 {
		for _, m := range j.receive() {
			if *m.Body == "bread" {
				_, err := j.client.DeleteMessage(
					t.Context(),
					&sqs.DeleteMessageInput{QueueUrl: j.url, ReceiptHandle: m.ReceiptHandle},
				)
				j.must(err)
			}
		}
		j.later(time.Minute)
	}
	if got := j.Dead("mails"); !slices.Equal(got, []string{"poison"}) || j.Depth("mails") != 0 {
		t.Fatalf("dead letters %q", got)
	}
	_, err := j.client.StartMessageMoveTask(
		t.Context(),
		&sqs.StartMessageMoveTaskInput{SourceArn: aws.String(localaws.ARN("sqs", "mails-dead"))},
	)
	j.must(err)
	if got := j.receive(); len(got) != 1 || got[0].Attributes["ApproximateReceiveCount"] != "1" {
		t.Errorf("redriven: %v", got)
	}
}

func TestVisibilityCanBeChanged(t *testing.T) {
	j := newJobs(t)
	j.send("one")
	m := j.receive()[0]
	change := func(receipt *string, seconds int32) error {
		_, err := j.client.ChangeMessageVisibility(
			t.Context(),
			&sqs.ChangeMessageVisibilityInput{QueueUrl: j.url, ReceiptHandle: receipt, VisibilityTimeout: seconds},
		)
		return err
	}
	j.must(change(m.ReceiptHandle, 0))
	if len(j.receive()) != 1 {
		t.Error("it is still hidden")
	}
	var stale *types.MessageNotInflight
	if err := change(m.ReceiptHandle, 0); !errors.As(err, &stale) {
		t.Errorf("a stale receipt: %v", err)
	}
}

func TestWhatSQSRefusesIsRefused(t *testing.T) {
	j := newJobs(t)
	var unknown *types.QueueDoesNotExist
	if _, err := j.client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: aws.String("http://x/nobody"),
		MessageBody: aws.String("a")}); !errors.As(
		err,
		&unknown,
	) {
		t.Errorf("an unknown queue: %v", err)
	}
	if _, err := j.client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: j.url,
		MessageBody: aws.String(strings.Repeat("a", maxMessage+1))}); err == nil {
		t.Error("a message over the limit was taken")
	}
	out, err := j.client.GetQueueAttributes(
		t.Context(),
		&sqs.GetQueueAttributesInput{QueueUrl: j.url, AttributeNames: []types.QueueAttributeName{"All"}},
	)
	j.must(err)
	if !strings.Contains(out.Attributes["RedrivePolicy"], "mails-dead") || out.Attributes["VisibilityTimeout"] != "30" {
		t.Errorf("attributes %v", out.Attributes)
	}
}

// feed gives the queue's messages to invoke until the test ends.
func (j *jobs) feed(trigger topology.QueueTrigger, invoke func(events.SQSEvent) (events.SQSEventResponse, error)) {
	ctx, cancel := context.WithCancel(context.Background())
	j.Cleanup(func() { cancel(); j.Wait() })
	j.must(j.Feed(ctx, "mailer", trigger, func(_ context.Context, _ string, payload []byte) ([]byte, string, error) {
		var e events.SQSEvent
		if err := json.Unmarshal(payload, &e); err != nil {
			return nil, "", err
		}
		out, err := invoke(e)
		if err != nil {
			return []byte(`{"errorMessage":"no"}`), "Unhandled", nil
		}
		raw, _ := json.Marshal(out)
		return raw, "", nil
	}))
}

func (j *jobs) until(what string, true func() bool) {
	j.Helper()
	for end := time.Now().Add(time.Minute); !true(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			j.Fatalf("not in time: %s", what)
		}
	}
}

func TestOnlyWhatFailedOfABatchComesAgain(t *testing.T) {
	j := newJobs(t)
	j.send("good", "bad", "good")
	var mu sync.Mutex
	seen := map[string]int{}
	j.feed(
		topology.QueueTrigger{Queue: "mails", Batch: 10, Concurrency: 2},
		func(e events.SQSEvent) (out events.SQSEventResponse, _ error) {
			mu.Lock()
			defer mu.Unlock()
			for _, m := range e.Records {
				seen[m.Body]++
				if m.Body == "bad" {
					out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
				}
			}
			return out, nil
		},
	)
	j.until("the good ones are done", func() bool { return j.Depth("mails") == 1 })
	j.later(time.Minute)
	j.until("the bad one comes again", func() bool { mu.Lock(); defer mu.Unlock(); return seen["bad"] == 2 })
	j.later(time.Minute)
	j.until("the bad one is set aside", func() bool { return len(j.Dead("mails")) == 1 })
	if seen["good"] != 2 || seen["bad"] != 2 {
		t.Errorf("seen %v", seen)
	}
}

func TestAFunctionThatFailsGetsItsBatchAgain(t *testing.T) {
	j := newJobs(t)
	j.send("one")
	calls := make(chan string, 10)
	j.feed(topology.QueueTrigger{Queue: "mails", Batch: 1}, func(e events.SQSEvent) (events.SQSEventResponse, error) {
		calls <- e.Records[0].Attributes["ApproximateReceiveCount"]
		if len(calls) == 1 {
			return events.SQSEventResponse{}, errors.New("no")
		}
		return events.SQSEventResponse{}, nil
	})
	j.until("the first call", func() bool { return len(calls) == 1 })
	j.later(time.Minute)
	j.until("it is done", func() bool { return j.Depth("mails") == 0 })
	if a, b := <-calls, <-calls; a != "1" || b != "2" {
		t.Errorf("received %s, then %s", a, b)
	}
}

func TestABatchCanBeDeliveredTwice(t *testing.T) {
	j := newJobs(t)
	j.Duplicate("mails", 1)
	j.send("one")
	calls := make(chan string, 10)
	j.feed(topology.QueueTrigger{Queue: "mails", Batch: 1}, func(e events.SQSEvent) (events.SQSEventResponse, error) {
		calls <- e.Records[0].MessageId
		return events.SQSEventResponse{}, nil
	})
	j.until("it is done", func() bool { return j.Depth("mails") == 0 })
	if len(calls) != 2 {
		t.Fatalf("it was delivered %d times", len(calls))
	}
	if first, second := <-calls, <-calls; first != second {
		t.Error("another message came the second time")
	}
}
