package sqs

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"foyer/infra/local/aws"
)

// request is the part of the requests that is understood.
type request struct {
	QueueUrl, QueueName, MessageBody, ReceiptHandle, SourceArn, DestinationArn string
	MaxNumberOfMessages, WaitTimeSeconds                                       int
	DelaySeconds                                                               int
	VisibilityTimeout                                                          *int
	MessageAttributes                                                          map[string]any
	Entries                                                                    []struct {
		Id, MessageBody, ReceiptHandle  string
		DelaySeconds, VisibilityTimeout int
		MessageAttributes               map[string]any
	}
}

// queue returns the name of the queue that a request is about.
func (in request) queue() string {
	name := in.QueueUrl + in.QueueName
	return name[strings.LastIndexAny(name, "/:")+1:]
}

// fault is an error of the API, by its name there.
type fault struct{ kind, text string }

func (e fault) Error() string { return e.text }

// ServeHTTP speaks the service's JSON 1.0 protocol.
func (q *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in request
	out, err := any(nil), json.NewDecoder(http.MaxBytesReader(w, r.Body, 12*maxMessage)).Decode(&in)
	if err == nil {
		out, err = q.call(r, strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS."), in)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if err != nil {
		fault := fault{"InvalidParameterValueException", err.Error()}
		errors.As(err, &fault)
		w.WriteHeader(http.StatusBadRequest)
		out = map[string]string{"__type": "com.amazonaws.sqs#" + fault.kind, "message": fault.text}
	}
	json.NewEncoder(w).Encode(out)
}

// call does one operation.
func (q *Service) call(r *http.Request, operation string, in request) (any, error) {
	if operation == "StartMessageMoveTask" {
		return q.startMove(in)
	}
	q.mu.Lock()
	one := q.queues[in.queue()]
	q.mu.Unlock()
	if one == nil {
		return nil, fault{"QueueDoesNotExist", "The specified queue does not exist."}
	}
	if operation == "ReceiveMessage" {
		return q.poll(r, one, in), nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	switch operation {
	case "GetQueueUrl":
		return map[string]string{"QueueUrl": "http://" + r.Host + "/queues/" + aws.Account + "/" + one.name}, nil
	case "SendMessage":
		if err := fits(in.MessageBody); err != nil {
			return nil, err
		}
		m := q.send(one, in.MessageBody, in.MessageAttributes, time.Duration(in.DelaySeconds)*time.Second)
		return map[string]string{"MessageId": m.id, "MD5OfMessageBody": digest(m.body)}, nil
	case "SendMessageBatch":
		return q.sendBatch(one, in)
	case "DeleteMessage":
		one.delete(in.ReceiptHandle)
		return struct{}{}, nil
	case "DeleteMessageBatch":
		return each(in, func(i int) bool { one.delete(in.Entries[i].ReceiptHandle); return true })
	case "ChangeMessageVisibility":
		if in.VisibilityTimeout == nil || !q.hide(one, in.ReceiptHandle, time.Duration(*in.VisibilityTimeout)*time.Second) {
			return nil, fault{"MessageNotInflight", "The message referred to isn't in flight."}
		}
		return struct{}{}, nil
	case "ChangeMessageVisibilityBatch":
		return each(in, func(i int) bool {
			return q.hide(one, in.Entries[i].ReceiptHandle, time.Duration(in.Entries[i].VisibilityTimeout)*time.Second)
		})
	case "GetQueueAttributes":
		return q.attributes(one), nil
	case "PurgeQueue":
		one.messages = nil
		return struct{}{}, nil
	}
	return nil, fault{"UnsupportedOperation", "the local cloud doesn't play " + operation}
}

// fits returns the error with which SQS refuses the bodies; nil: it takes them.
func fits(bodies ...string) error {
	total := 0
	for _, body := range bodies {
		if body == "" {
			return fault{"InvalidParameterValueException", "The request must contain the parameter MessageBody."}
		}
		total += len(body)
	}
	if total > maxMessage {
		return fault{"InvalidParameterValueException",
			"One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes."}
	}
	return nil
}

func (q *Service) sendBatch(one *queue, in request) (any, error) {
	var bodies []string
	for _, entry := range in.Entries {
		bodies = append(bodies, entry.MessageBody)
	}
	if len(bodies) == 0 {
		return nil, fault{"EmptyBatchRequest", "There should be at least one SendMessageBatchRequestEntry in the request."}
	}
	if len(bodies) > 10 {
		return nil, fault{"TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10."}
	}
	if err := fits(bodies...); err != nil {
		return nil, err
	}
	sent := []map[string]string{}
	for _, entry := range in.Entries {
		m := q.send(one, entry.MessageBody, entry.MessageAttributes, time.Duration(entry.DelaySeconds)*time.Second)
		sent = append(sent, map[string]string{"Id": entry.Id, "MessageId": m.id, "MD5OfMessageBody": digest(m.body)})
	}
	return map[string]any{"Successful": sent, "Failed": []any{}}, nil
}

// each does something to every entry of a batch.
func each(in request, do func(i int) bool) (any, error) {
	done, failed := []map[string]any{}, []map[string]any{}
	for i, entry := range in.Entries {
		if do(i) {
			done = append(done, map[string]any{"Id": entry.Id})
		} else {
			failed = append(failed, map[string]any{"Id": entry.Id, "Code": "ReceiptHandleIsInvalid", "SenderFault": true})
		}
	}
	return map[string]any{"Successful": done, "Failed": failed}, nil
}

// poll receives, waiting for a message up to WaitTimeSeconds.
func (q *Service) poll(r *http.Request, one *queue, in request) any {
	visibility := one.visibility
	if in.VisibilityTimeout != nil {
		visibility = time.Duration(*in.VisibilityTimeout) * time.Second
	}
	until := time.Now().Add(time.Duration(in.WaitTimeSeconds) * time.Second)
	var got []message
	for {
		q.mu.Lock()
		got = q.receive(one, min(max(in.MaxNumberOfMessages, 1), 10), visibility)
		moved := q.moved
		q.mu.Unlock()
		if len(got) > 0 || r.Context().Err() != nil || !time.Now().Before(until) {
			break
		}
		wait(r.Context(), moved)
	}
	out := []map[string]any{}
	for _, m := range got {
		out = append(out, map[string]any{
			"MessageId": m.id, "ReceiptHandle": m.receipt, "Body": m.body, "MD5OfBody": digest(m.body),
			"Attributes": m.system(), "MessageAttributes": m.attributes,
		})
	}
	return map[string]any{"Messages": out}
}

func (q *Service) attributes(one *queue) any {
	visible, hidden := one.counts(q.opts.Now())
	out := map[string]string{
		"QueueArn": aws.ARN("sqs", one.name), "VisibilityTimeout": strconv.Itoa(int(one.visibility.Seconds())),
		"ApproximateNumberOfMessages": strconv.Itoa(visible), "ApproximateNumberOfMessagesNotVisible": strconv.Itoa(hidden),
	}
	if one.dead != nil {
		policy, _ := json.Marshal(map[string]string{
			"deadLetterTargetArn": aws.ARN("sqs", one.dead.name), "maxReceiveCount": strconv.Itoa(one.receives),
		})
		out["RedrivePolicy"] = string(policy)
	}
	return map[string]any{"Attributes": out}
}

// startMove moves a dead-letter queue's messages back at once; SQS takes its time.
func (q *Service) startMove(in request) (any, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	from := in.SourceArn[strings.LastIndex(in.SourceArn, ":")+1:]
	to := strings.TrimSuffix(from, deadLetters)
	if q.queues[from] == nil || to == from {
		return nil, fault{"ResourceNotFoundException", errNoQueue.Error() + ": the source is no dead-letter queue"}
	}
	q.move(q.queues[from], q.queues[to])
	return map[string]string{"TaskHandle": aws.UUID()}, nil
}
