package crowd

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// never is a timer's time for what doesn't happen.
const never = 1 << 62

// wait is the time in the waiting room. It returns nil when the visitor was let in, and errGone when a ghost went.
func (v *visitor) wait(ctx context.Context) error {
	if err := v.register(ctx); err != nil {
		return err
	}
	goes := time.NewTimer(never)
	if v.kind == gone {
		goes.Reset(v.upTo(10 * time.Second))
	}
	defer goes.Stop()
	poll := time.NewTimer(v.upTo(2 * time.Second))
	defer poll.Stop()
	redial := time.NewTimer(never)
	if v.socket && v.line == nil {
		redial.Reset(v.upTo(5 * time.Second))
	}
	defer redial.Stop()
	ping := time.NewTicker(5 * time.Minute)
	defer ping.Stop()
	p := pace{random: v.random.Float64}
	for losses := 0; ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-goes.C:
			return errGone
		case <-ping.C:
			if v.line != nil {
				_ = v.line.ping(ctx)
			}
		case t := <-v.line.heard():
			v.tally.note(func(s *Stats) { s.Pushed++ })
			if in, err := v.turn(ctx, t.Ref, goes); in || err != nil {
				return err
			}
		case <-v.line.lost():
			v.moment(CutOff, v.now().Sub(v.placed))
			v.hangUp()
			losses++
			redial.Reset(time.Second/2 + v.upTo(min(time.Minute, time.Second<<min(losses, 6))))
		case <-redial.C:
			if err := v.connect(ctx); err != nil {
				losses++
				redial.Reset(time.Second + v.upTo(min(time.Minute, time.Second<<min(losses, 6))))
			}
		case <-poll.C:
			s, err := v.poll(ctx)
			if err != nil {
				poll.Reset(time.Second + v.upTo(10*time.Second))
				continue
			}
			if s.called() || s.Direct && s.State == "open" && v.kind == present {
				if in, err := v.turn(ctx, "", goes); in || err != nil {
					return err
				}
			}
			pause := p.next(s, v.line != nil, v.now())
			if v.missed && v.line == nil { // nobody else will say so
				pause = 4*time.Second + v.upTo(2*time.Second)
			}
			poll.Reset(pause)
		}
	}
}

// register gets the place: by the socket, and over HTTP where there is none.
func (v *visitor) register(ctx context.Context) error {
	if v.socket && v.connect(ctx) == nil {
		return nil
	}
	return v.registerHTTP(ctx)
}

func (v *visitor) registerHTTP(ctx context.Context) error {
	var last answer
	err := v.insist(ctx, "registering", func() (answer, error) {
		var err error
		last, err = v.browser.post(ctx, "register", struct{}{})
		return last, err
	})
	if err == nil && last.status != http.StatusOK {
		err = fmt.Errorf("registering: status %d %s", last.status, last.code())
	}
	if err == nil {
		v.haveRegistered()
	}
	return err
}

func (v *visitor) haveRegistered() {
	if !v.registered {
		v.registered, v.placed = true, v.now()
		v.moment(Placed, v.placed.Sub(v.began))
		v.tally.note(func(s *Stats) { s.Registered++ })
	}
}

// connect opens the socket; dials are few at a time, as a network would have it.
func (v *visitor) connect(ctx context.Context) error {
	select {
	case v.dials <- struct{}{}:
		defer func() { <-v.dials }()
	case <-ctx.Done():
		return ctx.Err()
	}
	within, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	l, err := v.browser.dial(within, v.sockets)
	if err != nil {
		return err
	}
	v.line = l
	v.haveRegistered()
	v.tally.note(func(s *Stats) { s.Sockets++ })
	return nil
}

// poll asks for the status. An app asks for what it came for, again and again, and reads the refusal.
func (v *visitor) poll(ctx context.Context) (status, error) {
	v.tally.note(func(s *Stats) { s.Polls++ })
	if v.app {
		_, a, err := v.browser.open(ctx)
		if err != nil {
			return status{}, err
		}
		return readRefusal(a.body)
	}
	a, err := v.browser.get(ctx, "status")
	if err != nil {
		return status{}, err
	}
	if a.status != http.StatusOK {
		return status{}, fmt.Errorf("status: %d", a.status)
	}
	return readStatus(a.body)
}

// turn handles a call: the visitor goes in; a silent ghost goes away after a while.
func (v *visitor) turn(ctx context.Context, ref string, goes *time.Timer) (in bool, err error) {
	if !v.called {
		v.called = true
		v.moment(Turn, v.now().Sub(v.placed))
		v.tally.note(func(s *Stats) { s.Called++ })
	}
	if v.kind != present {
		goes.Reset(30 * time.Second)
		return false, nil
	}
	if ref == "" { // learned by asking, as others did in this moment
		if err := v.pause(ctx, v.upTo(2*time.Second)); err != nil {
			return false, err
		}
	}
	return v.enter(ctx, ref)
}

func (v *visitor) enter(ctx context.Context, ref string) (in bool, err error) {
	body := map[string]string{}
	if ref != "" {
		body["ref"] = ref
	}
	var a answer
	err = v.insist(ctx, "entering", func() (answer, error) {
		var err error
		a, err = v.browser.post(ctx, "enter", body)
		return a, err
	})
	switch {
	case err != nil:
		return false, err
	case a.status == http.StatusOK:
		return true, nil
	case a.code() == "missed":
		v.tally.note(func(s *Stats) { s.Missed++ })
		v.missed = true
		v.hangUp() // the miss took the place with the socket
		return false, v.register(ctx)
	case a.status == http.StatusConflict:
		return false, nil // not yet
	}
	return false, fmt.Errorf("entering: status %d %s", a.status, a.code())
}
