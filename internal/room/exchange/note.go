package exchange

import (
	"context"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
)

// maxUnnoted is how many pages are noted at most that nobody noted before: more than a tick calls.
const maxUnnoted = 2 * MaxPerTick / bucket.PageSize

// note adds to the log's index what isn't in it yet, where there is enough for a note.
func (t *tick) note(ctx context.Context) error {
	m := t.m
	if t.Index == nil || m.next == 1 {
		return nil
	}
	known := m.toNote > 0
	if !known {
		last, err := t.Index.LastNoted(ctx, t.s.Grants())
		if err != nil {
			return err
		}
		m.toNote = max(last+1, m.next-maxUnnoted, 1)
	}
	if known && !bucket.NoteDue(m.next-m.toNote, m.unnoted) || m.toNote == m.next {
		return nil
	}
	pages, err := t.unnoted(ctx)
	if err != nil {
		m.toNote = 0
		return err
	}
	for n := bucket.NoteLength(pages); n > 0; n = bucket.NoteLength(pages) {
		if err := t.Index.Note(ctx, t.s.Grants(), bucket.NoteOf(pages[:n])); err != nil {
			return err
		}
		m.toNote, pages = pages[n-1].Number+1, pages[n:]
	}
	m.unnoted = 0
	for _, p := range pages {
		m.unnoted += len(p.Grants)
	}
	return nil
}

// unnoted returns the pages that aren't noted yet, from the memory where that holds all of them.
func (t *tick) unnoted(ctx context.Context) ([]bucket.Page, error) {
	at, found := t.m.find(t.m.toNote)
	if found && int64(len(t.m.kept)-at) == t.m.next-t.m.toNote {
		return t.m.kept[at:], nil
	}
	pages, err := t.Log.Read(ctx, t.s.Grants(), t.m.toNote)
	t.result.PagesRead += len(pages)
	return pages, err
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
