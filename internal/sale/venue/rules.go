package venue

import "slices"

// Orphans is what a map says of choices by hand that leave a single free seat.
type Orphans string

// RefuseOrphans is the rule that a choice may leave a single free seat beside it only where it can't be helped. Without
// it, only best available is careful.
const RefuseOrphans Orphans = "refuse"

// Unaccompanied returns the companions' seats among those wanted that lack the wheelchair place beside them. Seats that
// the buyer has bought count as if they were wanted.
func (s Section) Unaccompanied(want, bought []string) (alone []string) {
	for _, row := range s.Rows {
		alone = append(alone, row.unaccompanied(want, bought)...)
	}
	return alone
}

func (row Row) unaccompanied(want, bought []string) (alone []string) {
	has := func(one Seat) bool { return slices.Contains(want, one.ID) || slices.Contains(bought, one.ID) }
	for i, seat := range row.Seats {
		if seat.Companion && slices.Contains(want, seat.ID) && !reaches(row, i, has) {
			alone = append(alone, seat.ID)
		}
	}
	return alone
}

// Orphaned returns the single free seats that a choice would leave beside it, where as many seats side by side could be
// chosen there and leave fewer. free reports whether the buyer could have a seat, those wanted among them.
func (s Section) Orphaned(want []string, free func(seat string) bool) (orphans []string) {
	pitch := s.pitch()
	for _, row := range s.Rows {
		for _, run := range runs(row, pitch, Wish{}, free) {
			alone, n := singles(run, want)
			least := 0
			if len(run)-n == 1 {
				least = 1
			}
			if len(alone) > least { // a run in which nothing is chosen leaves its only seat, at most
				orphans = append(orphans, alone...)
			}
		}
	}
	return orphans
}

// singles returns the seats of a run that a choice leaves with no free one beside them, and how many of the run it
// takes.
func singles(run []Seat, want []string) (alone []string, n int) {
	left := 0
	for i := range len(run) + 1 {
		if i < len(run) && !slices.Contains(want, run[i].ID) {
			left++
			continue
		}
		if left == 1 {
			alone = append(alone, run[i-1].ID)
		}
		left = 0
		if i < len(run) {
			n++
		}
	}
	return alone, n
}
