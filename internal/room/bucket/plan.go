package bucket

import (
	"time"

	"foyer/internal/room/queue"
)

// Plan returns the pages to append for the chosen visitors, in the order given: numbered from next, each with the
// highest key called so far. Window is the claim window.
func Plan(next int64, called queue.Key, chosen []queue.Entry, now time.Time, window time.Duration) []Page {
	var pages []Page
	for start := 0; start < len(chosen); start += PageSize {
		p := Page{Number: next + int64(len(pages)), At: now}
		for _, e := range chosen[start:min(start+PageSize, len(chosen))] {
			p.Grants = append(p.Grants, Grant{Key: e.Key, State: Reserved, Until: now.Add(window), Conn: e.Conn})
			if e.Key.Compare(called) > 0 {
				called = e.Key
			}
		}
		p.Called = called
		pages = append(pages, p)
	}
	return pages
}
