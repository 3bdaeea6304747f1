package viewers

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"foyer/internal/parallel"
	"foyer/internal/room/socket"
	"foyer/internal/sale/seat"
)

// news is the changes of one section, and the audience that gets them.
type news struct {
	section  string
	audience Audience
	marks    map[string]seat.Mark
}

// deliver sends, on the turn that was taken, the changes of this call and whatever else is new in the sections in which
// something changed a short while ago.
func (s *Service) deliver(ctx context.Context, c Changes, turn Turn) (Result, error) {
	now := s.Now()
	fresh := now.Add(-oldest)
	if last := turn.Last.Add(-prompt); last.After(fresh) && !turn.Last.Add(Every).After(now) {
		fresh = last
	}
	var ids []string
	for id, noted := range turn.Noted {
		if _, own := c.Sections[id]; own || noted.After(now.Add(-hot)) {
			ids = append(ids, id)
		}
	}
	all, err := s.gather(ctx, c, ids, fresh)
	if err != nil || len(all) == 0 {
		return Result{}, err
	}
	afforded, hushed, err := s.within(ctx, all)
	if err != nil {
		return Result{}, err
	}
	result, err := s.pushNews(ctx, c.Zone, afforded)
	for _, n := range hushed {
		part, fault := s.hush(ctx, c.Zone, n.section, n.audience)
		result.add(part)
		err = errors.Join(err, fault)
	}
	return result, err
}

// gather returns what is new since a time in those of the sections that have viewers.
func (s *Service) gather(ctx context.Context, c Changes, ids []string, since time.Time) ([]news, error) {
	found := make([]news, len(ids))
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(sections)
	for i, id := range ids {
		group.Go(func() (err error) {
			found[i], err = s.news(within, c, id, since)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(n news) bool { return len(n.marks) == 0 }), nil
}

// news returns a section's changes: those of this call, and those since a time. It is empty without an audience.
func (s *Service) news(ctx context.Context, c Changes, section string, since time.Time) (news, error) {
	audience, err := s.audience(ctx, c.Zone, section)
	if err != nil || len(audience.Conns) == 0 {
		return news{}, err
	}
	n := news{section, audience, maps.Clone(c.Sections[section])}
	if n.marks == nil {
		n.marks = map[string]seat.Mark{}
	}
	seats, err := s.Seats.Snapshot(ctx, c.Zone, section)
	if err != nil {
		return news{}, err
	}
	now := s.Now()
	for _, one := range seats {
		if _, noted := n.marks[one.ID]; noted || one.Changed.After(since) {
			mark(n.marks, one, now)
		}
	}
	return n, nil
}

// within keeps to the budget: the sections with the most viewers are hushed until it suffices for the others.
func (s *Service) within(ctx context.Context, all []news) (afforded, hushed []news, err error) {
	slices.SortFunc(all, func(a, b news) int {
		return cmp.Or(cmp.Compare(len(a.audience.Conns), len(b.audience.Conns)), strings.Compare(a.section, b.section))
	})
	for len(all) > 0 {
		conns := map[string]bool{}
		for _, n := range all {
			for _, conn := range n.audience.Conns {
				conns[conn] = true
			}
		}
		granted, err := s.Pace.Spend(ctx, s.ID(), len(conns), s.budget(), s.Now())
		if err != nil {
			return nil, nil, err
		}
		if granted {
			return all, hushed, nil
		}
		hushed = append(hushed, all[len(all)-1])
		all = all[:len(all)-1]
	}
	return nil, hushed, nil
}

// pushNews sends every viewer one message with what is new in all the sections that it looks at. Viewers of the same
// sections get the same.
func (s *Service) pushNews(ctx context.Context, zone string, all []news) (Result, error) {
	slices.SortFunc(all, func(a, b news) int { return strings.Compare(a.section, b.section) })
	looks := map[string][]string{} // connection → sections
	for _, n := range all {
		for _, conn := range n.audience.Conns {
			looks[conn] = append(looks[conn], n.section)
		}
	}
	alike := map[string][]byte{} // sections → message
	var letters []letter
	for _, conn := range slices.Sorted(maps.Keys(looks)) {
		key := strings.Join(looks[conn], " ")
		if alike[key] == nil {
			text, err := json.Marshal(s.message(all, looks[conn]))
			if err != nil {
				return Result{}, err
			}
			alike[key] = text
		}
		letters = append(letters, letter{conn, looks[conn], alike[key]})
	}
	return s.push(ctx, zone, letters), nil
}

func (s *Service) message(all []news, ids []string) SeatsMessage {
	m := SeatsMessage{Type: "seats", At: s.Now().UnixMilli(), Sections: map[string]map[string]seat.Mark{}}
	for _, n := range all {
		switch {
		case !slices.Contains(ids, n.section):
		case len(n.marks) > MaxMarks:
			m.Read = append(m.Read, n.section)
		default:
			m.Sections[n.section] = n.marks
		}
	}
	return m
}

// letter is one message to one connection, about sections.
type letter struct {
	conn     string
	sections []string
	text     []byte
}

// push sends messages. A connection that is gone is forgotten; one that failed catches up by itself.
func (s *Service) push(ctx context.Context, zone string, letters []letter) Result {
	var pushed, gone, failed atomic.Int64
	_ = parallel.Do(ctx, len(letters), atOnce, func(i int) error {
		l := letters[i]
		switch err := s.Pusher.Push(ctx, l.conn, l.text); {
		case err == nil:
			pushed.Add(1)
		case errors.Is(err, socket.ErrGone):
			gone.Add(1)
			for _, section := range l.sections {
				_ = s.Store.Gone(ctx, zone, section, l.conn) // the next message finds it gone again
			}
		default:
			failed.Add(1)
		}
		return nil
	})
	return Result{Pushed: int(pushed.Load()), Gone: int(gone.Load()), Failed: int(failed.Load())}
}

// say asks connections to read a section's snapshot.
func (s *Service) say(ctx context.Context, zone, section string, until time.Time, conns []string) (Result, error) {
	text, err := json.Marshal(SnapshotMessage{"snapshot", section, until.UnixMilli()})
	if err != nil {
		return Result{}, err
	}
	letters := make([]letter, len(conns))
	for i, conn := range conns {
		letters[i] = letter{conn, []string{section}, text}
	}
	return s.push(ctx, zone, letters), nil
}
