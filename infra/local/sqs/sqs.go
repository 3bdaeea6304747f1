// Package sqs plays SQS's standard queues, and Lambda's event source mappings for them: visibility time-outs,
// dead-letter queues, redriving, long polls, partial batch failures. A stale receipt deletes nothing, which is the
// worst that SQS may do. It plays no retention, encryption, permissions or FIFO. Messages come in order and once,
// except for Service.Duplicate.
package sqs

import (
	"cmp"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"foyer/infra/local/aws"
	"foyer/infra/topology"
)

// deadLetters ends the name of a dead-letter queue.
const deadLetters = "-dead"

// maxMessage is the most bytes of a message, and of a batch of them.
const maxMessage = 1 << 20

// Options says how queues behave.
type Options struct {
	Visibility time.Duration    // instead of what the queues declare; 0: what they declare
	Now        func() time.Time // nil: time.Now
}

// Service keeps queues.
type Service struct {
	opts  Options
	tasks sync.WaitGroup

	mu     sync.Mutex
	queues map[string]*queue
	moved  chan struct{} // closed and replaced whenever a message arrived or became visible
}

// queue is one queue, under Service.mu.
type queue struct {
	name       string
	visibility time.Duration
	receives   int    // the most; 0: no limit
	dead       *queue // where what was received too often goes
	messages   []*message
	duplicate  int // every nth batch goes to the function twice; 0: none
	batches    int
}

// message is one message in a queue.
type message struct {
	id, body, receipt string
	attributes        map[string]any
	sent, first       time.Time
	visible           time.Time // hidden until then
	received          int
}

// New returns the declared queues, empty, and a dead-letter queue beside each.
func New(declared []topology.Queue, opts Options) *Service {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	q := &Service{opts: opts, queues: map[string]*queue{}, moved: make(chan struct{})}
	for _, d := range declared {
		visibility := cmp.Or(opts.Visibility, d.Visibility)
		dead := &queue{name: d.Name + deadLetters, visibility: visibility}
		q.queues[dead.name] = dead
		q.queues[d.Name] = &queue{name: d.Name, visibility: visibility, receives: d.MaxReceives, dead: dead}
	}
	return q
}

// Depth returns how many messages the queue has, visible and hidden.
func (q *Service) Depth(name string) (n int) {
	q.with(name, func(one *queue) { n = len(one.messages) })
	return n
}

// Dead returns the bodies of the messages in the queue's dead-letter queue.
func (q *Service) Dead(name string) (bodies []string) {
	q.with(name+deadLetters, func(one *queue) {
		for _, m := range one.messages {
			bodies = append(bodies, m.body)
		}
	})
	return bodies
}

// Oldest returns how long ago the oldest message of the queue was sent; 0 where there is none.
func (q *Service) Oldest(name string) (age time.Duration) {
	q.with(name, func(one *queue) {
		for _, m := range one.messages {
			age = max(age, q.opts.Now().Sub(m.sent))
		}
	})
	return age
}

// Add puts a message into the queue, as a service does that isn't a function.
func (q *Service) Add(name, body string) {
	q.with(name, func(one *queue) { q.send(one, body, nil, 0) })
}

// Redrive puts everything in the queue's dead-letter queue back, as if it were new, and returns how many messages that
// were.
func (q *Service) Redrive(name string) (n int) {
	q.with(name, func(one *queue) { n = q.move(one.dead, one) })
	return n
}

// Duplicate delivers every nth batch of the queue twice to its function from now on; 0 stops that.
func (q *Service) Duplicate(name string, nth int) {
	q.with(name, func(one *queue) { one.duplicate = nth })
}

// Wait waits until everything that Feed started has ended.
func (q *Service) Wait() { q.tasks.Wait() }

func (q *Service) with(name string, do func(*queue)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if one := q.queues[name]; one != nil {
		do(one)
	}
}

// awake wakes the calls that wait for messages. The caller holds mu.
func (q *Service) awake() {
	close(q.moved)
	q.moved = make(chan struct{})
}

func (q *Service) send(one *queue, body string, attributes map[string]any, delay time.Duration) *message {
	now := q.opts.Now()
	m := &message{id: aws.UUID(), body: body, attributes: attributes, sent: now, visible: now.Add(delay)}
	one.messages = append(one.messages, m)
	q.awake()
	return m
}

func (q *Service) move(from, to *queue) int {
	n := len(from.messages)
	for _, m := range from.messages {
		m.received, m.first, m.visible, m.receipt = 0, time.Time{}, q.opts.Now(), ""
	}
	to.messages, from.messages = append(to.messages, from.messages...), nil
	q.awake()
	return n
}

// receive returns up to most visible messages and hides them. A message that was received too often goes to the dead
// letters instead.
func (q *Service) receive(one *queue, most int, visibility time.Duration) (got []message) {
	now := q.opts.Now()
	var kept []*message
	for _, m := range one.messages {
		switch {
		case m.visible.After(now) || len(got) >= most:
		case one.receives > 0 && m.received >= one.receives:
			m.receipt = ""
			one.dead.messages = append(one.dead.messages, m)
			continue
		default:
			m.received++
			m.receipt, m.visible = aws.UUID(), now.Add(visibility)
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

// hide changes how long a received message stays hidden.
func (q *Service) hide(one *queue, receipt string, d time.Duration) bool {
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
func (one *queue) delete(receipt string) {
	one.messages = slices.DeleteFunc(one.messages, func(m *message) bool { return receipt != "" && m.receipt == receipt })
}

// counts returns how many messages are visible and hidden.
func (one *queue) counts(now time.Time) (visible, hidden int) {
	for _, m := range one.messages {
		if m.visible.After(now) {
			hidden++
		} else {
			visible++
		}
	}
	return visible, hidden
}

// system returns the attributes that SQS itself gives to a message.
func (m message) system() map[string]string {
	milli := func(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
	return map[string]string{
		"ApproximateReceiveCount": strconv.Itoa(m.received), "SentTimestamp": milli(m.sent),
		"ApproximateFirstReceiveTimestamp": milli(m.first), "SenderId": aws.Account,
	}
}

func digest(body string) string {
	sum := md5.Sum([]byte(body))
	return hex.EncodeToString(sum[:])
}

var errNoQueue = errors.New("QueueDoesNotExist")
