package sale

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	gomail "github.com/wneessen/go-mail"

	localstripe "foyer/infra/local/stripe"
	"foyer/internal/room/event"
	"foyer/internal/sale/ledger"
	"foyer/internal/sale/mail"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay/stripe"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/ticket"
	"foyer/internal/sale/venue"
	"foyer/internal/store/memory/memsale"
	"foyer/internal/testkit/gatewaytest"
	"foyer/internal/testkit/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// text is a row of testdata/texts: what becomes of a text of one kind that somebody writes.
type text struct {
	line    int
	kind    string // name, email, title, label or sender
	given   string
	becomes string
	refused bool
}

func texts(t *testing.T) (all []text) {
	t.Helper()
	file, err := os.Open("../../../testdata/texts/texts.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		cells := strings.Split(lines.Text(), "\t")
		if n == 1 {
			continue
		}
		one := text{line: n, kind: cells[0], refused: cells[1] == "refused"}
		err := json.Unmarshal([]byte(cells[2]), &one.given)
		if one.becomes = one.given; err == nil && cells[1] != "itself" && !one.refused {
			err = json.Unmarshal([]byte(cells[1]), &one.becomes)
		}
		if err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		all = append(all, one)
	}
	return all
}

// purchase is what is written in one order, and comes out at the end of the line.
type purchase struct {
	name, email, title, label, sender string
}

// of returns a purchase in which one text is another.
func (one text) of(value string) purchase {
	p := purchase{"Ada Lovelace", "ada@example.com", "Concert", "9", "The Hall"}
	into := map[string]*string{
		"name": &p.name, "email": &p.email, "title": &p.title, "label": &p.label, "sender": &p.sender,
	}
	*into[one.kind] = value
	return p
}

// Every text that is accepted where it comes in is mailed, printed, charged and listed as it is; every other is refused
// before money moves, with words.
func TestTextsOfTheWorldFromFormToTicket(t *testing.T) {
	url, all := pgtest.New(t), texts(t)
	if len(all) < 200 {
		t.Fatalf("only %d texts", len(all))
	}
	book := &ledger.Book{Connect: func(ctx context.Context) (*pgx.Conn, error) { return pgx.Connect(ctx, url) }}
	t.Cleanup(func() { book.Close(context.Background()) })
	doors := map[string]purchase{} // by the order's number
	for _, one := range all {
		t.Run(fmt.Sprintf("line %d %s", one.line, one.kind), func(t *testing.T) {
			w := newTextStage(t)
			o, refusal := w.buys(one.of(one.given))
			if refused := refusal != ""; refused != one.refused {
				t.Fatalf("%q: refused with %q, want %v", one.given, refusal, one.refused)
			}
			if one.refused {
				if len(strings.Fields(refusal)) < 4 || strings.ContainsAny(refusal, "\x00\r\u202e") {
					t.Errorf("%q is refused with %q, which doesn't help", one.given, refusal)
				}
				return
			}
			want := one.of(one.becomes)
			w.isMailed(o, want)
			w.isShown(o, want)
			o.Number = fmt.Sprint("N", one.line) // the visitor and the key are always the same
			o.ID = fmt.Sprint("o", one.line)
			if _, err := book.Book(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			doors[o.Number] = want
		})
	}
	listed(t, book, doors)
}

// listed checks the list for the doors.
func listed(t *testing.T, book *ledger.Book, doors map[string]purchase) {
	t.Helper()
	var out bytes.Buffer
	if err := book.Export(t.Context(), &out, "doors", "main"); err != nil {
		t.Fatal(err)
	}
	raw, marked := strings.CutPrefix(out.String(), "\ufeff")
	if !marked {
		t.Error("Excel takes the list for one of another encoding: it has no mark")
	}
	lines, err := csv.NewReader(strings.NewReader(raw)).ReadAll()
	if err != nil || len(lines) != 2*len(doors)+1 { // each buys two seats
		t.Fatalf("%d lines of %d orders, %v", len(lines), len(doors), err)
	}
	at := map[string]int{}
	for i, name := range lines[0] {
		at[name] = i
	}
	for _, line := range lines[1:] {
		p := doors[line[at["number"]]]
		name := p.name
		if strings.ContainsRune("=+-@", rune(name[0])) {
			name = "'" + name // no formula
		}
		if line[at["name"]] != name || !strings.HasSuffix(line[at["label"]], "seat "+p.label) {
			t.Errorf("order %s is listed as %q, want name %q and seat %q", line[at["number"]], line, name, p.label)
		}
	}
}

// textStage is a stage with the payment provider's stand-in and a mailbox.
type textStage struct {
	*stage
	provider *localstripe.Service
	sender   string
	mailed   []byte
}

func newTextStage(t *testing.T) *textStage {
	w := &textStage{stage: newStage(t)}
	server := httptest.NewUnstartedServer(nil)
	w.provider = localstripe.New(localstripe.Options{
		Key: "sk_test_of_the_events", Base: "http://" + server.Listener.Addr().String(), Now: w.Clock,
	})
	server.Config.Handler = w.provider
	server.Start()
	t.Cleanup(w.provider.Close)
	t.Cleanup(server.Close)
	w.orders.Pay = &stripe.Provider{Keys: secret(paySecret), URL: server.URL, Client: server.Client(), Now: w.Clock}
	return w
}

// buys writes the texts where they are written, and pays. A refusal of any of them is returned, with its words.
func (w *textStage) buys(p purchase) (o order.Order, refusal string) {
	w.Helper()
	ctx := w.Context()
	settings := gatewaytest.Zone()
	settings.Title = p.title
	if err := settings.Validate(); err != nil {
		return o, err.Error()
	}
	w.sender = p.sender + " <tickets@example.com>"
	if _, err := mail.ParseSender(w.sender); err != nil {
		return o, err.Error()
	}
	if refusal := w.builds(p.label); refusal != "" {
		return o, refusal
	}
	settings.Version++
	w.ok(w.cloud.Zones().SaveSettings(ctx, settings))

	if out := w.do("seats-choose", ""); out.StatusCode != http.StatusOK {
		w.Fatal(out.Body)
	}
	form, _ := json.Marshal(map[string]string{"email": p.email, "name": p.name})
	e := w.Request("checkout-order", "")
	e.Body = string(form)
	out, err := w.checkout.Handle(ctx, e)
	w.ok(err)
	if out.StatusCode != http.StatusOK {
		var said struct{ Code, Detail string }
		w.ok(json.Unmarshal([]byte(out.Body), &said))
		if said.Code != "invalid" {
			w.Errorf("it is not refused where it comes in: %s", out.Body)
		}
		return o, said.Detail
	}
	var made ordered
	w.ok(json.Unmarshal([]byte(out.Body), &made))
	page, err := http.Get(made.CheckoutURL)
	w.ok(err)
	defer page.Body.Close()
	shown, err := io.ReadAll(page.Body)
	w.ok(err)
	if !strings.Contains(html.UnescapeString(string(shown)), "seat "+p.label) {
		w.Errorf("the provider's page doesn't show seat %q", p.label)
	}
	_, err = w.provider.Pay(path.Base(made.CheckoutURL), localstripe.Approve, localstripe.WebhookNever)
	w.ok(err)
	o, err = w.orders.Drive(ctx, made.Order, "")
	w.ok(err)
	if o.State != order.Paid {
		w.Fatalf("the order is %s", o.State)
	}
	return o, ""
}

// builds gives the seats that are bought a label.
func (w *textStage) builds(label string) (refusal string) {
	w.Helper()
	raw, err := os.ReadFile("../../../testdata/venues/theatre-300.json")
	w.ok(err)
	v, err := venue.Parse(raw)
	w.ok(err)
	for i := range v.Sections {
		for j := range v.Sections[i].Rows {
			for k := range v.Sections[i].Rows[j].Seats {
				if s := &v.Sections[i].Rows[j].Seats[k]; s.ID == "stalls-A-9" || s.ID == "stalls-A-10" {
					s.Label = label
				}
			}
		}
	}
	if err := v.Validate(); err != nil {
		return err.Error()
	}
	o, err := w.cloud.Seats().Overview(w.Context(), "main")
	w.ok(err)
	w.ok(w.cloud.Seats().SaveMap(w.Context(), "main", v, o.Version))
	return ""
}

func (w *textStage) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// Send implements mail.Sender.
func (w *textStage) Send(_ context.Context, _, _ string, raw []byte) (string, error) {
	w.mailed = raw
	return "1", nil
}

// isMailed sends the tickets and reads the mail.
func (w *textStage) isMailed(o order.Order, p purchase) {
	w.Helper()
	keys, err := ticket.ParseSecret(ticketSecret)
	w.ok(err)
	mails := &mail.Service{
		Orders: w.cloud.Orders(), Settings: w.cloud.Zones(), Events: w.cloud.Zones().(event.Reader),
		Done: memsale.NewOnce(), Sender: w,
		From:    w.sender,
		Keys:    func(context.Context) (ticket.Keys, error) { return keys, nil },
		LinkKey: func(context.Context) (order.LinkKey, error) { return keys.LinkKey(), nil },
		Owner:   func() string { return "me" }, Now: w.Clock,
	}
	if n, err := mails.SendMails(w.Context(), o.ID); err != nil || n != 1 {
		w.Fatalf("%d mails, %v", n, err)
	}
	m, err := netmail.ReadMessage(bytes.NewReader(w.mailed))
	w.ok(err)
	to, err := netmail.ParseAddress(m.Header.Get("To"))
	w.ok(err)
	from, err := netmail.ParseAddress(m.Header.Get("From"))
	w.ok(err)
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	w.ok(err)
	if to.Name != p.name || to.Address != p.email || from.Name != p.sender || !strings.Contains(subject, p.title) {
		w.Errorf("to %q, from %q, subject %q; want %+v", to, from, subject, p)
	}
	parsed, err := gomail.EMLToMsgFromReader(bytes.NewReader(w.mailed))
	w.ok(err)
	body, err := parsed.GetParts()[0].GetContent()
	w.ok(err)
	for _, want := range []string{p.name, p.title, "seat " + p.label} {
		if !strings.Contains(string(body), want) {
			w.Errorf("the mail lacks %q", want)
		}
	}
}

// isShown reads what the order's and the ticket's page show.
func (w *textStage) isShown(o order.Order, p purchase) {
	w.Helper()
	s := w.shows("checkout-read")
	want := seat.Label{Section: "Stalls", Row: "A", Seat: p.label}
	if s.Name != p.name || s.Email != p.email || s.Number != o.Number || len(s.Tickets) != 2 || s.Seats[0].Label != want {
		w.Errorf("shown %+v, want %+v", s, p)
	}
}
