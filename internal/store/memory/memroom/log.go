package memroom

import (
	"cmp"
	"context"
	"slices"

	"foyer/internal/room/bucket"
)

type logStore struct{ *Cloud }

func (s logStore) Read(ctx context.Context, of bucket.Of, from int64) (pages []bucket.Page, err error) {
	err = s.Do(ctx, "log.Read", func() error {
		pages = nil
		at, _ := s.page(of.Zone, from)
		for _, p := range s.pages[of.Zone][at:] {
			pages = append(pages, clone(p))
		}
		return nil
	})
	return Standing(pages, err)
}

func (s logStore) Stands(ctx context.Context, of bucket.Of, from int64) (stands []bucket.Stand, err error) {
	err = s.Do(ctx, "log.Stands", func() error {
		stands = nil
		at, _ := s.page(of.Zone, from)
		for _, p := range s.pages[of.Zone][at:] {
			stands = append(stands, bucket.Stand{Number: p.Number, Changes: p.Changes})
		}
		return nil
	})
	return Standing(stands, err)
}

// page is where a page is among the zone's, or would be.
func (s logStore) page(zone string, number int64) (at int, found bool) {
	return slices.BinarySearchFunc(s.pages[zone], number, func(p bucket.Page, n int64) int {
		return cmp.Compare(p.Number, n)
	})
}

// clone keeps callers' slices and ours apart, and times as a database gives them back.
func clone(p bucket.Page) bucket.Page {
	p.At, p.Grants = Millis(p.At), slices.Clone(p.Grants)
	for i := range p.Grants {
		p.Grants[i].Until = Millis(p.Grants[i].Until)
	}
	return p
}

func (s logStore) ReadBack(
	ctx context.Context, of bucket.Of, before int64, limit int,
) (pages []bucket.Page, err error) {
	err = s.Do(ctx, "log.ReadBack", func() error {
		pages = nil
		end := len(s.pages[of.Zone])
		if before != 0 {
			end, _ = s.page(of.Zone, before)
		}
		for _, p := range slices.Backward(s.pages[of.Zone][max(0, end-limit):end]) {
			pages = append(pages, clone(p))
		}
		return nil
	})
	return Standing(pages, err)
}

func (s logStore) Get(ctx context.Context, of bucket.Of, number int64) (p bucket.Page, found bool, err error) {
	err = s.Do(ctx, "log.Get", func() error {
		var at int
		if at, found = s.page(of.Zone, number); found {
			p = clone(s.pages[of.Zone][at])
		}
		return nil
	})
	if err != nil {
		return bucket.Page{}, false, err
	}
	return p, found, nil
}

func (s logStore) Append(ctx context.Context, of bucket.Of, p bucket.Page) error {
	p = clone(p)
	p.Changes = 0
	return s.Do(ctx, "log.Append", func() error {
		at, found := s.page(of.Zone, p.Number)
		if found {
			if bucket.SamePage(s.pages[of.Zone][at], p) {
				return nil
			}
			return bucket.ErrPageExists
		}
		s.pages[of.Zone] = slices.Insert(s.pages[of.Zone], at, p)
		s.Stream.page(of.Zone, nil, p)
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
		var p bucket.Page
		at, found := s.page(of.Zone, number)
		if found {
			p = s.pages[of.Zone][at]
		}
		pending, err := bucket.Pending(p, changes)
		if err != nil || len(pending) == 0 {
			return err
		}
		s.pages[of.Zone][at] = p.With(pending...)
		s.Stream.page(of.Zone, &p, s.pages[of.Zone][at])
		return nil
	})
}

// Pages returns the zone's log as it stands, in order, past the faults, for checks: the pages' grants are the memory's
// own and must not be changed.
func (c *Cloud) Pages(zone string) (pages []bucket.Page) {
	_ = c.Locked(func() error {
		pages = slices.Clone(c.pages[zone])
		return nil
	})
	return pages
}
