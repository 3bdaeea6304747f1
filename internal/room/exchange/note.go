package exchange

import (
	"context"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
)

// note adds to the log's index what isn't in it yet, as far as the memory holds it: its pages, some at a time.
func (t *tick) note(ctx context.Context) error {
	if t.Index == nil || t.m.next <= bucket.Noted {
		return nil
	}
	if t.m.noted == 0 {
		last, err := t.Index.LastNoted(ctx, t.s.Grants())
		if err != nil {
			return err
		}
		t.m.noted = max(last, 1)
	}
	for t.m.noted/bucket.Noted < (t.m.next-1)/bucket.Noted {
		first := t.m.noted/bucket.Noted*bucket.Noted + 1
		if err := t.notePages(ctx, first); err != nil {
			return err
		}
		t.m.noted = first + bucket.Noted - 1
	}
	return nil
}

// notePages notes the pages from the first one on, if the memory holds them.
func (t *tick) notePages(ctx context.Context, first int64) error {
	at, found := t.m.find(first)
	if !found || at+bucket.Noted > len(t.m.kept) || t.m.kept[at+bucket.Noted-1].Number != first+bucket.Noted-1 {
		return nil
	}
	return t.Index.Note(ctx, t.s.Grants(), bucket.NoteOf(t.m.kept[at:at+bucket.Noted]))
}

// noteLate notes visitors whose keys don't show where their newest grant is, or who ask because they didn't find it.
func (t *tick) noteLate(ctx context.Context, visitors []queue.VisitorID) error {
	if t.Index == nil {
		return nil
	}
	return sideBySide(ctx, len(visitors), func(i int) error {
		return t.Index.NoteLate(ctx, t.s.Grants(), visitors[i], t.m.visitors[visitors[i]].ref())
	})
}
