// Package calls records what functions ask of AWS, in the words of a policy, so that a test can compare it with what
// they are permitted. It refuses nothing and checks no signature.
package calls

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"foyer/infra/topology"
)

// Call is something that a function asks of AWS, in the words of a policy.
type Call struct {
	Function string
	Action   string // such as dynamodb:PutItem
	Resource string // a table's name in the topology, or one of the topology's resources
}

// Recorder keeps the calls of functions. It knows a function by the key that the function signs with, as AWS does.
type Recorder struct {
	// Before is called with each call before it is answered, by the goroutine that passes it on: a test can put
	// something between a function's read and its write. It may be nil.
	Before func(Call)

	mu   sync.Mutex
	seen map[Call]bool
}

// Seen returns every call that was made, once each, in order.
func (c *Recorder) Seen() []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]Call, 0, len(c.seen))
	for call := range c.seen {
		all = append(all, call)
	}
	slices.SortFunc(all, func(a, b Call) int {
		return cmp.Or(
			cmp.Compare(a.Function, b.Function), cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Action, b.Action))
	})
	return all
}

func (c *Recorder) note(call Call) {
	c.mu.Lock()
	if c.seen == nil {
		c.seen = map[Call]bool{}
	}
	c.seen[call] = true
	c.mu.Unlock()
	if c.Before != nil {
		c.Before(call)
	}
}

// KeyID returns the access key that a function signs with. DynamoDB Local takes letters and digits only.
func KeyID(name string) string { return strings.ReplaceAll(name, "-", "0") }

// Watch notes the signed requests on their way to the next handler. Tables' names begin with prefix.
func (c *Recorder) Watch(prefix string, functions []topology.Function, next http.Handler) http.Handler {
	names := map[string]string{}
	for _, f := range functions {
		names[KeyID(f.Name)] = f.Name
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name := names[signer(r)]; strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-") {
			body, err := io.ReadAll(io.LimitReader(r.Body, 20<<20))
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			for _, asked := range asks(r, body, prefix) {
				asked.Function = name
				c.note(asked)
			}
		}
		next.ServeHTTP(w, r)
	})
}

var credential = regexp.MustCompile(`Credential=([^/,\s]+)/`)

// signer returns the access key in the request's signature.
func signer(r *http.Request) string {
	if found := credential.FindStringSubmatch(r.Header.Get("Authorization")); found != nil {
		return found[1]
	}
	return ""
}

// asks returns what a policy must allow for the request: one action, or those that a transaction consists of.
func asks(r *http.Request, body []byte, prefix string) []Call {
	service, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	switch {
	case strings.HasPrefix(service, "DynamoDB_"):
		return asksDatabase(operation, body, prefix)
	case service == "secretsmanager":
		var in struct{ SecretId string }
		_ = json.Unmarshal(body, &in)
		name := in.SecretId[strings.LastIndex(in.SecretId, "/")+1:]
		return []Call{{Action: "secretsmanager:" + operation, Resource: "@" + name}}
	case service == "AmazonSQS": // a policy has no word for batches of messages
		var in struct{ QueueUrl string }
		_ = json.Unmarshal(body, &in)
		return []Call{{
			Action:   "sqs:" + strings.TrimSuffix(operation, "Batch"),
			Resource: strings.TrimPrefix(in.QueueUrl[strings.LastIndex(in.QueueUrl, "/")+1:], prefix),
		}}
	case strings.HasSuffix(r.URL.Path, "/v2/email/outbound-emails"):
		return []Call{{Action: "ses:" + mailOperation(body), Resource: topology.Mail}}
	case strings.HasPrefix(r.URL.Path, "/key-value-stores/"):
		return []Call{{Action: "cloudfront-keyvaluestore:" + storeOperation(r), Resource: topology.EdgeStore}}
	case strings.Contains(r.URL.Path, "/functions/"): // …/functions/<name>/invocations
		part := strings.Split(r.URL.Path, "/")
		return []Call{{Action: "lambda:InvokeFunction", Resource: "@" + part[len(part)-2]}}
	case strings.Contains(r.URL.Path, "/@connections/"):
		return []Call{{Action: "execute-api:ManageConnections", Resource: "@connections/" + r.Method}}
	}
	return []Call{{Action: r.Method + " " + r.URL.Path, Resource: service + "." + operation}}
}

// mailOperation returns the action of sending a mail, which depends on how its content is given.
func mailOperation(body []byte) string {
	var in struct{ Content struct{ Raw json.RawMessage } }
	if json.Unmarshal(body, &in) == nil && in.Content.Raw != nil {
		return "SendRawEmail"
	}
	return "SendEmail"
}

func storeOperation(r *http.Request) string {
	path := r.URL.EscapedPath()
	switch {
	case strings.HasSuffix(path, "/keys") && r.Method == http.MethodGet:
		return "ListKeys"
	case strings.HasSuffix(path, "/keys"):
		return "UpdateKeys"
	case strings.Contains(path, "/keys/"):
		return map[string]string{http.MethodGet: "GetKey", http.MethodPut: "PutKey", http.MethodDelete: "DeleteKey"}[r.Method]
	}
	return "DescribeKeyValueStore"
}

// target is a table, or an index of it, as a request names it.
type target struct{ TableName, IndexName string }

func (t target) in(prefix string) string {
	name := strings.TrimPrefix(t.TableName, prefix)
	if t.IndexName != "" {
		name += "/index/" + t.IndexName
	}
	return name
}

// asksDatabase takes batches and transactions apart: a policy allows a batch by an action of its own for each table,
// but a transaction by the actions of its items.
func asksDatabase(operation string, body []byte, prefix string) (calls []Call) {
	var in struct {
		target
		RequestItems  map[string]json.RawMessage
		TransactItems []map[string]target
	}
	_ = json.Unmarshal(body, &in)
	for table := range in.RequestItems {
		calls = append(calls, Call{Action: "dynamodb:" + operation, Resource: target{TableName: table}.in(prefix)})
	}
	for _, one := range in.TransactItems {
		for kind, on := range one {
			calls = append(calls, Call{Action: "dynamodb:" + itemAction[kind], Resource: on.in(prefix)})
		}
	}
	if len(calls) == 0 {
		calls = []Call{{Action: "dynamodb:" + operation, Resource: in.in(prefix)}}
	}
	return calls
}

// itemAction maps the parts of a transaction to the actions of a policy.
var itemAction = map[string]string{
	"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "Get": "GetItem",
	"ConditionCheck": "ConditionCheckItem",
}
