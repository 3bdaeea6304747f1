package audit_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"foyer/internal/problem"
	"foyer/internal/sale/audit"
	"foyer/internal/sale/ledger"
	"foyer/internal/sale/order"
	"foyer/internal/sale/pay"
	"foyer/internal/sale/seat"
	"foyer/internal/sale/venue"
)

// none is every source of a sale without seats or rows, but with a thousand orders that expired. The provider is busy
// for one of the answers.
type none struct{ asked atomic.Int64 }

func (*none) Overview(context.Context, string) (venue.Overview, error) {
	return venue.Overview{}, problem.New(problem.NotFound, "")
}

func (*none) Snapshot(context.Context, string, string) ([]seat.Seat, error) { return nil, nil }

func (*none) All(context.Context, string) (all []order.Order, err error) {
	for n := range 1000 {
		all = append(all, order.Order{ID: fmt.Sprint(n), Session: "cs", State: order.Expired})
	}
	return all, nil
}

func (*none) Entries(context.Context, string) ([]ledger.Entry, error) { return nil, nil }

func (n *none) Get(context.Context, order.Order) (order.Payment, error) {
	if n.asked.Add(1) == 500 {
		return order.Payment{}, pay.Unavailable(errors.New("stripe: status 429"), 2*time.Second)
	}
	return order.Payment{State: order.PaymentCancelled}, nil
}

func TestAnAuditSurvivesBusyAnswers(t *testing.T) {
	n := &none{}
	books := &audit.Books{Maps: n, Seats: n, Bought: n, Pay: n, Ledger: n}
	if _, err := ledger.Verify(t.Context(), books, "main", time.Now()); err != nil {
		t.Error(err)
	}
}
