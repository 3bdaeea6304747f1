package checkout

import (
	"maps"
	"strings"
	"time"

	"foyer/internal/problem"
)

// Refusal is what follows when the provider refuses to open an order's page: which field of the request the buyer has
// to change, and what they read. The buyer keeps the seats, whatever was refused. docs/payments.md shows the same
// table.
type Refusal struct {
	Field  string // email or seats; empty: nothing that a buyer can change
	Detail string
}

// refusals is by the provider's code, or by the name of the parameter that it refused.
var refusals = map[string]Refusal{
	"email_invalid":         badEmail,
	"customer_email":        badEmail,
	"amount_too_small":      {"seats", "the seats cost less than a card can be charged: choose more, or others"},
	"amount_too_large":      {"seats", "the seats cost more than a card can be charged at once: choose fewer"},
	"invalid_charge_amount": {"seats", "the seats' price can't be charged to a card: choose others"},
}

var badEmail = Refusal{"email", "the payment provider doesn't accept this e-mail address: correct it"}

// otherwise is any other refusal: something of the sale is not set up as the provider wants it.
var otherwise = Refusal{"", "the payment provider refused to start the payment: please tell the organiser"}

// Refusals returns what follows from each refusal, by the provider's code or parameter; "anything else" is any other.
func Refusals() map[string]Refusal {
	all := maps.Clone(refusals)
	all["anything else"] = otherwise
	return all
}

// refusalOf returns what follows from a refusal that an order keeps: a code and a parameter, divided by a space.
func refusalOf(refusal string) Refusal {
	code, param, _ := strings.Cut(refusal, " ")
	for _, key := range []string{code, param} {
		if r, known := refusals[key]; known {
			return r
		}
	}
	return otherwise
}

// problem returns the error that the buyer gets.
func (r Refusal) problem(heldUntil time.Time, cause error) error {
	return &problem.Error{
		Code: problem.Refused, Field: r.Field, HeldUntil: heldUntil, Cause: cause,
		Detail: r.Detail + "; nothing was charged, and your seats are kept",
	}
}
