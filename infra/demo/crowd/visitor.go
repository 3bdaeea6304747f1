package crowd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// visitor is one person of the crowd.
type visitor struct {
	*Crowd
	role
	browser *browser
	random  *rand.Rand
	stay    time.Duration
	tally   *tally // of this crowd, not of a later one

	purchase *purchase // nil: only looks around
	renewed  time.Time

	line       *line
	registered bool
	called     bool
	missed     bool
	began      time.Time
	placed     time.Time
}

var (
	errGone   = errors.New("went without a word")
	errNobody = errors.New("the waiting room gave no visitor token") // while the edge knows nothing of the zone
)

// live is a visitor's whole story.
func (v *visitor) live(ctx context.Context) {
	defer func() { v.hangUp() }()
	v.began = v.now()
	shown, err := v.arrive(ctx)
	if err == nil {
		v.moment(Shown, v.now().Sub(v.began))
	}
	if err == nil && !shown {
		v.tally.note(func(s *Stats) { s.Waiting++ })
		err = v.wait(ctx)
		v.tally.note(func(s *Stats) { s.Waiting-- })
	} else if err == nil {
		v.tally.note(func(s *Stats) { s.Direct++ })
	}
	if err == nil {
		err = v.visit(ctx)
	}
	v.end(ctx, err)
}

func (v *visitor) end(ctx context.Context, err error) {
	switch {
	case err == nil:
		v.tally.note(func(s *Stats) { s.Left++ })
	case errors.Is(err, errGone), ctx.Err() != nil:
		v.tally.note(func(s *Stats) { s.Ghosts++ })
	default:
		v.tally.note(func(s *Stats) { s.Failed++; s.LastError = err.Error() })
	}
}

// arrive opens the protected page, and reports whether it was let straight in.
func (v *visitor) arrive(ctx context.Context) (shown bool, err error) {
	v.tally.note(func(s *Stats) { s.Arrived++ })
	err = v.insist(ctx, "arriving", func() (answer, error) {
		var a answer
		var err error
		if shown, a, err = v.browser.open(ctx); err == nil && !shown && !v.browser.known() {
			err = errNobody
		}
		return a, err
	})
	return shown, err
}

// insist asks a few times, until the answer is no trouble. A 429 from the waiting room is an answer.
func (v *visitor) insist(ctx context.Context, doing string, ask func() (answer, error)) error {
	var last error
	for try := range 6 {
		a, err := ask()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			last = fmt.Errorf("%s: %w", doing, err)
		case a.status >= 500, a.status == http.StatusTooManyRequests && !a.waits():
			last = fmt.Errorf("%s: status %d %s", doing, a.status, a.code())
		default:
			return nil
		}
		if err := v.pause(ctx, max(a.retryAfter, v.upTo(time.Second<<try))); err != nil {
			return err
		}
	}
	return last
}

// visit is the time inside: looks around or buys, and leaves.
func (v *visitor) visit(ctx context.Context) error {
	v.tally.entered(v.now().Sub(v.began))
	v.moment(Entered, v.now().Sub(v.began))
	v.tally.note(func(s *Stats) { s.Inside++ })
	defer v.tally.note(func(s *Stats) { s.Inside-- })
	v.hangUp()
	v.renewed = v.now()
	do := v.look
	if v.purchase != nil {
		do = v.buy
	}
	err := do(ctx)
	if errors.Is(err, errEvicted) {
		v.tally.note(func(s *Stats) { s.Evicted++ })
		return nil
	}
	if err != nil {
		return err
	}
	return v.insist(ctx, "leaving", func() (answer, error) { return v.browser.post(ctx, "leave", struct{}{}) })
}

// look opens the page now and then, for as long as the visitor stays.
func (v *visitor) look(ctx context.Context) error {
	ends := v.now().Add(time.Duration((0.5 + v.random.Float64()) * float64(v.stay)))
	for v.now().Before(ends) {
		if shown, a, err := v.browser.open(ctx); err == nil && !shown && a.status < 500 {
			return errEvicted
		}
		pause := min(v.stay/4+v.upTo(v.stay/4), ends.Sub(v.now()))
		if err := v.pause(ctx, pause); err != nil {
			return err
		}
		if err := v.renew(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (v *visitor) upTo(most time.Duration) time.Duration {
	return time.Duration(v.random.Float64() * float64(most))
}

// pause waits, or returns why it can't.
func (v *visitor) pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (v *visitor) hangUp() {
	if v.line != nil {
		v.line.drop()
		v.line = nil
		v.tally.note(func(s *Stats) { s.Sockets-- })
	}
}
