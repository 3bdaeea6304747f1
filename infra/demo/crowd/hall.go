package crowd

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"
)

// overview is the part of a zone's map that a buyer reads.
type overview struct {
	Sections []struct {
		ID    string `json:"id"`
		Seats int    `json:"seats"`
	} `json:"sections"`
}

// section is its part of the map.
type section struct {
	ID       string `json:"id"`
	Capacity int    `json:"capacity"` // of a standing one: its places are <id>-1 and so on
	Rows     []struct {
		Seats []struct {
			ID         string `json:"id"`
			Accessible bool   `json:"accessible"`
			Companion  bool   `json:"companion"`
		} `json:"seats"`
	} `json:"rows"`
}

// snapshot is the state of its seats; one that isn't listed is available.
type snapshot struct {
	Seats map[string]struct {
		Status string `json:"s"`
		Until  int64  `json:"u"`
	} `json:"seats"`
}

// pick is a section at random, a large one more often.
func (o overview) pick(r *rand.Rand) string {
	all := 0
	for _, s := range o.Sections {
		all += s.Seats
	}
	at := r.IntN(max(all, 1))
	for _, s := range o.Sections {
		if at -= s.Seats; at < 0 {
			return s.ID
		}
	}
	return ""
}

// free lists the available seats, row by row.
func (s section) free(state snapshot, now time.Time) (rows [][]string) {
	var row []string
	add := func(id string) {
		if mark := state.Seats[id]; mark.Status != "t" && (mark.Status != "l" || mark.Until <= now.UnixMilli()) {
			row = append(row, id)
		}
	}
	end := func() {
		if len(row) > 0 {
			rows = append(rows, row)
		}
		row = nil
	}
	for _, r := range s.Rows {
		for _, seat := range r.Seats {
			add(seat.ID)
		}
		end()
	}
	for n := range s.Capacity {
		add(s.ID + "-" + strconv.Itoa(n+1))
	}
	end()
	return rows
}

// click chooses n seats of one row, if there are so many.
func (s section) click(state snapshot, n int, now time.Time, r *rand.Rand) []string {
	rows := s.free(state, now)
	for _, i := range r.Perm(len(rows)) {
		if row := rows[i]; len(row) >= n {
			from := r.IntN(len(row) - n + 1)
			return s.together(row[from : from+n])
		}
	}
	return nil
}

// together returns the seats, or if one is a place for a wheelchair or beside it, that place and its companion's seat.
// In the samples that is the next one.
func (s section) together(seats []string) []string {
	for _, r := range s.Rows {
		for i, one := range r.Seats {
			if !slices.Contains(seats, one.ID) || !one.Accessible && !one.Companion {
				continue
			}
			if one.Companion && i > 0 {
				i--
			}
			if i+1 < len(r.Seats) && r.Seats[i+1].Companion {
				return []string{r.Seats[i].ID, r.Seats[i+1].ID}
			}
		}
	}
	return seats
}

// cache keeps what is the same for everybody for as long as the answer allows. The CDN does so on AWS, where the local
// one keeps nothing.
type cache struct {
	mu    sync.Mutex
	pages map[string]*kept
}

type kept struct {
	mu    sync.Mutex // held while fetching
	until time.Time
	page  any
}

func (c *cache) entry(of string) *kept {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pages == nil {
		c.pages = map[string]*kept{}
	}
	k := c.pages[of]
	if k == nil {
		k = &kept{}
		c.pages[of] = k
	}
	return k
}

var maxAge = regexp.MustCompile(`max-age=(\d+)`)

// read returns a public page of the zone: the map, a section, a snapshot. A page that doesn't exist is a zero page
// without error.
func read[T any](ctx context.Context, v *visitor, what string) (page T, err error) {
	k := v.cache.entry(what)
	k.mu.Lock()
	defer k.mu.Unlock()
	if v.now().Before(k.until) {
		return k.page.(T), nil
	}
	var a answer
	err = v.insist(ctx, "reading "+what, func() (answer, error) {
		var err error
		a, err = v.browser.public(ctx, what)
		return a, err
	})
	switch {
	case err != nil:
		return page, err
	case a.status == http.StatusNotFound:
		return page, nil
	case a.status != http.StatusOK:
		return page, fmt.Errorf("reading %s: status %d %s", what, a.status, a.code())
	}
	if err := json.Unmarshal(a.body, &page); err != nil {
		return page, fmt.Errorf("reading %s: %w", what, err)
	}
	if age := maxAge.FindStringSubmatch(a.caching); age != nil {
		seconds, _ := strconv.Atoi(age[1])
		k.page, k.until = page, v.now().Add(time.Duration(seconds)*time.Second)
	}
	return page, nil
}
