package crowd

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Options say where a crowd goes. FrontDoor and Zone are required.
type Options struct {
	FrontDoor string // URL of the protected page, on this machine
	Zone      string // the zone of that page
	Seed      uint64 // of all that is left to chance
	Now       func() time.Time

	// Host is that of a deployment that is there to be rehearsed on, as its stack's outputs prove. Without one, a crowd
	// goes to this machine only.
	Host   string
	Watch  func(http.RoundTripper) http.RoundTripper // sees every request and handshake; nil: nobody does
	Moment func(of Moment, after time.Duration)      // gets each visitor's moments; nil: nobody does
}

// Moment is what happens to a visitor.
type Moment string

// The moments, and since when their time counts.
const (
	Shown   Moment = "shown"   // the page or the waiting room, since setting out
	Placed  Moment = "placed"  // a place is guaranteed, since setting out
	Turn    Moment = "turn"    // learned of the turn, since the place
	Entered Moment = "entered" // is inside, since setting out
	CutOff  Moment = "cut off" // the socket ended while waiting, since the place
)

// Crowd is at most one crowd at a time, started and stopped at will.
type Crowd struct {
	page     *url.URL
	zone     string
	seed     uint64
	now      func() time.Time
	moment   func(Moment, time.Duration)
	requests http.RoundTripper
	sockets  http.RoundTripper
	idle     []*http.Transport // keep connections between crowds
	dials    chan struct{}     // a token for each socket being opened
	cache    cache
	tally    *tally

	mu   sync.Mutex
	stop context.CancelFunc // nil: nobody is about
	over chan struct{}      // closed when the last visitor is gone
}

// ErrRunning says that a crowd is about already.
var ErrRunning = errors.New("crowd: there is one already; stop it first")

// New refuses a front door that isn't on this machine, or at the host given.
func New(o Options) (*Crowd, error) {
	page, err := frontDoor(o.FrontDoor, o.Host)
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if page.Path == "" {
		page.Path = "/"
	}
	if o.Watch == nil {
		o.Watch = func(unseen http.RoundTripper) http.RoundTripper { return unseen }
	}
	if o.Moment == nil {
		o.Moment = func(Moment, time.Duration) {}
	}
	requests, sockets := transport(o.Host), socketTransport(o.Host)
	return &Crowd{
		page: page, zone: o.Zone, seed: o.Seed, now: o.Now, moment: o.Moment,
		requests: o.Watch(requests), sockets: o.Watch(sockets), idle: []*http.Transport{requests, sockets},
		dials: make(chan struct{}, conns(o.Host)/2), tally: &tally{},
	}, nil
}

// Start sends a crowd on its way and counts from zero. It goes on until everyone has left, Stop is called or ctx ends.
func (c *Crowd) Start(ctx context.Context, p Plan) error {
	if err := p.Validate(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stop != nil {
		return ErrRunning
	}
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	c.stop, c.over, c.tally = cancel, over, &tally{stats: Stats{Running: true, Planned: p.Visitors}}
	c.seed++
	arrivals := arrivals{Crowd: c, tally: c.tally, plan: p, random: rand.New(rand.NewPCG(c.seed, 0))}
	go func() {
		defer close(over)
		defer c.forget()
		defer cancel()
		arrivals.run(ctx)
	}()
	return nil
}

// forget marks the crowd as gone.
func (c *Crowd) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stop = nil
	c.tally.note(func(s *Stats) { s.Running = false })
	for _, t := range c.idle {
		t.CloseIdleConnections()
	}
}

// Stop ends the crowd as if everyone closed the tab, and returns when the last is gone. Without a crowd it does
// nothing.
func (c *Crowd) Stop() {
	c.mu.Lock()
	stop, over := c.stop, c.over
	c.mu.Unlock()
	if stop != nil {
		stop()
		<-over
	}
}

// Stats shows how the present crowd fares, or how the last one did.
func (c *Crowd) Stats() Stats {
	c.mu.Lock()
	t := c.tally
	c.mu.Unlock()
	return t.snapshot()
}
