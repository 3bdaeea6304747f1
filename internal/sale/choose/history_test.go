package choose_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"foyer/internal/problem"
	"foyer/internal/sale/audit"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/testkit/audittest"
)

// step is what a buyer does in the history, with the time that it does it by.
type step struct {
	kind  string // lock (a plan, also one that only releases), buy, read
	buyer string
	plan  seat.Plan
	order string
	seats []string // bought, or the one read
}

// outcome is what came of it.
type outcome struct {
	taken []string  // the seats that stood in the way
	seat  seat.Seat // read
}

// hall is every seat as the history's steps left it.
type hall = map[string]seat.Seat

// oneByOne is the sale as if every step were alone: what any number of buyers at once must look like.
var oneByOne = porcupine.Model{
	Init: func() any { return hall{} },
	Step: func(state, input, output any) (bool, any) {
		before, in, out := state.(hall), input.(step), output.(outcome)
		if in.kind == "read" {
			want := before[in.seats[0]]
			want.ID = in.seats[0]
			return sameSeat(want, out.seat), before
		}
		inTheWay := in.blocked(before)
		if len(out.taken) > 0 {
			return slices.Equal(inTheWay, out.taken), before
		}
		return len(inTheWay) == 0, in.done(before)
	},
	Equal:             func(a, b any) bool { return maps.EqualFunc(a.(hall), b.(hall), sameSeat) },
	DescribeOperation: func(in, out any) string { return fmt.Sprintf("%+v: %+v", in, out) },
}

func sameSeat(a, b seat.Seat) bool {
	return a.ID == b.ID && a.Holder == b.Holder && a.Order == b.Order && a.Version == b.Version && a.Until.Equal(b.Until)
}

// blocked returns the seats on which the step's conditions fail.
func (s step) blocked(h hall) (seats []string) {
	mine := func(id string) bool { return h[id].Holder == s.buyer && h[id].Order == "" }
	if s.kind == "buy" {
		seats = slices.DeleteFunc(slices.Clone(s.seats), mine)
	} else {
		seats = slices.DeleteFunc(s.plan.Wanted(), func(id string) bool { return h[id].Free(s.buyer, s.plan.Now) })
		seats = append(seats, slices.DeleteFunc(slices.Clone(s.plan.GiveUp), mine)...)
	}
	slices.Sort(seats)
	return seats
}

// done returns the hall after the step.
func (s step) done(before hall) hall {
	h := maps.Clone(before)
	change := func(ids []string, change func(*seat.Seat)) {
		for _, id := range ids {
			one := h[id]
			one.ID, one.Version = id, one.Version+1
			change(&one)
			h[id] = one
		}
	}
	if s.kind == "buy" {
		change(s.seats, func(one *seat.Seat) { one.Order, one.Until = s.order, time.Time{} })
		return h
	}
	change(s.plan.Wanted(), func(one *seat.Seat) { one.Holder, one.Until = s.buyer, s.plan.After.Until })
	change(s.plan.GiveUp, func(one *seat.Seat) { one.Holder, one.Until = "", time.Time{} })
	return h
}

// Locks, swaps, releases, sales and reads of buyers at once, with locks that expire all the time: there is an order of
// them in which each did just what it would have done alone.
func TestTheHistoryOfASaleHasAnOrder(t *testing.T) {
	for seed := range uint64(4) {
		w := newWorld(t, inDatabase(t))
		var mu sync.Mutex
		var history []porcupine.Operation
		var clock atomic.Int64 // milliseconds of the sale
		began := time.Now()
		record := func(client int, in step, do func() outcome) {
			call := time.Since(began).Nanoseconds()
			out := do()
			mu.Lock()
			defer mu.Unlock()
			history = append(
				history,
				porcupine.Operation{ClientId: client, Input: in, Call: call, Output: out, Return: time.Since(began).Nanoseconds()},
			)
		}
		var wait sync.WaitGroup
		for client := range 5 {
			wait.Go(func() {
				b := &buyer{
					world:  w,
					client: client,
					id:     fmt.Sprintf("%032x", client+1),
					random: rand.New(rand.NewPCG(seed, uint64(client))),
				}
				for range 30 {
					b.act(start.Add(time.Duration(clock.Add(1))*time.Millisecond), record)
				}
			})
		}
		wait.Wait()
		result, info := porcupine.CheckOperationsVerbose(oneByOne, history, 2*time.Minute)
		if result != porcupine.Ok {
			file := fmt.Sprintf("%s/history-%d.html", t.ArtifactDir(), seed)
			_ = porcupine.VisualizePath(oneByOne, info, file)
			t.Errorf("seed %d: %v; see %s", seed, result, file)
		}
		w.agrees(bought(history))
	}
}

// bought returns the orders of a history, as they would be once they are paid.
func bought(history []porcupine.Operation) (orders audittest.Word) {
	for _, op := range history {
		if in := op.Input.(step); in.kind == "buy" && len(op.Output.(outcome).taken) == 0 {
			o := order.Order{ID: in.order, Zone: "main", State: order.Paid, Session: "paid", PaidAt: start}
			for _, id := range in.seats {
				o.Lines = append(o.Lines, order.Line{Section: "stalls", Seat: id})
			}
			orders = append(orders, o)
		}
	}
	return orders
}

// agrees compares the seats with the orders that took them.
func (w *world) agrees(orders audittest.Word) {
	w.Helper()
	audittest.Agree(
		w.TB,
		&audit.Books{Maps: w.seats, Seats: w.seats, Bought: orders, Pay: orders, Ledger: orders},
		"main",
		w.now(),
	)
}

// buyer does one thing after another.
type buyer struct {
	*world
	client int
	id     string
	random *rand.Rand
	orders int
}

func (b *buyer) act(now time.Time, record func(int, step, func() outcome)) {
	ctx := b.Context()
	hold, err := b.seats.Hold(ctx, "main", b.id)
	if err != nil {
		b.Error(err)
		return
	}
	pick := func() string { return fmt.Sprintf("stalls-A-%d", 1+b.random.IntN(7)) }
	switch n := b.random.IntN(10); {
	case n < 3:
		in := step{kind: "read", buyer: b.id, seats: []string{pick()}}
		record(b.client, in, func() outcome { return outcome{seat: b.look(in.seats[0])} })
	case n < 4 && len(hold.Seats) > 0:
		b.orders++
		in := step{kind: "buy", buyer: b.id, order: fmt.Sprintf("%s-%d", b.id, b.orders), seats: hold.Seats}
		record(b.client, in, func() outcome {
			return b.outcome(
				b.seats.Settle(ctx, seat.Settlement{Zone: "main", Buyer: b.id, Order: in.order, Seats: in.seats, Limit: 8}),
			)
		})
	default:
		var want []string
		for range b.random.IntN(3) {
			want = append(want, pick())
		}
		slices.Sort(want)
		hold.Pace = time.Time{} // a script that never tires
		p, err := hold.Choose(
			slices.Compact(want),
			seat.Rules{PerBuyer: 8, LockFor: 15 * time.Millisecond, HoldMost: time.Hour, Session: start.Add(time.Hour)},
			now,
		)
		if err != nil || p.Nothing() {
			return
		}
		in := step{kind: "lock", buyer: b.id, plan: p}
		record(b.client, in, func() outcome { return b.outcome(b.seats.Lock(ctx, p)) })
	}
}

func (b *buyer) outcome(err error) outcome {
	var p *problem.Error
	if errors.As(err, &p) && p.Code == problem.SeatTaken {
		slices.Sort(p.Seats)
		return outcome{taken: p.Seats}
	}
	if err != nil {
		b.Error(err)
	}
	return outcome{}
}

// look reads one seat.
func (b *buyer) look(id string) seat.Seat {
	seats, err := b.seats.Snapshot(b.Context(), "main", "stalls")
	if err != nil {
		b.Error(err)
	}
	for _, one := range seats {
		if one.ID == id {
			return one
		}
	}
	return seat.Seat{ID: id}
}
