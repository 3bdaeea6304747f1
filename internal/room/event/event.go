// Package event owns what people are told of the event that a zone sells: what it is, when and where it begins, and who
// gives it. It is public and the same for everybody.
//
// It must never hold anything that a visitor may not know.
package event

import (
	"cmp"
	"context"
	"encoding/json"
	"time"
)

// Status says whether the event takes place as announced.
type Status string

// The states of an event. On is the zero Status.
const (
	On        Status = ""
	Postponed Status = "postponed" // to a day that isn't known yet
	Cancelled Status = "cancelled"
)

// Event is what everybody may know of a zone's event. Its times have the offset from UTC that the clocks of its place
// show then, so that nobody needs to know time zones to say the time of day.
type Event struct {
	Zone    string `json:"zone"`
	Version int64  `json:"version"` // counts changes, from 1; 0: the operator has set none
	Name    string `json:"name"`

	Begin    time.Time `json:"begin,omitzero"`
	Doors    time.Time `json:"doors,omitzero"`
	End      time.Time `json:"end,omitzero"`
	TimeZone string    `json:"timeZone,omitempty"` // IANA name, such as Europe/Berlin
	Status   Status    `json:"status,omitempty"`

	Place   string `json:"place,omitempty"`
	Address string `json:"address,omitempty"` // one line

	Organiser string `json:"organiser,omitempty"`
	Contact   string `json:"contact,omitempty"` // the organiser's e-mail address for questions
	// Seller is who sells, for receipts and books, if that isn't the organiser; VAT is the rate of the value added tax
	// in every price, CategoryVAT that of single price categories, in hundredths of a per cent.
	Seller      string         `json:"seller,omitempty"`
	VATID       string         `json:"vatId,omitempty"`
	VAT         int            `json:"vat,omitempty"`
	CategoryVAT map[string]int `json:"categoryVat,omitempty"`

	Imprint string `json:"imprint,omitempty"` // URL, as the ones below
	Terms   string `json:"terms,omitempty"`
	Link    string `json:"link,omitempty"` // the event's own page

	Picture     string `json:"picture,omitempty"`
	PictureText string `json:"pictureText,omitempty"` // what the picture shows, for those who don't see it

	Message string `json:"message,omitempty"` // to those who wait

	Change Change `json:"change,omitzero"`
}

// Change is the last change that everybody who bought before it must hear of: another time or place, or that it was
// postponed or cancelled. The zero Change: there was none.
type Change struct {
	Version int64     `json:"version"` // the event's with which it came
	At      time.Time `json:"at"`
	Begin   time.Time `json:"begin"` // as it was before
	Place   string    `json:"place"` // as it was before
}

// VATOf returns the rate of the tax in the prices of a category, in hundredths of a per cent; 0: none is stated.
func (e Event) VATOf(category string) int {
	if rate, own := e.CategoryVAT[category]; own {
		return rate
	}
	return e.VAT
}

// Store keeps each zone's event, in an item of its own.
type Store interface {
	// Event reads the zone's event consistently; a zone that has none gives the zero Event of that zone.
	Event(ctx context.Context, zone string) (Event, error)

	// SaveEvent writes e if the stored version is still e.Version-1, in one conditional write; otherwise it returns
	// problem.Conflict. Repeating a write that landed is success.
	SaveEvent(ctx context.Context, e Event) error
}

// Reader reads events; Store is one.
type Reader interface {
	Event(ctx context.Context, zone string) (Event, error)
}

// Told returns the event as it is told: with the zone's title where it has no name.
func (e Event) Told(title string) Event {
	e.Name = cmp.Or(e.Name, title)
	return e
}

// Replace returns e as the next version of the event before it. The Change of the one before stays until there is
// another that buyers must hear of.
func (e Event) Replace(before Event, now time.Time) Event {
	e.Zone, e.Version, e.Change = before.Zone, before.Version+1, before.Change
	moved := !e.Begin.Equal(before.Begin) || e.Place != before.Place || e.Address != before.Address
	if before.Version > 0 && (moved || e.Status != before.Status) {
		e.Change = Change{e.Version, now.UTC().Truncate(time.Millisecond), before.Begin, before.Place}
	}
	return e
}

// Tells reports whether somebody who bought at that time must hear of the event's last change.
func (e Event) Tells(bought time.Time) bool {
	return bought.Before(e.Change.At) // zero: it never changed
}

// Encode returns the event as its one text, and Decode the event of a text.
func (e Event) Encode() string {
	text, err := json.Marshal(e)
	if err != nil { // texts and times of four-digit years always marshal
		return ""
	}
	return string(text)
}

// Decode returns the event of a text that Encode made.
func Decode(text string) (e Event, err error) {
	err = json.Unmarshal([]byte(text), &e)
	return e, err
}
