package main

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"foyer/infra/local"
	"foyer/infra/topology"
)

// tape is a stream's shard with records 1 to 5, two to a read; an iterator is the number of the next.
type tape struct{ asked string }

func (s *tape) GetShardIterator(_ context.Context, in *dynamodbstreams.GetShardIteratorInput, _ ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetShardIteratorOutput, error) {
	s.asked = *in.StreamArn + " " + *in.ShardId + " " + string(in.ShardIteratorType)
	return &dynamodbstreams.GetShardIteratorOutput{ShardIterator: in.SequenceNumber}, nil
}

func (s *tape) GetRecords(_ context.Context, in *dynamodbstreams.GetRecordsInput, _ ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetRecordsOutput, error) {
	next, _ := strconv.Atoi(*in.ShardIterator)
	out := &dynamodbstreams.GetRecordsOutput{}
	for ; next <= 5 && len(out.Records) < 2; next++ {
		out.Records = append(out.Records, types.Record{
			EventName: types.OperationTypeModify,
			Dynamodb: &types.StreamRecord{
				SequenceNumber: aws.String(strconv.Itoa(next)),
				Keys:           map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "o" + strconv.Itoa(next)}},
			},
		})
	}
	out.NextShardIterator = aws.String(strconv.Itoa(next))
	return out, nil
}

func TestDeadLettersOfStreamsAreReadBackAndForgotten(t *testing.T) {
	d, now := newDesk(t), noon
	server := httptest.NewServer(local.NewQueues(topology.Queues, local.QueueOptions{Now: func() time.Time { return now }}))
	t.Cleanup(server.Close)
	client := sqs.New(sqs.Options{BaseEndpoint: &server.URL, Region: local.Region, Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")})
	url := server.URL + "/queues/" + local.Account + "/mails"
	stream := &tape{}
	d.mail = letters{client, stream}
	send := func(body string) {
		t.Helper()
		if _, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}); err != nil {
			t.Fatal(err)
		}
	}
	d.says("letters "+url, "")
	send(`{"DDBStreamBatchInfo":{"shardId":"shard-1","startSequenceNumber":"2","endSequenceNumber":"4","batchSize":3,"streamArn":"arn:aws:dynamodb:eu-central-1:1:table/orders/stream/x"}}`)
	said := d.says("letters "+url, `"awsRegion":"eu-central-1"`)
	var event struct {
		Records []struct {
			Dynamodb struct{ SequenceNumber string }
		}
	}
	if err := json.Unmarshal([]byte(said), &event); err != nil || len(event.Records) != 3 || event.Records[2].Dynamodb.SequenceNumber != "4" {
		t.Errorf("%s, %v", said, err)
	}
	if !strings.HasSuffix(stream.asked, "stream/x shard-1 AT_SEQUENCE_NUMBER") {
		t.Errorf("asked for %s", stream.asked)
	}
	later := func() { now = now.Add(2 * time.Minute) }
	later()
	d.says("letters "+url, `"o4"`) // reading takes nothing out
	later()
	d.says("letters --forget "+url, "")
	later()
	if left := d.says("letters "+url, ""); left != "" {
		t.Errorf("forgotten, and still there: %s", left)
	}
	if _, err := (letters{stream: stream}).read(t.Context(), `{"DDBStreamBatchInfo":{"startSequenceNumber":"5","endSequenceNumber":"9","streamArn":"x"}}`); err == nil {
		t.Error("records that aren't there are found")
	}
	if _, err := (letters{stream: stream}).read(t.Context(), `{"job":1}`); err == nil || !strings.Contains(err.Error(), "redrive") {
		t.Errorf("a job is taken for a letter: %v", err)
	}
}
