package streams

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"

	localaws "foyer/infra/local/aws"
	"foyer/infra/local/lambda"
	"foyer/infra/local/lambda/lambdatest"
	"foyer/infra/topology"
	"foyer/internal/testkit/dynamotest"
)

// follow feeds invoke from the stream of a test's own table grants, until the test ends.
func follow(t *testing.T, trigger topology.Trigger, invoke localaws.Invoke) (*dynamotest.Cloud, *Service) {
	t.Helper()
	cloud := dynamotest.New(t)
	out, err := cloud.Client.DescribeTable(
		t.Context(),
		&dynamodb.DescribeTableInput{TableName: aws.String(cloud.Table("grants"))},
	)
	if err != nil {
		t.Fatal(err)
	}
	client := dynamodbstreams.New(dynamodbstreams.Options{
		Region: localaws.Region, BaseEndpoint: &cloud.Endpoint, Credentials: credentials.NewStaticCredentialsProvider("local",
			"local", ""),
	})
	s := New(client, invoke, Options{Backoff: time.Millisecond})
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() {
		cancel()
		s.Wait()
	})
	if err := s.Follow(ctx, "notify", trigger, *out.Table.LatestStreamArn); err != nil {
		t.Fatal(err)
	}
	return cloud, s
}

func put(t *testing.T, cloud *dynamotest.Cloud, page int, more map[string]types.AttributeValue) {
	t.Helper()
	item := map[string]types.AttributeValue{
		"part": &types.AttributeValueMemberS{Value: "main#0"}, "page": &types.AttributeValueMemberN{Value: fmt.Sprint(page)},
	}
	for name, value := range more {
		item[name] = value
	}
	if _, err := cloud.Client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(cloud.Table("grants")),
		Item: item}); err != nil {
		t.Fatal(err)
	}
}

func TestStreamEventIsWhatLambdaSends(t *testing.T) {
	got := make(chan []byte, 10)
	cloud, _ := follow(
		t,
		topology.Trigger{Batch: 10, Filter: `{"eventName":["MODIFY"]}`},
		func(_ context.Context, _ string, payload []byte) ([]byte, string, error) {
			got <- payload
			return nil, "", nil
		},
	)
	put(t, cloud, 1, nil)
	put(t, cloud, 1, map[string]types.AttributeValue{
		"b": &types.AttributeValueMemberB{Value: []byte{0xff, 0}},
		"l": &types.AttributeValueMemberL{
			Value: []types.AttributeValue{
				&types.AttributeValueMemberM{
					Value: map[string]types.AttributeValue{"x": &types.AttributeValueMemberBOOL{Value: true}},
				},
			},
		},
	})
	var payload []byte
	select {
	case payload = <-got:
	case <-time.After(time.Minute):
		t.Fatal("nothing came")
	}
	var event events.DynamoDBEvent
	if err := json.Unmarshal(payload, &event); err != nil {
		t.Fatalf("%v in %s", err, payload)
	}
	r := event.Records[0]
	if len(event.Records) != 1 || r.EventName != "MODIFY" || r.EventSource != "aws:dynamodb" || r.EventID == "" ||
		r.Change.SequenceNumber == "" ||
		r.Change.SizeBytes == 0 ||
		r.Change.StreamViewType != "NEW_AND_OLD_IMAGES" {
		t.Errorf("event %s", payload)
	}
	if age := time.Since(r.Change.ApproximateCreationDateTime.Time); age.Abs() > 90*time.Second {
		t.Errorf("created at %s", r.Change.ApproximateCreationDateTime)
	}
	if string(r.Change.NewImage["b"].Binary()) != "\xff\x00" || !r.Change.NewImage["l"].List()[0].Map()["x"].Boolean() ||
		r.Change.OldImage["page"].Number() != "1" ||
		r.Change.Keys["part"].String() != "main#0" {
		t.Errorf("images in %s", payload)
	}
}

func TestStreamKeepsTheOrderOfEveryItem(t *testing.T) {
	var mu sync.Mutex
	seen, atOnce, most := map[string][]string{}, 0, 0
	cloud, _ := follow(
		t,
		topology.Trigger{Batch: 5, Parallelization: 4, MaxRetries: 3},
		func(_ context.Context, _ string, payload []byte) ([]byte, string, error) {
			var event events.DynamoDBEvent
			json.Unmarshal(payload, &event)
			mu.Lock()
			defer mu.Unlock()
			atOnce++
			most = max(most, atOnce)
			mu.Unlock()
			time.Sleep(20 * time.Millisecond)
			mu.Lock()
			atOnce--
			for _, r := range event.Records {
				page := r.Change.Keys["page"].Number()
				seen[page] = append(seen[page], r.Change.NewImage["n"].Number())
			}
			return nil, "", nil
		},
	)
	const pages, versions = 12, 5
	for v := range versions {
		for page := range pages {
			put(t, cloud, page+1, map[string]types.AttributeValue{"n": &types.AttributeValueMemberN{Value: fmt.Sprint(v)}})
		}
	}
	count := func() (n int) {
		mu.Lock()
		defer mu.Unlock()
		for _, all := range seen {
			n += len(all)
		}
		return n
	}
	for range 500 {
		if count() >= pages*versions {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	mu.Lock()
	defer mu.Unlock()
	for page, all := range seen {
		if fmt.Sprint(all) != "[0 1 2 3 4]" {
			t.Errorf("page %s: %v", page, all)
		}
	}
	if len(seen) != pages || most < 2 {
		t.Errorf("%d of %d pages, at most %d batches at once", len(seen), pages, most)
	}
}

func TestStreamThroughARealFunction(t *testing.T) {
	functions := []topology.Function{{Name: "echo", MemoryMB: 128, Timeout: 5 * time.Second}}
	l, err := lambda.New(functions, lambda.Options{Binaries: lambdatest.Binaries(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	reached := make(chan time.Duration, 10)
	var at time.Time
	cloud, s := follow(
		t,
		topology.Trigger{Batch: 10},
		func(ctx context.Context, _ string, payload []byte) ([]byte, string, error) {
			result, functionError, err := l.Invoke(ctx, "echo", payload)
			reached <- time.Since(at)
			return result, functionError, err
		},
	)
	l.Invoke(t.Context(), "echo", []byte(`{}`)) // warm
	time.Sleep(300 * time.Millisecond)
	at = time.Now()
	put(t, cloud, 1, nil)
	select {
	case took := <-reached:
		t.Logf("from write to the function's answer: %s", took)
	case <-time.After(time.Minute):
		t.Fatal("nothing came")
	}
	if given := s.Discarded("notify"); len(given) != 0 {
		t.Errorf("given up: %s", given)
	}
}
