package exchange

import (
	"context"
	"errors"

	"foyer/internal/room/bucket"
	"foyer/internal/room/policy"
)

// endOverdue ends what is overdue, page by page. Only what was written counts as free. Visitors who missed their turn
// are set aside.
func (t *tick) endOverdue(ctx context.Context) error {
	var pages []bucket.Page
	for _, p := range t.m.kept {
		if len(bucket.Overdue(p, t.now)) > 0 {
			pages = append(pages, p)
		}
	}
	ended := make([][]bucket.Change, len(pages))
	err := sideBySide(ctx, len(pages), func(i int) (err error) {
		pages[i], ended[i], err = t.endPage(ctx, pages[i])
		return err
	})
	for i, p := range pages {
		t.m.absorb(p)
		t.count(ended[i])
	}
	return err
}

// endPage ends what is overdue on one page, and returns the page as it stands after that. When somebody claimed or left
// meanwhile it looks once more; what still stands in the way then waits for the next tick.
func (t *tick) endPage(ctx context.Context, p bucket.Page) (bucket.Page, []bucket.Change, error) {
	for range 2 {
		due := bucket.Overdue(p, t.now)
		if len(due) == 0 {
			return p, nil, nil
		}
		err := t.Log.Apply(ctx, t.s.Grants(), due...)
		if err == nil {
			return p.With(due...), due, t.setAside(ctx, p, due)
		}
		var stands *bucket.StateError
		if !errors.As(err, &stands) {
			return p, nil, err
		}
		fresh, found, err := t.Log.Get(ctx, t.s.Grants(), p.Number)
		if err != nil || !found {
			return p, nil, err
		}
		p = fresh
	}
	return p, nil, nil
}

// setAside removes the places of visitors who missed their turn. One who reconnected meanwhile keeps the place.
func (t *tick) setAside(ctx context.Context, p bucket.Page, due []bucket.Change) error {
	var errs []error
	for _, c := range due {
		if c.To == bucket.Missed {
			_, err := policy.SetAside(ctx, t.Queue, t.s, c.Key, p.Grants[c.Ref.Slot].Conn, t.now)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (t *tick) count(ended []bucket.Change) {
	for _, c := range ended {
		if c.To == bucket.Missed {
			t.result.Missed++
		} else {
			t.result.Expired++
		}
	}
}
