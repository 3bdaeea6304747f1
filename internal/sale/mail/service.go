package mail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"foyer/internal/problem"
	"foyer/internal/room/event"
	"foyer/internal/room/zone"
	"foyer/internal/sale/once"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/ticket"
	"foyer/internal/texts"
)

// lease is how long one attempt may take before another may begin.
const lease = time.Minute

// TicketPage is the page that shows tickets, under a site; the order and its link secret follow in the fragment, which
// browsers never send.
const TicketPage = "/foyer/site/ticket/index.html#"

// orderPage is the page that shows an order, in the same way.
const orderPage = "/foyer/site/order/index.html#"

// Orders reads orders. It is the part of order.Store that mails need.
type Orders interface {
	Get(ctx context.Context, id string) (order.Order, error)
}

// Service sends ticket mails and refund mails. It is safe for use by several goroutines.
type Service struct {
	Orders   Orders
	Settings zone.Reader // a zone.Cache, as a rule
	Events   event.Reader
	Done     once.Store
	Sender   Sender
	Keys     func(ctx context.Context) (ticket.Keys, error)
	LinkKey  func(ctx context.Context) (order.LinkKey, error)
	From     string
	Owner    func() string // returns a new random text
	Now      func() time.Time
}

// SendMails sends the mails that an order asks for, each once, and returns how many it sent now. It sends no ticket of
// an order that isn't paid, or not any more. The mail service has no idempotency key: if this process ends between the
// service's answer and our note of it, the same mail is sent once more when the job comes again.
func (s *Service) SendMails(ctx context.Context, id string) (sent int, err error) {
	o, err := s.Orders.Get(ctx, id)
	if err != nil {
		return 0, err
	}
	if o.Erased() { // nobody is there to write to
		return 0, nil
	}
	told, err := s.told(ctx, o)
	if err != nil {
		return 0, err
	}
	var all []error
	for _, l := range lettersOf(o, told) {
		l.told = told
		now, err := s.once(ctx, o, l)
		if all = append(all, err); now {
			sent++
		}
	}
	return sent, errors.Join(all...)
}

// letter is a mail that an order asks for.
type letter struct {
	work    string // its name in the once.Store
	lines   []order.Line
	compose func(p Purchase, from string, d *texts.Dictionary) ([]byte, error)
	page    string
	codes   bool
	told    event.Event
}

// told returns the event of the order's zone, with the zone's title where it has no name.
func (s *Service) told(ctx context.Context, o order.Order) (event.Event, error) {
	settings, err := s.Settings.Settings(ctx, o.Zone)
	if err != nil && problem.CodeOf(err) != problem.UnknownZone { // the tickets of a removed zone are still sent
		return event.Event{}, err
	}
	e, err := s.Events.Event(ctx, o.Zone)
	return e.Told(settings.Title), err
}

// lettersOf returns every mail that the order as it stands asks for.
func lettersOf(o order.Order, told event.Event) (all []letter) {
	if good := o.Good(); len(good) > 0 {
		work := o.ID + "#ticket"
		if o.Mails > 0 {
			work += fmt.Sprint("-", o.Mails) // once for each time that the buyer asks
		}
		all = append(all, letter{work: work, lines: good, compose: Compose, page: TicketPage, codes: true})
	}
	if good := o.Good(); len(good) > 0 && told.Tells(o.PaidAt) {
		work := fmt.Sprintf("%s#event-%d", o.ID, told.Change.Version)
		page := TicketPage
		if told.Status == event.Cancelled {
			page = orderPage // nobody needs the tickets
		}
		all = append(all, letter{work: work, lines: good, compose: ComposeChange, page: page})
	}
	for i, r := range o.PartialRefunds {
		if r.Done() {
			work := fmt.Sprintf("%s#return-%d", o.ID, i+1)
			all = append(all, letter{work: work, lines: o.LinesOf(r), compose: ComposeRefund, page: orderPage})
		}
	}
	if rest := o.Unrefunded(); o.State == order.Refunded && !o.PaidAt.IsZero() && len(rest) > 0 {
		all = append(all, letter{work: o.ID + "#refund", lines: rest, compose: ComposeRefund, page: orderPage})
	}
	for _, r := range o.FailedRefunds {
		work := o.ID + "#failed-" + r.ID
		all = append(all, letter{work: work, lines: linesOf(o, r), compose: ComposeFailedRefund, page: orderPage})
		if r.Done() {
			all = append(all, letter{work: work + "-again", lines: linesOf(o, r), compose: ComposeRefund, page: orderPage})
		}
	}
	return all
}

// linesOf returns the order's lines of a refund that failed. One that is for no seat is a line of its own.
func linesOf(o order.Order, r order.FailedRefund) []order.Line {
	if len(r.Seats) == 0 {
		return []order.Line{{Label: seat.Label{Section: string(texts.English().Mail.Refund.Sum)}, Price: r.Amount}}
	}
	return o.LinesOf(order.PartialRefund{Seats: r.Seats})
}

// once sends a letter that was not sent before, and reports whether it did.
func (s *Service) once(ctx context.Context, o order.Order, l letter) (sent bool, err error) {
	owner, now := s.Owner(), s.Now()
	if err := s.Done.Begin(ctx, l.work, owner, now, now.Add(lease)); errors.Is(err, once.ErrDone) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	id, err := s.send(ctx, o, l)
	if err != nil {
		// Released so that the next attempt needn't wait; if even that fails, it waits for the lease.
		return false, errors.Join(err, s.Done.Release(context.WithoutCancel(ctx), l.work, owner))
	}
	return true, s.note(context.WithoutCancel(ctx), l.work, id)
}

// note records that a mail was sent. It tries three times, as a mail without a record is sent again.
func (s *Service) note(ctx context.Context, work, sent string) (err error) {
	for range 3 {
		if err = s.Done.Finish(ctx, work, sent, s.Now()); err == nil {
			return nil
		}
	}
	return fmt.Errorf("mail: it was sent, and that can't be noted: %w", err)
}

func (s *Service) send(ctx context.Context, o order.Order, l letter) (string, error) {
	p, err := s.purchase(ctx, o, l)
	if err != nil {
		return "", err
	}
	raw, err := l.compose(p, s.From, texts.English())
	if err != nil {
		return "", err
	}
	from, err := ParseSender(s.From)
	if err != nil {
		return "", err
	}
	return s.Sender.Send(ctx, from.String(), o.Email, raw)
}

func (s *Service) purchase(ctx context.Context, o order.Order, l letter) (Purchase, error) {
	key, err := s.LinkKey(ctx)
	if err != nil {
		return Purchase{}, err
	}
	secret, page := key.Secret(o.ID), ""
	if secret.Opens(o.LinkHash) {
		page = o.Site + l.page + o.ID + "." + string(secret)
	} else if l.codes {
		return Purchase{}, errors.New("mail: the secret doesn't open the order's page")
	} // else it was made before the key was replaced: a refund is told without a link
	p := Purchase{
		Number: o.Number, Event: l.told, Name: o.Name, Email: o.Email, Currency: o.Currency,
		Page: page, At: s.Now(), Others: len(o.Good()) > 0,
		Taxes: order.Taxes(l.lines), Seller: o.Seller, VATID: o.VATID,
	}
	p.Seats, err = s.seats(ctx, o, l)
	for _, one := range p.Seats {
		p.Total += one.Price
	}
	return p, err
}

// seats returns the letter's seats, with their codes if it shows codes.
func (s *Service) seats(ctx context.Context, o order.Order, l letter) (seats []Seat, err error) {
	var keys ticket.Keys
	if l.codes {
		if keys, err = s.Keys(ctx); err != nil {
			return nil, err
		}
	}
	for _, line := range l.lines {
		one := Seat{
			Label: cmp.Or(line.Label, seat.Label{Section: line.Section, Seat: line.Seat}),
			Type:  line.TypeName, Price: line.Price,
		}
		if l.codes {
			if one.Code, err = keys.Sign(ticket.Claim{Zone: o.Zone, Order: o.Number, Seat: line.Seat}); err != nil {
				return nil, err
			}
		}
		seats = append(seats, one)
	}
	return seats, nil
}
