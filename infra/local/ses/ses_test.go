package ses_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	localses "foyer/infra/local/ses"
	"foyer/internal/aws/ses"
	"foyer/internal/room/event"
	"foyer/internal/sale/mail"
	"foyer/internal/sale/seat"
	"foyer/internal/texts"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// newBox is a mailbox, its page, and the real client that sends to it.
func newBox(t *testing.T) (*localses.Mailbox, *httptest.Server, *ses.Sender) {
	b := &localses.Mailbox{Now: func() time.Time { return noon }}
	api, page := httptest.NewServer(b), httptest.NewServer(b.Page())
	t.Cleanup(api.Close)
	t.Cleanup(page.Close)
	endpoint := api.URL + "/mail"
	return b, page, ses.New(
		aws.Config{
			Region:       "us-east-1",
			BaseEndpoint: &endpoint,
			Credentials:  credentials.NewStaticCredentialsProvider("a", "b", ""),
		},
	)
}

func ticketMail(t *testing.T) []byte {
	t.Helper()
	raw, err := mail.Compose(mail.Purchase{
		Number: "K7M2P9QX4R", Event: event.Event{Name: "Zoë’s Night"}, Name: "Ada", Email: "ada@example.com",
		Page: "https://sale.example.com/t#o.s",
		Seats: []mail.Seat{
			{
				Label: seat.Label{Section: "Stalls", Row: "C", Seat: "12"}, Code: "2982621373277360683288519488607335014672",
				Price: 4550,
			},
		}, Total: 4550, Currency: "eur", At: noon,
	}, "The Hall <tickets@example.com>", texts.English())
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func refundMail(t *testing.T) []byte {
	t.Helper()
	raw, err := mail.ComposeRefund(mail.Purchase{
		Number: "K7M2P9QX4R", Event: event.Event{Name: "Zoë’s Night"}, Name: "Ada", Email: "ada@example.com",
		Page: "https://sale.example.com/o#o.s", Others: true,
		Seats: []mail.Seat{
			{Label: seat.Label{Section: "Stalls", Row: "C", Seat: "12"}, Price: 4550},
			{Label: seat.Label{Section: "Upper balcony on the left", Row: "AA", Seat: "113"}, Price: 4550},
		}, Total: 9100, Currency: "eur", At: noon,
	}, "The Hall <tickets@example.com>", texts.English())
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func get(t *testing.T, url string) (string, http.Header) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v", url, r.StatusCode, err)
	}
	return string(body), r.Header
}

func TestAMailIsShownAsItsReaderSeesIt(t *testing.T) {
	b, page, ses := newBox(t)
	if id, err := ses.Send(t.Context(), "tickets@example.com", "ada@example.com", ticketMail(t)); err != nil || id == "" {
		t.Fatalf("%q, %v", id, err)
	}
	mails := b.Mails("ADA@example.com")
	if len(mails) != 1 || mails[0].Subject != "Your tickets for Zoë’s Night" ||
		!strings.Contains(mails[0].From, "The Hall") {
		t.Fatalf("%+v", mails)
	}
	if len(b.Mails("somebody@example.com")) != 0 {
		t.Error("somebody else got it too")
	}
	html, header := get(t, page.URL+"/mails/1/html")
	if !strings.Contains(html, `src="data:image/png;base64,`) || strings.Contains(html, "cid:") {
		t.Error("its images aren't in it")
	}
	if policy := header.Get("Content-Security-Policy"); !strings.Contains(policy, "sandbox") ||
		strings.Contains(policy, "allow-scripts") {
		t.Errorf("policy %q", policy)
	}
	if text, _ := get(t, page.URL+"/mails/1/text"); !strings.Contains(text, "Stalls, row C, seat 12") {
		t.Errorf("text %q", text)
	}
	list, _ := get(t, page.URL+"/mails")
	if !strings.Contains(list, "Zoë’s Night") || strings.Contains(list, "base64") {
		t.Errorf("list %s", list)
	}
	for _, path := range []string{"/", "/main.js", "/mailbox.css", "/mails/1/raw"} {
		get(t, page.URL+path)
	}
}

func TestTroubleIsAnsweredAsSESDoes(t *testing.T) {
	b, _, ses := newBox(t)
	b.Fail(2, "TooManyRequestsException")
	if _, err := ses.Send(t.Context(), "a@example.com", "b@example.com", ticketMail(t)); err != nil || b.Sent() != 1 {
		t.Errorf("%v, %d sent", err, b.Sent())
	}
	b.Fail(1, "MessageRejected")
	if _, err := ses.Send(t.Context(), "a@example.com", "b@example.com", ticketMail(t)); err == nil || b.Sent() != 1 {
		t.Errorf("%v, %d sent", err, b.Sent())
	}
	if _, err := ses.Send(t.Context(), "a@example.com", "b@example.com", []byte("no mail")); err == nil {
		t.Error("what is no mail was taken")
	}
}

// TestTheCrowdsMailsMakeRoom: somebody's own mail stays, however many the crowd gets.
func TestTheCrowdsMailsMakeRoom(t *testing.T) {
	b, page, ses := newBox(t)
	b.Crowd = "crowd.example"
	raw := ticketMail(t)
	for i := range 1010 {
		to := fmt.Sprintf("buyer.%d@Crowd.example", i)
		if i == 1 {
			to = "ada@example.com"
		}
		if _, err := ses.Send(t.Context(), "tickets@example.com", to, raw); err != nil {
			t.Fatal(err)
		}
	}
	own, all := b.Mails("ada@example.com"), b.Mails("")
	if len(own) != 1 || own[0].Crowd || len(all) != 1000 || all[0].ID != 2 || all[1].ID != 12 || b.Sent() != 1010 {
		t.Errorf("%d own, %d in all, the first are %d and %d", len(own), len(all), all[0].ID, all[1].ID)
	}
	if list, _ := get(t, page.URL+"/mails"); strings.Count(list, `"crowd":true`) != 999 {
		t.Error("the list doesn't tell the crowd's mails")
	}
}

func TestOtherNamesOfThisMachineAreRefused(t *testing.T) {
	_, page, _ := newBox(t)
	request, _ := http.NewRequest("GET", page.URL+"/mails", nil)
	request.Host = "mailbox.evil.example"
	r, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusForbidden {
		t.Errorf("answered %d", r.StatusCode)
	}
}
