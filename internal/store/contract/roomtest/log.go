package roomtest

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"foyer/internal/room/bucket"
	"foyer/internal/store/contract"
)

// Log runs the contract of bucket.Log.
func Log(t *testing.T, fresh func(*testing.T) bucket.Log) {
	for name, story := range map[string]func(*testing.T, bucket.Log, bucket.Of){
		"a page is read as appended":                        pageIsKept,
		"a number is appended once":                         appendedOnce,
		"each write that changed a page counts":             standsShowChanges,
		"of ten racing pages one is appended":               oneOfTenAppends,
		"pages are read in order from a number on":          readInOrder,
		"pages are read backwards in order":                 backInOrder,
		"reading while others append leaves no gap":         readLeavesNoGap,
		"a change is made only on what was read":            changeOnCondition,
		"changes of a page are made all or none":            changesAllOrNone,
		"changes that can't be one write are refused":       changesRefused,
		"a connection is set, replaced and taken away":      changeOfConnection,
		"of a claim and a miss at once one comes through":   claimOrMiss,
		"of ten claims at once one comes through":           oneOfTenClaims,
		"changes of two slots of a page don't hurt another": neighboursKeepTheirs,
	} {
		for _, shards := range []int{1, 4} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				story(t, fresh(t), bucket.Of{Zone: "main", Shards: shards})
			})
		}
	}
}

// page makes a page of n reserved grants. Its visitors depend on the page's number and on its maker, who.
func page(number int64, who, n int) bucket.Page {
	p := bucket.Page{
		Number: number,
		At:     contract.After(int(number)),
		Called: contract.Visitor(int(number) * bucket.PageSize),
		By:     "a3f09c12",
	}
	for slot := range n {
		p.Grants = append(p.Grants, bucket.Grant{
			Key: contract.Visitor(
				who*1000 + int(number)*bucket.PageSize + slot,
			), State: bucket.Reserved, Until: contract.After(30_000), Conn: contract.Conn(slot),
		})
	}
	return p
}

// fill appends pages 1 to n.
func fill(t *testing.T, l bucket.Log, of bucket.Of, n int) (pages []bucket.Page) {
	t.Helper()
	for number := range n {
		p := page(int64(number+1), 0, 2)
		contract.Must(t, l.Append(t.Context(), of, p))
		pages = append(pages, p)
	}
	return pages
}

func pageIsKept(t *testing.T, l bucket.Log, of bucket.Of) {
	ctx := t.Context()
	want := page(1, 0, bucket.PageSize)
	want.Grants[3].Conn = ""
	for slot, state := range []bucket.State{bucket.Reserved, bucket.Inside, bucket.Left, bucket.Expired, bucket.Missed} {
		want.Grants[slot].State = state
	}
	contract.Must(t, l.Append(ctx, of, want))
	got, found, err := l.Get(ctx, of, 1)
	contract.Must(t, err)
	contract.Same(t, "found", found, true)
	samePage(t, got, want)
	for _, zone := range []string{"other", "mai", "main#"} {
		_, found, err = l.Get(ctx, bucket.Of{Zone: zone, Shards: of.Shards}, 1)
		contract.Must(t, err)
		contract.Same(t, "found in another zone", found, false)
	}
	none, found, err := l.Get(ctx, of, 2)
	contract.Must(t, err)
	contract.Same(t, "found though never appended", found, false)
	contract.Same(t, "grants of no page", len(none.Grants), 0)
}

// samePage compares pages but for the number of their changes.
func samePage(t *testing.T, got, want bucket.Page) {
	t.Helper()
	got.Changes = want.Changes
	contract.Same(t, "the page", got, want)
}

// standsShowChanges: each write that changed a page counts, and no other.
func standsShowChanges(t *testing.T, l bucket.Log, of bucket.Of) {
	ctx, pages := t.Context(), fill(t, l, of, 6)
	want := []bucket.Stand{{Number: 1}, {Number: 2}, {Number: 3}, {Number: 4}, {Number: 5}, {Number: 6}}
	check := func(from int64) {
		t.Helper()
		got, err := l.Stands(ctx, of, from)
		contract.Must(t, err)
		contract.Same(t, "how pages stand", got, want[from-1:])
		p, _, err := l.Get(ctx, of, 4)
		contract.Must(t, err)
		contract.Same(t, "the page's changes", p.Changes, want[3].Changes)
	}
	check(1)
	contract.Must(t, l.Apply(ctx, of, claim(pages[3], 0)))
	want[3].Changes = 1
	check(1)
	contract.Must(t, l.Apply(ctx, of, claim(pages[3], 0))) // is done
	if err := l.Apply(ctx, of, miss(pages[3], 0)); err == nil {
		t.Error("a claim was missed")
	}
	check(3)
	contract.Must(t, l.Apply(ctx, of, claim(pages[3], 1)))
	want[3].Changes = 2
	check(4)
}

func appendedOnce(t *testing.T, l bucket.Log, of bucket.Of) {
	ctx, p := t.Context(), page(1, 0, 2)
	contract.Must(t, l.Append(ctx, of, p))
	contract.Must(t, l.Append(ctx, of, p)) // a retry of what had landed
	contract.Must(t, l.Apply(ctx, of, claim(p, 1)))
	contract.Must(t, l.Append(ctx, of, p)) // a late one, when a visitor was in already
	later, longer, others, twin := page(1, 0, 2), page(1, 0, 3), page(1, 1, 2), page(1, 0, 2)
	twin.By = "77e1b0d4"
	later.At = later.At.Add(time.Millisecond)
	entered := page(1, 0, 2) // by a tick of the same millisecond, which saw that the visitor asks
	entered.LetIn, entered.Grants[0].State = 1, bucket.Inside
	for what, other := range map[string]bucket.Page{
		"made later": later, "longer": longer, "of others": others, "that lets in": entered, "of a twin": twin,
	} {
		if err := l.Append(ctx, of, other); !errors.Is(err, bucket.ErrPageExists) {
			t.Errorf("a page %s: %v", what, err)
		}
	}
	got, _, err := l.Get(ctx, of, 1)
	contract.Must(t, err)
	p.Grants[1] = claim(p, 1).Of(p.Grants[1])
	samePage(t, got, p)
	entered.Number = 2
	contract.Must(t, l.Append(ctx, of, entered))
	got, _, err = l.Get(ctx, of, 2)
	contract.Must(t, err)
	samePage(t, got, entered)
	contract.Must(t, l.Append(ctx, bucket.Of{Zone: "other", Shards: of.Shards}, others))
}

// claim is the change that a claim of a page's slot makes.
func claim(p bucket.Page, slot int) bucket.Change {
	return bucket.Change{
		Ref: bucket.Ref{Page: p.Number, Slot: slot}, Key: p.Grants[slot].Key,
		From: bucket.Reserved, To: bucket.Inside, Until: contract.After(600_000),
	}
}

// miss is the change that ends a page's overdue slot, on the time and connection as read.
func miss(p bucket.Page, slot int) bucket.Change {
	g := p.Grants[slot]
	return bucket.Change{
		Ref: bucket.Ref{Page: p.Number, Slot: slot}, Key: g.Key,
		From: bucket.Reserved, FromUntil: g.Until, FromConn: &g.Conn, To: bucket.Missed, Until: contract.After(31_000),
	}
}

func oneOfTenAppends(t *testing.T, l bucket.Log, of bucket.Of) {
	for number := int64(1); number <= 5; number++ {
		winner := contract.OneWinner(t, contract.Race(10, func(i int) error {
			return l.Append(t.Context(), of, page(number, i, 3))
		}), func(err error) bool { return errors.Is(err, bucket.ErrPageExists) })
		got, _, err := l.Get(t.Context(), of, number)
		contract.Must(t, err)
		samePage(t, got, page(number, winner, 3))
	}
}

func readInOrder(t *testing.T, l bucket.Log, of bucket.Of) {
	ctx := t.Context()
	none, err := l.Read(ctx, of, 1)
	contract.Must(t, err)
	contract.Same(t, "pages of an empty log", len(none), 0)
	want := fill(t, l, of, 11)
	contract.Must(t, l.Append(ctx, bucket.Of{Zone: "other", Shards: of.Shards}, page(1, 5, 1)))
	for _, from := range []int64{0, 1, 2, 6, 11} {
		got, err := l.Read(ctx, of, from)
		contract.Must(t, err)
		contract.Same(t, "the pages", got, want[max(from-1, 0):])
	}
	none, err = l.Read(ctx, of, 12)
	contract.Must(t, err)
	contract.Same(t, "pages after the last", len(none), 0)
}

func backInOrder(t *testing.T, l bucket.Log, of bucket.Of) {
	ctx := t.Context()
	pages := fill(t, l, of, 11)
	slices.Reverse(pages)
	for _, c := range []struct {
		before int64
		limit  int
		want   []bucket.Page
	}{
		{0, 3, pages[:3]}, {0, 100, pages}, {12, 1, pages[:1]}, {11, 2, pages[1:3]},
		{4, 100, pages[8:]}, {2, 5, pages[10:]}, {1, 5, nil},
	} {
		got, err := l.ReadBack(ctx, of, c.before, c.limit)
		contract.Must(t, err)
		if len(got) == 0 {
			got = nil
		}
		contract.Same(t, "the pages", got, c.want)
	}
}

func readLeavesNoGap(t *testing.T, l bucket.Log, of bucket.Of) {
	const total = 60
	var appended atomic.Int64
	appending := make(chan error, 1)
	go func() {
		for number := int64(1); number <= total; number++ {
			if err := l.Append(t.Context(), of, page(number, 0, 1)); err != nil {
				appending <- err
				return
			}
			appended.Store(number)
		}
		appending <- nil
	}()
	for done := false; !done; {
		floor := appended.Load()
		done = floor == total
		pages, err := l.Read(t.Context(), of, 1)
		contract.Must(t, err)
		back, err := l.ReadBack(t.Context(), of, 0, total)
		contract.Must(t, err)
		slices.Reverse(back)
		for _, read := range [][]bucket.Page{pages, back} {
			if int64(len(read)) < floor {
				t.Fatalf("%d pages read where %d had been appended before", len(read), floor)
			}
			for i, p := range read {
				if p.Number != int64(i+1) {
					t.Fatalf("page %d stands where %d should", p.Number, i+1)
				}
			}
		}
		select {
		case err := <-appending:
			contract.Must(t, err)
		default:
		}
	}
}

func changeOnCondition(t *testing.T, l bucket.Log, of bucket.Of) {
	ctx := t.Context()
	other, none := contract.Conn(9), ""
	for i, c := range []struct {
		name string
		bend func(*bucket.Change)
		ok   bool
	}{
		{"as read", func(*bucket.Change) {}, true},
		{"whatever its time", func(c *bucket.Change) { c.FromUntil = time.Time{} }, true},
		{"whatever its connection", func(c *bucket.Change) { c.FromConn = nil }, true},
		{"of another visitor", func(c *bucket.Change) { c.Key = contract.Visitor(99) }, false},
		{"in another state", func(c *bucket.Change) { c.From = bucket.Inside }, false},
		{"of another time", func(c *bucket.Change) { c.FromUntil = c.FromUntil.Add(time.Millisecond) }, false},
		{"of another connection", func(c *bucket.Change) { c.FromConn = &other }, false},
		{"of no connection", func(c *bucket.Change) { c.FromConn = &none }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := page(int64(i+1), 0, 2)
			contract.Must(t, l.Append(ctx, of, p))
			change := miss(p, 1)
			c.bend(&change)
			err := l.Apply(ctx, of, change)
			if c.ok {
				contract.Must(t, err)
				contract.Must(t, l.Apply(ctx, of, change)) // a retry of what had landed
				p.Grants[1] = change.Of(p.Grants[1])
			} else {
				stands(t, err, p.Grants[1])
			}
			got, _, err := l.Get(ctx, of, p.Number)
			contract.Must(t, err)
			samePage(t, got, p)
		})
	}
	stands(t, l.Apply(ctx, of, claim(page(77, 0, 1), 0)), bucket.Grant{})
	stands(t, l.Apply(ctx, of, claim(page(1, 0, 5), 4)), bucket.Grant{})
}

// stands checks that err carries the grant that stood in the way.
func stands(t *testing.T, err error, want bucket.Grant) {
	t.Helper()
	var refused *bucket.StateError
	if !errors.As(err, &refused) {
		t.Errorf("not a StateError: %v", err)
		return
	}
	contract.Same(t, "the grant in the way", refused.Grant, want)
}

func changesAllOrNone(t *testing.T, l bucket.Log, of bucket.Of) {
	ctx, p := t.Context(), page(1, 0, bucket.PageSize)
	contract.Must(t, l.Append(ctx, of, p))
	contract.Must(t, l.Apply(ctx, of))
	contract.Must(t, l.Apply(ctx, of, claim(p, 2)))
	p.Grants[2] = claim(p, 2).Of(p.Grants[2])

	stands(t, l.Apply(ctx, of, miss(p, 0), miss(p, 2), miss(p, 3)), p.Grants[2])
	got, _, err := l.Get(ctx, of, 1)
	contract.Must(t, err)
	samePage(t, got, p)

	contract.Must(t, l.Apply(ctx, of, miss(p, 0)))
	var all []bucket.Change // what was done before is no hindrance
	for slot := range p.Grants {
		if slot != 2 {
			all = append(all, miss(p, slot))
			p.Grants[slot] = miss(p, slot).Of(p.Grants[slot])
		}
	}
	contract.Must(t, l.Apply(ctx, of, all...))
	got, _, err = l.Get(ctx, of, 1)
	contract.Must(t, err)
	samePage(t, got, p)
}

func changesRefused(t *testing.T, l bucket.Log, of bucket.Of) {
	pages := fill(t, l, of, 2)
	for name, changes := range map[string][]bucket.Change{
		"of two pages":       {claim(pages[0], 0), claim(pages[1], 0)},
		"twice of one grant": {claim(pages[0], 0), claim(pages[0], 0)},
	} {
		if err := l.Apply(t.Context(), of, changes...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	got, err := l.Read(t.Context(), of, 1)
	contract.Must(t, err)
	contract.Same(t, "the pages", got, pages)
}

func changeOfConnection(t *testing.T, l bucket.Log, of bucket.Of) {
	p := page(1, 0, 1)
	contract.Must(t, l.Append(t.Context(), of, p))
	for _, to := range []string{contract.Conn(7), "", "", contract.Conn(8)} {
		g := p.Grants[0]
		change := bucket.Change{
			Ref:      bucket.Ref{Page: 1},
			Key:      g.Key,
			From:     g.State,
			FromConn: &g.Conn,
			To:       g.State,
			Until:    g.Until,
			Conn:     &to,
		}
		contract.Must(t, l.Apply(t.Context(), of, change))
		p.Grants[0].Conn = to
		got, _, err := l.Get(t.Context(), of, 1)
		contract.Must(t, err)
		samePage(t, got, p)
	}
}

func claimOrMiss(t *testing.T, l bucket.Log, of bucket.Of) {
	for number := int64(1); number <= 15; number++ {
		p := page(number, 0, 1)
		contract.Must(t, l.Append(t.Context(), of, p))
		changes := []bucket.Change{claim(p, 0), miss(p, 0)}
		winner := contract.OneWinner(t, contract.Race(2, func(i int) error {
			return l.Apply(t.Context(), of, changes[i])
		}), isStateError)
		got, _, err := l.Get(t.Context(), of, number)
		contract.Must(t, err)
		contract.Same(t, "the grant", got.Grants[0], changes[winner].Of(p.Grants[0]))
	}
}

func isStateError(err error) bool {
	var refused *bucket.StateError
	return errors.As(err, &refused)
}

func oneOfTenClaims(t *testing.T, l bucket.Log, of bucket.Of) {
	p := page(1, 0, 1)
	contract.Must(t, l.Append(t.Context(), of, p))
	contract.OneWinner(t, contract.Race(10, func(i int) error {
		change := claim(p, 0)
		change.Until = change.Until.Add(time.Duration(i) * time.Second)
		return l.Apply(t.Context(), of, change)
	}), isStateError)
}

func neighboursKeepTheirs(t *testing.T, l bucket.Log, of bucket.Of) {
	p := page(1, 0, bucket.PageSize)
	contract.Must(t, l.Append(t.Context(), of, p))
	contract.Must(t, errors.Join(contract.Race(len(p.Grants), func(slot int) error {
		return l.Apply(t.Context(), of, claim(p, slot))
	})...))
	got, _, err := l.Get(t.Context(), of, 1)
	contract.Must(t, err)
	for slot := range p.Grants {
		p.Grants[slot] = claim(p, slot).Of(p.Grants[slot])
	}
	samePage(t, got, p)
}
