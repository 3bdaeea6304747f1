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
	Types []struct {
		ID   string `json:"id"`
		Most int    `json:"most"`
		For  string `json:"for"`
	} `json:"types"`
	Categories []struct {
		ID     string `json:"id"`
		Prices []struct {
			Type string `json:"type"`
		} `json:"prices"`
	} `json:"categories"`
}

// sells reports whether seats of a category are sold at a price type that isn't the standard one.
func (o overview) sells(category, kind string) bool {
	for _, c := range o.Categories {
		for _, p := range c.Prices {
			if c.ID == category && p.Type == kind {
				return true
			}
		}
	}
	return false
}

// types chooses price types for seats of a section: companions come as such, and about a quarter of the others at a
// type that is for everybody.
func (o overview) types(s section, seats []string, r *rand.Rand) map[string]string {
	chosen, n := map[string]string{}, map[string]int{}
	for _, id := range seats {
		category, companion := s.about(id)
		for _, t := range o.Types {
			fits := t.For == "companion" && companion || t.For == "" && r.IntN(4) == 0
			if chosen[id] == "" && fits && (t.Most == 0 || n[t.ID] < t.Most) && o.sells(category, t.ID) {
				chosen[id] = t.ID
				n[t.ID]++
			}
		}
	}
	return chosen
}

// wish asks for n seats side by side, and for one of them at a price type that is for everybody, now and then.
func (o overview) wish(n int, r *rand.Rand) map[string]any {
	wish := map[string]any{"n": n}
	for _, t := range o.Types {
		if t.ID != "standard" && t.For == "" && r.IntN(4) == 0 {
			wish["types"] = map[string]int{t.ID: 1}
			break
		}
	}
	return wish
}

// section is its part of the map.
type section struct {
	ID       string `json:"id"`
	Category string `json:"category"` // of a standing one
	Capacity int    `json:"capacity"` // of a standing one: its places are <id>-1 and so on
	Rows     []struct {
		Seats []struct {
			ID         string `json:"id"`
			Category   string `json:"category"`
			Accessible bool   `json:"accessible"`
			Companion  bool   `json:"companion"`
		} `json:"seats"`
	} `json:"rows"`
}

// about returns a seat's category, and whether it is a companion's.
func (s section) about(id string) (category string, companion bool) {
	for _, r := range s.Rows {
		for _, one := range r.Seats {
			if one.ID == id {
				return one.Category, one.Companion
			}
		}
	}
	return s.Category, false
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
