package sam_test

import (
	"net/http"
	"slices"
	"strings"

	"foyer/infra/test/sam"
	"foyer/infra/topology"
	"foyer/internal/room/queue"
	"foyer/internal/sale/order"
)

// saleWants is wants for the functions of the sale.
var saleWants = map[string]func(*story, []byte){
	"seats-map":     func(s *story, answer []byte) { s.bodyHas(answer, `"stalls"`) },
	"seats-section": func(s *story, answer []byte) { s.bodyHas(answer, `"stalls-A`) },
	"seats-counts":  func(s *story, answer []byte) { s.bodyHas(answer, `"free":{}`) },
	"seats-snapshot": func(s *story, answer []byte) {
		s.bodyHas(answer, `"section":"stalls"`)
	},
	"seats-held":    func(s *story, answer []byte) { s.bodyHas(answer, `"seats":[]`) },
	"seats-release": func(s *story, answer []byte) { s.bodyHas(answer, `"seats":[]`); s.holds() },
	"seats-choose": func(s *story,
		answer []byte) {
		s.response(answer, http.StatusOK)
		s.holds("stalls-A-10", "stalls-A-9")
	},
	"seats-choose-types": func(s *story, answer []byte) {
		s.bodyHas(answer, `"types":{"stalls-A-10":"child"},`)
		s.holds("stalls-A-10", "stalls-A-9")
	},
	"seats-choose-api-client": func(s *story, answer []byte) { s.response(answer, http.StatusOK); s.holds("boxL-A-1") },
	"seats-best": func(s *story, answer []byte) {
		s.response(answer, http.StatusOK)
		if held := s.held(); len(held) != 2 {
			s.Errorf("holds %v", held)
		}
	},
	"view-sections":        func(s *story, answer []byte) { s.response(answer, http.StatusOK); s.looksAt("balcony") },
	"register-connect-map": func(s *story, answer []byte) { s.response(answer, http.StatusOK) },
	"fanout-locks":         func(s *story, answer []byte) { s.noFailures(answer); s.mapSaid("stalls-C-9") },
	"checkout-order":       func(s *story, answer []byte) { s.bodyHas(answer, sam.OrderID); s.order(order.Pending) },
	"checkout-read":        func(s *story, answer []byte) { s.bodyHas(answer, `"state":"pending"`) },
	"checkout-mail": func(s *story, answer []byte) {
		s.bodyHas(answer, `"email":"ada.lovelace@example.com"`)
		s.order(order.Paid)
	},
	"checkout-cancel":     func(s *story, answer []byte) { s.response(answer, http.StatusOK); s.order(order.Cancelled) },
	"webhook-completed":   func(s *story, answer []byte) { s.response(answer, http.StatusOK); s.order(order.Paid) },
	"payments-authorised": func(s *story, answer []byte) { s.noFailures(answer); s.order(order.Paid) },
	"sweep-schedule":      func(s *story, _ []byte) { s.order(order.Paid) },
	"dispatch-paid":       func(s *story, answer []byte) { s.noFailures(answer); s.queued("mails", "bookings") },
	"mailer-paid":         func(s *story, answer []byte) { s.noFailures(answer); s.mailed("ada@example.com") },
	"bookkeeper-paid":     func(s *story, answer []byte) { s.noFailures(answer); s.booked(1) },
	"bookkeeper-refunded": func(s *story, answer []byte) { s.noFailures(answer); s.booked(2) },
	"fanout-sale":         func(s *story, answer []byte) { s.noFailures(answer); s.mapSaid("stalls-C-9") },
}

func (s *story) bodyHas(answer []byte, want string) {
	s.Helper()
	if body := s.response(answer, http.StatusOK).Body; !strings.Contains(body, want) {
		s.Errorf("the body has no %s: %.300s", want, body)
	}
}

func (s *story) held() []string {
	s.Helper()
	hold, err := s.bench.world.Seats().Hold(s.Context(), topology.DefaultZone, visitor().String())
	s.must(err)
	return hold.Seats
}

// holds checks which seats the visitor holds, in order.
func (s *story) holds(want ...string) {
	s.Helper()
	if held := s.held(); !slices.Equal(held, want) {
		s.Errorf("holds %v, want %v", held, want)
	}
}

// order checks the state of the events' order.
func (s *story) order(want order.State) {
	s.Helper()
	o, err := s.bench.world.Orders().Get(s.Context(), sam.OrderID)
	s.must(err)
	if o.State != want {
		s.Errorf("the order is %s, want %s", o.State, want)
	}
}

func (s *story) queued(queues ...string) {
	s.Helper()
	for _, name := range queues {
		if n := s.bench.world.Queues().Depth(name); n != 1 {
			s.Errorf("queue %s has %d jobs", name, n)
		}
	}
}

func (s *story) mailed(to string) {
	s.Helper()
	if mails := s.bench.world.Mailbox().Mails(to); len(mails) != 1 || !strings.Contains(mails[0].Text, "Ada") {
		s.Errorf("mails of %s: %+v", to, mails)
	}
}

// booked checks how many rows the ledger has by now.
func (s *story) booked(want int) {
	s.Helper()
	book := s.bench.world.Ledger()
	defer book.Close(s.Context())
	rows, err := book.Entries(s.Context(), topology.DefaultZone)
	s.must(err)
	if len(rows) != want {
		s.Errorf("the ledger has %+v, want %d rows", rows, want)
	}
}

func (s *story) looksAt(section string) {
	s.Helper()
	audience, err := s.bench.world.Viewers().Of(s.Context(), topology.DefaultZone, section, s.began)
	s.must(err)
	if !slices.Contains(audience.Conns, sam.ConnectionID) {
		s.Errorf("of %s: %+v", section, audience)
	}
}

// mapSaid checks that the visitor's map received a seat.
func (s *story) mapSaid(seat string) {
	s.Helper()
	said := s.bench.world.Connections().Said()
	if !slices.ContainsFunc(said, func(message string) bool { return strings.Contains(message, seat) }) {
		s.Errorf("said %q, want something of %s", said, seat)
	}
}

// visitor is the events' visitor.
func visitor() queue.VisitorID { return sam.Visitor().Visitor() }
