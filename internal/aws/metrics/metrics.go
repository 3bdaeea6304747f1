// Package metrics answers an operator's questions in CloudWatch's embedded metric format: one line of JSON per zone on
// standard output, from which CloudWatch makes the metrics, so that counting costs no request.
//
// The only dimension is the zone. Nothing that names or describes a person may ever be recorded here.
package metrics

import (
	"cmp"
	"io"
	"sync"
	"time"
)

// Namespace is where CloudWatch files the metrics of a recorder that names no other. A deployment's own begins with it.
const Namespace = "Foyer"

// Unit is a CloudWatch unit.
type Unit string

// The units in use.
const (
	Count        Unit = "Count"
	Milliseconds Unit = "Milliseconds"
	Seconds      Unit = "Seconds"
)

// Name is a metric. Each has its unit in the table below; a name outside the table is not recorded.
type Name string

// The metrics, each with the question that it answers.
const (
	Arrivals        Name = "Arrivals"        // how many registered for the first time?
	Reconnects      Name = "Reconnects"      // how many came back to a place they had?
	Waiting         Name = "Waiting"         // how many wait?
	Inside          Name = "Inside"          // how many are inside?
	LetThrough      Name = "LetThrough"      // is everybody let through, past the queue? 1: yes; otherwise not recorded
	KeysAge         Name = "KeysAge"         // how many hours ago were the token keys rotated? Of no zone: of them all
	Stuck           Name = "Stuck"           // do people wait though there is room? 1: yes; otherwise not recorded
	SeatsLeft       Name = "SeatsLeft"       // how many seats can still be had? Not recorded where none are sold
	OldestWait      Name = "OldestWait"      // since when does the first in line wait?
	Ghosts          Name = "Ghosts"          // how many places were set aside because their connection was gone?
	Called          Name = "Called"          // how many were called?
	Claimed         Name = "Claimed"         // how many came in?
	Missed          Name = "Missed"          // how many did not come when called, were gone, or declined?
	Left            Name = "Left"            // how many left from inside, or bought?
	Expired         Name = "Expired"         // how many sessions ran out?
	Wait            Name = "Wait"            // how long was it from arriving to being called?
	TickTime        Name = "TickTime"        // how long does a tick take?
	TickLag         Name = "TickLag"         // how late does a tick start?
	CensusTime      Name = "CensusTime"      // how long does counting the queue take?
	Pushes          Name = "Pushes"          // how many turns were pushed to sockets?
	PushFailures    Name = "PushFailures"    // how many turns could not be pushed?
	MapPushes       Name = "MapPushes"       // how many messages went to seat maps?
	MapPushFailures Name = "MapPushFailures" // how many of them failed, so that the map catches up?
	MapsHushed      Name = "MapsHushed"      // how often was a section's fan-out too large, so that maps read snapshots?
	PushLag         Name = "PushLag"         // how long from the call to the push?
	RelayLag        Name = "RelayLag"        // how long from a change to the edge's store?
	RelayWrites     Name = "RelayWrites"     // how often is the edge's store written? (each write costs)
	Mails           Name = "Mails"           // how many mails of tickets and refunds were sent?
	MailFailures    Name = "MailFailures"    // how often could one not be sent?
	MailLag         Name = "MailLag"         // how long from the payment, or the refund, to the mail?
	Booked          Name = "Booked"          // how many rows were added to the ledger?
	BookingFailures Name = "BookingFailures" // how often could rows not be added?
	BookingLag      Name = "BookingLag"      // how long from the payment, or the refund, to its row?
	Refused         Name = "Refused"         // how many requests were answered with an error of ours (5xx)?

	OrdersPaid                  Name = "OrdersPaid"                  // how many orders were paid?
	OrdersExpired               Name = "OrdersExpired"               // how many ended by their deadline?
	OrdersCancelled             Name = "OrdersCancelled"             // how many ended before, nothing charged?
	OrdersRefunded              Name = "OrdersRefunded"              // how many got all their money back?
	SeatsRefunded               Name = "SeatsRefunded"               // how many seats' money went back?
	OrdersDisputed              Name = "OrdersDisputed"              // how many payments did a bank begin to dispute?
	RefundsFailed               Name = "RefundsFailed"               // how many refunds did a buyer's bank send back?
	OrdersAuthorisedNotCaptured Name = "OrdersAuthorisedNotCaptured" // how many wait for too long to be captured?
	SweepLag                    Name = "SweepLag"                    // how long is the oldest open order overdue?
	PaymentsDeclined            Name = "PaymentsDeclined"            // how often was a card declined?
	ProviderTime                Name = "ProviderTime"                // how long does the payment provider take to answer?
	ProviderErrors              Name = "ProviderErrors"              // how often did it not answer as it should?
	ProviderShunned             Name = "ProviderShunned"             // how often was it spared, the breaker being open?
	ProviderBusy                Name = "ProviderBusy"                // how often did it ask for fewer calls (429)?
)

var units = map[Name]Unit{
	Arrivals: Count, Reconnects: Count, Waiting: Count, Inside: Count, LetThrough: Count, SeatsLeft: Count, Ghosts: Count,
	Stuck: Count, KeysAge: Count,
	Called: Count, Claimed: Count, Missed: Count, Left: Count, Expired: Count, Pushes: Count, PushFailures: Count,
	MapPushes: Count, MapPushFailures: Count, MapsHushed: Count, RelayWrites: Count, Refused: Count,
	Mails: Count, MailFailures: Count, Booked: Count, BookingFailures: Count,
	OldestWait: Milliseconds, Wait: Milliseconds, TickTime: Milliseconds, TickLag: Milliseconds,
	CensusTime: Milliseconds, PushLag: Milliseconds, MailLag: Milliseconds, RelayLag: Milliseconds,
	BookingLag: Milliseconds,

	OrdersPaid: Count, OrdersExpired: Count, OrdersCancelled: Count, OrdersRefunded: Count, SeatsRefunded: Count,
	OrdersDisputed: Count, RefundsFailed: Count,
	OrdersAuthorisedNotCaptured: Count, SweepLag: Seconds, PaymentsDeclined: Count,
	ProviderTime: Milliseconds, ProviderErrors: Count, ProviderShunned: Count, ProviderBusy: Count,
}

// AllZones stands for the zone of a metric that is of none.
const AllZones = "all zones"

// maxValues is the most values of one metric on one line; CloudWatch ignores the rest.
const maxValues = 100

// Recorder gathers what happened and writes it on Flush. It may be used by several goroutines. The nil Recorder
// records nothing.
type Recorder struct {
	Out       io.Writer
	Namespace string // "": Namespace
	Now       func() time.Time

	mu    sync.Mutex
	zones map[string]map[Name][]float64
}

// Add counts n more; nothing is recorded for 0.
func (r *Recorder) Add(zone string, name Name, n int) {
	if n == 0 {
		return
	}
	r.record(zone, name, func(values []float64) []float64 {
		if len(values) == 0 {
			return []float64{float64(n)}
		}
		values[0] += float64(n)
		return values
	})
}

// Set records a level, such as the number waiting; the last before the flush counts.
func (r *Recorder) Set(zone string, name Name, level int) {
	r.record(zone, name, func([]float64) []float64 { return []float64{float64(level)} })
}

// Time records one duration, in milliseconds; CloudWatch makes percentiles of them.
func (r *Recorder) Time(zone string, name Name, d time.Duration) {
	ms := float64(d.Microseconds()) / 1000
	r.record(zone, name, func(values []float64) []float64 { return append(values, ms) })
}

func (r *Recorder) record(zone string, name Name, change func([]float64) []float64) {
	if r == nil || units[name] == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.zones == nil {
		r.zones = map[string]map[Name][]float64{}
	}
	if r.zones[zone] == nil {
		r.zones[zone] = map[Name][]float64{}
	}
	r.zones[zone][name] = change(r.zones[zone][name])
}

// Flush writes what was gathered since the last one and forgets it. A line that can't be written is lost: metrics
// never fail a request.
func (r *Recorder) Flush() {
	if r == nil {
		return
	}
	r.mu.Lock()
	zones := r.zones
	r.zones = nil
	r.mu.Unlock()
	for _, line := range encode(cmp.Or(r.Namespace, Namespace), zones, r.Now()) {
		_, _ = r.Out.Write(line)
	}
}
