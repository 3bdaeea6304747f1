package main

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"foyer/infra/ctl/cli"
	localaws "foyer/infra/local/aws"
	localsqs "foyer/infra/local/sqs"
	"foyer/infra/topology"
)

// tape is a stream's shard with records 1 to 5, two to a read; an iterator is the number of the next.
type tape struct {
	asked string
	reads int
}

func (s *tape) GetShardIterator(_ context.Context, in *dynamodbstreams.GetShardIteratorInput,
	_ ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetShardIteratorOutput, error) {
	if *in.SequenceNumber == "0" {
		return nil, &types.TrimmedDataAccessException{}
	}
	s.asked = *in.StreamArn + " " + *in.ShardId + " " + string(in.ShardIteratorType)
	return &dynamodbstreams.GetShardIteratorOutput{ShardIterator: in.SequenceNumber}, nil
}

func (s *tape) GetRecords(_ context.Context, in *dynamodbstreams.GetRecordsInput,
	_ ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetRecordsOutput, error) {
	next, _ := strconv.Atoi(*in.ShardIterator)
	out := &dynamodbstreams.GetRecordsOutput{}
	if s.reads++; s.reads%2 == 1 { // a read may find nothing, and the next one something
		out.NextShardIterator = in.ShardIterator
		return out, nil
	}
	for ; next <= 5 && len(out.Records) < 2; next++ {
		out.Records = append(out.Records, types.Record{
			EventName: types.OperationTypeModify,
			Dynamodb: &types.StreamRecord{
				SequenceNumber: aws.String(strconv.Itoa(next)),
				Keys: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "o" +
					strconv.Itoa(next)}},
			},
		})
	}
	out.NextShardIterator = aws.String(strconv.Itoa(next))
	return out, nil
}

// letter returns what Lambda writes about records that it gave up.
func letter(from, to string) string {
	return `{"DDBStreamBatchInfo":{"shardId":"shard-1","startSequenceNumber":"` + from + `","endSequenceNumber":"` + to +
		`","batchSize":3,"streamArn":"arn:aws:dynamodb:eu-central-1:1:table/orders/stream/x"}}`
}

func TestDeadLettersOfStreamsAreReadBackAndForgotten(t *testing.T) {
	d := newDesk(t)
	server := httptest.NewServer(localsqs.New(topology.Queues, localsqs.Options{}))
	t.Cleanup(server.Close)
	client := sqs.New(
		sqs.Options{
			BaseEndpoint: &server.URL,
			Region:       localaws.Region,
			Credentials:  credentials.NewStaticCredentialsProvider("a", "b", ""),
		},
	)
	url := server.URL + "/queues/" + localaws.Account + "/mails"
	stream := &tape{}
	d.mail = cli.Letters{Queue: client, Stream: stream}
	send := func(body string) {
		t.Helper()
		if _, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url,
			MessageBody: &body}); err != nil {
			t.Fatal(err)
		}
	}
	d.says("letters "+url, "")
	send(letter("2", "4"))
	said := d.says("letters "+url, `"awsRegion":"eu-central-1"`)
	var event struct {
		Records []struct {
			Dynamodb struct{ SequenceNumber string }
		}
	}
	if err := json.Unmarshal([]byte(said), &event); err != nil || len(event.Records) != 3 ||
		event.Records[2].Dynamodb.SequenceNumber != "4" {
		t.Errorf("%s, %v", said, err)
	}
	if !strings.HasSuffix(stream.asked, "stream/x shard-1 AT_SEQUENCE_NUMBER") {
		t.Errorf("asked for %s", stream.asked)
	}
	d.says("letters "+url, `"o4"`) // reading takes nothing out, nor does it hide anything
	done := filepath.Join(t.TempDir(), "events.jsonl")
	if err := os.WriteFile(done, []byte(said), 0o600); err != nil {
		t.Fatal(err)
	}
	send(letter("5", "5")) // given up since: nobody has handed it to the function
	send(letter("0", "0")) // its record is older than the stream keeps them
	d.says("letters --dry-run --forget "+done+" "+url, "would take out of "+url)
	d.says("letters "+url, `"o4"`)
	d.says("letters --forget "+done+" "+url, "")
	left := d.says("letters "+url, `"o5"`)
	if strings.Contains(left, `"o4"`) {
		t.Errorf("forgotten, and still there: %s", left)
	}
	if !strings.Contains(left, "no more") {
		t.Errorf("a letter whose record is gone goes unsaid: %s", left)
	}
	send(letter("5", "9"))
	send(`{"job":1}`)
	left = d.says("letters "+url, "the stream has no record 9")
	if !strings.Contains(left, "redrive") {
		t.Errorf("a job is taken for a letter: %s", left)
	}
}
