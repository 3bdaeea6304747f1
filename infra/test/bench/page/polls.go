package page

import (
	"context"
	"slices"

	"foyer/infra/test/bench/measure"
)

// pollBudget is status requests in a 20-minute wait.
const pollBudget = 25

// polling plays a visitor's evening with the waiting room itself, in the world of the page's own tests: 1,200 people
// ahead, 60 a minute let in.
const polling = `
import { World } from '../../site/test/world.js';
export async function polls(seed, sockets) {
  const world = new World({ seed, sockets, ahead: 1200, rate: 60 });
  const room = world.room();
  room.start();
  await world.run(20 * 60000);
  const waited = world.count.status;
  await world.run(2 * 60000, () => world.insideAt);
  return { polls: waited, inside: Boolean(world.insideAt) };
}`

// StatusPolls counts the status requests of many visitors.
func StatusPolls(ctx context.Context, e *measure.Env) (rows []measure.Row, err error) {
	s, err := measure.NewScript(e.Root, polling)
	if err != nil {
		return nil, err
	}
	evenings := measure.Pick(e, 60, 10)
	for _, c := range []struct {
		what    string
		sockets bool
	}{{"status polls in a 20-minute wait, worst of many", true}, {"… where sockets are blocked", false}} {
		counts, entered, err := countPolls(ctx, s, evenings, c.sockets)
		if err != nil {
			return rows, err
		}
		rows = append(rows, measure.AtMost(c.what, pollBudget, float64(counts[len(counts)-1]), "").With(
			"%d evenings of the page's own waiting room in virtual time; median %d, fewest %d; %d were inside by minute 22",
			evenings, counts[evenings/2], counts[0], entered))
	}
	return rows, nil
}

func countPolls(ctx context.Context, s *measure.Script, evenings int, sockets bool) (counts []int,
	entered int, err error) {
	for seed := range evenings {
		if ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		result, err := s.Call("polls", seed+1, sockets)
		if err != nil {
			return nil, 0, err
		}
		o := result.ToObject(s.VM)
		counts = append(counts, int(o.Get("polls").ToInteger()))
		if o.Get("inside").ToBoolean() {
			entered++
		}
	}
	slices.Sort(counts)
	return counts, entered, nil
}
