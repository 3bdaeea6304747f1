package plan

import (
	"math"

	"foyer/internal/room/announce"
	"foyer/internal/room/exchange"
)

// AWS's quotas as they are by default, per account and Region.
const (
	socketConnects = 500.0     // new WebSocket connections a second
	apiRequests    = 10_000    // requests a second of all APIs, WebSocket messages and @connections among them
	concurrency    = 1_000     // Lambda executions at once; each brings ten requests a second
	edgeRequests   = 250_000.0 // requests a second of a distribution
	tableWrites    = 4_000.0   // units a second that a new table takes
	tableReads     = 12_000.0
	tableUnits     = 40_000.0 // units a second that a table may take, writes and reads each

	providerRequests = 100.0 // Stripe's, a second of a live account
	providerLooks    = 25.0  // of one endpoint, such as reading sessions
	mailsASecond     = 14.0  // SES's, of an account that has left the sandbox; M
	mailsADay        = 50_000.0
)

// Quota is one of AWS's quotas beside what the sale needs.
type Quota struct {
	Name    string  `json:"name"`
	Needs   float64 `json:"needs"`
	Default float64 `json:"default"`
	Raise   float64 `json:"raiseTo"` // 0: the default will do
	Else    string  `json:"otherwise"`
}

func quotas(s Sale, l Line, b Buying, at load) []Quota {
	zones := float64(s.Zones)
	all := []Quota{
		{Name: "API Gateway: new WebSocket connections a second", Needs: zones * float64(s.PeakMinute) / 60,
			Default: socketConnects,
			Else:    "sockets connect later; places don't change, since they follow the arrival"},
		{Name: "API Gateway: requests a second (HTTP, WebSocket, @connections)",
			Needs: zones*(at.functions+at.callbacks+at.pings) + exchange.MaxChecksPerSecond +
				min(zones, announcers)*min(l.Waiting, announce.PerSecond), Default: float64(s.Requests),
			Else: "pages are refused and try again after a random pause"},
		{Name: "Lambda: concurrent executions",
			Needs:   math.Ceil(zones*(at.functions/10+at.waiting)) + float64(s.ReservedConcurrency),
			Default: float64(s.Concurrency),
			Else: "the same; it also grows by 1,000 in 10 s a function at most, " +
				"so the first seconds are slow whatever the quota"},
		{Name: "CloudFront: requests a second of the distribution", Needs: zones * at.edge, Default: edgeRequests,
			Else: "visitors see errors of the CDN"},
	}
	if s.Seats > 0 {
		all = append(all,
			Quota{Name: "Stripe: requests a second of the account", Needs: zones * b.Provider, Default: providerRequests,
				Else: "paying takes longer: calls are repeated, and while too many fail nobody is asked to pay"},
			Quota{Name: "Stripe: requests a second of one endpoint (looks)",
				Needs: zones * b.Provider * webhooks / providerCalls, Default: providerLooks,
				Else: "what Stripe tells is heard later, when it sends it again, and the sweeper asks for the rest"},
			Quota{Name: "SES: mails a second", Needs: zones * b.Paying, Default: mailsASecond,
				Else: "tickets come later: mails wait in their queue"},
			Quota{Name: "SES: mails in 24 hours", Needs: zones * b.Orders, Default: mailsADay,
				Else: "tickets come the next day: mails wait in their queue, and after 14 days they are lost"},
		)
	}
	return raised(all)
}

// tableQuotas are those of DynamoDB, for the tables that come nearest to them.
func tableQuotas(all []Table) []Quota {
	most := Table{}
	for _, t := range all {
		if max(t.Writes, t.Reads) > max(most.Writes, most.Reads) {
			most = t
		}
	}
	return raised([]Quota{{
		Name: "DynamoDB: units a second of a table, here " + most.Name, Needs: max(most.Writes, most.Reads),
		Default: tableUnits, Else: "requests are refused and tried again; a table can't be warmed beyond it either",
	}})
}

func raised(all []Quota) []Quota {
	for i, q := range all {
		if q.Needs > q.Default {
			all[i].Raise = roundUp(q.Needs * 1.2)
		}
	}
	return all
}

// Table is a table's busiest second, and the throughput to warm it to.
type Table struct {
	Name       string  `json:"name"`
	Writes     float64 `json:"writes"`
	Reads      float64 `json:"reads"`
	WarmWrites float64 `json:"warmWrites"` // 0: what a new table takes will do
	WarmReads  float64 `json:"warmReads"`
}

// Warm reports whether the table should be warmed.
func (t Table) Warm() bool { return t.WarmWrites > 0 || t.WarmReads > 0 }

func tables(s Sale, l Line, z Zone, b Buying, at load) []Table {
	entering, inside := l.Rate/60, float64(s.Capacity)
	all := []Table{
		{Name: "queue", Writes: l.PeakSecond*(1+l.ByHTTP) + entering,
			Reads: float64(z.QueueShards) + censusReads*min(1, l.Waiting/countsPerSecond)},
		{Name: "grants", Writes: entering*writesEntering + b.Paying,
			Reads: inside*readsPerGrant + 2*entering + inside/renewEvery + b.Choices},
		{Name: "zones", Writes: 3, Reads: 5 + at.functions/10/settingsEvery},
	}
	all = append(all, b.tables(s)...)
	for i, t := range all {
		t.Writes, t.Reads = t.Writes*float64(s.Zones), t.Reads*float64(s.Zones)
		all[i] = t
		if t.Writes > tableWrites || t.Reads > tableReads {
			all[i].WarmWrites, all[i].WarmReads = warm(t.Writes, tableWrites), warm(t.Reads, tableReads)
		}
	}
	return all
}

// warm returns the throughput to ask for: a fifth more than is needed, or what there is anyway.
func warm(needs, there float64) float64 {
	if needs <= there {
		return there
	}
	return roundUp(needs * 1.2)
}

// roundUp returns the next number of two digits and zeros.
func roundUp(x float64) float64 {
	if x < 10 {
		return math.Ceil(x)
	}
	unit := math.Pow(10, math.Floor(math.Log10(x))-1)
	return math.Ceil(x/unit) * unit
}
