package local

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"foyer/infra/local/lambda"
	"foyer/infra/local/ses"
	"foyer/infra/local/sqs"
	"foyer/infra/local/streams"
	"foyer/infra/topology"
	"foyer/internal/room/queue"
	"foyer/internal/room/zone"
	"foyer/internal/sale/audit"
	"foyer/internal/sale/ledger"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/ticket"
	"foyer/internal/store/dynamo/dynroom"
	"foyer/internal/store/dynamo/dynsale"
	"foyer/internal/testkit/audittest"
)

// office is a cloud with what comes after a payment, and nothing before it.
type office struct {
	*testing.T
	*Cloud
	keys ticket.Keys
	book *ledger.Book
}

func newOffice(t *testing.T) *office {
	if testing.Short() {
		t.Skip("builds functions: run without -short")
	}
	var functions []topology.Function
	for _, f := range topology.Functions {
		if f.Name == "dispatch" || f.Name == "mailer" || f.Name == "bookkeeper" {
			functions = append(functions, f)
		}
	}
	c, err := Up(t.Context(), Options{
		Functions: functions, Prefix: fmt.Sprintf("books-%d-",
			time.Now().UnixNano()), Lambda: lambda.Options{Logs: t.Output()},
		Queues: sqs.Options{Visibility: 2 * time.Second}, Streams: streams.Options{Backoff: 10 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Down)
	o := &office{T: t, Cloud: c}
	o.keys, err = ticket.ParseSecret(c.Secrets.Get(TicketKeysID))
	o.must(err)
	o.book = audittest.Book(t, c.Ledger)
	_, err = o.book.Migrate(t.Context())
	o.must(err)
	settings := zone.New("main")
	settings.Title = "The Night Ferries"
	o.must(dynroom.NewZones(c.Dynamo, c.Prefix+"zones").SaveSettings(t.Context(), settings))
	return o
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// put writes an order as it stands, as its store would.
func (o *office) put(one order.Order) {
	o.Helper()
	item, err := dynsale.EncodeOrder(one)
	o.must(err)
	_, err = o.Dynamo.PutItem(o.Context(), &dynamodb.PutItemInput{TableName: aws.String(o.Prefix + "orders"), Item: item})
	o.must(err)
}

func (o *office) order(n int) order.Order {
	id := fmt.Sprintf("%032x", n)
	secret := order.LinkKey(o.keys.LinkKey()).Secret(id)
	now := time.UnixMilli(time.Now().UnixMilli()).UTC()
	return order.Order{
		ID: id, Number: order.NewNumber(id, 0), Version: 1, Zone: "main",
		Buyer: queue.VisitorID{byte(n)}, LinkHash: secret.Hash(),
		Email: fmt.Sprintf("buyer%d@example.com", n), Name: "Ada",
		Lines: []order.Line{
			{
				Section:  "A",
				Seat:     fmt.Sprintf("A-1-%d", n),
				Label:    seat.Label{Section: "Stalls", Row: "1", Seat: strconv.Itoa(n)},
				Category: "A",
				Price:    4550,
			},
		},
		Amount: 4550, Currency: "eur", Limit: 1, Site: o.URL, State: order.Authorised, CreatedAt: now,
		PayBy: now.Add(time.Hour), Due: now, Session: "cs_test", AuthorisedAt: now,
	}
}

func (o *office) pay(one order.Order) order.Order {
	o.put(one)
	one.State, one.PaidAt, one.Version, one.Payment = order.Paid, one.AuthorisedAt.Add(time.Second), 2, "pi_"+one.ID[28:]
	o.put(one)
	return one
}

func (o *office) until(what string, true func() bool) {
	o.Helper()
	for end := time.Now().Add(60 * time.Second); !true(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			o.Fatalf("not in time: %s", what)
		}
	}
}

func (o *office) rows() (all []ledger.Entry) {
	all, err := o.book.Entries(o.Context(), "main")
	o.must(err)
	return all
}

// agree holds orders and ledger against each other. There are no seats here, and nobody pays.
func (o *office) agree() {
	o.Helper()
	orders := dynsale.NewOrders(o.Dynamo, o.Prefix+"orders", nil)
	audittest.Agree(
		o,
		audittest.Seatless{Books: &audit.Books{Bought: orders, Pay: audittest.Word(nil), Ledger: o.book}},
		"main",
		time.Now(),
	)
}

// ofTickets is the mails that aren't of refunds.
func ofTickets(mails []ses.Mail) []ses.Mail {
	return slices.DeleteFunc(mails, func(m ses.Mail) bool { return strings.Contains(m.Subject, "refund") })
}

// The function writes the books as a role that can add to them and nothing else, which is the deployed one.
func TestTheBooksAreWrittenByTheRestrictedRole(t *testing.T) {
	if ledger.Writer != topology.LedgerUser {
		t.Errorf("the role is %s, functions connect as %s", ledger.Writer, topology.LedgerUser)
	}
}

// From a paid order to the mailbox and the ledger, by the functions as they are deployed.
func TestAPaidOrderBecomesAMailAndRows(t *testing.T) {
	o := newOffice(t)
	for _, queue := range []string{"mails", "bookings"} {
		o.Queues.Duplicate(queue, 2) // every other batch comes twice
	}
	o.Mailbox.Fail(2, "TooManyRequestsException")
	var sold []order.Order
	for n := range 12 {
		sold = append(sold, o.pay(o.order(n+1)))
	}
	o.until("every ticket is mailed", func() bool { return o.Mailbox.Sent() >= len(sold) })
	o.until("every seat is in the books", func() bool { return len(o.rows()) >= len(sold) })
	back := sold[0]
	back.State, back.RefundAt, back.EndedAt, back.Version = order.Refunded, back.PaidAt.Add(
		time.Second,
	), back.PaidAt.Add(
		2*time.Second,
	), 3
	o.put(back)
	o.until("the refund is in the books", func() bool { return len(o.rows()) == len(sold)+1 })
	o.until("the buyer was told of it", func() bool { return len(o.Mailbox.Mails(back.Email)) == 2 })
	o.until(
		"all jobs are done but the payments'",
		func() bool { return o.Queues.Depth("mails")+o.Queues.Depth("bookings") == 0 },
	)
	if o.Queues.Depth("payments") != len(sold) {
		t.Errorf("%d jobs to capture, want %d", o.Queues.Depth("payments"), len(sold))
	}
	for _, one := range sold {
		mails := ofTickets(o.Mailbox.Mails(one.Email))
		if len(mails) != 1 {
			t.Fatalf("%s got %d mails", one.Email, len(mails))
		}
		if !strings.Contains(mails[0].Text, o.URL+"/foyer/site/ticket/index.html#"+one.ID+".") ||
			!strings.Contains(mails[0].Subject, "Night Ferries") {
			t.Errorf("the mail says %q: %s", mails[0].Subject, mails[0].Text)
		}
	}
	for _, dead := range []string{"mails", "bookings"} {
		if left := o.Queues.Dead(dead); len(left) > 0 {
			t.Errorf("dead letters in %s: %q", dead, left)
		}
	}
	o.agree()
}

// What can't be done waits with the dead letters, keeps nobody else back, and is done once it is redriven.
func TestAPoisonJobWaitsAsideAndIsRedriven(t *testing.T) {
	o := newOffice(t)
	bad := o.order(1)
	bad.LinkHash = order.LinkHash{} // nobody can make its link
	bad = o.pay(bad)
	good := o.pay(o.order(2))
	o.until("the good one is mailed", func() bool { return len(o.Mailbox.Mails(good.Email)) == 1 })
	o.until("the bad one waits aside", func() bool { return len(o.Queues.Dead("mails")) == 1 })
	bad.LinkHash, bad.Version = o.order(1).LinkHash, 3
	o.put(bad) // an operator has mended it
	if n := o.Queues.Redrive("mails"); n != 1 {
		t.Errorf("%d redriven", n)
	}
	o.until("the mended one is mailed", func() bool { return len(o.Mailbox.Mails(bad.Email)) == 1 })
	o.until("both are in the books", func() bool { return len(o.rows()) == 2 })
	o.agree()
}
