package bucket

import (
	"context"

	"foyer/internal/room/queue"
)

// A note is of pages in a row with notedGrants at least, or of notedPages: where pages hold one visitor each, a note
// for every few would cost more than a tenth of a write a visitor.
const (
	notedGrants = 48
	notedPages  = 36
)

// NewestPages is how many pages, the newest, are looked at before the index. UnnotedPages is how many there are before
// those that no note is of yet, when the newest hold few grants: all of them are small then.
const (
	NewestPages  = 4
	UnnotedPages = notedPages - NewestPages
)

// NoteDue reports whether pages that aren't noted yet, with so many grants in all, are enough for a note.
func NoteDue(pages int64, grants int) bool { return grants >= notedGrants || pages >= notedPages }

// NoteLength returns how many of the pages, the first ones, the next note is of; 0: they are too few. It follows from
// the pages alone, so that several exchangers write the same notes.
func NoteLength(pages []Page) int {
	grants := 0
	for i, p := range pages {
		if grants += len(p.Grants); NoteDue(int64(i+1), grants) {
			return i + 1
		}
	}
	return 0
}

// FewGrants reports whether the newest pages hold so few grants that pages before them may not be noted yet.
func FewGrants(newest []Page) bool { return len(newest) == NewestPages && NoteLength(newest) == 0 }

// Note is an entry of the log's index: the numbers of some pages in a row, and the highest order key called up to each.
// Most visitors are called in the order of their keys, so their grant is on the first page that reaches to their key.
type Note struct {
	First int64       // the first page's number
	Tops  []queue.Key // Page.Called of each page, never falling
}

// PageOf returns the number of the page on which the grant of key must be, if it was called in the order of keys.
func (n Note) PageOf(key queue.Key) int64 {
	for i, top := range n.Tops {
		if key.Compare(top) <= 0 {
			return n.First + int64(i)
		}
	}
	return 0
}

// NoteOf returns the note of pages, which follow each other.
func NoteOf(pages []Page) Note {
	n := Note{First: pages[0].Number}
	for _, p := range pages {
		n.Tops = append(n.Tops, p.Called)
	}
	return n
}

// Top is the highest key that the note reaches to.
func (n Note) Top() queue.Key { return n.Tops[len(n.Tops)-1] }

// Index finds a visitor's grant without reading the log. It is only a help: what it says must be looked up in the log,
// and what it doesn't say is told again when the visitor asks.
type Index interface {
	// Note adds a note. Of notes with the same top, the one of the first pages is kept: on the others, everybody was
	// called late. Repeating it does no harm.
	Note(ctx context.Context, of Of, n Note) error

	// Noted returns the note of the first pages that reach to key, eventually consistent; found is false when none does.
	Noted(ctx context.Context, of Of, key queue.Key) (n Note, found bool, err error)

	// LastNoted returns the number of the last page that a note is of, eventually consistent; 0 when there is no note.
	LastNoted(ctx context.Context, of Of) (int64, error)

	// NoteLate keeps where the newest grant of a visitor lies who was called late: with a key below the highest one called
	// before. It changes nothing when a newer one is kept.
	NoteLate(ctx context.Context, of Of, v queue.VisitorID, ref Ref) error

	// Late returns what NoteLate kept, eventually consistent.
	Late(ctx context.Context, of Of, v queue.VisitorID) (ref Ref, found bool, err error)
}
