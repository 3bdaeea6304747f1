// Package texts is the dictionary: all that visitors and buyers read, in one JSON file a language. Pages, mails and the
// payment page say what it says. A text is a whole sentence or label; {name} stands for what is put in. A text with a
// number {n} that changes its grammar is an object with a form for each plural category of the language (CLDR: one,
// other, and so on).
package texts

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed *.json
var files embed.FS

// English returns the English texts.
var English = sync.OnceValue(func() *Dictionary {
	raw, err := files.ReadFile("en.json")
	if err != nil {
		panic(err)
	}
	d, err := Parse(raw)
	if err != nil {
		panic(err)
	}
	return d
})

// Text is a pattern without plural forms.
type Text string

// With returns the text with values in their places, given as name and value by turns.
func (t Text) With(pairs ...string) string {
	if len(pairs) == 0 {
		return string(t)
	}
	in := make([]string, len(pairs))
	for i, s := range pairs {
		if in[i] = s; i%2 == 0 {
			in[i] = "{" + s + "}"
		}
	}
	return strings.NewReplacer(in...).Replace(string(t))
}

// Dictionary is the texts of one language.
type Dictionary struct {
	Lang, Dir string // BCP 47; ltr or rtl
	Format    Format
	Seat      struct{ Whole, Place, Seat, Row, PlaceAlone Text }
	Event     struct {
		Doors, Clock, Postponed, Cancelled, Moved, Calendar, Page, Contact, Imprint, Terms, Home Text
	}
	Receipt struct{ Number, VAT, SoldBy, SoldByRegistered Text }
	Payment struct{ Deadline Text }
	Edge    struct {
		Wait, WaitLead, Reference, Home, Invalid, Unknown, Nothing, Method, LongAddress, LargeHeaders, Large, Busy, Waiting,
		TooMany, TooManyLead Text
	}
	Mail  Mail
	Parts map[string]json.RawMessage // all of it, by its topmost names, for the pages
}

// Format is how figures are written where there is no browser that knows.
type Format struct {
	Date             Text
	Weekdays, Months []string
	Decimal, Group   string
	Money, Code      Text // an amount with its currency's symbol, or with its code
}

// Mail is the texts of mails.
type Mail struct {
	AnEvent, Greeting, Price, Footer                             Text
	Show, QR, Print, Secret                                      Text // of the ticket mail alone
	Ticket, Refund, Failed, Freed, Changed, Postponed, Cancelled Letter
}

// Letter is the texts of one kind of mail.
type Letter struct {
	Subject, Headline, Lead, Button Text
	Preview                         Text // what inboxes show beside the subject
	Then                            Text // what it means for the tickets
	Others                          Text // where other tickets stay valid
	Sum                             Text
}

// Parse returns the dictionary in a file.
func Parse(raw []byte) (*Dictionary, error) {
	var d Dictionary
	if err := json.Unmarshal(raw, &d.Parts); err != nil {
		return nil, fmt.Errorf("texts: %w", err)
	}
	for name, to := range map[string]any{
		"lang": &d.Lang, "dir": &d.Dir, "format": &d.Format, "seat": &d.Seat, "event": &d.Event, "receipt": &d.Receipt,
		"payment": &d.Payment, "edge": &d.Edge, "mail": &d.Mail,
	} {
		decoder := json.NewDecoder(bytes.NewReader(d.Parts[name]))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(to); err != nil {
			return nil, fmt.Errorf("texts: %s: %w", name, err)
		}
	}
	if len(d.Format.Weekdays) != 7 || len(d.Format.Months) != 12 || d.Dir != "ltr" && d.Dir != "rtl" {
		return nil, fmt.Errorf("texts: format or dir is not complete")
	}
	return &d, nil
}

// Text returns the text of a name, such as wait.loading.head, that has no plural forms.
func (d *Dictionary) Text(name string) (string, error) {
	part, rest, nested := strings.Cut(name, ".")
	raw := d.Parts[part]
	for nested {
		var in map[string]json.RawMessage
		if err := json.Unmarshal(raw, &in); err != nil {
			return "", fmt.Errorf("texts: there is no %s", name)
		}
		part, rest, nested = strings.Cut(rest, ".")
		raw = in[part]
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", fmt.Errorf("texts: there is no %s", name)
	}
	return text, nil
}

// Date returns a day and a time of day, by the clocks of t.
func (d *Dictionary) Date(t time.Time) string {
	return d.Format.Date.With("weekday", d.Format.Weekdays[t.Weekday()], "day", strconv.Itoa(t.Day()),
		"month", d.Format.Months[t.Month()-1], "year", strconv.Itoa(t.Year()), "time", d.Time(t))
}

// Time returns a time of day.
func (d *Dictionary) Time(t time.Time) string { return t.Format("15:04") }
