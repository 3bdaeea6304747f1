package stripe

import (
	"net/http"
	"time"
)

// Limits is how many calls an account has in a second: in all, and of one endpoint. A negative number is no limit.
type Limits struct{ Account, Endpoint int }

// Live is what an account in live mode has if Stripe has not agreed to more.
var Live = Limits{Account: 100, Endpoint: 25}

// KeyLife is how long an idempotency key is remembered.
const KeyLife = 24 * time.Hour

// meter counts the calls of the present second.
type meter struct {
	second int64
	all    int
	by     map[string]int
}

// over counts a call, and returns the fault of one that is over a limit.
func (m *meter) over(endpoint string, l Limits, now time.Time) *fault {
	if second := now.Unix(); m.by == nil || second != m.second {
		*m = meter{second: second, by: map[string]int{}}
	}
	m.all++
	m.by[endpoint]++
	reason := ""
	switch {
	case l.Account >= 0 && m.all > l.Account:
		reason = "global-rate"
	case l.Endpoint >= 0 && m.by[endpoint] > l.Endpoint:
		reason = "endpoint-rate"
	default:
		return nil
	}
	return &fault{
		status: http.StatusTooManyRequests, kind: "invalid_request_error", code: "rate_limit",
		text: "Request rate limit exceeded.", reason: reason,
	}
}
