package line

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"foyer/infra/test/bench/measure"
	"foyer/internal/room/zone"
	"foyer/internal/store/memory/memroom"
)

// Ghosts lets a zone call visitors when nine in ten have closed the tab, in virtual time over stores in memory, and
// compares how many live ones enter with a zone where everybody is there.
func Ghosts(ctx context.Context, e *measure.Env) (rows []measure.Row, err error) {
	for _, c := range []struct {
		what     string
		capacity int
		rate     int
	}{
		{"rate 300 a minute binds", 5000, 300},
		{"rate 3,000 a minute binds", 20_000, 3000},
		{"capacity 50 binds", 50, 6000},
	} {
		if e.Quick && c.rate == 3000 {
			continue
		}
		z := zone.New("main")
		z.Capacity, z.Rate, z.Session, z.QueueShards = c.capacity, c.rate, 30*time.Second, 8
		allowed, err := entries(ctx, z, 30*time.Second, everybody, 0)
		if err != nil {
			return rows, err
		}
		if c.capacity > c.rate {
			allowed = float64(c.rate)
		}
		live, err := entries(ctx, z, 30*time.Second, func(n int) bool { return n%10 == 0 }, 0)
		if err != nil {
			return rows, err
		}
		rows = append(rows, measure.AtLeast("live visitors admitted with 90 % of the sockets gone, "+c.what, 0.95,
			live/allowed, "").With(
			"%.1f a minute over 3 minutes, after a warm-up of 30 s, of %s", live, allowance(c.capacity > c.rate, allowed)))
	}
	silent, err := silentGhosts(ctx, e)
	return append(rows, silent...), err
}

// silentGhosts hold their sockets, or have none, and never claim: nobody can know until their windows are over.
func silentGhosts(ctx context.Context, e *measure.Env) (rows []measure.Row, err error) {
	const rate = 600
	for _, share := range measure.Pick(e, []int{50, 90}, []int{90}) {
		z := zone.New("main")
		z.Capacity, z.Rate, z.Session, z.QueueShards = 20_000, rate, 30*time.Second, 8
		live, err := entries(ctx, z, 90*time.Second, everybody, share)
		if err != nil {
			return rows, err
		}
		rows = append(rows, measure.FigureOnly(fmt.Sprintf("live visitors admitted with %d %% never claiming, of the rate",
			share),
			live/rate, "").With(
			"%.1f a minute over 3 minutes, after a warm-up of three claim windows, of the rate's %d; sockets open, claim "+
				"window %v", live, rate, z.Window))
	}
	return rows, nil
}

func everybody(int) bool { return true }

func allowance(byRate bool, allowed float64) string {
	if byRate {
		return fmt.Sprintf("the rate's %.0f", allowed)
	}
	return fmt.Sprintf("%.1f with everybody there", allowed)
}

// entries returns how many visitors enter a minute, after a warm-up, in a zone whose line is never short. Some have
// closed the tab, and a share of the others, in percent, never claims.
func entries(ctx context.Context, z zone.Settings, warmUp time.Duration, there func(int) bool,
	never int) (perMinute float64, err error) {
	cloud := memroom.New()
	w, err := newWorld(ctx, z, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC),
		shared(stores{cloud.Queue(), cloud.Log(), cloud.Index(), cloud.Zones(), nil}))
	if err != nil {
		return 0, err
	}
	r := rand.New(rand.NewPCG(1, 2))
	n := 0
	s := &sale{world: w, random: r, there: there, comes: soon(r, never), entered: func(int, time.Time) { n++ }}
	fill := func() error { return s.join(ctx, max(0, 40*min(z.Rate, 60*z.Capacity)/60+1500-s.waiting)) }
	if err := s.run(ctx, warmUp, fill); err != nil {
		return 0, err
	}
	n = 0
	err = s.run(ctx, 3*time.Minute, fill)
	return float64(n) / 3, err
}
