// Package crowd is a simulated crowd for the local cloud. Its visitors come through the front door like everyone
// else: with a browser's requests and cookies, polls, a socket, a claim, a look around inside, and good-bye. Some
// are ghosts; some come to buy: they choose seats, swap them, pay on the provider's page, or drop out at any step. It
// knows nothing of the system behind the door, and it goes to loopback addresses only, or to a deployment that is there
// to be rehearsed on.
package crowd

import (
	"fmt"
	"math"
	"time"
)

// MaxVisitors is the most visitors of one crowd.
const MaxVisitors = 20_000

// Plan says how many visitors come, and how they behave.
type Plan struct {
	Visitors  int     `json:"visitors"`  // how many come in all, 1 to MaxVisitors
	PerSecond float64 `json:"perSecond"` // how fast they arrive, 0.1 to 2,000

	Ramp time.Duration `json:"ramp"` // until they arrive that fast; it grows evenly from nothing

	// Shares of the visitors, 0 to 1. The ghosts of the first two kinds add up to at most 1.
	Gone     float64 `json:"gone"`     // close the tab while they wait: the socket just ends
	Silent   float64 `json:"silent"`   // stay connected and never claim
	HTTPOnly float64 `json:"httpOnly"` // browsers that can't have a socket, of all others
	Apps     float64 `json:"apps"`     // no browsers at all, of all others: 429s, tokens in headers, no socket

	Stay time.Duration `json:"stay"` // how long one stays inside, on average; 0: 20 s. Buyers do everything at this pace
	Buy  Buy           `json:"buy"`  // what they do inside
}

// Validate says what is wrong with the plan.
func (p Plan) Validate() error {
	switch {
	case p.Visitors < 1 || p.Visitors > MaxVisitors:
		return fmt.Errorf("visitors must be 1 to %d", MaxVisitors)
	case !within(p.PerSecond, 0.1, 2000):
		return fmt.Errorf("visitors per second must be 0.1 to 2000")
	case !within(p.Gone, 0, 1), !within(p.Silent, 0, 1), !within(p.HTTPOnly, 0, 1), !within(p.Apps, 0, 1),
		p.Gone+p.Silent > 1, p.HTTPOnly+p.Apps > 1:
		return fmt.Errorf("shares must be 0 to 1, and those of ghosts, and of others without a socket, 1 at most together")
	case p.Ramp < 0 || p.Ramp > time.Hour:
		return fmt.Errorf("the arrivals' rate must grow for an hour at most")
	case p.Stay < 0 || p.Stay > time.Hour:
		return fmt.Errorf("a stay must be at most an hour")
	}
	return p.Buy.Validate()
}

func within(x, low, high float64) bool { return !math.IsNaN(x) && x >= low && x <= high }

// kind is the fate of a visitor.
type kind int

const (
	present kind = iota // comes, waits, enters, leaves
	gone                // closes the tab while waiting
	silent              // never claims
)

// role is a visitor's part in the crowd.
type role struct {
	kind   kind
	socket bool
	app    bool // no browser
}

// cast draws a visitor's role.
func (p Plan) cast(random func() float64) role {
	switch x := random(); {
	case x < p.Gone:
		return role{kind: gone, socket: true}
	case x < p.Gone+p.Silent:
		return role{kind: silent, socket: true}
	}
	switch x := random(); {
	case x < p.Apps:
		return role{app: true}
	case x < p.Apps+p.HTTPOnly:
		return role{}
	}
	return role{socket: true}
}

// by returns the time within which so many arrive, on average.
func (p Plan) by(n float64) time.Duration {
	ramp, seconds := p.Ramp.Seconds(), 0.0
	if grown := p.PerSecond * ramp / 2; n < grown {
		seconds = math.Sqrt(2 * ramp * n / p.PerSecond)
	} else {
		seconds = ramp + (n-grown)/p.PerSecond
	}
	return time.Duration(seconds * float64(time.Second))
}

func (p Plan) stay() time.Duration {
	if p.Stay == 0 {
		return 20 * time.Second
	}
	return p.Stay
}
