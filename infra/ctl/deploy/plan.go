// Package deploy holds the commands of those who deploy Foyer, and have rights on AWS: what a sale needs of an account,
// and the secrets by which the parts of a deployment know each other.
package deploy

import (
	"time"

	"foyer/infra/ctl/cli"
	"foyer/infra/topology"
	"foyer/internal/plan"
)

// Plan is the command that works out what a sale needs.
type Plan struct {
	Visitors   int           `required:"" help:"How many will come in all."`
	PeakMinute int           `required:"" help:"How many will come in the busiest minute."`
	Capacity   int           `required:"" help:"How many may be inside at once."`
	Rate       int           `required:"" help:"How many may enter a minute."`
	Session    time.Duration `default:"10m" help:"How long a visitor is inside, on average."`
	Wait       time.Duration `help:"How long a visitor waits, on average; else half of the line's." placeholder:"1h"`
	Seats      int           `name:"seats-for-sale" help:"How many seats are sold here; 0: none."`
	PerOrder   int           `name:"seats-per-order" default:"2" help:"Seats of an order, on average."`
}

// Run works out what a sale needs. It asks no cloud.
func (c *Plan) Run(a *cli.App) error {
	p, err := plan.New(plan.Sale{
		Visitors: c.Visitors, PeakMinute: c.PeakMinute, Capacity: c.Capacity, Rate: c.Rate,
		Session: c.Session, Wait: c.Wait, ReservedConcurrency: reserved(), Seats: c.Seats, PerOrder: c.PerOrder,
	})
	if err != nil {
		return err
	}
	if !a.JSON {
		return p.Print(a.Out)
	}
	return a.Encode(p)
}

// reserved is the concurrency that functions take from the account's for themselves.
func reserved() (all int) {
	for _, f := range topology.Functions {
		all += f.ReservedConcurrency
	}
	return all
}
