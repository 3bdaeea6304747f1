package main

import (
	"net/http"
	"sync"
	"time"

	"foyer/infra/local/stripe"
)

// slowBy is the time that a slow provider takes for every call.
const slowBy = 4 * time.Second

// provider is the mood of the payment provider, which the demo home sets.
type provider struct {
	mu    sync.Mutex
	mood  string
	calls int
}

// Pay implements demo.Sale.
func (p *provider) Pay(mood string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mood = mood
}

// trouble is asked before every call of the provider's API.
func (p *provider) trouble(string, string) (t stripe.Trouble) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	switch p.mood {
	case "slow":
		t.Delay = slowBy
	case "down":
		t.Status = http.StatusServiceUnavailable
	case "lost":
		t.Lost = p.calls%2 == 1
	}
	return t
}
