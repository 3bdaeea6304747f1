package order

import (
	"slices"
	"time"

	"foyer/internal/problem"
)

// How often a buyer may have the tickets mailed again, also to an address that was mistyped.
const (
	MostMails = 5
	MailEvery = 2 * time.Minute
)

// MailsLeft returns how often the tickets may be mailed again: not at all while there are none.
func (o Order) MailsLeft() int {
	if len(o.Good()) == 0 || o.Erased() {
		return 0
	}
	return max(MostMails-o.Mails, 0)
}

// remail asks for the tickets to be mailed again, to another address if the event has one. The seats count against the
// limit of the address that they were bought with all the same: correcting it makes no room for more.
func remail(o Order, e Event, now time.Time) (Order, Effect, error) {
	wait := o.MailedAt.Add(MailEvery).Sub(now)
	switch {
	case len(o.Good()) == 0:
		return o, None, problem.New(problem.Conflict, "there are no tickets to send")
	case o.Erased():
		return o, None, problem.New(problem.Conflict, "the buyer's address was erased: please ask the organiser")
	case o.MailsLeft() == 0:
		return o, None,
			problem.New(problem.Limit, "the tickets were sent again %d times: please ask the organiser", MostMails)
	case wait > 0:
		return o, None, &problem.Error{Code: problem.Cooling, RetryAfter: wait,
			Detail: "the tickets were sent a moment ago: look for the mail, also among spam, before you ask again"}
	}
	if e.Email != "" {
		o.Email = e.Email
		if hash := HashEmail(o.Zone, o.Email); hash != o.EmailHash && !slices.Contains(o.Corrected, hash) {
			o.Corrected = append(slices.Clone(o.Corrected), hash)
		}
	}
	o.Mails, o.MailedAt = o.Mails+1, now
	return o, None, nil
}
