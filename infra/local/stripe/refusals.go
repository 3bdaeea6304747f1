package stripe

import (
	"cmp"
	"regexp"
)

// least is the smallest amount that can be charged in a currency, in minor units; a currency that isn't here has
// leastElsewhere.
var least = map[string]int64{
	"usd": 50, "eur": 50, "chf": 50, "aud": 50, "brl": 50, "cad": 50, "nzd": 50, "sgd": 50, "gbp": 30, "dkk": 250,
	"nok": 300, "sek": 300, "pln": 200, "czk": 1500, "huf": 17500, "hkd": 400, "mxn": 1000, "jpy": 50, "aed": 200,
	"bgn": 100, "myr": 200, "ron": 200, "thb": 1000, "inr": 50,
}

// leastElsewhere stands for "must convert to at least 50 cents", which depends on the day's rate.
const leastElsewhere = 50

// mostDigits is how many digits an amount may have.
const mostDigits = 99_999_999

// threeDecimals are the currencies with three digits after the point, of which the last must be 0.
var threeDecimals = map[string]bool{"bhd": true, "jod": true, "kwd": true, "omr": true, "tnd": true}

// address is what an e-mail address looks like to Stripe, as far as that is known: its domain ends in letters.
var address = regexp.MustCompile(`^[!-?A-~]+@([A-Za-z0-9-]+\.)+([A-Za-z]{2,}|xn--[A-Za-z0-9-]+)$`)

// suffix is what may follow the seller's name on a statement: Latin letters, at least one, and few signs.
var suffix = regexp.MustCompile(`^[^<>\\'"*]*[A-Za-z][^<>\\'"*]*$`)

// refused returns why a session can't be made, or nil.
func (c *checkout) refused() *fault {
	switch {
	case !address.MatchString(c.email):
		return field("email_invalid", "customer_email", "Invalid email address: "+c.email)
	case c.amount > mostDigits:
		return field("amount_too_large", "", "The Checkout Session's total amount due must be no more than 99999999")
	case c.amount > 0 && c.amount < cmp.Or(least[c.currency], leastElsewhere):
		return field("amount_too_small", "",
			"The Checkout Session's total amount due must add up to at least the minimum charge amount")
	case threeDecimals[c.currency] && c.amount%10 != 0:
		return field("parameter_invalid_integer", "line_items[0][price_data][unit_amount]", "The last digit must be 0")
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
