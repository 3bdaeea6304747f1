package calls

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"foyer/infra/topology"
)

func TestACallIsNamedAsAPolicyNamesIt(t *testing.T) {
	const kvs = "http://123456789012.kvs.foyer.test/key-value-stores/arn%3Aaws"
	for name, c := range map[string]struct {
		method, url, target, body string
		want                      []Call
	}{
		"an item": {"POST", "/dynamodb/", "DynamoDB_20120810.GetItem", `{"TableName":"p-zones"}`,
			[]Call{{Action: "dynamodb:GetItem", Resource: "zones"}}},
		"an index": {"POST", "/dynamodb/", "DynamoDB_20120810.Query", `{"TableName":"p-orders","IndexName":"open"}`,
			[]Call{{Action: "dynamodb:Query", Resource: "orders/index/open"}}},
		"a transaction is its items": {"POST", "/dynamodb/", "DynamoDB_20120810.TransactWriteItems",
			`{"TransactItems":[{"Update":{"TableName":"p-seats"}},{"ConditionCheck":{"TableName":"p-holds"}}]}`,
			[]Call{{Action: "dynamodb:UpdateItem", Resource: "seats"},
				{Action: "dynamodb:ConditionCheckItem", Resource: "holds"}}},
		"a batch is itself": {"POST", "/dynamodb/", "DynamoDB_20120810.BatchGetItem", `{"RequestItems":{"p-seats":{}}}`,
			[]Call{{Action: "dynamodb:BatchGetItem", Resource: "seats"}}},
		"a secret": {"POST", "/secrets/", "secretsmanager.GetSecretValue", `{"SecretId":"foyer/token-keys"}`,
			[]Call{{Action: "secretsmanager:GetSecretValue", Resource: topology.TokenKeys}}},
		"messages": {"POST", "/queues/", "AmazonSQS.SendMessageBatch", `{"QueueUrl":"http://x/123456789012/mails"}`,
			[]Call{{Action: "sqs:SendMessage", Resource: "mails"}}},
		"a mail": {"POST", "/mail/v2/email/outbound-emails", "", `{"Content":{"Raw":{"Data":"aGk="}}}`,
			[]Call{{Action: "ses:SendRawEmail", Resource: topology.Mail}}},
		"the store": {"GET", kvs, "", "", []Call{{Action: "cloudfront-keyvaluestore:DescribeKeyValueStore",
			Resource: topology.EdgeStore}}},
		"a key": {"GET", kvs + "/keys/z.main", "", "",
			[]Call{{Action: "cloudfront-keyvaluestore:GetKey", Resource: topology.EdgeStore}}},
		"keys": {"POST", kvs + "/keys", "", "{}",
			[]Call{{Action: "cloudfront-keyvaluestore:UpdateKeys", Resource: topology.EdgeStore}}},
		"a push": {"POST", "/ws/@connections/x", "", "hello",
			[]Call{{Action: "execute-api:ManageConnections", Resource: topology.ConnectionsPush}}},
		"a look": {"GET", "/ws/@connections/x", "", "",
			[]Call{{Action: "execute-api:ManageConnections", Resource: topology.ConnectionsLook}}},
		"what is that?": {"GET", "/elsewhere", "", "", []Call{{Action: "GET /elsewhere", Resource: "."}}},
	} {
		r := httptest.NewRequest(c.method, c.url, nil)
		r.Header.Set("X-Amz-Target", c.target)
		if diff := cmp.Diff(c.want, asks(r, []byte(c.body), "p-")); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func TestWhoCallsIsToldByTheSignatureAndTheRequestGoesOnWhole(t *testing.T) {
	var before []Call
	calls := &Recorder{Before: func(c Call) { before = append(before, c) }}
	heard := ""
	h := calls.Watch(
		"p-",
		[]topology.Function{{Name: "two-words"}},
		http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			heard += string(body)
		}),
	)
	for _, authorization := range []string{
		"AWS4-HMAC-SHA256 Credential=" + KeyID("two-words") + "/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host",
		"AWS4-HMAC-SHA256 Credential=stranger/20260101/us-east-1/dynamodb/aws4_request", "",
	} {
		r := httptest.NewRequest("POST", "/dynamodb/", strings.NewReader(`{"TableName":"p-zones"}`))
		r.Header.Set("X-Amz-Target", "DynamoDB_20120810.PutItem")
		r.Header.Set("Authorization", authorization)
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	want := []Call{{"", "dynamodb:PutItem", "zones"}, {"two-words", "dynamodb:PutItem", "zones"}}
	if diff := cmp.Diff(want, calls.Seen()); diff != "" || len(before) != 2 ||
		heard != strings.Repeat(`{"TableName":"p-zones"}`, 3) {
		t.Errorf("(-want +got)\n%s told %v, heard %s", diff, before, heard)
	}
}
