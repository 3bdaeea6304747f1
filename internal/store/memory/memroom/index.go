package memroom

import (
	"context"
	"slices"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
)

type indexStore struct{ *Cloud }

// index is one zone's.
type index struct {
	notes []bucket.Note // by their tops
	late  map[queue.VisitorID]bucket.Ref
}

func (s indexStore) of(zone string) *index {
	if s.indexes[zone] == nil {
		s.indexes[zone] = &index{late: map[queue.VisitorID]bucket.Ref{}}
	}
	return s.indexes[zone]
}

// reaching returns where the first note is that reaches to key, or would be.
func (x *index) reaching(key queue.Key) (at int, found bool) {
	return slices.BinarySearchFunc(x.notes, key, func(n bucket.Note, k queue.Key) int { return n.Top().Compare(k) })
}

func (s indexStore) Note(ctx context.Context, of bucket.Of, n bucket.Note) error {
	return s.Do(ctx, "index.Note", func() error {
		x := s.of(of.Zone)
		at, found := x.reaching(n.Top())
		switch {
		case !found:
			x.notes = slices.Insert(x.notes, at, n)
		case n.First <= x.notes[at].First:
			x.notes[at] = n
		}
		return nil
	})
}

func (s indexStore) Noted(ctx context.Context, of bucket.Of, key queue.Key) (n bucket.Note, found bool, err error) {
	err = s.Do(ctx, "index.Noted", func() error {
		x := s.of(of.Zone)
		at, _ := x.reaching(key)
		if found = at < len(x.notes); found {
			n = x.notes[at]
		}
		return nil
	})
	if err != nil {
		return bucket.Note{}, false, err
	}
	return n, found, nil
}

func (s indexStore) LastNoted(ctx context.Context, of bucket.Of) (last int64, err error) {
	err = s.Do(ctx, "index.LastNoted", func() error {
		if notes := s.of(of.Zone).notes; len(notes) > 0 {
			n := notes[len(notes)-1]
			last = n.First + int64(len(n.Tops)) - 1
		}
		return nil
	})
	return Standing(last, err)
}

func (s indexStore) NoteLate(ctx context.Context, of bucket.Of, v queue.VisitorID, ref bucket.Ref) error {
	return s.Do(ctx, "index.NoteLate", func() error {
		if late := s.of(of.Zone).late; late[v].Page <= ref.Page {
			late[v] = ref
		}
		return nil
	})
}

func (s indexStore) Late(ctx context.Context, of bucket.Of, v queue.VisitorID) (ref bucket.Ref, found bool, err error) {
	err = s.Do(ctx, "index.Late", func() error {
		ref, found = s.of(of.Zone).late[v]
		return nil
	})
	if err != nil {
		return bucket.Ref{}, false, err
	}
	return ref, found, nil
}
