package topology

import "time"

// Queue is a queue of jobs. Each has a dead-letter queue beside it, where a job waits that was received too often
// without success, for two weeks.
type Queue struct {
	Name        string
	Does        string        // one line for people
	Env         string        // environment variable that gives the queue's URL to functions
	Visibility  time.Duration // how long a received job is hidden; at least six times its function's Timeout
	MaxReceives int           // then it goes to the dead-letter queue
}

// QueueTrigger is a queue's event source mapping. Failures are reported job by job.
type QueueTrigger struct {
	Queue       string // a Queue's Name
	Batch       int
	Window      time.Duration // how long to gather a batch
	Concurrency int           // the most invocations at once, 2 or more; 0: as many as Lambda likes
}

// Queues are all queues.
var Queues = []Queue{
	{Name: "mails", Does: "tickets to send by e-mail", Env: "MAILS_QUEUE", Visibility: 3 * time.Minute, MaxReceives: 5},
	{Name: "bookings", Does: "seats sold and refunded, for the ledger", Env: "BOOKINGS_QUEUE",
		Visibility: 3 * time.Minute, MaxReceives: 5},
	{Name: "payments", Does: "captures, cancellations and refunds at the payment provider", Env: "PAYMENTS_QUEUE",
		Visibility: 3 * time.Minute, MaxReceives: 5},
}

// Resources of the sale that are neither tables nor queues.
const (
	TicketKeys = "@ticket-keys" // the secret with the key that signs tickets
	PayKeys    = "@pay-keys"    // the secret with the payment provider's keys
	Ledger     = "@ledger"      // the PostgreSQL database
	Mail       = "@mail"        // the mail service's identity that tickets are sent from
)

// LedgerUser is the database role that functions connect to the ledger as: it adds rows and reads them, and nothing
// else. It is ledger.Writer; the database's owner makes it, by foyerctl ledger restrict.
const LedgerUser = "foyer_bookkeeper"

// Environment variables of the sale that are neither tables' nor queues'.
const (
	EnvTicketKeys = "TICKET_KEYS_SECRET" // id of the secret with the key that signs tickets
	EnvPayKeys    = "PAY_KEYS_SECRET"    // id of the secret with the payment provider's keys
	EnvLedger     = "LEDGER_URL"         // where the ledger is: postgres://…
	EnvMailFrom   = "MAIL_FROM"          // sender of tickets: an address, with or without a name
	EnvSite       = "SITE_URL"           // the front door as buyers reach it, without a slash at the end
)
