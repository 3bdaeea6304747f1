package mail_test

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/event"
	"foyer/internal/room/zone"
	foyermail "foyer/internal/sale/mail"
	"foyer/internal/sale/once"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/ticket"
	"foyer/internal/store/memory/memsale"
)

// post is a mail service in memory, an order, and a service between them.
type post struct {
	*foyermail.Service
	mu     sync.Mutex
	order  order.Order
	sent   []string // addresses
	mails  []string
	fail   error
	crash  bool // the process ends when the mail is out
	now    time.Time
	owners int
	told   event.Event
	lost   error // of the zone's settings
}

var key = order.LinkKey{1}

func newPost(t *testing.T) *post {
	keys, err := ticket.ParseSecret(`{"kid":"t1","secret":"correct horse battery staple, thirty-two or more"}`)
	if err != nil {
		t.Fatal(err)
	}
	id := "0123456789abcdef0123456789abcdef"
	p := &post{now: noon, order: order.Order{
		ID: id, Number: "K7M2P9QX4R", Zone: "main", State: order.Paid, PaidAt: noon, Email: "ada@example.com", Name: "Ada",
		Site:     "https://sale.example.com",
		LinkHash: key.Secret(id).Hash(),
		Amount:   4550, Currency: "eur",
		Lines: []order.Line{
			{Section: "A", Seat: "A-1-1", Label: seat.Label{Section: "Stalls", Row: "1", Seat: "1"}, Price: 4550},
		},
	}}
	p.Service = &foyermail.Service{
		Orders: p, Settings: p, Events: p, Done: memsale.NewOnce(), Sender: p, From: "tickets@example.com",
		Keys:    func(context.Context) (ticket.Keys, error) { return keys, nil },
		LinkKey: func(context.Context) (order.LinkKey, error) { return key, nil },
		Owner:   func() string { p.mu.Lock(); defer p.mu.Unlock(); p.owners++; return fmt.Sprint(p.owners) },
		Now:     func() time.Time { p.mu.Lock(); defer p.mu.Unlock(); return p.now },
	}
	return p
}

func (p *post) Get(_ context.Context, id string) (order.Order, error) {
	if id != p.order.ID {
		return order.Order{}, problem.New(problem.NotFound, "")
	}
	return p.order, nil
}

func (p *post) Settings(_ context.Context, name string) (zone.Settings, error) {
	return zone.Settings{Zone: name, Title: "The Night Ferries"}, p.lost
}

func (p *post) Event(context.Context, string) (event.Event, error) { return p.told, nil }

var errEnded = errors.New("the process ended")

func (p *post) Send(_ context.Context, _, to string, raw []byte) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return "", p.fail
	}
	if !strings.Contains(string(raw), "ticket-1") && !strings.Contains(string(raw), "refund") &&
		!strings.Contains(string(raw), "event.ics") {
		return "", errors.New("no ticket in it")
	}
	p.mails = append(p.mails, string(raw))
	p.sent = append(p.sent, to)
	if p.crash {
		panic(errEnded)
	}
	return "m1", nil
}

// job is one delivery of the job, whose process may end.
func (p *post) job(t *testing.T) (sent bool, err error) {
	defer func() {
		if recover() != nil {
			err = errEnded
		}
	}()
	n, err := p.SendMails(t.Context(), p.order.ID)
	return n > 0, err
}

func TestAJobThatComesAgainSendsNothingNew(t *testing.T) {
	p := newPost(t)
	for i, want := range []bool{true, false, false} {
		if got, err := p.job(t); got != want || err != nil {
			t.Errorf("delivery %d: %v, %v", i+1, got, err)
		}
		p.now = p.now.Add(time.Hour)
	}
	if len(p.sent) != 1 || p.sent[0] != "ada@example.com" {
		t.Errorf("sent to %v", p.sent)
	}
}

func TestManyAtOnceSendOneMail(t *testing.T) {
	p := newPost(t)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			var busy *once.BusyError
			if _, err := p.job(t); err != nil && !errors.As(err, &busy) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(p.sent) != 1 {
		t.Errorf("%d mails", len(p.sent))
	}
}

func TestAMailThatCouldNotBeSentIsTriedAtOnceByTheNextJob(t *testing.T) {
	p := newPost(t)
	p.fail = errors.New("throttled")
	if _, err := p.job(t); !errors.Is(err, p.fail) {
		t.Errorf("%v", err)
	}
	p.fail = nil
	if got, err := p.job(t); !got || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// The one case in which a buyer gets the mail twice, as documented: not before the lease is over.
func TestACrashAfterTheMailIsOutRepeatsItOnce(t *testing.T) {
	p := newPost(t)
	p.crash = true
	if _, err := p.job(t); !errors.Is(err, errEnded) {
		t.Fatal(err)
	}
	p.crash = false
	var busy *once.BusyError
	if _, err := p.job(t); !errors.As(err, &busy) {
		t.Errorf("at once: %v", err)
	}
	p.now = p.now.Add(time.Minute)
	if got, err := p.job(t); !got || err != nil {
		t.Errorf("after the lease: %v, %v", got, err)
	}
	if got, _ := p.job(t); got || len(p.sent) != 2 {
		t.Errorf("%v, %d mails", got, len(p.sent))
	}
}

func TestNothingIsSentForWhatIsNotPaid(t *testing.T) {
	for name, change := range map[string]func(o *order.Order){
		"authorised":      func(o *order.Order) { o.State = order.Authorised },
		"never sold":      func(o *order.Order) { o.State, o.PaidAt = order.Refunded, time.Time{} },
		"being refunded":  func(o *order.Order) { o.RefundAt = noon },
		"expired, at all": func(o *order.Order) { o.State = order.Expired },
	} {
		p := newPost(t)
		change(&p.order)
		if got, err := p.job(t); got || err != nil || len(p.sent) != 0 {
			t.Errorf("%s: %v, %v, %d mails", name, got, err, len(p.sent))
		}
	}
}

// The codes in a mail are those that the door takes.
func TestTheCodesOfAMailAreSigned(t *testing.T) {
	p := newPost(t)
	if _, err := p.job(t); err != nil {
		t.Fatal(err)
	}
	keys, _ := p.Keys(t.Context())
	code, err := keys.Sign(ticket.Claim{Zone: "main", Order: "K7M2P9QX4R", Seat: "A-1-1"})
	if err != nil {
		t.Fatal(err)
	}
	want, err := ticket.PNG(code)
	if err != nil {
		t.Fatal(err)
	}
	m, err := mail.ReadMessage(strings.NewReader(p.mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	parts := leaves(t, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body, "")
	if got := parts[len(parts)-1]; !strings.HasSuffix(got.kind, "image/png") || got.body != string(want) {
		t.Errorf("%s is another image than that of %s", got.kind, code)
	}
}

func TestTicketsOfARemovedZoneAreSentAndNoneWhileItIsntKnown(t *testing.T) {
	p := newPost(t)
	p.lost = errors.New("throttled")
	if sent, err := p.job(t); sent || !errors.Is(err, p.lost) {
		t.Errorf("%v, %v", sent, err)
	}
	p.lost = problem.New(problem.UnknownZone, "")
	if sent, err := p.job(t); !sent || err != nil {
		t.Errorf("%v, %v", sent, err)
	}
}

func TestAChangeIsNotToldToWhoHasNoTicketLeft(t *testing.T) {
	p := newPost(t)
	p.order.RefundAt = noon
	p.told = event.Event{Zone: "main", Version: 2, Begin: noon}
	p.told.Change = event.Change{Version: 2, At: noon.Add(time.Minute)}
	if sent, err := p.job(t); sent || err != nil || len(p.mails) != 0 {
		t.Errorf("%v, %v, %d mails", sent, err, len(p.mails))
	}
}

func TestALinkThatOpensNothingIsNotSent(t *testing.T) {
	p := newPost(t)
	p.order.LinkHash = order.LinkKey{2}.Secret(p.order.ID).Hash()
	if _, err := p.job(t); err == nil || len(p.sent) != 0 {
		t.Errorf("%v, %d mails", err, len(p.sent))
	}
}

// Each refund gets one mail, and no ticket goes out for refunded seats.
func TestRefundsAreTold(t *testing.T) {
	p := newPost(t)
	p.order.Lines = append(
		p.order.Lines,
		order.Line{
			Section: "A",
			Seat:    "A-1-2",
			Label:   seat.Label{Section: "Stalls", Row: "1", Seat: "2"},
			Price:   2000,
		},
		order.Line{Section: "A", Seat: "A-1-3", Label: seat.Label{Section: "Stalls", Row: "1", Seat: "3"}, Price: 1000},
	)
	p.order.Amount = 7550
	for _, c := range []struct {
		name     string
		change   func(*order.Order)
		mails    int
		has, not string
	}{
		{"the ticket", func(*order.Order) {}, 1, "seat 2", "refund"},
		{"asked for", func(o *order.Order) {
			o.PartialRefunds = []order.PartialRefund{{Seats: []string{"A-1-2"}, Amount: 2000}}
		}, 0, "", ""},
		{
			"one seat is back", func(o *order.Order) { o.PartialRefunds[0].DoneAt = noon }, 1, "other tickets are still valid",
			"seat 1",
		},
		{"everything is", func(o *order.Order) { o.State = order.Refunded }, 1, "seat 3", "seat 2"},
		{"the bank sent a seat's back", func(o *order.Order) {
			o.FailedRefunds = []order.FailedRefund{{ID: "re_1", Seats: []string{"A-1-2"}, Amount: 2000, At: noon}}
		}, 1, "refund didn", "seat 3"},
		{"it was made again", func(o *order.Order) { o.FailedRefunds[0].DoneAt = noon }, 1, "money is on its way", "didn"},
		{"one that was for no seat", func(o *order.Order) {
			o.FailedRefunds = []order.FailedRefund{{ID: "re_2", Amount: 500, At: noon}}
		}, 1, "- Refunded  =E2=82=AC5", "Stalls"},
		{"every seat was back before the order was", func(o *order.Order) {
			o.ID, o.FailedRefunds = "f123456789abcdef0123456789abcdef", nil
			o.LinkHash = key.Secret(o.ID).Hash()
			o.PartialRefunds = []order.PartialRefund{{Seats: []string{"A-1-1", "A-1-2", "A-1-3"}, Amount: 7550, DoneAt: noon}}
		}, 1, "seat 3", "didn"},
	} {
		c.change(&p.order)
		p.mails = nil
		for range 2 {
			if _, err := p.job(t); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		if len(p.mails) != c.mails {
			t.Errorf("%s: %d mails", c.name, len(p.mails))
			continue
		}
		if text := strings.Join(p.mails, ""); c.mails > 0 &&
			(!strings.Contains(text, c.has) || strings.Contains(text, c.not)) {
			t.Errorf("%s: %s", c.name, text)
		}
	}
}

func TestATicketMailLeavesOutWhatIsGoingBack(t *testing.T) {
	p := newPost(t)
	p.order.Lines = append(
		p.order.Lines,
		order.Line{Section: "A", Seat: "A-1-2", Label: seat.Label{Section: "Stalls", Row: "1", Seat: "2"}, Price: 2000},
	)
	p.order.PartialRefunds = []order.PartialRefund{{Seats: []string{"A-1-1"}, Amount: 4550}}
	if sent, err := p.job(t); !sent || err != nil || strings.Contains(p.mails[0], "Stalls, row 1, seat 1") ||
		!strings.Contains(p.mails[0], "20") {
		t.Errorf("%v %v %q", sent, err, p.mails)
	}
}

func TestTicketsThatAreAskedForAgainGoToTheCorrectedAddressOnce(t *testing.T) {
	p := newPost(t)
	if _, err := p.job(t); err != nil {
		t.Fatal(err)
	}
	p.order.Mails, p.order.Email = 1, "ada.lovelace@example.com"
	for range 2 {
		if _, err := p.job(t); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.mails) != 2 || !strings.Contains(p.mails[1], "To: \"Ada\" <ada.lovelace@example.com>") {
		t.Errorf("%d mails, the last: %.300s", len(p.mails), p.mails[len(p.mails)-1])
	}
}

func TestTheMailIsAReceipt(t *testing.T) {
	p := newPost(t)
	p.order.Seller, p.order.VATID, p.order.Lines[0].VAT = "Harbour Hall Ltd", "DE123456789", 700
	if _, err := p.job(t); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Includes 7% VAT: =E2=82=AC2.98", "Sold by Harbour Hall Ltd, VAT ID DE123456789"} {
		if strings.Count(p.mails[0], want) != 2 { // as text and as a page
			t.Errorf("the mail lacks %q", want)
		}
	}
}
