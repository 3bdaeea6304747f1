package sale

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"

	"foyer/internal/aws/metrics"
	"foyer/internal/problem"
	"foyer/internal/sale/checkout"
)

// hearsay takes webhooks as the test says.
type hearsay struct {
	heard checkout.Heard
	err   error
}

func (h *hearsay) Noticed(context.Context, string, []byte) (checkout.Heard, error) {
	return h.heard, h.err
}

// A webhook that can't be taken comes again. It is counted when it is taken and its zone is known: a count of every try
// would say nothing of cards, and no dashboard shows a count without a zone.
func TestADeclinedCardIsCountedOnce(t *testing.T) {
	s := newStage(t)
	var out bytes.Buffer
	listens := &hearsay{checkout.Heard{Order: "o1", Declined: true}, &problem.Error{Code: problem.Busy}}
	h := s.webhook
	h.Orders, h.Metrics = listens, &metrics.Recorder{Out: &out, Now: h.Now}
	hears := func() int {
		answer, err := h.Handle(t.Context(), s.Request("webhook-completed", ""))
		if err != nil {
			t.Fatal(err)
		}
		h.Metrics.Flush()
		return answer.StatusCode
	}
	for range 2 {
		if status := hears(); status < 500 {
			t.Errorf("answered with %d, so that it doesn't come again", status)
		}
	}
	if strings.Contains(out.String(), "PaymentsDeclined") {
		t.Errorf("counted before it was taken: %s", out.String())
	}
	listens.heard.Zone, listens.err = "main", nil
	if status := hears(); status != http.StatusOK || strings.Count(out.String(), `"PaymentsDeclined":1`) != 1 ||
		!strings.Contains(out.String(), `"zone":"main"`) {
		t.Errorf("%d, counted %s", status, out.String())
	}
}
