package deploy

import (
	"errors"
	"fmt"

	"foyer/infra/ctl/cli"
	"foyer/infra/stage"
	"foyer/internal/plan"
	"foyer/internal/problem"
)

// Doctor is the command that says what isn't right with an account and a deployment, before it and after. It changes
// nothing, but for a smoke test's own zone. With a sale's figures it compares quotas, warm throughput and zones with
// what the plan of that sale needs.
type Doctor struct {
	Smoke bool `help:"Send a visitor through the front door as well, in a zone of its own, which is removed again."`
	cli.Change
	saleFlags `embed:"" group:"A sale to come:"`

	account account // nil: AWS
}

// Finding is one thing that was looked at.
type Finding struct {
	About string `json:"about"` // such as "concurrency"
	Right bool   `json:"right"`
	Says  string `json:"says"`         // how it is
	Do    string `json:"do,omitempty"` // what to do about it
	err   error  // it couldn't be asked
}

// exam is one examination.
type exam struct {
	app     *cli.App
	account account
	config  stage.Config
	outputs map[string]string // of the stage's stack; empty: there is none yet
	plan    *plan.Plan        // of the sale to come; nil: nobody said
	found   []Finding
}

// Run looks at everything, and writes a line for each thing that isn't right.
func (c *Doctor) Run(a *cli.App) error {
	if where := a.Parts.Where(); where.At != "" && where.Stage == "" { // the local cloud, which is no account
		e := &exam{app: a}
		return c.also(e, e.zones)
	}
	e, err := c.exam(a)
	if err != nil {
		return err
	}
	return c.also(e, e.concurrency, e.bootstrap, e.certificate, e.quotas, e.mail, e.tables, e.rotation, e.alarms,
		e.payments, e.ledger, e.zones)
}

// also looks at everything, sends a visitor if one is wanted, and reports.
func (c *Doctor) also(e *exam, looks ...func()) error {
	for _, look := range looks {
		look()
	}
	if c.Smoke {
		if err := c.smoke(e); err != nil {
			return err
		}
	}
	return e.report()
}

func (c *Doctor) exam(a *cli.App) (*exam, error) {
	name := a.Parts.Where().Stage
	if name == "" {
		return nil, problem.New(problem.Invalid, "say which deployment: --stage, or the variable FOYER_STAGE")
	}
	file, err := stage.Load(".", name)
	if err != nil {
		return nil, problem.New(problem.Invalid, "%v", err)
	}
	file["stage"] = name
	e := &exam{app: a, account: c.account}
	if e.config, err = stage.FromContext(func(key string) string { return file[key] }); err != nil {
		return nil, problem.New(problem.Invalid, "%s: %v", stage.File(name), err)
	}
	there, err := a.Parts.Deployed()
	if err != nil {
		return nil, err
	}
	e.outputs = there.Outputs
	if e.account == nil {
		e.account = cloud{there.Config}
	}
	if c.Visitors > 0 {
		p, err := c.plan(e.config)
		if err != nil {
			return nil, err
		}
		e.plan = &p
	}
	return e, nil
}

// ask notes that something couldn't be asked, and reports whether it could.
func (e *exam) ask(about string, err error) bool {
	if err != nil {
		e.found = append(e.found, Finding{About: about, Says: "it can't be asked: " + cli.Explain(err),
			Do: "have these credentials allowed to read it, or look yourself", err: err})
	}
	return err == nil
}

// note adds a finding. What is right says how it is; what isn't says what to do as well.
func (e *exam) note(about string, right bool, do, format string, args ...any) {
	f := Finding{About: about, Right: right, Says: fmt.Sprintf(format, args...)}
	if !right {
		f.Do = do
	}
	e.found = append(e.found, f)
}

// report writes the findings, and returns an error by the worst of them: what isn't right before what wasn't asked.
func (e *exam) report() error {
	wrong, unknown := 0, error(nil)
	for _, f := range e.found {
		switch {
		case f.err != nil:
			unknown = errors.Join(unknown, f.err)
		case !f.Right:
			wrong++
		}
		if !e.app.JSON && !f.Right {
			e.app.Say("%s: %s. %s", f.About, f.Says, f.Do)
		}
	}
	where := e.app.Parts.Where()
	if e.app.JSON {
		all := map[string]any{"where": where, "right": wrong == 0 && unknown == nil, "findings": e.found}
		if err := e.app.Encode(all); err != nil {
			return err
		}
	}
	switch {
	case wrong > 0:
		return &cli.DisagreementError{Text: fmt.Sprintf("%s: %s of %d not right", where, cli.Count(wrong, "thing"),
			len(e.found))}
	case unknown != nil:
		return fmt.Errorf("%s: not everything could be asked: %w", where, unknown)
	case !e.app.JSON:
		e.app.Say("%s: %d things are right", where, len(e.found))
	}
	return nil
}
