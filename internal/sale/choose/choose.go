// Package choose is choosing seats: a visitor inside locks exactly the seats they want, or the best there are, swaps
// them, gives them up, and keeps them for a payment.
//
// Every choice checks that the visitor's grant is live, and happens in one transaction or not at all. It never relies
// on what was read before: only the transaction's own conditions decide who gets a seat.
package choose

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"foyer/internal/cache"
	"foyer/internal/parallel"
	"foyer/internal/problem"
	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/room/token"
	"foyer/internal/room/zone"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/seatmap"
)

// How long a choice keeps its seats.
const (
	LockFor  = 5 * time.Minute  // after the last choice
	HoldMost = 10 * time.Minute // after the first, however often seats are swapped; a payment has zone.Settings.PayLimit
)

// A zone takes ZoneOrders orders, and one more every ZoneOrderEvery, from buyers who made others a moment ago: each
// costs the payment provider three calls. A buyer's first order never waits for them.
const (
	ZoneOrderEvery = 200 * time.Millisecond
	ZoneOrders     = 25
)

// zoneOrders stands in for a buyer in the hold that paces a zone's repeated orders. No visitor has such an id.
const zoneOrders = "~orders"

// maxPlans is how often a change is planned anew because the buyer's hold changed: by another tab, or a settlement.
const maxPlans = 4

// Service chooses seats. It is safe for use by several goroutines.
type Service struct {
	Settings zone.Reader // a zone.Cache, as a rule
	Log      bucket.Log
	Seats    seat.Store
	Maps     *seatmap.Maps
	// Pick returns a random number from 0 to n-1, so that buyers who ask for the best at once don't all try the same.
	Pick func(n int) int
	Now  func() time.Time

	losers cache.Cache[string, struct{}] // buyers who found seats taken a moment ago
}

// A buyer's first choice in lostFor that finds its seats taken is free, as far as this process knows: in a rush most
// choices are of that kind, and counting each would cost a write. maxLosers buyers are remembered.
const (
	lostFor   = 30 * time.Second
	maxLosers = 10_000
)

// Held is what a buyer holds.
type Held struct {
	Seats  []string   // in order
	Types  seat.Types // of Seats
	Until  time.Time  // ms; zero without seats
	Paying bool       // a payment is under way
	Bill              // of the seats; zero without seats
	Limit  int        // seats that a buyer may have in this zone, 1 to seat.MaxPerBuyer
	Bought int        // of them
}

// visit is a buyer inside.
type visit struct {
	settings zone.Settings
	ref      bucket.Ref
	called   time.Time // when the grant was made
	grant    bucket.Grant
	buyer    string
}

// inside makes sure that the grant of a genuine access token is live: a visitor who left, or whose time is up, changes
// nothing any more. Whether the zone is open doesn't matter to visitors inside. It returns problem.Ended and
// problem.UnknownZone.
func (s *Service) inside(ctx context.Context, a token.Access) (visit, error) {
	settings, err := s.Settings.Settings(ctx, a.Zone)
	if err != nil {
		return visit{}, err
	}
	now := s.Now()
	page, found, err := s.Log.Get(ctx, settings.Grants(), a.Ref.Page)
	if err != nil {
		return visit{}, err
	}
	if !found || a.Ref.Slot >= len(page.Grants) {
		return visit{}, ended()
	}
	g := page.Grants[a.Ref.Slot]
	if g.Key.Visitor() != a.ID || g.State != bucket.Inside || !g.Until.After(now) {
		return visit{}, ended()
	}
	return visit{settings, a.Ref, page.At, g, a.ID.String()}, nil
}

// buying is inside for visitors who want seats: it returns problem.NotOpen too, once selling was ended.
func (s *Service) buying(ctx context.Context, a token.Access) (visit, error) {
	v, err := s.inside(ctx, a)
	if err == nil && v.settings.SaleEnded {
		return visit{}, problem.New(problem.NotOpen, "the sale has ended")
	}
	return v, err
}

func ended() error { return problem.New(problem.Ended, "the session is over, or you left") }

func (v visit) rules() seat.Rules {
	return seat.Rules{
		PerBuyer: v.settings.SeatsPerBuyer, LockFor: LockFor, HoldMost: HoldMost, PayFor: v.settings.PayLimit(),
		Session: v.grant.Until,
	}
}

// Choose is ChooseAt with every seat at the standard price.
func (s *Service) Choose(ctx context.Context, a token.Access, seats []string) (Held, error) {
	return s.ChooseAt(ctx, a, seats, nil)
}

// ChooseAt makes exactly these seats the visitor's, all or nothing, and gives up the others; no seats at all is a
// release. Seats without a price type get the standard one. Repeating it changes nothing. It returns problem.SeatTaken
// with the seats that somebody else has, problem.NotFound for a seat that doesn't exist, problem.Together for
// seats that aren't sold so, problem.Invalid for a type at which a seat isn't sold, what seat.Hold.ChooseAt returns,
// and problem.Ended.
func (s *Service) ChooseAt(ctx context.Context, a token.Access, seats []string, types seat.Types) (Held, error) {
	hold := s.ahead(ctx, a)
	inside := s.buying
	if len(seats) == 0 {
		inside = s.inside
	}
	v, err := inside(ctx, a)
	if err != nil {
		return Held{}, err
	}
	if len(seats) > seat.MaxPerBuyer {
		return Held{}, problem.New(problem.Invalid, "seats must be up to %d different ones", seat.MaxPerBuyer)
	}
	if types, err = typesOf(seats, types); err != nil {
		return Held{}, err
	}
	bill, err := s.bill(ctx, a.Zone, seats, types)
	if err == nil {
		err = s.together(ctx, v, seats, hold)
	}
	if err != nil {
		return Held{}, err
	}
	held, err := s.choose(ctx, v, seats, types, &bill, hold)
	now := s.Now()
	if problem.CodeOf(err) == problem.SeatTaken && !s.losers.Add(v.buyer, struct{}{}, now, now.Add(lostFor), maxLosers) {
		s.missed(ctx, v, seat.MissEvery)
	}
	return held, err
}

// typesOf returns the price types of these seats but the standard one.
func typesOf(seats []string, types seat.Types) (seat.Types, error) {
	some := seat.Types{}
	for id, name := range types {
		if !slices.Contains(seats, id) {
			return nil, problem.New(problem.Invalid, "a price type is given for seat %.60q, which isn't among the seats", id)
		}
		if name != seat.Standard {
			some[id] = name
		}
	}
	return some, nil
}

// missed makes a choice count that took no seats. If that can't be noted, the choice was free.
func (s *Service) missed(ctx context.Context, v visit, cost time.Duration) {
	_, _ = s.change(ctx, nil, v.settings.Zone, v.buyer, func(h seat.Hold) (seat.Plan, error) {
		return h.Missed(cost, s.Now()), nil
	})
}

// ahead begins to read the buyer's hold while inside reads their grant, so that the two don't wait for each other.
func (s *Service) ahead(ctx context.Context, a token.Access) func() (seat.Hold, error) {
	var h seat.Hold
	var err error
	var reading sync.WaitGroup
	parallel.Go(ctx, &reading, func() { h, err = s.Seats.Hold(ctx, a.Zone, a.ID.String()) })
	return func() (seat.Hold, error) {
		reading.Wait()
		return h, err
	}
}

// choose makes exactly these seats the visitor's. bill is what they cost, and hold returns the buyer's hold as it was
// read a moment ago; nil: they are looked up.
func (s *Service) choose(
	ctx context.Context, v visit, seats []string, types seat.Types, bill *Bill, hold func() (seat.Hold, error),
) (Held, error) {
	rules := v.rules()
	if len(types) > 0 {
		o, err := s.Maps.Overview(ctx, v.settings.Zone)
		if err != nil {
			return Held{}, err
		}
		rules.MostAt = o.Venue().MostOf()
	}
	h, err := s.change(ctx, hold, v.settings.Zone, v.buyer, func(h seat.Hold) (seat.Plan, error) {
		return h.ChooseAt(seats, types, rules, s.Now())
	})
	if err != nil {
		return Held{}, err
	}
	return s.held(ctx, v, h, bill)
}

// Holds returns what the visitor holds. Locks that have expired don't count.
func (s *Service) Holds(ctx context.Context, a token.Access) (Held, error) {
	v, err := s.inside(ctx, a)
	if err != nil {
		return Held{}, err
	}
	h, err := s.Seats.Hold(ctx, a.Zone, v.buyer)
	if err != nil {
		return Held{}, err
	}
	if !h.Live(s.Now()) {
		h.Seats = nil
	}
	return s.held(ctx, v, h, nil)
}

// Leave gives up the locks of a visitor who leaves, unless a payment for them is under way: a browser leaves the zone's
// pages for the payment too, and paying needs only the order. The zone need not be open, nor the buyer inside. It may
// be repeated.
func (s *Service) Leave(ctx context.Context, zoneName string, buyer queue.VisitorID) error {
	_, err := s.change(ctx, nil, zoneName, buyer.String(), func(h seat.Hold) (seat.Plan, error) {
		if now := s.Now(); !h.Paying || !h.Live(now) {
			return h.Release(now), nil
		}
		return seat.Plan{Before: h, After: h}, nil
	})
	return err
}

// Pay keeps the visitor's seats, and the visitor inside, for an order's payment: until a limit that the first order of
// the holding sets. Repeating it changes nothing. It returns problem.NoSeats, problem.SeatTaken for seats whose lock
// has expired and that somebody else has, problem.Cooling after too many orders of the visitor or of the zone, and
// problem.Ended.
func (s *Service) Pay(ctx context.Context, a token.Access, order string) (Held, error) {
	v, err := s.buying(ctx, a)
	if err != nil {
		return Held{}, err
	}
	now := s.Now()
	h, err := s.change(ctx, nil, a.Zone, v.buyer, func(h seat.Hold) (seat.Plan, error) {
		return h.Pay(order, v.rules(), now)
	})
	if err == nil && h.Repeats(now) {
		err = s.zoneOrder(ctx, a.Zone, now)
	}
	if err != nil {
		return Held{}, err
	}
	if err := s.stay(ctx, v, h.Until); err != nil {
		return Held{}, err
	}
	return s.held(ctx, v, h, nil)
}

// zoneOrder counts a repeated order of the zone. It returns problem.Cooling if there were too many.
func (s *Service) zoneOrder(ctx context.Context, zoneName string, now time.Time) error {
	_, err := s.change(ctx, nil, zoneName, zoneOrders, func(h seat.Hold) (seat.Plan, error) {
		return h.Counted(ZoneOrderEvery, ZoneOrders, now)
	})
	return err
}

// MayRetry returns problem.Cooling if it is too early to go on with an order that has no page yet.
func (s *Service) MayRetry(ctx context.Context, zoneName string, buyer queue.VisitorID) error {
	h, err := s.Seats.Hold(ctx, zoneName, buyer.String())
	if err != nil {
		return err
	}
	return h.MayRetry(s.Now())
}

// OrderFailed makes an order count that was not made, or that the payment provider didn't take, so that the next must
// wait the longer. If that can't be noted, the order was free.
func (s *Service) OrderFailed(ctx context.Context, zoneName string, buyer queue.VisitorID) {
	_, _ = s.change(ctx, nil, zoneName, buyer.String(), func(h seat.Hold) (seat.Plan, error) {
		return h.OrderFailed(s.Now()), nil
	})
}

// Bought ends the visit of a buyer whose order is paid, so that their slot is free for the next. It may be repeated,
// and does nothing if the visit has ended.
func (s *Service) Bought(ctx context.Context, zoneName string, buyer queue.VisitorID, grant string) error {
	ref, err := bucket.ParseRef(grant)
	if err != nil {
		return err
	}
	v, err := s.inside(ctx, token.Access{Zone: zoneName, ID: buyer, Ref: ref})
	if problem.CodeOf(err) == problem.Ended || problem.CodeOf(err) == problem.UnknownZone {
		return nil
	}
	if err != nil {
		return err
	}
	err = s.Log.Apply(ctx, v.settings.Grants(), bucket.Change{
		Ref: v.ref, Key: v.grant.Key, From: bucket.Inside, To: bucket.Left, Until: s.Now().Truncate(time.Millisecond),
	})
	var stands *bucket.StateError
	if errors.As(err, &stands) {
		return nil
	}
	return err
}

// stay extends the visitor's grant until then, within the longest visit (paying needs only the order), unless it lasts
// longer already. It returns problem.Ended if the visitor has left.
func (s *Service) stay(ctx context.Context, v visit, until time.Time) error {
	if most := v.called.Add(v.settings.VisitLimit()); until.After(most) {
		until = most
	}
	g := v.grant
	for range maxPlans {
		if !until.After(g.Until) {
			return nil
		}
		err := s.Log.Apply(ctx, v.settings.Grants(), bucket.Change{
			Ref: v.ref, Key: g.Key, From: bucket.Inside, FromUntil: g.Until, To: bucket.Inside, Until: until,
		})
		var stands *bucket.StateError
		if !errors.As(err, &stands) {
			return err
		}
		if g = stands.Grant; g.State != bucket.Inside {
			return ended()
		}
	}
	return &problem.Error{Code: problem.Busy, RetryAfter: time.Second}
}

// change makes a plan true and returns the hold as it is then. It begins with the hold that hold returns, or reads
// it if hold is nil; an old one does no harm, since its version must still be the stored one. If the hold changed
// meanwhile, it plans anew. A seat to give up that is somebody else's already is passed over; a seat to lock that is
// somebody else's is problem.SeatTaken.
func (s *Service) change(
	ctx context.Context, hold func() (seat.Hold, error), zoneName, buyer string,
	plan func(seat.Hold) (seat.Plan, error),
) (seat.Hold, error) {
	var lost []string
	read := func() (seat.Hold, error) { return s.Seats.Hold(ctx, zoneName, buyer) }
	if hold == nil {
		hold = read
	}
	for range maxPlans {
		h, err := hold()
		hold = read
		if err != nil {
			return seat.Hold{}, err
		}
		p, err := plan(h.Without(lost))
		if err != nil || p.Nothing() {
			return p.After, err
		}
		err = s.Seats.Lock(ctx, p)
		var refused *problem.Error
		switch {
		case err == nil:
			return p.After, nil
		case !errors.As(err, &refused):
			return seat.Hold{}, err
		case refused.Code == problem.SeatTaken:
			wanted, given := divide(refused.Seats, p.Wanted())
			if len(wanted) > 0 {
				return seat.Hold{}, seat.TakenError(wanted)
			}
			lost = append(lost, given...)
		case refused.Code != problem.Conflict:
			return seat.Hold{}, err
		}
	}
	return seat.Hold{}, &problem.Error{Code: problem.Busy, RetryAfter: time.Second}
}

// divide parts seats into those in a list and the others.
func divide(seats, list []string) (in, out []string) {
	for _, id := range seats {
		if slices.Contains(list, id) {
			in = append(in, id)
		} else {
			out = append(out, id)
		}
	}
	return in, out
}

// held returns what h holds. bill is what its seats cost; nil: that is looked up.
func (s *Service) held(ctx context.Context, v visit, h seat.Hold, bill *Bill) (Held, error) {
	limit := v.rules().PerBuyer
	if len(h.Seats) == 0 {
		return Held{Seats: []string{}, Limit: limit, Bought: h.Bought}, nil
	}
	if bill == nil {
		b, err := s.bill(ctx, h.Zone, h.Seats, h.Types)
		if err != nil {
			return Held{}, err
		}
		bill = &b
	}
	return Held{h.Seats, h.Types, h.Until, h.Paying, *bill, limit, h.Bought}, nil
}
