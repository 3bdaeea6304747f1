package sale

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"foyer/internal/testkit/gatewaytest"
)

// Every bad request is answered with its status and code in the one shape of errors, and leaves everything as it was.
func TestABadRequestChangesNothing(t *testing.T) {
	for _, h := range gatewaytest.Hostiles(t, "seats", "checkout", "webhook") {
		t.Run(h.Name, func(t *testing.T) {
			if got := newStage(t).do(h.Event, ""); got.StatusCode >= 400 {
				t.Fatalf("%s itself is refused: %s", h.Event, got.Body)
			}
			s := newStage(t)
			h.Refused(t, s.do(h.Event, string(h.Patch)))
			if touched := s.touched("stalls"); len(touched) != 0 || len(s.cash.asked) != 0 {
				t.Errorf("seats were touched: %v, the provider was asked: %v", touched, s.cash.asked)
			}
		})
	}
}

// What comes with a cancellation or a wish for another mail is read as strictly as what comes with an order.
func TestABodyThatIsNotWhatIsWantedIsRefused(t *testing.T) {
	for _, name := range []string{"checkout-cancel", "checkout-mail"} {
		for _, body := range []string{`{"more":1}`, `{} {}`, `[]`} {
			if got := newStage(t).do(name, fmt.Sprintf(`{"body":%q,"isBase64Encoded":false}`, body)); got.StatusCode != 400 {
				t.Errorf("%s with %s: %d %s", name, body, got.StatusCode, got.Body)
			}
		}
	}
}

// A webhook as long as may be is looked at, and refused for its signature; one byte more is not.
func TestTheLongestWebhook(t *testing.T) {
	for n, want := range map[int]int{maxWebhook: 403, maxWebhook + 1: 413} {
		patch := fmt.Sprintf(`{"body":%q,"isBase64Encoded":false}`, strings.Repeat("x", n))
		if got := newStage(t).do("webhook-completed", patch); got.StatusCode != want {
			t.Errorf("%d bytes: %d", n, got.StatusCode)
		}
	}
}

func TestAWholeNumber(t *testing.T) {
	for text, want := range map[string]bool{
		fmt.Sprint(math.MaxInt32): true, fmt.Sprint(-math.MaxInt32): true, fmt.Sprint(math.MaxInt32 + 1): false,
		"4.0": true, "4.5": false, `"4"`: false,
	} {
		var w whole
		if err := json.Unmarshal([]byte(text), &w); (err == nil) != want {
			t.Errorf("%s: %d, %v", text, w, err)
		}
	}
}
