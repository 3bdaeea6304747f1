package plan

import (
	"math"

	"foyer/internal/sale/viewers"
)

// What a buyer takes. Write units are the items of each transaction, twice, as package dynsale writes them; the rest is
// assumed.
const (
	choices       = 3.0  // how often a visitor inside chooses: first seats, and two swaps of all of them
	perSeat       = 1.5  // visitors entering for every order that there are seats for: a zone's seat factor
	sectionViews  = 3.0  // how often a map looks at other sections, two at once
	orderReads    = 12.0 // of an order's page, until the tickets are there
	webhooks      = 4.0  // that the provider sends for an order
	jobsOfOrder   = 3.0  // payment, mail, booking
	providerCalls = 6.0  // open, capture, and a look for each webhook
	providerSec   = 0.7  // that the provider takes to answer; M
	mailWrites    = 2.0  // begun, sent
	orderWrites   = 14.0 // the order: made, with its page, authorised, paid; and its entries in the index
	orderHolds    = 8.0  // the hold and the address: made, extended, settled
	queueRequests = 9.0  // send, receive and delete, of three jobs
	fanoutLanes   = 10.0 // invocations of fanout a second, at most
	pageKB        = 4.0  // of an order's answer, or a section of a map
	snapshotKB    = 1.0  // of a section's snapshot, compressed
)

// Buying is how the seats of a sale go.
type Buying struct {
	Orders   float64 `json:"orders"`
	Entering float64 `json:"entering"`            // visitors entering until the seats are gone
	Choices  float64 `json:"choicesASecond"`      // seats locked or swapped
	Paying   float64 `json:"ordersASecond"`       // if every entering visitor buys
	Maps     float64 `json:"openMaps"`            // at one moment
	Messages float64 `json:"mapMessagesASecond"`  // changes pushed to maps
	Hushed   bool    `json:"mapsReadSnapshots"`   // more maps than messages: they read the CDN's copy
	Provider float64 `json:"providerCallsSecond"` // calls of the payment provider a second
	Sections float64 `json:"sections"`            // that must be on sale at once, for the seats' table to take the choices
}

// entering counts the visitors who enter: everybody, or as many as there are seats for.
func (s Sale) entering() float64 {
	if s.Seats == 0 {
		return float64(s.Visitors)
	}
	return min(float64(s.Visitors), math.Ceil(perSeat*s.orders()))
}

func (s Sale) orders() float64 { return math.Ceil(float64(s.Seats) / float64(s.PerOrder)) }

// buying works out the sale of seats; the zero Buying where none are sold.
func (s Sale) buying(l Line) Buying {
	if s.Seats == 0 {
		return Buying{}
	}
	a := l.Rate / 60
	b := Buying{
		Orders: min(s.orders(), s.entering()), Entering: s.entering(), Choices: a * choices, Paying: a,
		Maps: min(float64(s.Capacity), l.Rate*s.Session.Minutes(), s.entering()), Provider: a * providerCalls,
	}
	// A map gets one message a second with all that changed, and none where nothing changed.
	b.Messages = min(b.Maps*min(1, b.Choices+b.Paying), viewers.Budget)
	b.Hushed = b.Maps*min(1, b.Choices+b.Paying) > viewers.Budget
	b.Sections = math.Ceil((b.Choices*4*float64(s.PerOrder) + b.Paying*4*float64(s.PerOrder)) / shardWrites / 2)
	return b
}

// load adds what the sale asks for in its busiest second.
func (b Buying) load(at load) load {
	at.functions += b.Choices + b.Paying*(sectionViews+1+orderReads+webhooks) + min(fanoutLanes, b.Choices)
	at.waiting += b.Provider * providerSec
	at.callbacks += b.Messages
	at.edge += b.Choices + b.Paying*(1+orderReads+webhooks)
	if b.Hushed {
		at.edge += b.Maps
	}
	return at
}

// writes returns the sale's write units by table: of a visitor who chooses, and of one who buys.
func (s Sale) writes() (choosing, buying map[string]float64) {
	n := float64(s.PerOrder)
	choosing = map[string]float64{
		"holds": 2 * choices, "seats": 2*n + (choices-1)*4*n, "viewers": 1 + sectionViews*2*(1+4),
	}
	buying = map[string]float64{
		"holds": orderHolds, "seats": 2*n + 2*n, "orders": orderWrites, "jobs": mailWrites, "grants": 1,
	}
	return choosing, buying
}

// tables are the busiest seconds of the sale's own tables.
func (b Buying) tables(s Sale) []Table {
	if s.Seats == 0 {
		return nil
	}
	choosing, buying := s.writes()
	table := func(name string, reads float64) Table {
		return Table{Name: name, Writes: b.Paying * (choosing[name] + buying[name]), Reads: reads}
	}
	lanes := min(fanoutLanes, b.Choices)
	return []Table{
		table("seats", 2*float64(s.PerOrder)*b.Choices+fullSections*lanes),
		table("holds", 2*b.Choices+3*b.Paying), table("orders", 2*(orderReads+webhooks+jobsOfOrder)*b.Paying),
		table("viewers", sectionViews*3*b.Paying+lanes*b.Maps*viewReads), table("jobs", 0),
	}
}

// fullSections and viewReads are what a push to maps reads: a section's seats, and its viewers.
const (
	fullSections = 20.0     // read units of one section's changes
	viewReads    = 1.0 / 40 // of one viewer: a hundred bytes, and half of a unit is 4 KB
)

// costs are the sale's lines of the bill.
func (b Buying) costs(s Sale, l Line) []Cost {
	if s.Seats == 0 {
		return nil
	}
	choosing, buying := s.writes()
	units := 0.0
	for _, per := range choosing {
		units += per * b.Entering
	}
	for _, per := range buying {
		units += per * b.Orders
	}
	seconds := l.Minutes * 60
	requests := b.Entering*choices + b.Orders*(1+orderReads+webhooks)
	calls := requests + b.Entering*sectionViews + b.Orders*jobsOfOrder + seconds*min(fanoutLanes, b.Choices)
	memory := (calls*requestSec + b.Orders*providerCalls*providerSec) * 2 * requestGB
	line := func(service, what string, quantity float64, of string) Cost {
		return Cost{service, what, quantity, quantity * price(of)}
	}
	looks := b.Orders*(1+orderReads+webhooks) + b.Entering*(2+sectionViews) // orders' pages; a map and its sections
	polls := 0.0
	if b.Hushed {
		polls = b.Maps * seconds // each map reads a section's snapshot every second
	}
	return []Cost{
		line("Seats: CloudFront", "requests, of them snapshots of maps", looks+polls, "edge request"),
		line("Seats: CloudFront", "function calls", looks+polls, "edge function"),
		line("Seats: CloudFront", "reads of the store", (looks+polls)*storeReads, "edge read"),
		line("Seats: CloudFront", "GB to maps", (looks*pageKB+polls*snapshotKB)/1e6, "GB out"),
		line("Seats: WAF", "requests", looks+polls, "firewall request"),
		line("Seats: DynamoDB", "write units", units, "write unit"),
		line("Seats: DynamoDB", "read units", 4*requests, "read unit"),
		line("Seats: Lambda", "invocations", calls, "invocation"),
		line("Seats: Lambda", "GB-seconds", memory, "GB-second"),
		line("Seats: API Gateway", "HTTP requests", requests, "HTTP request"),
		line("Seats: API Gateway", "messages to maps and from them", b.Messages*seconds+b.Entering*sectionViews, "message"),
		line("Seats: API Gateway", "connection minutes", b.Entering*s.Session.Minutes(), "connection minute"),
		line("Seats: SQS", "requests", b.Orders*queueRequests, "queue request"),
		line("Seats: SES", "mails", b.Orders, "mail"),
	}
}
