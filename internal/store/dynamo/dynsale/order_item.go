package dynsale

import (
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"foyer/internal/room/queue"
	"foyer/internal/sale/order"
	"foyer/internal/sale/seat"
	"foyer/internal/store/dynamo"
)

// orderRecord is order.Order as stored. Open and Due are the keys of the sparse index, which holds State and Since as
// well: an order that waits for nothing has no Open and is not in it.
type orderRecord struct {
	ID        string       `dynamodbav:"id"`
	Number    string       `dynamodbav:"number"`
	Version   int64        `dynamodbav:"version"`
	Zone      string       `dynamodbav:"zone"`
	Buyer     string       `dynamodbav:"buyer"`
	Grant     string       `dynamodbav:"grant,omitempty"`
	LinkHash  string       `dynamodbav:"linkHash"` // hex
	Email     string       `dynamodbav:"email"`
	EmailHash string       `dynamodbav:"emailHash,omitempty"`
	Corrected []string     `dynamodbav:"corrected,omitempty"` // hashes, as EmailHash
	Name      string       `dynamodbav:"name"`
	Lines     []lineRecord `dynamodbav:"lines"`
	Amount    int64        `dynamodbav:"amount"`
	Currency  string       `dynamodbav:"currency"`
	Limit     int          `dynamodbav:"limit"`
	Site      string       `dynamodbav:"site"`
	Event     string       `dynamodbav:"event,omitempty"`
	Seller    string       `dynamodbav:"seller,omitempty"`
	VATID     string       `dynamodbav:"vatId,omitempty"`
	Request   string       `dynamodbav:"request"`
	Method    string       `dynamodbav:"method"`
	Follows   string       `dynamodbav:"follows,omitempty"`
	State     string       `dynamodbav:"state"`
	Reason    string       `dynamodbav:"reason,omitempty"`
	CreatedAt int64        `dynamodbav:"createdAt"`
	PayBy     int64        `dynamodbav:"payBy"`
	Open      string       `dynamodbav:"open,omitempty"` // the zone
	Due       int64        `dynamodbav:"due,omitempty"`
	Since     int64        `dynamodbav:"since,omitempty"`
	Tries     int          `dynamodbav:"tries,omitempty"`
	UsedKeys  int          `dynamodbav:"usedKeys,omitempty"`
	Refusal   string       `dynamodbav:"refusal,omitempty"`
	Session   string       `dynamodbav:"session,omitempty"`
	URL       string       `dynamodbav:"url,omitempty"`
	Payment   string       `dynamodbav:"payment,omitempty"`

	AuthorisedAt int64 `dynamodbav:"authorisedAt,omitempty"`
	PaidAt       int64 `dynamodbav:"paidAt,omitempty"`
	RefundAt     int64 `dynamodbav:"refundAt,omitempty"`
	EndedAt      int64 `dynamodbav:"endedAt,omitempty"`

	PartialRefunds []partialRefundRecord `dynamodbav:"partialRefunds,omitempty"`
	FailedRefunds  []failedRefundRecord  `dynamodbav:"failedRefunds,omitempty"`
	RefundedTotal  int64                 `dynamodbav:"refundedTotal,omitempty"`
	Dispute        string                `dynamodbav:"dispute,omitempty"`
	TTL            int64                 `dynamodbav:"ttl,omitempty"` // s
	Mails          int                   `dynamodbav:"mails,omitempty"`
	MailedAt       int64                 `dynamodbav:"mailedAt,omitempty"`
}

type partialRefundRecord struct {
	Seats         []string `dynamodbav:"seats"`
	Amount        int64    `dynamodbav:"amount"`
	RefundedTotal int64    `dynamodbav:"refundedTotal"`
	ToHouse       bool     `dynamodbav:"toHouse,omitempty"`
	AskedAt       int64    `dynamodbav:"askedAt"`
	DoneAt        int64    `dynamodbav:"doneAt,omitempty"`
}

type failedRefundRecord struct {
	ID            string   `dynamodbav:"id"`
	Number        int      `dynamodbav:"number,omitempty"`
	Seats         []string `dynamodbav:"seats,omitempty"`
	Amount        int64    `dynamodbav:"amount"`
	At            int64    `dynamodbav:"at"`
	AskedAt       int64    `dynamodbav:"askedAt,omitempty"`
	RefundedTotal int64    `dynamodbav:"refundedTotal,omitempty"`
	DoneAt        int64    `dynamodbav:"doneAt,omitempty"`
}

type lineRecord struct {
	Section     string `dynamodbav:"section"`
	Seat        string `dynamodbav:"seat"`
	SectionName string `dynamodbav:"sectionName,omitempty"`
	RowLabel    string `dynamodbav:"rowLabel,omitempty"`
	SeatLabel   string `dynamodbav:"seatLabel,omitempty"`
	Category    string `dynamodbav:"category,omitempty"`
	Type        string `dynamodbav:"type,omitempty"`
	TypeName    string `dynamodbav:"typeName,omitempty"`
	Most        int    `dynamodbav:"most,omitempty"`
	Price       int64  `dynamodbav:"price"`
	VAT         int    `dynamodbav:"vat,omitempty"`
}

// EncodeOrder returns an order's item, as DecodeOrder takes it apart. Only Orders may write one where a sale runs: it
// alone takes the seats in the same transaction.
func EncodeOrder(o order.Order) (dynamo.Item, error) {
	r := orderRecord{
		ID: o.ID, Number: o.Number, Version: o.Version, Zone: o.Zone, Buyer: o.Buyer.String(), Grant: o.Grant,
		LinkHash: hex.EncodeToString(o.LinkHash[:]),
		Email:    o.Email, EmailHash: o.EmailHash, Corrected: o.Corrected, Name: o.Name,
		Amount: o.Amount, Currency: o.Currency, Limit: o.Limit,
		Site: o.Site, Event: o.Event,
		Seller: o.Seller, VATID: o.VATID, Request: o.Request, State: string(o.State), Reason: string(o.Reason),
		Method: string(o.Method), Follows: o.Follows, UsedKeys: o.UsedKeys, Refusal: o.Refusal,
		CreatedAt: dynamo.UnixMilli(o.CreatedAt), PayBy: dynamo.UnixMilli(o.PayBy), Due: dynamo.UnixMilli(o.Due),
		Tries: o.Tries, Session: o.Session, URL: o.URL, Payment: o.Payment,
		AuthorisedAt: dynamo.UnixMilli(o.AuthorisedAt), PaidAt: dynamo.UnixMilli(o.PaidAt),
		RefundAt: dynamo.UnixMilli(o.RefundAt), EndedAt: dynamo.UnixMilli(o.EndedAt),
		RefundedTotal: o.RefundedTotal, Dispute: string(o.Dispute),
		Mails: o.Mails, MailedAt: dynamo.UnixMilli(o.MailedAt),
	}
	for _, x := range o.PartialRefunds {
		r.PartialRefunds = append(r.PartialRefunds, partialRefundRecord{
			x.Seats, x.Amount, x.RefundedTotal, x.ToHouse, dynamo.UnixMilli(x.AskedAt), dynamo.UnixMilli(x.DoneAt),
		})
	}
	for _, x := range o.FailedRefunds {
		r.FailedRefunds = append(r.FailedRefunds, failedRefundRecord{
			ID: x.ID, Number: x.Number, Seats: x.Seats, Amount: x.Amount, At: dynamo.UnixMilli(x.At),
			AskedAt: dynamo.UnixMilli(x.AskedAt), RefundedTotal: x.RefundedTotal, DoneAt: dynamo.UnixMilli(x.DoneAt),
		})
	}
	for _, l := range o.Lines {
		r.Lines = append(r.Lines, lineRecord{
			Section: l.Section, Seat: l.Seat, Category: l.Category,
			Type: l.Type, TypeName: l.TypeName, Most: l.Most, Price: l.Price, VAT: l.VAT,
			SectionName: l.Label.Section, RowLabel: l.Label.Row, SeatLabel: l.Label.Seat,
		})
	}
	if o.Open() {
		r.Open, r.Since = o.Zone, dynamo.UnixMilli(o.OverdueFrom())
	} else {
		last := slices.MaxFunc([]time.Time{o.CreatedAt, o.RefundAt, o.MailedAt, o.Moved()}, time.Time.Compare)
		r.TTL = last.Add(dynamo.KeepSale).Unix()
	}
	return attributevalue.MarshalMap(r)
}

// DecodeOrder takes an order's item apart, as a table or its stream gives it.
func DecodeOrder(it map[string]types.AttributeValue) (order.Order, error) {
	var r orderRecord
	if err := attributevalue.UnmarshalMap(it, &r); err != nil {
		return order.Order{}, err
	}
	o := order.Order{
		ID: r.ID, Number: r.Number, Version: r.Version, Zone: r.Zone, Grant: r.Grant,
		Email: r.Email, EmailHash: r.EmailHash, Corrected: r.Corrected, Name: r.Name,
		Amount: r.Amount, Currency: r.Currency, Limit: r.Limit,
		Site: r.Site, Event: r.Event,
		Seller: r.Seller, VATID: r.VATID, Request: r.Request, State: order.State(r.State), Reason: order.Reason(r.Reason),
		Method: order.Method(r.Method), Follows: r.Follows, UsedKeys: r.UsedKeys, Refusal: r.Refusal,
		CreatedAt: dynamo.FromMilli(r.CreatedAt), PayBy: dynamo.FromMilli(r.PayBy), Due: dynamo.FromMilli(r.Due),
		Tries: r.Tries, Session: r.Session, URL: r.URL, Payment: r.Payment,
		MailedAt:     dynamo.FromMilli(r.MailedAt),
		AuthorisedAt: dynamo.FromMilli(r.AuthorisedAt), PaidAt: dynamo.FromMilli(r.PaidAt),
		RefundAt: dynamo.FromMilli(r.RefundAt), EndedAt: dynamo.FromMilli(r.EndedAt),
		RefundedTotal: r.RefundedTotal, Dispute: order.Dispute(r.Dispute), Mails: r.Mails,
	}
	for _, x := range r.PartialRefunds {
		o.PartialRefunds = append(o.PartialRefunds, order.PartialRefund{
			Seats: x.Seats, Amount: x.Amount, RefundedTotal: x.RefundedTotal, ToHouse: x.ToHouse,
			AskedAt: dynamo.FromMilli(x.AskedAt), DoneAt: dynamo.FromMilli(x.DoneAt),
		})
	}
	for _, x := range r.FailedRefunds {
		o.FailedRefunds = append(o.FailedRefunds, order.FailedRefund{
			ID: x.ID, Number: x.Number, Seats: x.Seats, Amount: x.Amount, At: dynamo.FromMilli(x.At),
			AskedAt: dynamo.FromMilli(x.AskedAt), RefundedTotal: x.RefundedTotal, DoneAt: dynamo.FromMilli(x.DoneAt),
		})
	}
	for _, l := range r.Lines {
		o.Lines = append(o.Lines, order.Line{
			Section: l.Section, Seat: l.Seat, Category: l.Category,
			Type: l.Type, TypeName: l.TypeName, Most: l.Most, Price: l.Price, VAT: l.VAT,
			Label: seat.Label{Section: l.SectionName, Row: l.RowLabel, Seat: l.SeatLabel},
		})
	}
	var err error
	if o.Buyer, err = queue.ParseVisitorID(r.Buyer); err != nil {
		return order.Order{}, err
	}
	if raw, err := hex.DecodeString(r.LinkHash); err != nil || copy(o.LinkHash[:], raw) != len(o.LinkHash) {
		return order.Order{}, errors.New("the order's link hash is not 32 bytes of hex")
	}
	return o, nil
}
