package plan

import "foyer/internal/room/announce"

// What a visit and a function take; `make bench` measures the first four.
const (
	writesRegister = 1.0
	writesToLeave  = 4 + 1.0/12 - writesRegister // exchange's share, claim, delete, leave
	notifyShare    = 0.2                         // invocations of notify for each visitor called
	firstLoadKB    = 14.0
	statusKB       = 1.5
	requestSec     = 0.03 // of a function that answers a request
	requestGB      = 0.25
	loopGB         = 0.75 + 1.0 // exchange and census
	loopOverlap    = 130.0 / 60
	edgeWriteEvery = 2.0 // seconds
	logKB          = 0.5 // of one invocation
	storeReads     = 2.0 // of the edge's store for a request: the host's rules, and the zone
)

// warming is the line of the bill for warm throughput, which is paid once.
const warming = "units a second to warm, once"

// Cost is one line of the bill.
type Cost struct {
	Service  string  `json:"service"`
	What     string  `json:"what"`
	Quantity float64 `json:"quantity"`
	Dollars  float64 `json:"dollars"`
}

func costs(s Sale, l Line, z Zone, t []Table) []Cost {
	n, in, seconds := float64(s.Visitors), s.entering(), l.Minutes*60
	registers := n * (1 + l.ByHTTP)
	renewals := in * s.Session.Seconds() / renewEvery
	polls := n * pollsPerMinute * l.Wait
	requests := n*loadRequests + polls + 2*in + renewals
	invocations := registers + 2*in + renewals + notifyShare*in
	counts := seconds / max(5, 10*l.Waiting/countsPerSecond)
	reads := seconds*(float64(z.QueueShards)+float64(s.Capacity)*readsPerGrant) +
		counts*l.Waiting/2*readsPerWaiting + registers + 3*in + renewals
	warm, once := 0.0, 0.0
	for _, one := range t {
		if one.Warm() {
			writes, reads := one.WarmWrites-tableWrites, one.WarmReads-tableReads
			warm, once = warm+writes+reads, once+writes*price("warm write")+reads*price("warm read")
		}
	}
	line := func(service, what string, quantity float64, of string) Cost {
		return Cost{service, what, quantity, quantity * price(of)}
	}
	return []Cost{
		line("DynamoDB", "write units", registers*writesRegister+in*writesToLeave, "write unit"),
		line("DynamoDB", "read units", reads, "read unit"),
		{"DynamoDB", warming, warm, once},
		line("Lambda", "invocations", invocations, "invocation"),
		line("Lambda", "GB-seconds", invocations*requestSec*requestGB+seconds*loopOverlap*loopGB, "GB-second"),
		line("API Gateway", "HTTP requests", n*l.ByHTTP+2*in+renewals, "HTTP request"),
		line("API Gateway", "WebSocket messages", n*(1+2*l.Wait/pingEvery)+announced*min(l.Waiting, announce.Nearest),
			"message"),
		line("API Gateway", "connection minutes", n*l.Wait, "connection minute"),
		line("CloudFront", "requests", requests, "edge request"),
		line("CloudFront", "function calls", requests, "edge function"),
		line("CloudFront", "reads of the store", requests*storeReads, "edge read"),
		line("CloudFront", "writes of the store", seconds/edgeWriteEvery, "edge write"),
		line("CloudFront", "GB to visitors", (n*firstLoadKB+polls*statusKB)/1e6, "GB out"),
		line("WAF", "requests", requests, "firewall request"),
		line("CloudWatch", "GB of logs", invocations*logKB/1e6, "GB of logs"),
	}
}
