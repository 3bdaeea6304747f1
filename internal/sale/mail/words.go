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
	Changed map[event.Status]Notice // by what has become of the event
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

	Refund Notice
	Failed Notice // of a refund that the buyer's bank sent back
	Freed  Notice // of seats that cost nothing: there is nothing to refund
}

// Notice is the texts of a mail that says what became of an order: each is whole.
type Notice struct {
	Subject  func(event string) string
	Preview  string // what inboxes show beside the subject
	Headline string
	Lead     string
	Then     string // what it means for the tickets
	Others   string // where other tickets stay good
	Button   string
	Sum      string // before the amount
}

// English is the English texts.
var English = Words{
	Lang: "en", Dir: "ltr",
	Subject: func(event string) string { return "Your tickets for " + event },
	AnEvent: "your event",
	When:    when,
	Changed: map[event.Status]Notice{
		event.On: {
			Subject:  func(event string) string { return "New time or place: " + event },
			Preview:  "Something has changed.",
			Headline: "Something has changed.",
			Lead:     "the time or the place of your event has changed. The new one stands above.",
			Then:     "Your tickets stay valid. If you can’t come, answer this mail.",
			Button:   "View and print the tickets",
			Sum:      "Paid",
		},
		event.Postponed: {
			Subject:  func(event string) string { return "Postponed: " + event },
			Preview:  "The event is postponed.",
			Headline: "The event is postponed.",
			Lead: "your event doesn’t take place on the day that was announced. " +
				"We will write to you as soon as there is a new one.",
			Then:   "Keep your tickets: they are valid for the new day. If you don’t want to wait, answer this mail.",
			Button: "View and print the tickets",
			Sum:    "Paid",
		},
		event.Cancelled: {
			Subject:  func(event string) string { return "Cancelled: " + event },
			Preview:  "The event is cancelled.",
			Headline: "The event is cancelled.",
			Lead:     "your event doesn’t take place. We are sorry.",
			Then:     "We will write to you about your money. For questions, answer this mail.",
			Button:   "View and print the tickets",
			Sum:      "Paid",
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

	Refund: Notice{
		Subject:  func(event string) string { return "Your refund for " + event },
		Preview:  "The money goes back to the card you paid with.",
		Headline: "Your money is on its way back.",
		Lead: "we have refunded the seats below, to the card you paid with. " +
			"Until your bank shows it, five to ten days may pass.",
		Then:   "The codes of these seats don’t let anyone in any more.",
		Others: "Your other tickets stay good.",
		Button: "View the order",
		Sum:    "Refunded",
	},
	Failed: Notice{
		Subject:  func(event string) string { return "Your refund for " + event + " didn’t reach you" },
		Preview:  "Your bank sent the money back to us.",
		Headline: "Your refund didn’t reach you.",
		Lead: "your bank sent our refund of the seats below back to us, as happens when a card is closed. " +
			"Your money is not lost: answer this mail to tell us how you would like to have it.",
		Then:   "The codes of these seats still don’t let anyone in.",
		Others: "Your other tickets stay good.",
		Button: "View the order",
		Sum:    "To be refunded",
	},
	Freed: Notice{
		Subject:  func(event string) string { return "Your tickets for " + event + " were cancelled" },
		Preview:  "They cost nothing, so there is nothing to refund.",
		Headline: "Your tickets were cancelled.",
		Lead:     "we have cancelled the tickets below. They cost nothing, so there is nothing to refund.",
		Then:     "The codes of these seats don’t let anyone in any more.",
		Others:   "Your other tickets stay good.",
		Button:   "View the order",
		Sum:      "Paid",
	},
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
