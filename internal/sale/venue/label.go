package venue

import (
	"cmp"
	"strconv"
)

// LabelOf returns the name of a seat or place for people, from the outside in: "Stalls, row C, seat 12", or
// "Floor, place 17". It is empty if there is no such seat.
func (s Section) LabelOf(id string) string {
	if n := s.place(id); s.Kind == Standing && n > 0 {
		return s.Name + ", place " + strconv.Itoa(n)
	}
	for _, row := range s.Rows {
		for _, seat := range row.Seats {
			if seat.ID == id {
				number := cmp.Or(seat.Label, id[len(s.ID)+len(row.ID)+2:])
				return s.Name + ", row " + cmp.Or(row.Label, row.ID) + ", seat " + number
			}
		}
	}
	return ""
}
