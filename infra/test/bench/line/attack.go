package line

import (
	"context"
	"fmt"
	"time"

	"foyer/infra/test/bench/measure"
	"foyer/infra/test/simulate/sim"
)

// habits says what bots do, by the simulator's names.
var habits = map[string]string{
	"stay": "register", "reconnect": "reconnect", "leave": "leave and return", "late": "claim late",
}

// Attack compares how many people enter beside bots that take places and never claim them, with how many enter without
// bots, by the simulator's sieges.
func Attack(_ context.Context, e *measure.Env) (rows []measure.Row, err error) {
	for s := range sim.Sieges(e.Quick) {
		if s.Failure != nil {
			return rows, fmt.Errorf("a siege by %d bots: %v", s.Bots, s.Failure)
		}
		by := "over HTTP"
		if s.Sockets {
			by = "with a socket"
		}
		often := fmt.Sprintf("every %v", s.Every)
		if s.Every > s.Lasts {
			often = "once"
		}
		what := fmt.Sprintf("people who enter beside %s bots that %s %s %s, capacity %s",
			measure.Thousands(int64(s.Bots)), habits[s.Does], often, by, measure.Thousands(int64(s.Capacity)))
		row := measure.AtLeast(what, 0.9, float64(s.Entered)/float64(s.Alone), "")
		rows = append(rows, row.With("%d of %s in %v, %d without bots in what is left of it after %v; rate %d a minute; "+
			"%d calls of bots, %d of the same one at most, which wastes %v; the first is inside after %v", s.Entered,
			measure.Thousands(int64(s.People)), s.Lasts, s.Alone, s.Bound.Round(time.Second), s.Rate, s.Calls, s.Most,
			s.Wasted.Round(time.Second), s.First.Round(time.Second)))
	}
	return rows, nil
}
