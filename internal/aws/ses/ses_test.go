package ses_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"foyer/internal/aws/ses"
)

// service plays the mail service over the real client; answer is asked for each request.
func service(t *testing.T, answer func(n int32) (status int, kind string)) (*ses.Sender, *atomic.Int32) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			FromEmailAddress string
			Destination      struct{ ToAddresses []string }
			Content          struct{ Raw struct{ Data []byte } }
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.URL.Path != "/v2/email/outbound-emails" ||
			in.Destination.ToAddresses[0] != "ada@example.com" || string(in.Content.Raw.Data) != "raw" {
			t.Errorf("%s: %+v, %v", r.URL.Path, in, err)
		}
		status, kind := answer(asked.Add(1))
		w.Header().Set("Content-Type", "application/json")
		if kind != "" {
			w.Header().Set("X-Amzn-Errortype", kind)
		}
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(map[string]string{"MessageId": "m1", "message": "not for ada@example.com"})
	}))
	t.Cleanup(server.Close)
	return ses.New(
		aws.Config{
			Region:       "us-east-1",
			BaseEndpoint: &server.URL,
			Credentials:  credentials.NewStaticCredentialsProvider("a", "b", ""),
		},
	), &asked
}

func TestThrottledMailsAreTriedAgain(t *testing.T) {
	s, asked := service(t, func(n int32) (int, string) {
		if n < 3 {
			return http.StatusTooManyRequests, "TooManyRequestsException"
		}
		return http.StatusOK, ""
	})
	if id, err := s.Send(t.Context(), "tickets@example.com", "ada@example.com", []byte("raw")); id != "m1" || err != nil ||
		asked.Load() != 3 {
		t.Errorf("%s, %v, asked %d times", id, err, asked.Load())
	}
}

func TestARefusalIsNotTriedAgainAndTellsNoAddress(t *testing.T) {
	s, asked := service(t, func(int32) (int, string) { return http.StatusBadRequest, "MessageRejected" })
	_, err := s.Send(t.Context(), "tickets@example.com", "ada@example.com", []byte("raw"))
	if err == nil || strings.Contains(err.Error(), "ada") || !strings.Contains(err.Error(), "MessageRejected") ||
		asked.Load() != 1 {
		t.Errorf("%v, asked %d times", err, asked.Load())
	}
}
