// Package ses plays Amazon SES, version 2, and the mailboxes that mails go to: it keeps what is sent, and shows it as
// its reader would see it. It sends nothing anywhere. Of SES it plays SendEmail with a raw message, throttling and
// refusals; it verifies no identity, checks no signature, and plays neither templates nor bounces.
package ses

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-message/mail"
)

// kept is how many mails are kept. Those to the crowd make room first.
const kept = 1000

// maxMessage is the most bytes of a message, as at SES.
const maxMessage = 40 << 20

// Mail is one mail that was sent.
type Mail struct {
	ID      int       `json:"id"` // from 1, in the order of sending
	From    string    `json:"from"`
	To      string    `json:"to"`      // the mailbox that it came to
	Subject string    `json:"subject"` // decoded, like everything below
	At      time.Time `json:"at"`
	Text    string    `json:"text"`
	HTML    string    `json:"html"`  // its images inline
	Crowd   bool      `json:"crowd"` // its reader is simulated
	Raw     []byte    `json:"-"`
}

// Mailbox keeps the mails to all addresses. It is safe for use by several goroutines.
type Mailbox struct {
	Now   func() time.Time
	Crowd string // domain of the mailboxes of simulated people, which are hidden at first; empty: there are none

	mu      sync.Mutex
	sent    int
	mails   []Mail
	refusal string // the next sends are answered with this error
	times   int
}

// Fail refuses the next n sends with an error of SES: a client tries again after "TooManyRequestsException", and not
// after "MessageRejected".
func (b *Mailbox) Fail(n int, kind string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.times, b.refusal = n, kind
}

// Mails returns what was sent to the address, oldest first; where it is empty, what was sent to all.
func (b *Mailbox) Mails(to string) (found []Mail) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.mails {
		if to == "" || strings.EqualFold(m.To, to) {
			found = append(found, m)
		}
	}
	return found
}

// Sent returns how many mails were accepted in all.
func (b *Mailbox) Sent() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sent
}

// ServeHTTP speaks the service's REST protocol: POST …/v2/email/outbound-emails.
func (b *Mailbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		FromEmailAddress string
		Destination      struct{ ToAddresses []string }
		Content          struct{ Raw struct{ Data []byte } }
	}
	w.Header().Set("Content-Type", "application/json")
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 2*maxMessage)).Decode(&in)
	switch kind := b.trouble(); {
	case kind == "TooManyRequestsException":
		refuse(w, http.StatusTooManyRequests, kind, "too many requests")
	case kind != "":
		refuse(w, http.StatusBadRequest, kind, "the mail is refused")
	case r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/v2/email/outbound-emails"):
		refuse(w, http.StatusNotFound, "NotFoundException", "the local cloud doesn't play that")
	case err != nil || len(in.Content.Raw.Data) == 0 || len(in.Destination.ToAddresses) == 0:
		refuse(w, http.StatusBadRequest, "BadRequestException", "a raw message and a destination are needed")
	default:
		b.take(w, in.FromEmailAddress, in.Destination.ToAddresses, in.Content.Raw.Data)
	}
}

// trouble returns the error that answers this send; empty: none.
func (b *Mailbox) trouble() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.times == 0 {
		return ""
	}
	b.times--
	return b.refusal
}

func refuse(w http.ResponseWriter, status int, kind, text string) {
	w.Header().Set("X-Amzn-Errortype", kind)
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"message": text})
}

// take keeps a mail for each of its addressees.
func (b *Mailbox) take(w http.ResponseWriter, from string, to []string, raw []byte) {
	m, err := parse(raw)
	if err != nil {
		refuse(w, http.StatusBadRequest, "BadRequestException", "the message can't be read: "+err.Error())
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, address := range to {
		b.sent++
		m.ID, m.At, m.To = b.sent, b.Now(), address
		m.Crowd = b.Crowd != "" && strings.HasSuffix(strings.ToLower(address), "@"+b.Crowd)
		if m.From == "" {
			m.From = from
		}
		b.mails = append(b.mails, m)
	}
	for len(b.mails) > kept {
		oldest := max(0, slices.IndexFunc(b.mails, func(m Mail) bool { return m.Crowd }))
		b.mails = slices.Delete(b.mails, oldest, oldest+1)
	}
	json.NewEncoder(w).Encode(map[string]string{"MessageId": fmt.Sprintf("local-%d", b.sent)})
}

// parse reads a message as a mail client does: its text, its page, and into that its images by their Content-ID.
func parse(raw []byte) (Mail, error) {
	message, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		return Mail{}, err
	}
	m := Mail{Raw: raw}
	m.From, _ = message.Header.Text("From")
	m.Subject, _ = message.Header.Subject()
	var images []string // pairs of an address in the page and what is there
	for {
		part, err := message.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return Mail{}, err
		}
		content, err := io.ReadAll(part.Body)
		if err != nil {
			return Mail{}, err
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		switch id := strings.Trim(part.Header.Get("Content-Id"), "<>"); {
		case kind == "text/plain":
			m.Text = string(content)
		case kind == "text/html":
			m.HTML = string(content)
		case id != "":
			images = append(images, "cid:"+id, "data:"+kind+";base64,"+base64.StdEncoding.EncodeToString(content))
		}
	}
	m.HTML = strings.NewReplacer(images...).Replace(m.HTML)
	return m, nil
}
