package bucket

import (
	"context"

	"foyer/internal/room/queue"
)

// Noted is how many pages in a row a note is of.
const Noted = 4

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

	// LastNoted returns the number of the last page that a note is of, consistently; 0 when there is no note.
	LastNoted(ctx context.Context, of Of) (int64, error)

	// NoteLate keeps where the newest grant of a visitor lies who was called late: with a key below the highest one called
	// before. It changes nothing when a newer one is kept.
	NoteLate(ctx context.Context, of Of, v queue.VisitorID, ref Ref) error

	// Late returns what NoteLate kept, eventually consistent.
	Late(ctx context.Context, of Of, v queue.VisitorID) (ref Ref, found bool, err error)
}
