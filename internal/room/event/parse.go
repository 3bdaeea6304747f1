package event

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"foyer/internal/printable"
	"foyer/internal/problem"
)

// Bounds of an event's texts, characters.
const (
	MaxName    = 120
	MaxText    = 200 // of a place, an address and other texts of one line
	MaxMessage = 500
	maxURL     = 500
	maxVATID   = 30
)

// file is an event as its operator writes it: times as the clocks of the place show them.
type file struct {
	Name, Begin, Doors, End, TimeZone      string
	Status                                 Status
	Place, Address, Organiser, Contact     string
	Imprint, Terms, Link, Picture, Message string
	PictureText                            string
	Seller, VATID                          string
	VAT                                    string            // per cent: 7, 5.5
	CategoryVAT                            map[string]string // by category of the map
}

// layouts are the ways in which an operator may write a time.
var layouts = []string{"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05"}

// Parse reads an event as its operator writes it, a JSON object. It returns problem.Invalid with everything that is
// wrong.
func Parse(raw []byte) (Event, error) {
	var f file
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return Event{}, problem.New(problem.Invalid, "the event can't be read: %s",
			strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Event{}, problem.New(problem.Invalid, "there is something after the event")
	}
	var wrong faults
	e := f.event(&wrong)
	if len(wrong) > 0 {
		return Event{}, problem.New(problem.Invalid, "the event is not complete or not right:\n  %s",
			strings.Join(wrong, "\n  "))
	}
	return e, nil
}

// faults is what is wrong, line by line.
type faults []string

func (f *faults) unless(ok bool, format string, args ...any) {
	if !ok {
		*f = append(*f, fmt.Sprintf(format, args...))
	}
}

func (f file) event(wrong *faults) Event {
	e := Event{
		Name: f.Name, TimeZone: f.TimeZone, Status: f.Status, Place: f.Place, Address: f.Address,
		Organiser: f.Organiser, Contact: f.Contact, Imprint: f.Imprint, Terms: f.Terms, Link: f.Link,
		Picture: f.Picture, PictureText: f.PictureText, Message: f.Message,
	}
	f.times(&e, wrong)
	f.taxes(&e, wrong)
	known := f.Status == On || f.Status == Postponed || f.Status == Cancelled
	wrong.unless(known, "status: %q is neither postponed nor cancelled; an event that takes place has none", f.Status)
	for _, one := range []struct {
		field, text string
		most        int
		needed      bool
	}{
		{"name", f.Name, MaxName, true}, {"place", f.Place, MaxText, true}, {"address", f.Address, MaxText, false},
		{"seller", f.Seller, MaxText, false}, {"vatId", f.VATID, maxVATID, false},
		{"organiser", f.Organiser, MaxText, true}, {"pictureText", f.PictureText, MaxText, false},
	} {
		wrong.unless(!one.needed || strings.TrimSpace(one.text) != "", "%s: is missing", one.field)
		wrong.unless(isLine(one.text), "%s: must be one line of text", one.field)
		wrong.unless(utf8.RuneCountInString(one.text) <= one.most, "%s: has more than %d characters", one.field, one.most)
	}
	wrong.unless(utf8.RuneCountInString(f.Message) <= MaxMessage, "message: has more than %d characters", MaxMessage)
	address, err := mail.ParseAddress(f.Contact)
	wrong.unless(err == nil && address.Address == f.Contact,
		"contact: must be an e-mail address, such as tickets@example.com, at which buyers get an answer")
	for _, one := range [][2]string{
		{"imprint", f.Imprint}, {"terms", f.Terms}, {"link", f.Link}, {"picture", f.Picture},
	} {
		wrong.unless(one[1] == "" || isURL(one[1]), "%s: must be a whole address, beginning with https://", one[0])
	}
	wrong.unless(f.Picture == "" || f.PictureText != "", "pictureText: is missing: say what the picture shows")
	return e
}

// taxes reads who sells, and the value added tax in the prices.
func (f file) taxes(e *Event, wrong *faults) {
	rate := func(field, text string) int {
		percent, err := strconv.ParseFloat(cmp.Or(text, "0"), 64)
		hundredths := math.Round(percent * 100)
		wrong.unless(err == nil && percent >= 0 && percent <= 100 && math.Abs(hundredths-percent*100) < 1e-6,
			"%s: %q is no rate: write it in per cent, as 7 or 5.5", field, text)
		return int(hundredths)
	}
	e.Seller, e.VATID, e.VAT = f.Seller, f.VATID, rate("vat", f.VAT)
	for category, text := range f.CategoryVAT {
		if e.CategoryVAT == nil {
			e.CategoryVAT = map[string]int{}
		}
		e.CategoryVAT[category] = rate("categoryVat."+category, text)
	}
	charges := e.VAT > 0 || len(e.CategoryVAT) > 0
	wrong.unless(!charges || f.VATID != "", "vatId: is missing: who charges value added tax states it")
	if f.VATID != "" {
		e.Seller = cmp.Or(f.Seller, f.Organiser)
	}
}

// times reads the times by the clock of the event's time zone.
func (f file) times(e *Event, wrong *faults) {
	where, err := time.LoadLocation(f.TimeZone)
	if err != nil || f.TimeZone == "" || f.TimeZone == "Local" {
		wrong.unless(false, "timeZone: %q is no time zone: write it as Europe/Berlin", f.TimeZone)
		return
	}
	for _, one := range []struct {
		field, text string
		into        *time.Time
	}{{"begin", f.Begin, &e.Begin}, {"doors", f.Doors, &e.Doors}, {"end", f.End, &e.End}} {
		if one.text == "" && one.field != "begin" {
			continue
		}
		at, err := clock(one.text, where)
		wrong.unless(err == nil, "%s: %q is no time: write it as 2027-06-19 20:45, by the clock of %s",
			one.field, one.text, f.TimeZone)
		*one.into = at
	}
	wrong.unless(e.Doors.IsZero() || !e.Doors.After(e.Begin), "doors: open after the event begins")
	wrong.unless(e.End.IsZero() || e.End.After(e.Begin), "end: must be after begin")
}

// clock reads a time by the clocks of a place. The time that it returns knows its offset and no more.
func clock(text string, where *time.Location) (time.Time, error) {
	for _, layout := range layouts {
		if at, err := time.ParseInLocation(layout, text, where); err == nil {
			return fixed(at), nil
		}
	}
	at, err := time.Parse(time.RFC3339, text)
	return fixed(at.In(where)), err
}

func fixed(at time.Time) time.Time {
	name, offset := at.Zone()
	return at.In(time.FixedZone(name, offset))
}

func isLine(text string) bool {
	_, odd := printable.Odd(text)
	return !odd
}

func isURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil && len(text) <= maxURL && isLine(text) &&
		!strings.ContainsAny(text, ` "'<>\`)
}
