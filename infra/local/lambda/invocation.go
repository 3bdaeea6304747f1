package lambda

import (
	"encoding/json"
	"fmt"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"foyer/infra/local/aws"
)

// invocation is one event on its way through a function. Its caller is answered when the process asks for the next
// event or has ended, so that a caller that calls again at once meets the same process.
type invocation struct {
	id      string
	payload []byte
	kill    Moment

	once    sync.Once
	settled chan struct{} // outcome is set
	over    chan struct{}
	outcome outcome
}

type outcome struct {
	result        []byte
	functionError string
	err           error
}

func newInvocation(payload []byte, kill Moment) *invocation {
	return &invocation{
		id: aws.UUID(), payload: payload, kill: kill, settled: make(chan struct{}), over: make(chan struct{}),
	}
}

// finish settles the invocation; only the first outcome counts.
func (i *invocation) finish(out outcome) {
	i.once.Do(func() {
		i.outcome = out
		close(i.settled)
	})
}

// fail settles the invocation with an error of Lambda's own.
func (i *invocation) fail(kind, format string, args ...any) {
	body, _ := json.Marshal(map[string]string{
		"errorType":    kind,
		"errorMessage": fmt.Sprintf("RequestId: %s Error: ", i.id) + fmt.Sprintf(format, args...),
	})
	i.finish(outcome{result: body, functionError: "Unhandled"})
}

// someMilliseconds returns the random delay of KillNext: anywhere in a short invocation.
func someMilliseconds() time.Duration {
	return mathrand.N(15 * time.Millisecond)
}
