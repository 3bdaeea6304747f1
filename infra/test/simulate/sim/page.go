package sim

import (
	"context"
	"fmt"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/admit"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/register"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
)

// tab is one page of a visitor, in a thread of its own.
type tab struct {
	*visitor
	thread     *thread
	conn       *conn
	registered bool
	pushed     bool       // the place has a connection
	key        queue.Key  // of the place that the page was told
	turn       bucket.Ref // that was pushed
	until      time.Time  // until when it is theirs
	grant      bucket.Ref // by which the page is inside
	soldOut    int        // looks at which the zone was sold out
	network    token.Network
	ended      bool // the visit is over: the token gives no place again
}

// run is a page from the arrival to its end.
func (p *tab) run(t *thread) {
	w := p.w
	w.note("arrives", p.visitor, 0)
	w.say(p.visitor, "", "%v arrives: %s%s", p.visitor, kindNames[p.kind], map[bool]string{true: ", over HTTP"}[p.http])
	if w.siege != nil && p.kind == bot && w.siege.does != stay {
		p.besiege(t)
		return
	}
	patience := w.about(20 * time.Second)
	for began := w.now; !w.over; {
		e := w.edge.shown[p.place]
		switch {
		case p.kind == bot && w.weather.calm && w.siege == nil, p.kind == ghost && p.registered:
			p.content = true
			return
		case p.kind == impatient && w.now-began > patience:
			p.leave(t)
			return
		case e.State == zone.Closed:
			p.content = true
			return
		case e.SoldOut == 1 && e.State == zone.Open:
			if p.soldOut++; p.soldOut > 3 {
				p.content = true
				return
			}
		}
		if p.step(t, e) {
			return
		}
	}
}

// step does what a page does between two looks at the edge. It reports whether the page is done.
func (p *tab) step(t *thread, e view) (done bool) {
	w := p.w
	fresh := false
	if e.Versions[0] > 0 && (!p.registered || p.kind == bot || !p.http && p.conn == nil) {
		if p.kind != bot && !p.registered && e.State == zone.Open && e.Direct == 1 {
			done, fresh = p.direct(t)
		} else {
			fresh = p.register(t)
		}
	}
	if p.ended {
		return true
	}
	shown := !e.called.IsZero() && p.key.Compare(e.called) <= 0
	if shown && p.registered {
		p.heardAt = w.now
	}
	if !done && p.registered && p.kind != bot && p.kind != ghost && (shown || e.Direct == 1 || !p.turn.IsZero()) {
		if p.dozes {
			p.doze(t)
			return false
		}
		done = p.enter(t)
	}
	if done || fresh && p.kind != bot {
		return done
	}
	poll := 5 * time.Second
	switch {
	case w.siege != nil && p.kind == bot:
		poll = w.siege.every
	case w.Visitors > smallest && p.registered && p.pushed:
		poll = 50 * time.Second
	case w.Visitors > smallest:
		poll = 15 * time.Second
	}
	t.listen(w.about(poll))
	p.trouble()
	return false
}

// trouble is what happens to a page while it waits: it is reloaded, or away for a while.
func (p *tab) trouble() {
	w := p.w
	if w.weather.calm || p.conn == nil {
		return
	}
	switch n := w.rng.IntN(100); {
	case n < 3: // reloads
		w.say(p.visitor, "", "%v reloads the page", p.visitor)
		p.drop()
		p.turn = bucket.Ref{}
	case n < 5: // the laptop sleeps
		w.say(p.visitor, "", "%v is away for a while", p.visitor)
		p.drop()
		p.thread.wait(w.about(40 * time.Second))
	}
}

// drop closes the page's connection.
func (p *tab) drop() {
	if p.conn != nil {
		p.w.cut(p.conn)
		p.conn = nil
	}
}

// cut ends a connection, which its page need not notice.
func (w *World) cut(c *conn) {
	if c.alive {
		c.alive = false
		w.say(c.of.visitor, "", "connection %s of %v is gone", c.id, c.of.visitor)
		w.book.seen(c.of.visitor)
	}
}

// register takes a place, over a socket where there can be one.
func (p *tab) register(t *thread) (ok bool) {
	w := p.w
	var c *conn
	id := ""
	if !p.http && w.rng.IntN(12) > 0 {
		id = w.connID(p)
		c = &conn{id: id, of: p, at: w.now}
		w.conns[id] = c
	}
	at := w.time()
	var place register.Place
	err := p.request(t, "register "+id, func(t *thread) error {
		return w.room.registers.serve(t, func(ctx context.Context, s *register.Service) (err error) {
			place, err = s.Connect(ctx, p.token, id, at)
			return err
		})
	})
	if err != nil {
		switch problem.CodeOf(err) {
		case problem.NotOpen:
			p.content = true
		case problem.Ended:
			p.content, p.ended = true, true
		}
		t.wait(w.about(2 * time.Second))
		return false
	}
	p.registered, p.key, p.pushed = true, place.Key, c != nil
	if c == nil {
		return true
	}
	p.drop()
	p.conn, c.alive, c.since = c, true, w.now
	if p.thereAt == 0 {
		p.thereAt = w.now
	}
	w.book.seen(p.visitor)
	if p.kind == ghost || !w.weather.calm && w.rng.IntN(8) == 0 {
		w.at(w.about(15*time.Second), func() {
			w.cut(c)
			w.at(w.about(15*time.Second), func() { // and now the page notices
				if p.conn == c {
					p.conn = nil
					w.wake(p.thread)
				}
			})
		})
	}
	return true
}

func (w *World) connID(p *tab) string {
	w.connected++
	return fmt.Sprintf("c%d-%d", p.n, w.connected)
}

// direct asks for entry at once, as there is room.
func (p *tab) direct(t *thread) (done, fresh bool) {
	var in admit.Entry
	err := p.request(t, "enter directly", func(t *thread) error {
		return p.w.room.admitters.serve(t, func(ctx context.Context, s *admit.Service) (err error) {
			in, err = s.DirectFrom(ctx, p.token, p.network)
			return err
		})
	})
	if err == nil {
		return p.inside(t, in), true
	}
	if problem.CodeOf(err) == problem.NotCalled {
		p.registered, p.key = true, p.keys[len(p.keys)-1]
		return false, false
	}
	return p.refused(t, err), true
}

// enter claims the visitor's turn.
func (p *tab) enter(t *thread) (done bool) {
	ref := p.turn
	if !ref.IsZero() && !p.w.weather.calm && p.w.rng.IntN(6) == 0 { // at the last moment
		t.wait(p.until.Sub(p.w.time()) - p.w.about(30*time.Millisecond))
	}
	p.turn = bucket.Ref{}
	in, err := p.claim(t, ref)
	if err == nil {
		return p.inside(t, in)
	}
	return p.refused(t, err)
}

// claim asks to be let in, by the grant if the page knows one.
func (p *tab) claim(t *thread, ref bucket.Ref) (in admit.Entry, err error) {
	err = p.request(t, "enter", func(t *thread) error {
		return p.w.room.admitters.serve(t, func(ctx context.Context, s *admit.Service) (err error) {
			in, err = s.EnterFrom(ctx, p.token, ref, p.network)
			return err
		})
	})
	return in, err
}

// refused is what a page does when it isn't let in.
func (p *tab) refused(t *thread, err error) (done bool) {
	switch problem.CodeOf(err) {
	case problem.Ended, problem.NotOpen:
		p.content = true
		return true
	case problem.Missed:
		p.registered = false
	case problem.NotCalled:
		t.listen(p.w.about(2 * time.Second))
	default:
		t.wait(p.w.about(1500 * time.Millisecond))
	}
	return false
}

// inside is the visit.
func (p *tab) inside(t *thread, in admit.Entry) (done bool) {
	w := p.w
	p.content, p.grant = true, in.Ref
	a := token.Access{Zone: zoneName, ID: p.token.ID, Ref: in.Ref, Expires: in.Until}
	switch p.kind {
	case shopper:
		p.shop(t, a)
	case hoarder:
		p.hoard(t, a)
	case sleeper:
		return true
	default:
		p.browse(t, &in, a)
	}
	if w.rng.IntN(6) == 0 {
		return true
	}
	p.leave(t)
	if p.kind == hoarder && w.rng.IntN(2) == 0 { // by the token of a visit that is over
		_ = p.choose(t, a, p.wanted())
	}
	if p.kind == hoarder && !w.weather.calm {
		p.registered = false // and tries again on the same token
		return false
	}
	return true
}

// browse stays for a while, and renews the visit when it is time to, or much too late.
func (p *tab) browse(t *thread, in *admit.Entry, a token.Access) {
	w := p.w
	for range 1 + w.rng.IntN(6) {
		wait := in.RenewAt.Sub(w.time())
		switch w.rng.IntN(8) {
		case 0:
			wait = in.Until.Sub(w.time()) + w.about(3*time.Second)
		case 1, 2, 3, 4, 5:
			wait = in.Until.Sub(w.time()) - w.jitter(w.weather.skew+60*time.Millisecond)
		}
		t.wait(wait)
		err := p.request(t, "renew", func(t *thread) error {
			return w.room.admitters.serve(t, func(ctx context.Context, s *admit.Service) (err error) {
				*in, err = s.Renew(ctx, a)
				return err
			})
		})
		if problem.CodeOf(err) == problem.Ended || w.over {
			return
		}
	}
}

// leave gives up whatever the visitor has.
func (p *tab) leave(t *thread) {
	w := p.w
	p.leaving, p.content = true, true
	w.book.seen(p.visitor)
	for range 5 {
		began := w.now
		err := p.request(t, "leave", func(t *thread) error {
			return w.room.admitters.serve(t, func(ctx context.Context, s *admit.Service) error {
				return s.Leave(ctx, p.token, p.grant)
			})
		})
		if err == nil {
			if p.requests == 0 && p.tabs == 1 {
				w.book.hasLeft(p.visitor, began)
				p.leftAt = w.now
			}
			return
		}
		if w.over {
			return
		}
		t.wait(w.about(2 * time.Second))
	}
}
