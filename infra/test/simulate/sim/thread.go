package sim

import (
	"context"
	"errors"
	"iter"
	"time"
)

// event is something that happens at a time.
type event struct {
	at    time.Duration // since the world began
	order uint64        // of two at one time, the one made first
	run   func()

	thread *thread // goes on, unless it has waited for something else since; nil: run
	timer  uint64
}

// happen is what an event is about.
func (e event) happen(w *World) {
	switch {
	case e.thread == nil:
		e.run()
	case e.thread.timer == e.timer:
		w.resume(e.thread)
	}
}

func (e event) before(other event) bool {
	return e.at < other.at || e.at == other.at && e.order < other.order
}

// events is a binary heap.
type events []event

func (h *events) push(e event) {
	*h = append(*h, e)
	all, i := *h, len(*h)-1
	for ; i > 0 && e.before(all[(i-1)/2]); i = (i - 1) / 2 {
		all[i] = all[(i-1)/2]
	}
	all[i] = e
}

func (h *events) pop() event {
	all := *h
	first, n := all[0], len(all)-1
	last, i := all[n], 0
	all[n] = event{}
	*h = all[:n]
	for down := 1; down < n; down = 2*i + 1 {
		if down+1 < n && all[down+1].before(all[down]) {
			down++
		}
		if !all[down].before(last) {
			break
		}
		all[i], i = all[down], down
	}
	if n > 0 {
		all[i] = last
	}
	return first
}

// errOver says that the world is over, or that the machine which a thread runs on has died.
var errOver = errors.New("sim: the machine is dead")

// thread is a coroutine. It belongs to nobody, as a visitor's page does, or works on a machine for a while.
type thread struct {
	w     *World
	next  func() (struct{}, bool)
	yield func(struct{}) bool
	work  func(*thread)

	on    *machine      // it works on; nil: none
	of    *visitor      // on whose behalf; nil: nobody's
	began time.Duration // when the work under way began: nothing that it knows is older
	timer uint64        // counts waits, so that a timer that comes late is known
	ended bool

	listening bool
}

// start starts a thread. Threads that have ended are used again, with their stacks.
func (w *World) start(of *visitor, work func(*thread)) *thread {
	var t *thread
	if n := len(w.idle); n > 0 {
		t, w.idle = w.idle[n-1], w.idle[:n-1]
	} else {
		t = &thread{w: w}
		t.next, _ = iter.Pull(t.loop)
		w.threads = append(w.threads, t)
	}
	t.work, t.of, t.on, t.began, t.ended = work, of, nil, w.now, false
	w.goOn(t, 0)
	return t
}

// loop does one piece of work after the other.
func (t *thread) loop(yield func(struct{}) bool) {
	t.yield = yield
	for {
		if work := t.work; work != nil {
			work(t)
			t.work, t.on, t.ended = nil, nil, true
			t.w.idle = append(t.w.idle, t)
		}
		if t.w.over || !yield(struct{}{}) {
			return
		}
	}
}

// resume runs a thread until it waits.
func (w *World) resume(t *thread) {
	before := w.current
	w.current = t
	t.next()
	w.current = before
}

// wait lets d pass, or less when somebody wakes the thread, or when the world is over.
func (t *thread) wait(d time.Duration) (woken bool) {
	if t.w.over {
		return false
	}
	due := t.w.now + max(d, 0)
	t.w.goOn(t, d)
	t.yield(struct{}{})
	return t.w.now < due
}

// goOn has a thread go on after d.
func (w *World) goOn(t *thread, d time.Duration) {
	t.timer++
	w.made++
	w.heap.push(event{at: w.now + max(d, 0), order: w.made, thread: t, timer: t.timer})
}

// listen is wait, and may be ended by wake.
func (t *thread) listen(d time.Duration) (woken bool) {
	t.listening = true
	defer func() { t.listening = false }()
	return t.wait(d)
}

// wake ends a thread's listening.
func (w *World) wake(t *thread) {
	timer := t.timer
	w.at(0, func() {
		if t.timer == timer && t.listening {
			t.timer++
			w.resume(t)
		}
	})
}

// machine is a process: a function's environment, which serves one request at a time and keeps what it remembers until
// it dies. Its clock is off.
type machine struct {
	name   string
	skew   time.Duration
	dead   bool
	ctx    context.Context
	cancel context.CancelFunc
}

// clock is the machine's.
func (w *World) clock(m *machine) func() time.Time {
	return func() time.Time { return w.time().Add(m.skew) }
}

// sleep is how services wait.
func (w *World) sleep(ctx context.Context, d time.Duration) error {
	t := w.current
	t.wait(d)
	t.began = w.now
	if w.over || t.on != nil && t.on.dead {
		return errOver
	}
	return ctx.Err()
}

// die ends a machine: what it has under way comes to nothing from now on.
func (m *machine) die() {
	m.dead = true
	m.cancel()
}
