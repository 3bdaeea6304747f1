package local

import (
	"cmp"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"foyer/infra/topology"
)

// deadLetters ends the name of a queue's dead-letter queue.
const deadLetters = "-dead"

// maxMessage is the most bytes of a message, and of a batch of them.
const maxMessage = 1 << 20

// QueueOptions says how queues behave.
type QueueOptions struct {
	Visibility time.Duration    // instead of what the queues declare; 0: what they declare
	Now        func() time.Time // nil: time.Now
}

// Queues plays SQS's standard queues, and Lambda's event source mappings for them: visibility time-outs, dead-letter
// queues, redriving, long polls, partial batch failures. A stale receipt deletes nothing, which is the worst that SQS
// may do. Retention, encryption, permissions and FIFO aren't played, and messages don't come out of order or twice by
// themselves: Duplicate sees to that.
type Queues struct {
	opts  QueueOptions
	tasks sync.WaitGroup

	mu     sync.Mutex
	queues map[string]*jobQueue
	moved  chan struct{} // closed and replaced whenever a message arrived or became visible
}

// jobQueue is one queue, under Queues.mu.
type jobQueue struct {
	name       string
	visibility time.Duration
	receives   int       // the most; 0: no limit
	dead       *jobQueue // where what was received too often goes
	messages   []*job
	duplicate  int // every nth batch goes to the function twice; 0: none
	batches    int
}

// job is one message in a queue.
type job struct {
	id, body, receipt string
	attributes        map[string]any
	sent, first       time.Time
	visible           time.Time // hidden until then
	received          int
}

// NewQueues makes the queues, empty, and a dead-letter queue beside each.
func NewQueues(declared []topology.Queue, opts QueueOptions) *Queues {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	q := &Queues{opts: opts, queues: map[string]*jobQueue{}, moved: make(chan struct{})}
	for _, d := range declared {
		visibility := cmp.Or(opts.Visibility, d.Visibility)
		dead := &jobQueue{name: d.Name + deadLetters, visibility: visibility}
		q.queues[dead.name] = dead
		q.queues[d.Name] = &jobQueue{name: d.Name, visibility: visibility, receives: d.MaxReceives, dead: dead}
	}
	return q
}

// Depth is how many messages the queue has, waiting and being worked on.
func (q *Queues) Depth(name string) (n int) {
	q.with(name, func(one *jobQueue) { n = len(one.messages) })
	return n
}

// Dead is the bodies of the messages in the queue's dead-letter queue.
func (q *Queues) Dead(name string) (bodies []string) {
	q.with(name+deadLetters, func(one *jobQueue) {
		for _, m := range one.messages {
			bodies = append(bodies, m.body)
		}
	})
	return bodies
}

// Redrive puts everything in the queue's dead-letter queue back, as if it were new, and tells how much that was.
func (q *Queues) Redrive(name string) (n int) {
	q.with(name, func(one *jobQueue) { n = q.move(one.dead, one) })
	return n
}

// Duplicate delivers every nth batch of the queue twice to its function from now on; 0 ends it.
func (q *Queues) Duplicate(name string, nth int) {
	q.with(name, func(one *jobQueue) { one.duplicate = nth })
}

// Wait waits for the ends of all that Feed started.
func (q *Queues) Wait() { q.tasks.Wait() }

func (q *Queues) with(name string, do func(*jobQueue)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if one := q.queues[name]; one != nil {
		do(one)
	}
}

// awake wakes whoever waits for messages. The caller holds mu.
func (q *Queues) awake() {
	close(q.moved)
	q.moved = make(chan struct{})
}

func (q *Queues) send(one *jobQueue, body string, attributes map[string]any, delay time.Duration) *job {
	now := q.opts.Now()
	m := &job{id: UUID(), body: body, attributes: attributes, sent: now, visible: now.Add(delay)}
	one.messages = append(one.messages, m)
	q.awake()
	return m
}

func (q *Queues) move(from, to *jobQueue) int {
	n := len(from.messages)
	for _, m := range from.messages {
		m.received, m.first, m.visible, m.receipt = 0, time.Time{}, q.opts.Now(), ""
	}
	to.messages, from.messages = append(to.messages, from.messages...), nil
	q.awake()
	return n
}

// receive takes up to most visible messages and hides them. What was received too often goes to the dead letters.
func (q *Queues) receive(one *jobQueue, most int, visibility time.Duration) (got []job) {
	now := q.opts.Now()
	var kept []*job
	for _, m := range one.messages {
		switch {
		case m.visible.After(now) || len(got) >= most:
		case one.receives > 0 && m.received >= one.receives:
			m.receipt = ""
			one.dead.messages = append(one.dead.messages, m)
			continue
		default:
			m.received++
			m.receipt, m.visible = UUID(), now.Add(visibility)
			if m.first.IsZero() {
				m.first = now
			}
			got = append(got, *m)
		}
		kept = append(kept, m)
	}
	one.messages = kept
	return got
}

// hide sets until when a received message is hidden.
func (q *Queues) hide(one *jobQueue, receipt string, d time.Duration) bool {
	for _, m := range one.messages {
		if receipt != "" && m.receipt == receipt {
			m.visible = q.opts.Now().Add(d)
			q.awake()
			return true
		}
	}
	return false
}

// delete removes a message by its last receipt.
func (one *jobQueue) delete(receipt string) {
	one.messages = slices.DeleteFunc(one.messages, func(m *job) bool { return receipt != "" && m.receipt == receipt })
}

// counts is how many messages are visible and hidden.
func (one *jobQueue) counts(now time.Time) (visible, hidden int) {
	for _, m := range one.messages {
		if m.visible.After(now) {
			hidden++
		} else {
			visible++
		}
	}
	return visible, hidden
}

// system is the attributes that SQS itself gives to a message.
func (m job) system() map[string]string {
	milli := func(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
	return map[string]string{
		"ApproximateReceiveCount": strconv.Itoa(m.received), "SentTimestamp": milli(m.sent),
		"ApproximateFirstReceiveTimestamp": milli(m.first), "SenderId": Account,
	}
}

func digest(body string) string {
	sum := md5.Sum([]byte(body))
	return hex.EncodeToString(sum[:])
}

var errNoQueue = errors.New("QueueDoesNotExist")
