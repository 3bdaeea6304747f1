package memsale

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
	"foyer/internal/store/memory/memroom"
)

// seatKey addresses a hold, and whatever else a zone has one of for each id.
type seatKey struct{ zone, id string }

// section is where a zone's seats lie together.
type section struct{ zone, id string }

func sectionOf(zone, seat string) section { return section{zone, venue.SectionOf(seat)} }

// seatsOf is what the memory keeps of seats.
type seatsOf struct {
	seats  map[section][]seat.Seat // in the order of their ids
	lent   map[section]bool        // those seats were handed out as they are: a change makes new ones
	holds  map[seatKey]seat.Hold
	maps   map[string][]loaded // the present one and the one before
	counts map[string]seat.Counts
}

// Seats returns the seats, holds and maps of every zone.
func (c *Cloud) Seats() *Seats { return &Seats{c, c.seats} }

// Seats is seat.Store and venue.Store in memory.
type Seats struct {
	*Cloud
	of *seatsOf
}

// Hold implements seat.Store.
func (s *Seats) Hold(ctx context.Context, zone, buyer string) (h seat.Hold, err error) {
	err = s.Do(ctx, "seats.Hold", func() error {
		h = s.hold(zone, buyer)
		return nil
	})
	return memroom.Standing(h, err)
}

func (s *Seats) hold(zone, buyer string) seat.Hold {
	h := s.of.holds[seatKey{zone, buyer}]
	h.Zone, h.Buyer, h.Seats = zone, buyer, slices.Clone(h.Seats)
	h.Types, h.BoughtAt = maps.Clone(h.Types), maps.Clone(h.BoughtAt)
	return h
}

// Lock implements seat.Store.
func (s *Seats) Lock(ctx context.Context, p seat.Plan) error {
	return s.Do(ctx, "seats.Lock", func() error {
		b := p.Before
		if h := s.hold(b.Zone, b.Buyer); h.Version != b.Version {
			if h.Same(p.After) {
				return nil
			}
			return seat.ChangedError()
		}
		if taken := s.inTheWay(p); len(taken) > 0 {
			return seat.TakenError(taken)
		}
		for _, id := range p.Wanted() {
			s.change(b.Zone, id, func(one *seat.Seat) {
				one.Holder, one.Until, one.Paying, one.Changed = b.Buyer, p.After.Until, p.After.Paying, memroom.Millis(p.Now)
			})
		}
		for _, id := range p.GiveUp {
			s.change(b.Zone, id, func(one *seat.Seat) {
				one.Holder, one.Until, one.Paying, one.Changed = "", time.Time{}, false, memroom.Millis(p.Now)
			})
		}
		h := p.After
		h.Seats = slices.Clone(h.Seats)
		s.keep(h)
		return nil
	})
}

func (s *Seats) inTheWay(p seat.Plan) (taken []string) {
	for _, id := range p.Wanted() {
		if !s.seat(p.Before.Zone, id).Free(p.Before.Buyer, p.Now) {
			taken = append(taken, id)
		}
	}
	for _, id := range p.GiveUp {
		if one := s.seat(p.Before.Zone, id); one.Holder != p.Before.Buyer || one.Order != "" {
			taken = append(taken, id)
		}
	}
	return taken
}

func (s *Seats) change(zone, id string, change func(*seat.Seat)) {
	at := sectionOf(zone, id)
	if s.of.lent[at] {
		s.of.seats[at] = slices.Clone(s.of.seats[at])
		delete(s.of.lent, at)
	}
	n, found := s.find(at, id)
	if !found {
		s.of.seats[at] = slices.Insert(s.of.seats[at], n, seat.Seat{})
	}
	old := s.of.seats[at][n]
	one := old
	one.ID = id
	one.Version++
	change(&one)
	one.Until = memroom.Millis(one.Until)
	s.of.seats[at][n] = one
	if s.Changes.Seat != nil {
		s.Changes.Seat(zone, old, one)
	}
}

// find is where a seat is in its section, or would be.
func (s *Seats) find(at section, id string) (n int, found bool) {
	return slices.BinarySearchFunc(s.of.seats[at], id, func(one seat.Seat, id string) int {
		return strings.Compare(one.ID, id)
	})
}

func (s *Seats) seat(zone, id string) (one seat.Seat) {
	at := sectionOf(zone, id)
	if n, found := s.find(at, id); found {
		one = s.of.seats[at][n]
	}
	return one
}

func (s *Seats) keep(h seat.Hold) {
	key := seatKey{h.Zone, h.Buyer}
	old := s.of.holds[key]
	s.of.holds[key] = h
	if s.Changes.Hold != nil {
		s.Changes.Hold(old, h)
	}
}

// Settle implements seat.Store.
func (s *Seats) Settle(ctx context.Context, st seat.Settlement) error {
	return s.SettleWith(ctx, st)
}

// SettleWith is Settle with more conditions in the same transaction. Each check looks, with nothing changed yet, and
// returns the function that makes the caller's own change along with ours.
func (s *Seats) SettleWith(ctx context.Context, st seat.Settlement, check ...func() (change func(), err error)) error {
	return s.Do(ctx, "seats.Settle", func() error {
		if len(st.Seats) > st.Limit {
			return seat.LimitError(st.Limit)
		}
		changes, err := checked(check)
		if err != nil {
			return err
		}
		taken, mine := s.notHeld(st)
		if mine == len(st.Seats) {
			return nil
		}
		if len(taken) > 0 {
			return seat.TakenError(taken)
		}
		h := s.hold(st.Zone, st.Buyer)
		if h.Bought+len(st.Seats) > st.Limit {
			return seat.LimitError(st.Limit)
		}
		if err := st.Types.Within(st.MostAt, h.BoughtAt); err != nil {
			return err
		}
		for _, id := range st.Seats {
			s.change(st.Zone, id, func(one *seat.Seat) {
				one.Order, one.Until, one.Paying = st.Order, time.Time{}, false
				one.Changed = changedAt(st, one.Changed)
			})
		}
		h = h.Without(st.Seats)
		h.Bought += len(st.Seats)
		boughtAt(&h, st, 1)
		h.Since, h.PayBy = time.Time{}, time.Time{}
		h.Version++
		s.keep(h)
		for _, change := range changes {
			change()
		}
		return nil
	})
}

// boughtAt counts the seats of a settlement at their price types, or takes them off.
func boughtAt(h *seat.Hold, st seat.Settlement, sign int) {
	for name, n := range st.Types.Count() {
		if h.BoughtAt == nil {
			h.BoughtAt = map[string]int{}
		}
		h.BoughtAt[name] += sign * n
	}
}

// changedAt returns when a settlement changed a seat, or had where it doesn't say.
func changedAt(st seat.Settlement, had time.Time) time.Time {
	if st.At.IsZero() {
		return had
	}
	return memroom.Millis(st.At)
}

// checked returns the callers' own changes, if all their conditions hold.
func checked(checks []func() (change func(), err error)) (changes []func(), err error) {
	for _, c := range checks {
		change, err := c()
		if err != nil {
			return nil, err
		}
		changes = append(changes, change)
	}
	return changes, nil
}

// notHeld returns the seats that the buyer can't have, and counts those that the order has.
func (s *Seats) notHeld(st seat.Settlement) (taken []string, mine int) {
	for _, id := range st.Seats {
		one := s.seat(st.Zone, id)
		if one.Order == st.Order {
			mine++
		}
		if one.Holder != st.Buyer || one.Order != "" {
			taken = append(taken, id)
		}
	}
	return taken, mine
}

// Free implements seat.Store.
func (s *Seats) Free(ctx context.Context, st seat.Settlement) error {
	return s.FreeWith(ctx, st)
}

// FreeWith is Free with more conditions in the same transaction, as SettleWith.
func (s *Seats) FreeWith(ctx context.Context, st seat.Settlement, check ...func() (change func(), err error)) error {
	return s.Do(ctx, "seats.Free", func() error {
		var others []string
		for _, id := range st.Seats {
			if one := s.seat(st.Zone, id); one.ID != "" && one.Order != st.Order {
				others = append(others, id)
			}
		}
		changes, err := checked(check)
		if err != nil {
			return err
		}
		h := s.hold(st.Zone, st.Buyer)
		if slices.Contains(h.Freed, st.ReleasedBy()) {
			return nil
		}
		if len(others) > 0 {
			return seat.TakenError(others)
		}
		for _, id := range st.Seats {
			s.change(st.Zone, id, func(one *seat.Seat) {
				one.Order, one.Holder = "", ""
				one.Changed = changedAt(st, one.Changed)
				if slices.Contains(st.ToHouse, id) {
					one.Holder, one.Until = seat.House+seat.Returned, seat.Forever
				}
			})
		}
		h.Bought -= len(st.Seats)
		boughtAt(&h, st, -1)
		h.Freed = append(slices.Clone(h.Freed), st.ReleasedBy())
		h.Version++
		s.keep(h)
		for _, change := range changes {
			change()
		}
		return nil
	})
}

// Snapshot implements seat.Store. The seats must not be changed.
func (s *Seats) Snapshot(ctx context.Context, zone, id string) (seats []seat.Seat, err error) {
	err = s.Do(ctx, "seats.Snapshot", func() error {
		at := section{zone, id}
		seats, s.of.lent[at] = slices.Clip(s.of.seats[at]), true
		return nil
	})
	return memroom.Standing(seats, err)
}

// House implements seat.Store.
func (s *Seats) House(
	ctx context.Context, zone, label string, seats []string, release bool, now time.Time,
) (left []string, err error) {
	holder := seat.House + label
	err = s.Do(ctx, "seats.House", func() error {
		left = nil
		for _, id := range seats {
			one := s.seat(zone, id)
			mine := one.Holder == holder && one.Order == ""
			switch {
			case release && mine:
				s.change(zone, id, func(one *seat.Seat) {
					one.Holder, one.Until, one.Changed = "", time.Time{}, memroom.Millis(now)
				})
			case release && one.Holder == "" && one.Order == "", mine:
			case !release && one.Free(holder, now):
				s.change(zone, id, func(one *seat.Seat) {
					one.Holder, one.Until, one.Paying, one.Changed = holder, seat.Forever, false, memroom.Millis(now)
				})
			default:
				left = append(left, id)
			}
		}
		return nil
	})
	return memroom.Standing(left, err)
}

// loaded is a map and its overview.
type loaded struct {
	venue    venue.Venue
	overview venue.Overview
}

// SaveMap implements venue.Store.
func (s *Seats) SaveMap(ctx context.Context, zone string, v venue.Venue, version int64) error {
	return s.ReplaceMap(ctx, zone, v, version, 0)
}

// ReplaceMap implements venue.Store.
func (s *Seats) ReplaceMap(ctx context.Context, zone string, v venue.Venue, version, settings int64) error {
	next := loaded{v, venue.NewOverview(v, version+1)}
	if _, err := venue.Pack(next.overview); err != nil {
		return problem.New(problem.Invalid, "the map %v", err)
	}
	for _, one := range v.Sections {
		if _, err := venue.Pack(one); err != nil {
			return problem.New(problem.Invalid, "section %s of the map %v", one.ID, err)
		}
	}
	return s.Do(ctx, "seats.SaveMap", func() error {
		last := loaded{}
		if all := s.of.maps[zone]; len(all) > 0 {
			last = all[len(all)-1]
		}
		if last.overview.Version == version+1 && venue.Equal(last.venue, v) {
			return nil
		}
		if last.overview.Version != version || settings > 0 && s.SettingsVersion(zone) != settings {
			return problem.New(problem.Conflict, "the map of zone %q changed meanwhile", zone)
		}
		s.of.maps[zone] = []loaded{last, next}
		return nil
	})
}

// Overview implements venue.Store.
func (s *Seats) Overview(ctx context.Context, zone string) (o venue.Overview, err error) {
	err = s.Do(ctx, "seats.Overview", func() error {
		all := s.of.maps[zone]
		if len(all) == 0 {
			return venue.NoMapError(zone)
		}
		o = all[len(all)-1].overview
		return nil
	})
	return memroom.Standing(o, err)
}

// Section implements venue.Store.
func (s *Seats) Section(
	ctx context.Context, zone string, o venue.Overview, id string,
) (found venue.Section, err error) {
	err = s.Do(ctx, "seats.Section", func() error {
		for _, one := range s.of.maps[zone] {
			if section, ok := one.venue.Section(id); ok && one.overview.Version == o.Version {
				found = section
				return nil
			}
		}
		return venue.NoSectionError(id)
	})
	return memroom.Standing(found, err)
}

// Stands returns a seat as it stands, past the faults, for checks.
func (s *Seats) Stands(zone, id string) (one seat.Seat) {
	_ = s.Locked(func() error {
		one = s.seat(zone, id)
		return nil
	})
	return one
}

// Touched returns every seat of the zone that was ever touched, and every hold, as they stand and in order, past the
// faults, for checks.
func (s *Seats) Touched(zone string) (seats []seat.Seat, holds []seat.Hold) {
	_ = s.Locked(func() error {
		sections := slices.SortedFunc(maps.Keys(s.of.seats), func(a, b section) int { return strings.Compare(a.id, b.id) })
		for _, at := range sections {
			if at.zone == zone {
				seats = append(seats, s.of.seats[at]...)
			}
		}
		for at, h := range s.of.holds {
			if at.zone == zone {
				holds = append(holds, h)
			}
		}
		return nil
	})
	slices.SortFunc(holds, func(a, b seat.Hold) int { return strings.Compare(a.Buyer, b.Buyer) })
	return seats, holds
}

var (
	_ seat.Store  = (*Seats)(nil)
	_ venue.Store = (*Seats)(nil)
)
