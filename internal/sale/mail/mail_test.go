package mail_test

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
	"time"

	"foyer/internal/room/event"
	foyermail "foyer/internal/sale/mail"

	"foyer/internal/sale/seat"
	"foyer/internal/texts"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func purchase() foyermail.Purchase {
	return foyermail.Purchase{
		Number: "K7M2P9QX4R", Event: event.Event{Name: "Zoë & the <Night> Ferries"}, Name: "Ada, Countess “of” Lovelace",
		Email: "ada@example.com",
		Seats: []foyermail.Seat{
			{
				Label: seat.Label{Section: "Stalls", Row: "C", Seat: "12"}, Code: "2982621373277360683288519488607335014672",
				Price: 4550,
			},
			{
				Label: seat.Label{Section: "Stalls, left", Row: "C", Seat: "13, "},
				Code:  "2982621373277360683288519488607335014673",
				Price: 4550,
			},
		},
		Total: 9100, Currency: "eur", Page: "https://sale.example.com/foyer/site/ticket/index.html#o.s", At: noon,
	}
}

// part is one leaf of a message.
type part struct{ kind, id, disposition, body string }

// leaves takes a message apart, and returns its leaves with the types on the way to each.
func leaves(t *testing.T, contentType, encoding string, body io.Reader, way string) (all []part) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(kind, "multipart/") {
		switch encoding {
		case "quoted-printable":
			body = quotedprintable.NewReader(body)
		case "base64":
			body = base64.NewDecoder(base64.StdEncoding, body)
		}
		raw, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		return []part{{kind: way + kind, body: string(raw)}}
	}
	r := multipart.NewReader(body, params["boundary"])
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range leaves(
			t, p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p,
			way+strings.TrimPrefix(kind, "multipart/")+" > ",
		) {
			if one.id == "" {
				one.id, one.disposition = p.Header.Get("Content-Id"), p.Header.Get("Content-Disposition")
			}
			all = append(all, one)
		}
	}
}

func compose(t *testing.T, p foyermail.Purchase) (*mail.Message, []part) {
	t.Helper()
	raw, err := foyermail.Compose(p, "The Night Ferries <tickets@example.com>", texts.English())
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if len(line) > 1000 || !strings.HasSuffix(line, "\r\n") {
			t.Errorf("a line that no mail server takes: %.60q", line)
		}
	}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return m, leaves(t, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body, "")
}

func TestATicketMailHasTextPageAndCodes(t *testing.T) {
	p := purchase()
	m, parts := compose(t, p)
	if len(parts) != 4 {
		t.Fatalf("%d parts", len(parts))
	}
	for i, want := range []string{
		"related > alternative > text/plain", "related > alternative > text/html", "related > image/png",
		"related > image/png",
	} {
		if parts[i].kind != want {
			t.Errorf("part %d is %s, want %s", i, parts[i].kind, want)
		}
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != "Your tickets for "+p.Event.Name {
		t.Errorf("subject %q", subject)
	}
	to, err := mail.ParseAddress(m.Header.Get("To"))
	if err != nil || to.Address != p.Email || to.Name != p.Name {
		t.Errorf("to %+v, %v", to, err)
	}
	text, html := parts[0].body, parts[1].body
	for _, want := range []string{
		p.Event.Name, p.Name, p.Seats[0].Label.String(), p.Seats[1].Label.String(), "€91", "€45.50", p.Page, "K7M2P9QX4R",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q", want)
		}
	}
	for _, want := range []string{
		"Zoë &amp; the &lt;Night&gt; Ferries", `src="cid:ticket-1@foyer"`, `src="cid:ticket-2@foyer"`,
		"Stalls, left, row C", "Seat 13, ", p.Page, `lang="en"`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for i, one := range parts[2:] {
		if want := []string{"<ticket-1@foyer>", "<ticket-2@foyer>"}[i]; one.id != want ||
			!strings.HasPrefix(one.disposition, "inline") {
			t.Errorf("image %d is %s, %s", i, one.id, one.disposition)
		}
		if _, err := png.Decode(strings.NewReader(one.body)); err != nil {
			t.Errorf("image %d: %v", i, err)
		}
	}
	if strings.Contains(html, "<script") || strings.Contains(html, "http://") || strings.Contains(html, "ZgotmplZ") {
		t.Error("the page holds what mail clients refuse")
	}
	if len(html) > 100_000 {
		t.Errorf("%d bytes: Gmail cuts off at 102 KB", len(html))
	}
}

func TestEightTicketsFitBeforeGmailCuts(t *testing.T) {
	p := purchase()
	for len(p.Seats) < 8 {
		p.Seats = append(p.Seats, p.Seats[0])
	}
	_, parts := compose(t, p)
	if len(parts) != 10 || len(parts[1].body) > 60_000 {
		t.Errorf("%d parts, a page of %d bytes", len(parts), len(parts[1].body))
	}
}

func TestNothingOfABuyerBecomesAHeader(t *testing.T) {
	p := purchase()
	p.Name = "Ada\r\nBcc: everybody@example.com\r\n\r\n<script>"
	p.Event.Name = "Ferries\r\nBcc: everybody@example.com"
	p.Event.Organiser, p.Event.Contact = p.Event.Name, "a@example.com\r\nBcc: everybody@example.com"
	raw, err := foyermail.Compose(p, "tickets@example.com", texts.English())
	if err != nil {
		return // refused: as good
	}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil || m.Header.Get("Bcc") != "" {
		t.Errorf("bcc %q, %v", m.Header.Get("Bcc"), err)
	}
}

func TestABadAddressIsNotTold(t *testing.T) {
	p := purchase()
	p.Email = "hush hush@@example"
	if _, err := foyermail.Compose(p, "tickets@example.com", texts.English()); err == nil ||
		strings.Contains(err.Error(), "hush") {
		t.Errorf("%v", err)
	}
}

// The page's address holds the link secret.
func TestABadPageIsNotTold(t *testing.T) {
	p := purchase()
	p.Page, p.Event.Begin = "https://[sale.example.com#hush", noon
	for name, compose := range map[string]func(foyermail.Purchase, string, *texts.Dictionary) ([]byte, error){
		"ticket": foyermail.Compose, "change": foyermail.ComposeChange,
	} {
		if _, err := compose(p, "tickets@example.com", texts.English()); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASellerIsNamedWithWhatIsKnown(t *testing.T) {
	for _, c := range []struct{ seller, vatID, want string }{
		{"Hall Ltd", "DE123", "Sold by Hall Ltd, VAT ID DE123\r\n"}, {"Hall Ltd", "", "Sold by Hall Ltd\r\n"},
		{"", "DE123", ""}, {"", "", ""},
	} {
		p := purchase()
		p.Seller, p.VATID = c.seller, c.vatID
		_, parts := compose(t, p)
		_, rest, found := strings.Cut(parts[0].body, "Sold by")
		if found != (c.want != "") || found && !strings.HasPrefix("Sold by"+rest, c.want) {
			t.Errorf("%q, %q: %s", c.seller, c.vatID, parts[0].body)
		}
	}
}

func TestMoney(t *testing.T) {
	for _, c := range []struct {
		minor    int64
		currency string
		want     string
	}{
		{4550, "eur", "€45.50"}, {9100, "EUR", "€91"}, {5, "usd", "$0.05"}, {123456700, "gbp", "£1,234,567"},
		{100000000, "usd", "$1,000,000"},
		{1200, "jpy", "¥1,200"}, {8000, "chf", "CHF 80"}, {1234, "kwd", "KWD 1.234"}, {0, "eur", "€0"},
	} {
		if got := foyermail.Money(c.minor, c.currency, texts.English()); got != c.want {
			t.Errorf("%d %s: %s, want %s", c.minor, c.currency, got, c.want)
		}
	}
}

func TestAMailSaysWhenWhereAndFromWhom(t *testing.T) {
	p := purchase()
	p.Event = event.Event{
		Zone: "main", Version: 1, Name: "The Night Ferries", Place: "Harbour Hall", Address: "Am Kai 4, Hamburg",
		Begin:     time.Date(2027, 6, 19, 20, 45, 0, 0, time.FixedZone("", 7200)),
		Doors:     time.Date(2027, 6, 19, 19, 0, 0, 0, time.FixedZone("", 7200)),
		Organiser: "Harbour Hall GmbH", Contact: "help@harbour.example", TimeZone: "Europe/Isle_of_Man",
	}
	m, parts := compose(t, p)
	if from, err := mail.ParseAddress(m.Header.Get("From")); err != nil || from.Name != "Harbour Hall GmbH" ||
		from.Address != "tickets@example.com" {
		t.Errorf("from %v, %v", from, err)
	}
	if reply, err := mail.ParseAddress(m.Header.Get("Reply-To")); err != nil || reply.Address != "help@harbour.example" {
		t.Errorf("answers go to %v, %v", reply, err)
	}
	file := ""
	for _, one := range parts {
		for _, want := range []string{"Saturday 19 June 2027, 20:45 (doors 19:00), Isle of Man time",
			"Harbour Hall, Am Kai 4, Hamburg"} {
			if strings.Contains(one.kind, "/text/") && strings.Contains(one.kind, "alternative") &&
				!strings.Contains(one.body, want) {
				t.Errorf("%s lacks %q", one.kind, want)
			}
		}
		if strings.Contains(one.kind, "text/calendar") {
			file = one.body
		}
	}
	if !strings.Contains(file, "UID:main@sale.example.com") || !strings.Contains(file, "DTSTART:20270619T184500Z") {
		t.Errorf("the calendar file: %q", file)
	}
}
