package sim

import (
	"context"
	"time"
)

// pool is the machines of one function, each of which serves one request at a time. When none is free there is a new
// one, which knows nothing.
type pool[S any] struct {
	w    *World
	kind string
	make func(*machine) S
	made int
	free []*instance[S]
}

type instance[S any] struct {
	*machine
	service S
}

func newPool[S any](w *World, kind string, make func(*machine) S) *pool[S] {
	return &pool[S]{w: w, kind: kind, make: make}
}

// take is any machine that is free, or a new one.
func (p *pool[S]) take() *instance[S] {
	n := len(p.free)
	if n == 0 || p.w.rng.IntN(p.w.Visitors+20) == 0 {
		p.made++
		m := p.w.machine(p.kind, p.made)
		return &instance[S]{m, p.make(m)}
	}
	i := p.w.rng.IntN(n)
	one := p.free[i]
	p.free[i] = p.free[n-1]
	p.free = p.free[:n-1]
	return one
}

// serve has a machine do the work of a request in the thread. The machine may die of it.
func (p *pool[S]) serve(t *thread, work func(ctx context.Context, s S) error) error {
	if p.w.over {
		return errOver
	}
	one := p.take()
	t.on, t.began = one.machine, p.w.now
	if p.w.chance(p.w.weather.crash) {
		p.w.at(p.w.about(40*time.Millisecond), func() {
			if t.on == one.machine && !one.dead {
				p.w.result.Crashes++
				p.w.say(t.of, "", "%s crashes", one.name)
				one.die()
			}
		})
	}
	err := work(one.ctx, one.service)
	t.on = nil
	if one.dead {
		return errOver
	}
	p.free = append(p.free, one)
	return err
}

// message is something that is delivered at least once: after a while, more than once at times, and again and again
// until it was taken; then done runs.
func (w *World) message(of *visitor, deliver func(t *thread) error, done func()) {
	times, first := 1, true
	if w.chance(w.weather.redeliver) {
		times++
	}
	for range times {
		after := w.about(100 * time.Millisecond)
		if w.chance(w.weather.late) {
			after += w.about(4 * time.Second)
		}
		w.at(after, func() {
			w.start(of, func(t *thread) {
				for try := 1; deliver(t) != nil && !w.over; try++ {
					t.wait(w.about(min(time.Duration(try)*time.Second, 20*time.Second)))
				}
				if first {
					first = false
					done()
				}
			})
		})
	}
}
