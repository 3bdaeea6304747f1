package bucket

import (
	"fmt"
	"slices"
)

// PageOf returns the one page that all changes are of. Changes of several pages, or two of one grant, are an error:
// they can't be one write.
func PageOf(changes []Change) (int64, error) {
	page, seen := changes[0].Ref.Page, map[Ref]bool{}
	for _, c := range changes {
		if c.Ref.Page != page {
			return 0, fmt.Errorf("bucket: changes of pages %d and %d in one write", page, c.Ref.Page)
		}
		if seen[c.Ref] {
			return 0, fmt.Errorf("bucket: two changes of grant %v in one write", c.Ref)
		}
		seen[c.Ref] = true
	}
	return page, nil
}

// Holds reports whether g stands as the change requires, so that the change may be made.
func (c Change) Holds(g Grant) bool {
	return g.Key == c.Key && g.State == c.From &&
		(c.FromUntil.IsZero() || g.Until.Equal(c.FromUntil)) &&
		(c.FromConn == nil || g.Conn == *c.FromConn)
}

// Done reports whether g stands already exactly as the change would leave it: after a retried write whose first attempt
// landed.
func (c Change) Done(g Grant) bool {
	return g.Key == c.Key && g.State == c.To && g.Until.Equal(c.Until) && (c.Conn == nil || g.Conn == *c.Conn)
}

// Reconnects reports whether the change gives a called visitor a new connection, over which to push the turn.
func (c Change) Reconnects() bool { return c.To == Reserved && c.Conn != nil }

// Of returns g after the change.
func (c Change) Of(g Grant) Grant {
	g.State, g.Until = c.To, c.Until
	if c.Conn != nil {
		g.Conn = *c.Conn
	}
	return g
}

// Pending returns the changes that are still to be made to p: those that hold. Changes that are done are left out. It
// returns a *StateError with the first grant that stands in the way; a slot or page that doesn't exist gives the zero
// Grant.
func Pending(p Page, changes []Change) ([]Change, error) {
	var pending []Change
	for _, c := range changes {
		var g Grant
		if c.Ref.Slot >= 0 && c.Ref.Slot < len(p.Grants) {
			g = p.Grants[c.Ref.Slot]
		}
		switch {
		case c.Holds(g):
			pending = append(pending, c)
		case !c.Done(g):
			return nil, &StateError{Grant: g}
		}
	}
	return pending, nil
}

// SamePage reports whether two pages were appended by the same write: everything that never changes agrees.
func SamePage(a, b Page) bool {
	return a.Number == b.Number && a.At.Equal(b.At) && a.Called == b.Called && a.LetIn == b.LetIn && a.By == b.By &&
		slices.EqualFunc(a.Grants, b.Grants, func(g, other Grant) bool { return g.Key == other.Key })
}
