package seat

import "cmp"

// Label is what people call a seat, in parts: pages, mails and tickets put their own words between them. The zero Label
// is of a seat that has none.
type Label struct {
	Section string `json:"section"`       // its name: Stalls
	Row     string `json:"row,omitempty"` // empty: a place of a standing section
	Seat    string `json:"seat"`          // the seat's label, or the place's number
}

// String returns the label from the outside in, in English, for operators: "Stalls, row C, seat 12", or "Floor, place
// 17".
func (l Label) String() string {
	switch {
	case l.Seat == "":
		return l.Section
	case l.Row == "":
		return l.Section + ", place " + l.Seat
	}
	return l.Section + ", row " + l.Row + ", seat " + l.Seat
}

// Compare orders labels as people count: seat 9 before seat 10, and row Z before row AA.
func (l Label) Compare(m Label) int {
	count := func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }
	return cmp.Or(cmp.Compare(l.Section, m.Section), count(l.Row, m.Row), count(l.Seat, m.Seat))
}

// Or returns the label, or if there is none the seat's id, for operators.
func (l Label) Or(id string) string {
	if text := l.String(); text != "" {
		return text
	}
	return id
}
