package order

import "foyer/internal/problem"

// Erased reports whether the buyer's name and address were erased.
func (o Order) Erased() bool { return o.Email == "" }

// erase forgets who the buyer is: the name, the address and what was derived from them. What was sold, and for how
// much, stays, and so does the link, which names nobody. Nobody is written to any more, so that an order that waits for
// something can't be erased yet.
func erase(o Order) (Order, Effect, error) {
	if o.Open() {
		return o, None, problem.New(problem.Conflict,
			"order %s is %s and waits for something: its buyer can be erased when that is done", o.Number, o.State)
	}
	o.Name, o.Email, o.EmailHash, o.Corrected, o.Request = "", "", "", nil, ""
	return o, None, nil
}
