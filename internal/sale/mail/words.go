package mail

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"foyer/internal/room/event"
	"foyer/internal/sale/currency"
	"foyer/internal/sale/seat"
)

// errUnusable stands in for errors that quote an address, to keep it out of the log.
var errUnusable = errors.New("it can't be used")

// Words is every text in a mail. A language is one value of it.
type Words struct {
	Lang string
	Dir  string // ltr or rtl

	Subject func(event string) string
	AnEvent string // where an event has no title
	When    func(e event.Event) string
	Changed map[event.Status]Change // by what has become of the event
	Tickets func(n int) string
	Seat    func(seat.Label) (title, rest, whole string) // what one looks for last, what leads there, and both
	Money   func(minor int64, currency string) string

	Preview  string // what inboxes show beside the subject
	Headline string
	Greeting string // before the name
	Lead     string
	Button   string
	Numbered string
	Paid     string
	Includes func(percent, money string) string // the tax in the sum
	SoldBy   func(seller, vatID string) string
	Show     string // under a code
	QR       string // alternative text of a code, before the seat's label
	Print    string
	Secret   string
	Footer   string

	RefundSubject  func(event string) string
	RefundPreview  string
	RefundHeadline string
	RefundLead     string
	RefundVoid     string // of the refunded seats' codes
	RefundOthers   string // where other tickets stay good
	RefundButton   string
	Refunded       string

	FailedSubject  func(event string) string
	FailedPreview  string
	FailedHeadline string
	FailedLead     string
	FailedVoid     string
	Failed         string
}

// Change is what is written when something of an event changed.
type Change struct {
	Subject        func(event string) string
	Headline, Lead string
	Then           string // what it means for the tickets
}

// English is the English texts.
var English = Words{
	Lang: "en", Dir: "ltr",
	Subject: func(event string) string { return "Your tickets for " + event },
	AnEvent: "your event",
	When:    when,
	Changed: map[event.Status]Change{
		event.On: {
			Subject:  func(event string) string { return "New time or place: " + event },
			Headline: "Something has changed.",
			Lead:     "the time or the place of your event has changed. The new one stands above.",
			Then:     "Your tickets stay valid. If you can’t come, answer this mail.",
		},
		event.Postponed: {
			Subject:  func(event string) string { return "Postponed: " + event },
			Headline: "The event is postponed.",
			Lead: "your event doesn’t take place on the day that was announced. " +
				"We will write to you as soon as there is a new one.",
			Then: "Keep your tickets: they are valid for the new day. If you don’t want to wait, answer this mail.",
		},
		event.Cancelled: {
			Subject:  func(event string) string { return "Cancelled: " + event },
			Headline: "The event is cancelled.",
			Lead:     "your event doesn’t take place. We are sorry.",
			Then:     "We will write to you about your money. For questions, answer this mail.",
		},
	},
	Seat: func(l seat.Label) (title, rest, whole string) {
		if l.Seat == "" {
			return l.Section, "", l.Section
		}
		if l.Row == "" {
			return "Place " + l.Seat, l.Section, l.String()
		}
		return "Seat " + l.Seat, l.Section + ", row " + l.Row, l.String()
	},
	Tickets: func(n int) string {
		if n == 1 {
			return "1 ticket"
		}
		return fmt.Sprintf("%d tickets", n)
	},
	Money:    money,
	Preview:  "They are in this mail. Show the code at the door; it works without a connection.",
	Headline: "You’re going.",
	Greeting: "Hello",
	Lead:     "your purchase is complete, and here are your tickets. Each code lets one person in, once.",
	Button:   "View and print the tickets",
	Numbered: "Order",
	Paid:     "Paid",
	Includes: func(percent, money string) string { return "Includes " + percent + "% VAT: " + money },
	SoldBy: func(seller, vatID string) string {
		if vatID == "" {
			return "Sold by " + seller
		}
		return "Sold by " + seller + ", VAT ID " + vatID
	},
	Show:   "Show this code at the door, on paper or on a screen.",
	QR:     "QR code of the ticket for",
	Print:  "To print the tickets, or to see them on another device, open:",
	Secret: "Keep this mail to yourself: whoever has the codes, or the link, has the tickets.",
	Footer: "This mail was sent because a ticket was bought with this address.",

	RefundSubject:  func(event string) string { return "Your refund for " + event },
	RefundPreview:  "The money goes back to the card you paid with.",
	RefundHeadline: "Your money is on its way back.",
	RefundLead: "we have refunded the seats below, to the card you paid with. " +
		"Until your bank shows it, five to ten days may pass.",
	RefundVoid:   "The codes of these seats don’t let anyone in any more.",
	RefundOthers: "Your other tickets stay good.",
	RefundButton: "View the order",
	Refunded:     "Refunded",

	FailedSubject:  func(event string) string { return "Your refund for " + event + " didn’t reach you" },
	FailedPreview:  "Your bank sent the money back to us.",
	FailedHeadline: "Your refund didn’t reach you.",
	FailedLead: "your bank sent our refund of the seats below back to us, as happens when a card is closed. " +
		"Your money is not lost: answer this mail to tell us how you would like to have it.",
	FailedVoid: "The codes of these seats still don’t let anyone in.",
	Failed:     "To be refunded",
}

// when returns the time of an event by the clocks of its place, or what has become of it; empty while that isn't known.
func when(e event.Event) string {
	switch {
	case e.Status == event.Cancelled:
		return "Cancelled"
	case e.Status == event.Postponed:
		return "Postponed: the new day isn’t known yet"
	case e.Begin.IsZero():
		return ""
	}
	text := e.Begin.Format("Monday 2 January 2006, 15:04")
	if !e.Doors.IsZero() {
		text += " (doors " + e.Doors.Format("15:04") + ")"
	}
	return text
}

// symbols are written before the amount, without a space.
var symbols = map[string]string{"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}

// money returns an amount in a currency's minor units as text: €65.50, $1,200, CHF 80.
func money(minor int64, name string) string {
	name = strings.ToUpper(name)
	digits := currency.Digits(name)
	scale := int64(1)
	for range digits {
		scale *= 10
	}
	text := group(minor / scale)
	if rest := minor % scale; rest != 0 {
		text += fmt.Sprintf(".%0*d", digits, rest)
	}
	if symbol, known := symbols[name]; known {
		return symbol + text
	}
	return name + " " + text
}

// group returns n with commas between thousands.
func group(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
