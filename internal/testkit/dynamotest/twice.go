package dynamotest

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// SendTwice is an option for a client that sends every write twice and returns the second answer: what the SDK does
// when the first answer is lost.
func SendTwice(o *dynamodb.Options) { o.HTTPClient = twice{client: o.HTTPClient} }

// TransactTwice is SendTwice with a new token for each transaction's second time, so that the database doesn't
// recognise it.
func TransactTwice(o *dynamodb.Options) { o.HTTPClient = twice{client: o.HTTPClient, newToken: true} }

type twice struct {
	client   dynamodb.HTTPClient
	newToken bool
}

var (
	writes = regexp.MustCompile(`(PutItem|UpdateItem|DeleteItem|TransactWriteItems)$`)
	token  = regexp.MustCompile(`"ClientRequestToken":"[^"]{4}`)
)

func (c twice) Do(request *http.Request) (*http.Response, error) {
	if !writes.MatchString(request.Header.Get("X-Amz-Target")) {
		return c.client.Do(request)
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	first := request.Clone(request.Context())
	first.Body, request.Body = io.NopCloser(bytes.NewReader(body)), io.NopCloser(bytes.NewReader(body))
	if c.newToken {
		request.Body = io.NopCloser(strings.NewReader(token.ReplaceAllString(string(body), `"ClientRequestToken":"zzzz`)))
	}
	lost, err := c.client.Do(first)
	if err != nil {
		return nil, err
	}
	_, _ = io.Copy(io.Discard, lost.Body)
	lost.Body.Close()
	return c.client.Do(request)
}
