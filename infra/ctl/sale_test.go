package main

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	smithytime "github.com/aws/smithy-go/time"
	"github.com/jackc/pgx/v5"

	"foyer/infra/ctl/cli"
	"foyer/infra/local/aws"
	localsqs "foyer/infra/local/sqs"
	"foyer/infra/topology"
	"foyer/internal/sale/audit"
	"foyer/internal/sale/ledger"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/ticket"
	"foyer/internal/testkit/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// soldAt is the parts of a sale at a desk.
type soldAt struct {
	typed  string // on standard input
	keys   ticket.Keys
	url    string // of the ledger
	orders []order.Order
	paid   map[string]order.Payment
	sqs    cli.Queues
	till   cli.Till
}

func (d *desk) Tickets() (ticket.Keys, error) { return d.sold.keys, nil }

func (d *desk) Book() (*ledger.Book, error) {
	return &ledger.Book{Connect: func(ctx context.Context) (*pgx.Conn, error) { return pgx.Connect(ctx, d.sold.url) },
		Sleep: smithytime.SleepWithContext}, nil
}

func (d *desk) Till() (cli.Till, error) { return d.sold.till, nil }

func (d *desk) Orders() (cli.Orders, error) {
	if box, one := d.sold.till.(*cashbox); one {
		return box, nil
	}
	return d.cloud.Orders(), nil
}

func (d *desk) Queues() (cli.Queues, error) { return d.sold.sqs, nil }

func (d *desk) Books() (*audit.Books, func(), error) {
	book, _ := d.Book()
	return &audit.Books{Maps: d.cloud.Seats(), Seats: d.cloud.Seats(), Bought: d, Pay: d, Ledger: book},
		func() { book.Close(context.Background()) }, nil
}

func (d *desk) All(context.Context, string) ([]order.Order, error) { return d.sold.orders, nil }

func (d *desk) Get(_ context.Context, o order.Order) (order.Payment, error) {
	p, found := d.sold.paid[o.ID]
	if !found {
		return p, errors.New("the provider doesn't answer")
	}
	return p, nil
}

func TestScannersCheckTicketsOffline(t *testing.T) {
	d := newDesk(t)
	var err error
	if d.sold.keys, err = ticket.ParseSecret(
		`{"kid":"t1","secret":"correct horse battery staple, thirty-two or more"}`); err != nil {
		t.Fatal(err)
	}
	code, err := d.sold.keys.Sign(ticket.Claim{Zone: "main", Order: "K7M2P9QX4R", Seat: "A-1-1"})
	if err != nil {
		t.Fatal(err)
	}
	public := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(public, []byte(d.says("ticket keys", `{"keys":[{"kid":"t1"`)), 0o644); err != nil {
		t.Fatal(err)
	}
	d.sold.keys = ticket.Keys{} // from here on there is no secret
	offline := "ticket verify --public " + public + " "
	d.says(offline+code, "good     zone main, seat A-1-1, order K7M2P9QX4R")
	d.says(offline+"--json "+code, `"seat": "A-1-1"`)
	altered := code[:len(code)-1] + string('0'+(code[len(code)-1]-'0'+1)%10)
	d.says(offline+altered, "REFUSED  this ticket is forged or damaged\nerror: 1 refused")
	d.says(offline+code+" "+code, "REFUSED  seat A-1-1 was let in before\nerror: 1 refused")
	d.says(offline+"--zone other "+code, "REFUSED  it is for zone main")
	d.says(offline+"2.98262137E+230", "REFUSED  a spreadsheet has rounded this code: let it read the column as text")
	d.sold.typed = "\ufeff\"" + code + "\";\r\n\n" + altered + "\nhttps://example.com\n"
	got := d.says(offline, "good     zone main")
	if !strings.Contains(got, "error: 2 refused") {
		t.Errorf("it says %s", got)
	}
}

func TestTheBooksAreExportedAndVerified(t *testing.T) {
	d := newDesk(t)
	d.sold.url = pgtest.New(t)
	d.says("zone create main --title Concert", "")
	d.says("venue load main "+theatre, "300 seats")
	d.says("ledger restrict nonsense", "is not the ARN of an IAM role")
	d.says("ledger migrate --dry-run", "would bring the ledger's tables and views to this version")
	d.says("ledger restrict --dry-run", "would ")
	d.says("ledger verify main", "error: ") // nothing was made
	d.says("ledger restrict", "foyer_bookkeeper may add rows and read them, and nothing else")
	d.says("ledger migrate", "the ledger is up to date: 0 steps made")
	d.says("ledger verify main", "zone main: seats, orders, payments and ledger agree")

	sold := order.Order{ID: "o1", Number: "K7M2P9QX4R", Zone: "main", Name: "Ada", Email: "ada@example.com",
		State:  order.Paid,
		PaidAt: noon.Add(-time.Hour),
		PayBy:  noon,
		Amount: 4550, Currency: "eur", Session: "cs_1",
		Lines: []order.Line{{Section: "stalls", Seat: "stalls-A-1", Label: seat.Label{Section: "Stalls", Row: "A", Seat: "1"},
			Category: "A", Price: 4550}}}
	d.sold.orders, d.sold.paid = []order.Order{sold},
		map[string]order.Payment{"o1": {Order: "o1", State: order.PaymentCaptured, Amount: 4550, Currency: "eur"}}
	got := d.says("ledger verify main", "order o1: seat stalls-A-1: the ledger lacks the sale")
	if !strings.Contains(got, "order o1: seat stalls-A-1: the order is paid but the seat is not taken") ||
		!strings.Contains(got, "error: 2 disagreements in zone main") {
		t.Errorf("it says %s", got)
	}
	book, _ := d.Book()
	defer book.Close(context.Background())
	if _, err := book.Book(t.Context(), sold); err != nil {
		t.Fatal(err)
	}
	d.says("ledger verify main", "error: 1 disagreement in zone main")
	d.says("ledger verify main --json", `"agrees": false`)
	d.says("ledger export doors main --json", `"number": "K7M2P9QX4R"`)
	d.says("ledger export doors main", "stalls,stalls-A-1,\"Stalls, row A, seat 1\",A,,Ada,K7M2P9QX4R")
	file := filepath.Join(t.TempDir(), "finance.csv")
	d.says("ledger export finance main -o "+file, "")
	if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), ",sale,K7M2P9QX4R,o1,") {
		t.Errorf("%s, %v", text, err)
	}
	box := &cashbox{order: sold}
	d.sold.till = box
	d.says("order erase K7M2P9QX4R --dry-run", "would erase the buyer's name and address from order K7M2P9QX4R")
	d.says("order erase K7M2P9QX4R", "--yes")
	d.says("order erase K7M2P9QX4X --yes", "there is no order K7M2P9QX4X")
	if o := box.order; o.Name == "" || o.Email == "" {
		t.Errorf("erased without being meant: %+v", o)
	}
	box.order.RefundAt = noon
	d.says("order erase K7M2P9QX4R --yes", "error: order K7M2P9QX4R is paid and waits for something")
	box.order.RefundAt = time.Time{}
	for range 2 {
		d.says("order erase K7M2P9QX4R --yes", "order K7M2P9QX4R and the books don't name its buyer any more")
	}
	if o := box.order; o.Name != "" || !o.Erased() || o.EmailHash != "" {
		t.Errorf("not erased: %+v", o)
	}
	d.says("ledger export doors main", ",A,,,K7M2P9QX4R")
	d.says("ledger verify main", "error: 1 disagreement in zone main")
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read who bought: %v, %v", info.Mode(), err)
	}
	d.sold.paid = nil
	d.says("ledger verify main", "error: the provider doesn't answer")
}

func TestJobsThatWereGivenUpAreRedriven(t *testing.T) {
	now := noon
	played := localsqs.New(topology.Queues, localsqs.Options{Now: func() time.Time { return now }})
	server := httptest.NewServer(played)
	defer server.Close()
	d := newDesk(t)
	d.sold.sqs = cli.Queues{URLs: map[string]string{}, Client: sqs.New(sqs.Options{
		Region: aws.Region, BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("a", "b",
			""),
	})}
	for _, q := range topology.Queues {
		d.sold.sqs.URLs[q.Name] = server.URL + "/queues/" + aws.Account + "/" + q.Name
	}
	url, body := d.sold.sqs.URLs["mails"], "a ticket to send"
	if _, err := d.sold.sqs.Client.SendMessage(t.Context(),
		&sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}); err != nil {
		t.Fatal(err)
	}
	d.says("redrive", "mails     1        0        0")
	for range topology.Queues[0].MaxReceives + 1 {
		if _, err := d.sold.sqs.Client.ReceiveMessage(t.Context(),
			&sqs.ReceiveMessageInput{QueueUrl: &url}); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Hour)
	}
	d.says("redrive", "mails     0        0        1")
	d.says("redrive mails --dry-run", "would put about 1 job back into the queue mails")
	d.says("redrive mails", "mails: about 1 job goes back into the queue")
	d.says("redrive", "mails     1        0        0")
	d.says("redrive bookings", "bookings: nothing was given up")
	d.says("redrive nothing", `error: there is no queue "nothing"`)
	d.sold.sqs.URLs["mails"] = ""
	d.says("redrive mails", "error: say where Foyer is: --mails, or the variable MAILS_QUEUE")
}
