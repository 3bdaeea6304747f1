package venue

import (
	"cmp"
	"strconv"

	"foyer/internal/sale/seat"
)

// LabelOf returns what people call a seat or place. It is the zero Label if there is no such seat.
func (s Section) LabelOf(id string) seat.Label {
	if n := s.place(id); n > 0 {
		return seat.Label{Section: s.Name, Seat: strconv.Itoa(n)}
	}
	for _, row := range s.Rows {
		for _, one := range row.Seats {
			if one.ID == id {
				number := cmp.Or(one.Label, id[len(s.ID)+len(row.ID)+2:])
				return seat.Label{Section: s.Name, Row: cmp.Or(row.Label, row.ID), Seat: number}
			}
		}
	}
	return seat.Label{}
}
