package jobs_test

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"foyer/internal/aws/jobs"
	"foyer/internal/sale/dispatch"
)

// queue plays SQS over the real client: it takes what isn't called bad, says nothing of what is called lost,
// and names messages that it was never given for what is called strange.
func queue(t *testing.T) (jobs.Queues, *[][]string) {
	var calls [][]string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			QueueUrl string
			Entries  []struct{ Id, MessageBody string }
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.QueueUrl != "http://queues/mails" {
			t.Errorf("%+v, %v", in, err)
		}
		var bodies []string
		out := map[string][]map[string]any{}
		for _, e := range in.Entries {
			bodies = append(bodies, e.MessageBody)
			sum := md5.Sum([]byte(e.MessageBody))
			switch e.MessageBody {
			case "bad":
				out["Failed"] = append(out["Failed"], map[string]any{"Id": e.Id, "Code": "InternalError", "SenderFault": false})
			case "lost":
			case "strange":
				for _, id := range []string{"-1", fmt.Sprint(len(in.Entries)), fmt.Sprint(len(in.Entries) + 1), "none"} {
					out["Failed"] = append(out["Failed"], map[string]any{"Id": id, "Code": "Strange", "SenderFault": false})
				}
			default:
				out["Successful"] = append(
					out["Successful"],
					map[string]any{"Id": e.Id, "MessageId": "m", "MD5OfMessageBody": hex.EncodeToString(sum[:])},
				)
			}
		}
		calls = append(calls, bodies)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		json.NewEncoder(w).Encode(out)
	}))
	t.Cleanup(server.Close)
	return jobs.Queues{
		Client: sqs.New(
			sqs.Options{
				Region:       "us-east-1",
				BaseEndpoint: &server.URL,
				Credentials:  credentials.NewStaticCredentialsProvider("a", "b", ""),
			},
		),
		URLs: map[dispatch.Queue]string{dispatch.Mails: "http://queues/mails"},
	}, &calls
}

func TestWhatFailsKeepsNothingElseBack(t *testing.T) {
	q, _ := queue(t)
	errs := q.Send(t.Context(), dispatch.Mails, []string{"good", "bad", "lost", "good"})
	if errs[0] != nil || errs[1] == nil || errs[2] == nil || errs[3] != nil {
		t.Errorf("%v", errs)
	}
}

func TestAnAnswerForNoMessageIsPassedOver(t *testing.T) {
	q, _ := queue(t)
	errs := q.Send(t.Context(), dispatch.Mails, []string{"good", "strange"})
	if errs[0] != nil || errs[1] == nil || strings.Contains(errs[1].Error(), "Strange") {
		t.Errorf("%v", errs)
	}
}

func TestACallHoldsNoMoreThanSQSTakes(t *testing.T) {
	q, calls := queue(t)
	var bodies []string
	for i := range 23 {
		bodies = append(bodies, fmt.Sprint(i))
	}
	for _, size := range []int{200, 100, 300, 156, 100} {
		bodies = append(bodies, strings.Repeat("a", size<<10))
	}
	for i, err := range q.Send(t.Context(), dispatch.Mails, bodies) {
		if err != nil {
			t.Errorf("message %d: %v", i, err)
		}
	}
	var sizes []int
	for _, c := range *calls {
		sizes = append(sizes, len(c))
	}
	if fmt.Sprint(sizes) != "[10 10 4 1 1 2]" {
		t.Errorf("calls of %v messages", sizes)
	}
}
