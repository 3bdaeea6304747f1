package bucket

import (
	"time"

	"foyer/internal/room/queue"
)

// Plan returns the pages to append for the chosen visitors, in the order given: numbered from next, each with the
// highest key called so far. Each grant begins as begin says, which need not set the key.
func Plan(next int64, called queue.Key, chosen []queue.Entry, now time.Time, begin func(queue.Entry) Grant) []Page {
	var pages []Page
	for start := 0; start < len(chosen); start += PageSize {
		p := Page{Number: next + int64(len(pages)), At: now}
		for _, e := range chosen[start:min(start+PageSize, len(chosen))] {
			g := begin(e)
			g.Key = e.Key
			if g.State == Inside {
				p.LetIn |= 1 << len(p.Grants)
			}
			p.Grants = append(p.Grants, g)
			if e.Key.Compare(called) > 0 {
				called = e.Key
			}
		}
		p.Called = called
		pages = append(pages, p)
	}
	return pages
}
