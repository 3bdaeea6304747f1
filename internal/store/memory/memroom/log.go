package memroom

import (
	"context"
	"maps"
	"slices"

	"foyer/internal/room/bucket"
)

type logStore struct{ *Cloud }

func (s logStore) Read(ctx context.Context, of bucket.Of, from int64) (pages []bucket.Page, err error) {
	err = s.Do(ctx, "log.Read", func() error {
		pages = nil
		for _, number := range slices.Sorted(maps.Keys(s.pages[of.Zone])) {
			if number >= from {
				pages = append(pages, clone(s.pages[of.Zone][number]))
			}
		}
		return nil
	})
	return Standing(pages, err)
}

// clone keeps callers' slices and ours apart, and times as a database gives them back.
func clone(p bucket.Page) bucket.Page {
	p.At, p.Grants = Millis(p.At), slices.Clone(p.Grants)
	for i := range p.Grants {
		p.Grants[i].Until = Millis(p.Grants[i].Until)
	}
	return p
}

func (s logStore) ReadBack(ctx context.Context, of bucket.Of, before int64, limit int) (pages []bucket.Page, err error) {
	err = s.Do(ctx, "log.Back", func() error {
		pages = nil
		numbers := slices.Sorted(maps.Keys(s.pages[of.Zone]))
		for _, number := range slices.Backward(numbers) {
			if (before == 0 || number < before) && len(pages) < limit {
				pages = append(pages, clone(s.pages[of.Zone][number]))
			}
		}
		return nil
	})
	return Standing(pages, err)
}

func (s logStore) Get(ctx context.Context, of bucket.Of, number int64) (p bucket.Page, found bool, err error) {
	err = s.Do(ctx, "log.Get", func() error {
		p, found = s.pages[of.Zone][number]
		p = clone(p)
		return nil
	})
	if err != nil {
		return bucket.Page{}, false, err
	}
	return p, found, nil
}

func (s logStore) Append(ctx context.Context, of bucket.Of, p bucket.Page) error {
	p = clone(p)
	return s.Do(ctx, "log.Append", func() error {
		if there, found := s.pages[of.Zone][p.Number]; found {
			if bucket.SamePage(there, p) {
				return nil
			}
			return bucket.ErrPageExists
		}
		if s.pages[of.Zone] == nil {
			s.pages[of.Zone] = map[int64]bucket.Page{}
		}
		s.pages[of.Zone][p.Number] = p
		return nil
	})
}

func (s logStore) Apply(ctx context.Context, of bucket.Of, changes ...bucket.Change) error {
	if len(changes) == 0 {
		return nil
	}
	number, err := bucket.PageOf(changes)
	if err != nil {
		return err
	}
	changes = slices.Clone(changes)
	for i, c := range changes {
		changes[i].FromUntil, changes[i].Until = Millis(c.FromUntil), Millis(c.Until)
	}
	return s.Do(ctx, "log.Apply", func() error {
		p := s.pages[of.Zone][number]
		pending, err := bucket.Pending(p, changes)
		if err != nil {
			return err
		}
		for _, c := range pending {
			p.Grants[c.Ref.Slot] = c.Of(p.Grants[c.Ref.Slot])
		}
		return nil
	})
}
