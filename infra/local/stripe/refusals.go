package stripe

import (
	"regexp"
	"strings"

	"foyer/internal/sale/currency"
)

// address is what an e-mail address looks like to Stripe, as far as that is known: its domain ends in letters.
var address = regexp.MustCompile(`^[!-?A-~]+@([A-Za-z0-9-]+\.)+([A-Za-z]{2,}|xn--[A-Za-z0-9-]+)$`)

// suffix is what may follow the seller's name on a statement: Latin letters, at least one, and few signs.
var suffix = regexp.MustCompile(`^[^<>\\'"*]*[A-Za-z][^<>\\'"*]*$`)

// refused returns why a session can't be made, or nil.
func (c *checkout) refused() *fault {
	money, known := currency.Of(c.currency)
	switch {
	case !known || c.currency != strings.ToLower(c.currency):
		return field("", "line_items[0][price_data][currency]", "Invalid currency: "+c.currency)
	case !address.MatchString(c.email):
		return field("email_invalid", "customer_email", "Invalid email address: "+c.email)
	case c.amount > money.Most:
		return field("amount_too_large", "", "The Checkout Session's total amount due is too large")
	case c.amount > 0 && c.amount < money.Least:
		return field("amount_too_small", "",
			"The Checkout Session's total amount due must add up to at least the minimum charge amount")
	case c.amount%money.Step != 0:
		return field("parameter_invalid_integer", "line_items[0][price_data][unit_amount]", "It can't be charged")
	case c.suffix != "" && (len(c.suffix) > 22 || !suffix.MatchString(c.suffix)):
		return field("", "payment_intent_data[statement_descriptor_suffix]", "The statement descriptor suffix is invalid")
	case len([]rune(c.text)) > 1200:
		return field("", "custom_text[submit][message]", "The text is longer than 1200 characters")
	}
	return nil
}

// field returns the refusal of one parameter.
func field(code, param, text string) *fault {
	f := invalid(code, "%s", text)
	f.param = param
	return f
}
