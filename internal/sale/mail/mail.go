// Package mail writes and sends the mails that buyers get, in HTML and in plain text: the ticket mail, with each QR
// code inline so that it can be shown offline, and a link to a page to print; and the refund mail.
//
// It must never log an address, a name or a code.
package mail

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	netmail "net/mail"
	"net/url"
	"strings"
	"sync"
	texttemplate "text/template"
	"time"

	gomail "github.com/wneessen/go-mail"

	"foyer/internal/room/event"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/ticket"
	"foyer/internal/texts"
)

// Purchase is what a mail shows of an order.
type Purchase struct {
	Number   string      // the order's
	Event    event.Event // with its name or the zone's title; zero: nothing is known of it
	Name     string
	Email    string
	Seats    []Seat
	Total    int64  // minor units; of a refund, what is refunded
	Currency string // ISO 4217
	Page     string // the link to the page with the tickets, or the order; having it is having the tickets
	At       time.Time
	Others   bool        // of a refund: there are tickets that stay good
	Taxes    []order.Tax // in the total; none where none is stated
	Seller   string      // empty: none is stated
	VATID    string
}

// Seat is one ticket of a purchase.
type Seat struct {
	Label seat.Label
	Type  string // the price type's name; empty: the map has none
	Code  string
	Price int64
}

// Sender hands a message over for delivery and returns the mail service's id of it. After an error it may or may not
// have been sent.
type Sender interface {
	Send(ctx context.Context, from, to string, raw []byte) (id string, err error)
}

//go:embed ticket.html.tmpl
var htmlText string

//go:embed ticket.txt.tmpl
var plainText string

//go:embed notice.html.tmpl
var htmlNoticeText string

//go:embed notice.txt.tmpl
var plainNoticeText string

// The templates are parsed for the first mail, not at every start of the process.
var (
	htmlTicket, htmlNotice   = htmlOf(htmlText), htmlOf(htmlNoticeText)
	plainTicket, plainNotice = plainOf(plainText), plainOf(plainNoticeText)
)

func htmlOf(text string) func() *template.Template {
	return sync.OnceValue(func() *template.Template { return template.Must(template.New("").Parse(text)) })
}

func plainOf(text string) func() *texttemplate.Template {
	return sync.OnceValue(func() *texttemplate.Template { return texttemplate.Must(texttemplate.New("").Parse(text)) })
}

// view is what the templates show.
type view struct {
	Purchase
	Lang, Dir               string
	Say                     texts.Letter
	Of                      texts.Mail
	Subject, Greeting       string
	Event, When, Where, Sum string
	NumberIs                texts.Text
	Taxes                   []string
	Sold                    string
	Stubs                   []stub
}

type stub struct {
	Title, Rest string // "Seat 12", "Stalls, row C"
	Label       string // "Stalls, row C, seat 12"
	CID, Alt    string
	Price       string
}

// Compose returns the ticket mail as it goes to the mail service. from is an address, with or without a name.
func Compose(p Purchase, from string, d *texts.Dictionary) ([]byte, error) {
	v := newView(p, d.Mail.Ticket, d)
	m, err := message(v, from, plainTicket(), htmlTicket())
	if err != nil {
		return nil, err
	}
	for i, s := range p.Seats {
		png, err := ticket.PNG(s.Code)
		if err != nil {
			return nil, err
		}
		err = m.EmbedReader(fmt.Sprintf("ticket-%d.png", i+1), bytes.NewReader(png),
			gomail.WithFileContentID("<"+v.Stubs[i].CID+">"), gomail.WithFileContentType("image/png"))
		if err != nil {
			return nil, err
		}
	}
	if err := attachCalendar(m, p); err != nil {
		return nil, err
	}
	return written(m)
}

// ComposeChange returns the mail that says what changed of the event, for a buyer.
func ComposeChange(p Purchase, from string, d *texts.Dictionary) ([]byte, error) {
	say := map[event.Status]texts.Letter{
		event.On: d.Mail.Changed, event.Postponed: d.Mail.Postponed, event.Cancelled: d.Mail.Cancelled,
	}[p.Event.Status]
	p.Taxes, p.Seller = nil, "" // it is no receipt
	m, err := message(newView(p, say, d), from, plainNotice(), htmlNotice())
	if err == nil {
		err = attachCalendar(m, p)
	}
	if err != nil {
		return nil, err
	}
	return written(m)
}

// attachCalendar attaches the event as a file for calendars, if its time is known.
func attachCalendar(m *gomail.Msg, p Purchase) error {
	if p.Event.Begin.IsZero() {
		return nil
	}
	page, err := url.Parse(p.Page)
	if err != nil {
		return fmt.Errorf("mail: the address of the page: %w", errUnusable)
	}
	return m.AttachReader("event.ics", strings.NewReader(p.Event.Calendar(page.Host, p.At)),
		gomail.WithFileContentType("text/calendar; charset=utf-8; method=PUBLISH"))
}

// ComposeRefund returns the mail about a refund: p holds the refunded seats and their sum.
func ComposeRefund(p Purchase, from string, d *texts.Dictionary) ([]byte, error) {
	if p.Total == 0 {
		return composeRefund(p, from, d.Mail.Freed, d)
	}
	return composeRefund(p, from, d.Mail.Refund, d)
}

// ComposeFailedRefund returns the mail about a refund that the buyer's bank sent back.
func ComposeFailedRefund(p Purchase, from string, d *texts.Dictionary) ([]byte, error) {
	return composeRefund(p, from, d.Mail.Failed, d)
}

func composeRefund(p Purchase, from string, say texts.Letter, d *texts.Dictionary) ([]byte, error) {
	m, err := message(newView(p, say, d), from, plainNotice(), htmlNotice())
	if err != nil {
		return nil, err
	}
	return written(m)
}

// message returns a mail to the buyer without attachments.
func message(v view, from string, plain *texttemplate.Template, html *template.Template) (*gomail.Msg, error) {
	m := gomail.NewMsg(gomail.WithEncoding(gomail.EncodingQP), gomail.WithNoDefaultUserAgent())
	sender, err := ParseSender(from)
	if err != nil {
		return nil, err
	}
	if _, err := netmail.ParseAddress(v.Email); err != nil {
		return nil, fmt.Errorf("mail: the buyer's address: %w", errUnusable)
	}
	// Buyers know the organiser, and write to it.
	sender.Name = cmp.Or(v.Purchase.Event.Organiser, sender.Name)
	m.FromMailAddress(sender)
	if answers, err := netmail.ParseAddress(v.Purchase.Event.Contact); err == nil {
		m.ReplyToMailAddress(answers)
	}
	m.ToMailAddress(&netmail.Address{Name: v.Name, Address: v.Email})
	m.Subject(v.Subject)
	m.SetDateWithValue(v.At)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("Content-Language", v.Lang)
	var text, page bytes.Buffer
	if err := plain.Execute(&text, v); err != nil {
		return nil, err
	}
	if err := html.Execute(&page, v); err != nil {
		return nil, err
	}
	m.SetBodyString(gomail.TypeTextPlain, text.String())
	m.AddAlternativeString(gomail.TypeTextHTML, page.String())
	return m, nil
}

func written(m *gomail.Msg) ([]byte, error) {
	var raw bytes.Buffer
	if _, err := m.WriteTo(&raw); err != nil {
		return nil, fmt.Errorf("mail: %w", errUnusable)
	}
	return raw.Bytes(), nil
}

func newView(p Purchase, say texts.Letter, d *texts.Dictionary) view {
	v := view{
		Purchase: p, Lang: d.Lang, Dir: d.Dir, Say: say, Of: d.Mail, Greeting: d.Mail.Greeting.With("name", p.Name),
		Event: cmp.Or(p.Event.Name, string(d.Mail.AnEvent)), When: when(p.Event, d), Where: p.Event.Where(),
		Sum: Money(p.Total, p.Currency, d), NumberIs: d.Receipt.Number,
	}
	v.Subject = say.Subject.With("event", v.Event)
	for _, t := range p.Taxes {
		v.Taxes = append(v.Taxes, d.Receipt.VAT.With("percent", t.Percent(), "sum", Money(t.Amount, p.Currency, d)))
	}
	if p.Seller != "" && p.VATID != "" {
		v.Sold = d.Receipt.SoldByRegistered.With("seller", p.Seller, "vatId", p.VATID)
	} else if p.Seller != "" {
		v.Sold = d.Receipt.SoldBy.With("seller", p.Seller)
	}
	for i, s := range p.Seats {
		one := stub{CID: fmt.Sprintf("ticket-%d@foyer", i+1), Price: Money(s.Price, p.Currency, d)}
		if s.Type != "" {
			one.Price = d.Mail.Price.With("type", s.Type, "price", one.Price)
		}
		one.Title, one.Rest, one.Label = name(s.Label, d)
		one.Alt = d.Mail.QR.With("seat", one.Label)
		v.Stubs = append(v.Stubs, one)
	}
	return v
}
