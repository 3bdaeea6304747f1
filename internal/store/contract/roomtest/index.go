package roomtest

import (
	"testing"

	"foyer/internal/room/bucket"
	"foyer/internal/room/queue"
	"foyer/internal/store/contract"
)

// Index runs the contract of bucket.Index.
func Index(t *testing.T, fresh func(*testing.T) bucket.Index) {
	for name, story := range map[string]func(*testing.T, bucket.Index, bucket.Of){
		"a note is found by every key that it reaches to": notesAreFound,
		"of notes with one top, that of the first stands": firstOfATop,
		"who was called late is found by the newest":      lateIsNewest,
	} {
		for _, shards := range []int{1, 4} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				story(t, fresh(t), bucket.Of{Zone: "main", Shards: shards})
			})
		}
	}
}

// note is of pages from first on that reach to the given visitors' keys.
func note(first int64, tops ...int) bucket.Note {
	n := bucket.Note{First: first}
	for _, visitor := range tops {
		n.Tops = append(n.Tops, contract.Visitor(visitor))
	}
	return n
}

func notesAreFound(t *testing.T, x bucket.Index, of bucket.Of) {
	ctx := t.Context()
	last, err := x.LastNoted(ctx, of)
	contract.Must(t, err)
	contract.Same(t, "the last page noted in an empty index", last, int64(0))
	first, second := note(1, 10, 20, 20, 40), note(5, 50, 60, 70, 80)
	for range 2 {
		contract.Must(t, x.Note(ctx, of, second))
		contract.Must(t, x.Note(ctx, of, first))
		contract.Must(t, x.Note(ctx, bucket.Of{Zone: "other", Shards: of.Shards}, note(9, 15)))
	}
	for key, want := range map[int]bucket.Note{1: first, 10: first, 40: first, 41: second, 80: second} {
		got, found, err := x.Noted(ctx, of, contract.Visitor(key))
		contract.Must(t, err)
		contract.Same(t, "found", found, true)
		contract.Same(t, "the note", got, want)
	}
	_, found, err := x.Noted(ctx, of, contract.Visitor(81))
	contract.Must(t, err)
	contract.Same(t, "found beyond the last", found, false)
	last, err = x.LastNoted(ctx, of)
	contract.Must(t, err)
	contract.Same(t, "the last page noted", last, int64(8))
	for key, page := range map[int]int64{1: 1, 10: 1, 11: 2, 20: 2, 21: 4, 40: 4, 41: 0} {
		contract.Same(t, "the page", first.PageOf(contract.Visitor(key)), page)
	}
}

func firstOfATop(t *testing.T, x bucket.Index, of bucket.Of) {
	for _, first := range []int64{5, 1, 9} {
		contract.Must(t, x.Note(t.Context(), of, note(first, 7, 7)))
	}
	got, _, err := x.Noted(t.Context(), of, contract.Visitor(7))
	contract.Must(t, err)
	contract.Same(t, "the note", got, note(1, 7, 7))
}

func lateIsNewest(t *testing.T, x bucket.Index, of bucket.Of) {
	ctx := t.Context()
	visitor := func(n int) queue.VisitorID { return contract.Visitor(n).Visitor() }
	_, found, err := x.Late(ctx, of, visitor(1))
	contract.Must(t, err)
	contract.Same(t, "found though never noted", found, false)
	for _, ref := range []bucket.Ref{{Page: 3, Slot: 4}, {Page: 8, Slot: 11}, {Page: 8, Slot: 11}, {Page: 5}} {
		contract.Must(t, x.NoteLate(ctx, of, visitor(1), ref))
	}
	contract.Must(t, x.NoteLate(ctx, of, visitor(2), bucket.Ref{Page: 2, Slot: 1}))
	for n, want := range map[int]bucket.Ref{1: {Page: 8, Slot: 11}, 2: {Page: 2, Slot: 1}} {
		got, found, err := x.Late(ctx, of, visitor(n))
		contract.Must(t, err)
		contract.Same(t, "found", found, true)
		contract.Same(t, "where", got, want)
	}
}
