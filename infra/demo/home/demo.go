// Package demo is the demo home: one page, on an address of its own, from which to join the queue, send a simulated
// crowd, run the zone as its operator would, start the next sale, kill functions, trouble the payment provider, and
// watch what happens. It is part of the local cloud's test bed and exists nowhere else.
package home

import (
	"context"
	"sync"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/room/zone"
)

// Cloud is the cloud that the demo home shows.
type Cloud interface {
	// FrontDoor is the URL of the front door, without a path.
	FrontDoor() string
	Zones() zone.Store
	Log() bucket.Log
	Figures() Figures
	// Kill ends processes of a function: "now", at the "next" invocation, or after its work is done but before the
	// "reply" is sent.
	Kill(function, when string) error
	Sale
}

// Figures are what the cloud has counted since it started.
type Figures struct {
	Requests  int64      `json:"requests"`  // at the front door
	Refused   int64      `json:"refused"`   // 429s that the edge answered by itself
	Origin    int64      `json:"origin"`    // requests that reached the protected origin
	Pushed    int64      `json:"pushed"`    // messages to sockets
	Sockets   int64      `json:"sockets"`   // open now
	Functions []Function `json:"functions"` // in the topology's order
}

// Function counts the invocations of one function.
type Function struct {
	Name        string `json:"name"`
	Does        string `json:"does"`
	Invocations int64  `json:"invocations"`
	Errors      int64  `json:"errors"` // killed ones too
	Processes   int    `json:"processes"`
	GivenUp     int    `json:"givenUp"` // stream records that it was never done with
}

// Demo is the demo home.
type Demo struct {
	cloud Cloud
	now   func() time.Time
	life  context.Context // of crowds: they outlive the request that sends them
	watch *watch

	begins sync.Mutex // one sale is begun at a time
	begun  int        // number of the last one that was, or failed to be
	mu     sync.Mutex
	plays  *stage
	sale   *Figure // nil: nothing is sold
	mood   string
}

// New makes the demo home of the cloud's default zone. It lives until ctx ends.
func New(ctx context.Context, cloud Cloud, now func() time.Time) (*Demo, error) {
	first, err := newStage(ctx, cloud, 1, now)
	if err != nil {
		return nil, err
	}
	d := &Demo{cloud: cloud, now: now, life: ctx, watch: newWatch(), plays: first, mood: moods[0]}
	go first.usual.run(first.life, d.open)
	go d.sample(ctx)
	if len(cloud.Venues()) > 0 {
		first.usual.want(usualBuy)
		go d.count(ctx)
	}
	return d, nil
}

// Close ends the crowds. The rest ends with New's context.
func (d *Demo) Close() { d.stage().close() }

// stage returns the present sale's.
func (d *Demo) stage() *stage {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.plays
}
