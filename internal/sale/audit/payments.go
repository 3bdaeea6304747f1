package audit

import (
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"foyer/internal/problem"
	"foyer/internal/sale/ledger"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
)

// How the provider is asked. Stripe takes 25 calls a second of one kind, and the sale that is going on needs them too.
const (
	atATime     = 8 // parts of the time of the sale that are listed side by side
	spanOrders  = 200
	callEvery   = 100 * time.Millisecond
	tries       = 8 // of one call
	firstPause  = time.Second
	longestWait = 30 * time.Second
)

// Progress is how far the reading of payments has come. It can be kept as JSON and gone on with: what was read stays
// read.
type Progress struct {
	Zone  string                   `json:"zone"`
	Spans []Span                   `json:"spans"`
	Found map[string]order.Payment `json:"found"` // by order
}

// Span is a part of the time in which checkouts were made.
type Span struct {
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	After string    `json:"after,omitempty"` // the last page that was read
	Done  bool      `json:"done,omitempty"`
}

// Payments implements ledger.Books. It lists the checkouts that were made during the sale, if the provider can, and
// asks alone about those orders whose money doesn't stand as the order says: it may have moved meanwhile. An order
// without a checkout is not asked about.
func (b *Books) Payments(ctx context.Context, orders []order.Order) (map[string]order.Payment, error) {
	opened := slices.DeleteFunc(slices.Clone(orders), func(o order.Order) bool { return o.Session == "" })
	p := b.Progress
	if p == nil {
		p = &Progress{}
	}
	if len(opened) == 0 {
		return p.Found, nil
	}
	if p.Found == nil || p.Zone != opened[0].Zone {
		*p = Progress{Zone: opened[0].Zone, Found: map[string]order.Payment{}}
	}
	r := &reader{sleep: b.Sleep, progress: p, wanted: map[string]bool{}}
	for _, o := range opened {
		r.wanted[o.ID] = true
	}
	if lister, ok := b.Pay.(pay.Lister); ok {
		if len(p.Spans) == 0 {
			p.Spans = divide(opened)
		}
		if err := r.list(ctx, lister); err != nil {
			return nil, err
		}
	}
	doubtful := slices.DeleteFunc(opened, func(o order.Order) bool {
		found, listed := p.Found[o.ID]
		return listed && ledger.Fits(o, found)
	})
	return p.Found, r.ask(ctx, b.Pay.Get, doubtful)
}

// divide returns spans of as many orders each, which together are all of the time in which their checkouts were made.
func divide(orders []order.Order) (all []Span) {
	slices.SortFunc(orders, func(a, b order.Order) int { return a.CreatedAt.Compare(b.CreatedAt) })
	last := orders[0].CreatedAt
	for _, o := range orders {
		if o.PayBy.After(last) {
			last = o.PayBy
		}
	}
	from := orders[0].CreatedAt.Truncate(time.Second)
	for i := spanOrders; i < len(orders); i += spanOrders {
		if to := orders[i].CreatedAt.Truncate(time.Second); to.After(from) {
			all, from = append(all, Span{From: from, To: to}), to
		}
	}
	return append(all, Span{From: from, To: last.Add(time.Hour)}) // a page may be opened late, to be ended
}

// reader reads payments at a pace.
type reader struct {
	sleep    func(context.Context, time.Duration) error // nil: neither paces nor waits
	progress *Progress
	wanted   map[string]bool // orders

	turn sync.Mutex // of the next call
	mu   sync.Mutex // of the progress
}

func (r *reader) list(ctx context.Context, from pay.Lister) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atATime)
	for i := range r.progress.Spans {
		group.Go(func() error { return r.read(ctx, from, &r.progress.Spans[i]) })
	}
	return group.Wait()
}

// read goes on with a span to its end.
func (r *reader) read(ctx context.Context, from pay.Lister, s *Span) error {
	for !s.Done {
		var page pay.Page
		err := r.call(ctx, func() (err error) {
			page, err = from.List(ctx, s.From, s.To, s.After)
			return err
		})
		if err != nil {
			return err
		}
		r.mu.Lock()
		for _, one := range page.Payments {
			if r.wanted[one.Order] {
				r.progress.Found[one.Order] = one
			}
		}
		s.After, s.Done = page.Next, page.Next == ""
		r.mu.Unlock()
	}
	return nil
}

// ask asks about single orders.
func (r *reader) ask(
	ctx context.Context, get func(context.Context, order.Order) (order.Payment, error), orders []order.Order,
) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atATime)
	for _, o := range orders {
		group.Go(func() error {
			var found order.Payment
			err := r.call(ctx, func() (err error) {
				found, err = get(ctx, o)
				return err
			})
			if problem.CodeOf(err) == problem.NotFound {
				return nil
			}
			if err == nil {
				r.mu.Lock()
				r.progress.Found[o.ID] = found
				r.mu.Unlock()
			}
			return err
		})
	}
	return group.Wait()
}

// call makes a call when its turn comes, and again, later each time, while the provider can't be asked.
func (r *reader) call(ctx context.Context, do func() error) (err error) {
	for try := range tries {
		if err = r.pace(ctx); err != nil {
			return err
		}
		if err = do(); problem.CodeOf(err) != problem.Provider {
			return err
		}
		if try < tries-1 && r.sleep != nil {
			if err := r.sleep(ctx, min(firstPause<<try, longestWait)); err != nil {
				return err
			}
		}
	}
	return err
}

// pace waits for the turn of the next call.
func (r *reader) pace(ctx context.Context) error {
	if r.sleep == nil {
		return ctx.Err()
	}
	r.turn.Lock()
	defer r.turn.Unlock()
	return r.sleep(ctx, callEvery)
}
