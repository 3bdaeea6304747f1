package mail

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"foyer/internal/room/event"
	"foyer/internal/sale/currency"
	"foyer/internal/sale/seat"
	"foyer/internal/texts"
)

// errUnusable stands in for errors that quote an address, to keep it out of the log.
var errUnusable = errors.New("it can't be used")

// name returns what one looks for last of a seat, what leads there, and both.
func name(l seat.Label, d *texts.Dictionary) (title, rest, whole string) {
	pairs := []string{"section", l.Section, "row", l.Row, "seat", l.Seat}
	switch {
	case l.Seat == "":
		return l.Section, "", l.Section
	case l.Row == "":
		return d.Seat.PlaceAlone.With(pairs...), l.Section, d.Seat.Place.With(pairs...)
	}
	return d.Seat.Seat.With(pairs...), d.Seat.Row.With(pairs...), d.Seat.Whole.With(pairs...)
}

// when returns the time of an event by the clocks of its place, which it names, or what has become of it; empty while
// that isn't known.
func when(e event.Event, d *texts.Dictionary) string {
	switch {
	case e.Status == event.Cancelled:
		return string(d.Event.Cancelled)
	case e.Status == event.Postponed:
		return string(d.Event.Postponed)
	case e.Begin.IsZero():
		return ""
	}
	text := d.Date(e.Begin)
	if !e.Doors.IsZero() {
		text = d.Event.Doors.With("when", text, "doors", d.Time(e.Doors))
	}
	if city := e.City(); city != "" {
		text = d.Event.Clock.With("when", text, "city", city)
	}
	return text
}

// symbols are written where the code would be.
var symbols = map[string]string{"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}

// Money returns an amount in a currency's minor units as text: €65.50, $1,200, CHF 80.
func Money(minor int64, name string, d *texts.Dictionary) string {
	name = strings.ToUpper(name)
	digits := currency.Digits(name)
	scale := int64(1)
	for range digits {
		scale *= 10
	}
	text := group(minor/scale, d.Format.Group)
	if rest := minor % scale; rest != 0 {
		text += d.Format.Decimal + fmt.Sprintf("%0*d", digits, rest)
	}
	if symbol, known := symbols[name]; known {
		return d.Format.Money.With("symbol", symbol, "amount", text)
	}
	return d.Format.Code.With("code", name, "amount", text)
}

// group returns n with marks between thousands.
func group(n int64, mark string) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + mark + text[i:]
	}
	return text
}
