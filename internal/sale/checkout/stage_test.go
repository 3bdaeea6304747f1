package checkout_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
)

// stage runs actors one at a time and changes between them at every call of a store or of the provider, by the dice of
// a seed: the same seed plays the same piece. Any call may fail before or after its work, or be the last of its actor.
type stage struct {
	rng    *rand.Rand
	faults bool // calls fail and actors die
	queue  []*actor
	now    *actor
	steps  int
	log    []string
}

type actor struct {
	name   string
	resume chan struct{}
	parked chan bool // true: it has ended
	mortal bool
}

// enter adds an actor, to be run from now on.
func (s *stage) enter(name string, mortal bool, play func()) {
	a := &actor{name: name, resume: make(chan struct{}), parked: make(chan bool), mortal: mortal}
	s.queue = append(s.queue, a)
	go func() {
		<-a.resume
		defer func() { a.parked <- true }()
		play()
	}()
}

// run plays until no actor is left. Between must not yield.
func (s *stage) run(between func()) {
	for len(s.queue) > 0 {
		i := s.rng.IntN(len(s.queue))
		a := s.queue[i]
		s.now = a
		a.resume <- struct{}{}
		if <-a.parked {
			s.queue = append(s.queue[:i], s.queue[i+1:]...)
		}
		s.now = nil
		s.steps++
		between()
	}
}

var errTrouble = errors.New("trouble")

// yield lets others play.
func (s *stage) yield(call string) {
	a := s.now
	if a == nil {
		return // the audience asks
	}
	if len(s.log) < 5000 {
		s.log = append(s.log, fmt.Sprintf("%4d %-10s %s", s.steps, a.name, call))
	}
	a.parked <- false
	<-a.resume
}

// trouble returns what goes wrong with a call: nothing, an error, or the actor's death.
func (s *stage) trouble(call string) error {
	if s.now == nil || !s.faults {
		return nil
	}
	switch n := s.rng.IntN(60); {
	case n == 0 && s.now.mortal:
		s.log = append(s.log, fmt.Sprintf("%4d %-10s dies in %s", s.steps, s.now.name, call))
		runtime.Goexit()
	case n <= 2:
		s.log = append(s.log, fmt.Sprintf("%4d %-10s trouble in %s", s.steps, s.now.name, call))
		return errTrouble
	}
	return nil
}
