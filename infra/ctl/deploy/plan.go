// Package deploy holds the commands of those who deploy Foyer, and have rights on AWS: what a sale needs of an account,
// and the secrets by which the parts of a deployment know each other.
package deploy

import (
	"os"
	"slices"
	"time"

	"foyer/infra/ctl/cli"
	"foyer/infra/stage"
	"foyer/internal/plan"
	"foyer/internal/problem"
)

// Plan is the command that works out what a sale needs.
type Plan struct {
	saleFlags `embed:"" group:"The sale:"`
	idleFlags `embed:"" group:"No sale:"`
}

type saleFlags struct {
	Visitors   int           `help:"How many will come in all."`
	PeakMinute int           `help:"How many will come in the busiest minute."`
	Capacity   int           `help:"How many may be inside at once."`
	Rate       int           `help:"How many may enter a minute."`
	Session    time.Duration `default:"10m" help:"How long a visitor is inside, on average."`
	Wait       time.Duration `help:"How long a visitor waits, on average; else half of the line's." placeholder:"1h"`
	Seats      int           `name:"seats-for-sale" help:"How many seats are sold here; 0: none."`
	PerOrder   int           `name:"seats-per-order" default:"2" help:"Seats of an order, on average."`
	Zones      int           `name:"zones-at-once" default:"1" help:"How many such zones are on sale at the same time."`
}

type idleFlags struct {
	Idle     bool     `help:"What a month without an open zone costs, resource by resource."`
	NoSale   bool     `help:"The same of a waiting room alone."`
	Template []string `help:"The same of your own stacks: cdk.out/*.template.json." type:"existingfile"`
}

// Run works out what a sale needs. It asks no cloud.
func (c *Plan) Run(a *cli.App) error {
	if c.Idle {
		return c.idle(a)
	}
	for _, need := range []struct {
		is   int
		flag string
	}{{c.Visitors, "visitors"}, {c.PeakMinute, "peak-minute"}, {c.Capacity, "capacity"}, {c.Rate, "rate"}} {
		if need.is == 0 {
			return problem.New(problem.Invalid, "say --%s, or --idle for what nobody's coming costs", need.flag)
		}
	}
	config, err := c.stage(a)
	if err != nil {
		return err
	}
	p, err := c.plan(config)
	if err != nil {
		return err
	}
	if !a.JSON {
		return p.Print(a.Out)
	}
	return a.Encode(p)
}

// plan works out what the sale needs of a deployment.
func (c saleFlags) plan(config stage.Config) (plan.Plan, error) {
	return plan.New(plan.Sale{
		Visitors: c.Visitors, PeakMinute: c.PeakMinute, Capacity: c.Capacity, Rate: c.Rate,
		Session: c.Session, Wait: c.Wait, ReservedConcurrency: config.ReservedConcurrency(), Seats: c.Seats,
		PerOrder: c.PerOrder, Zones: c.Zones, Concurrency: config.Concurrency, Requests: config.APIQuota,
	})
}

// stage returns what the file of --stage says, or a deployment's defaults.
func (c *Plan) stage(a *cli.App) (stage.Config, error) {
	file := map[string]string{}
	if name := a.Parts.Where().Stage; name != "" {
		var err error
		if file, err = stage.Load(".", name); err != nil {
			return stage.Config{}, problem.New(problem.Invalid, "%v", err)
		}
	}
	return stage.FromContext(func(key string) string {
		if slices.Contains([]string{"region", "concurrency", "api-quota"}, key) {
			return file[key]
		}
		return ""
	})
}

func (c *Plan) idle(a *cli.App) error {
	r := plan.Deployed(!c.NoSale)
	if len(c.Template) > 0 {
		var texts [][]byte
		for _, file := range c.Template {
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			texts = append(texts, text)
		}
		var err error
		if r, err = plan.Count(texts...); err != nil {
			return problem.New(problem.Invalid, "%v", err)
		}
	}
	if !a.JSON {
		return plan.PrintIdle(a.Out, r)
	}
	costs, total := plan.Idle(r)
	return a.Encode(map[string]any{"resources": r, "costs": costs, "totalDollars": total})
}
