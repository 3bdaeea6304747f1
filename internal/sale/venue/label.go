package venue

import "strconv"

// LabelOf is what a seat or place is called among people, from the outside in: "Stalls, row C, seat 12", or
// "Floor, place 17". Empty: there is no such seat.
func (s Section) LabelOf(id string) string {
	if n := s.place(id); s.Kind == Standing && n > 0 {
		return s.Name + ", place " + strconv.Itoa(n)
	}
	for _, row := range s.Rows {
		for _, seat := range row.Seats {
			if seat.ID == id {
				return s.Name + ", row " + first(row.Label, row.ID) + ", seat " + first(seat.Label, id[len(s.ID)+len(row.ID)+2:])
			}
		}
	}
	return ""
}
