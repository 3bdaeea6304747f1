package plan

// pricesOf says which prices these are.
const pricesOf = "us-east-1, on demand, without taxes and free tiers, as noted in 2026; " +
	"check AWS's price pages before you quote them"

// Prices in dollars. Those marked M are from memory.
const (
	write         = 0.625 / 1e6
	read          = 0.125 / 1e6
	warmWrite     = 0.00065 // once, for each unit a second above what the table takes; M
	warmRead      = 0.00013 // M
	invocation    = 0.20 / 1e6
	gigabyteSec   = 0.0000133334 // arm64
	httpRequest   = 1.00 / 1e6
	message       = 1.00 / 1e6
	connectMinute = 0.25 / 1e6
	edgeRequest   = 0.01 / 1e4 // HTTPS; M
	edgeFunction  = 0.10 / 1e6
	edgeRead      = 0.03 / 1e6
	edgeWrite     = 1.00 / 1e3
	firewall      = 0.60 / 1e6 // M
	gigabyteOut   = 0.085      // to the internet; M
	gigabyteLog   = 0.50       // M
	queueRequest  = 0.40 / 1e6 // M
	mail          = 0.10 / 1e3 // M
)

// What a visit and a function take; `make bench` measures the first four.
const (
	writesRegister = 1.0
	writesToLeave  = 4 + 1.0/12 - writesRegister // exchange's share, claim, delete, leave
	notifyShare    = 0.2                         // invocations of notify for each visitor called
	firstLoadKB    = 14.0
	statusKB       = 1.5
	requestSec     = 0.03 // of a function that answers a request
	requestGB      = 0.25
	loopGB         = 0.5 + 1.0 // exchange and census
	loopOverlap    = 130.0 / 60
	edgeWriteEvery = 2.0 // seconds
	logKB          = 0.5 // of one invocation
)

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
			warm, once = warm+writes+reads, once+writes*warmWrite+reads*warmRead
		}
	}
	line := func(service, what string, quantity, price float64) Cost {
		return Cost{service, what, quantity, quantity * price}
	}
	return []Cost{
		line("DynamoDB", "write units", registers*writesRegister+in*writesToLeave, write),
		line("DynamoDB", "read units", reads, read),
		{"DynamoDB", "units a second to warm, once", warm, once},
		line("Lambda", "invocations", invocations, invocation),
		line("Lambda", "GB-seconds", invocations*requestSec*requestGB+seconds*loopOverlap*loopGB, gigabyteSec),
		line("API Gateway", "HTTP requests", n*l.ByHTTP+2*in+renewals, httpRequest),
		line("API Gateway", "WebSocket messages", n*(1+2*l.Wait/pingEvery), message),
		line("API Gateway", "connection minutes", n*l.Wait, connectMinute),
		line("CloudFront", "requests", requests, edgeRequest),
		line("CloudFront", "function calls", requests, edgeFunction),
		line("CloudFront", "reads of the store", requests, edgeRead),
		line("CloudFront", "writes of the store", seconds/edgeWriteEvery, edgeWrite),
		line("CloudFront", "GB to visitors", (n*firstLoadKB+polls*statusKB)/1e6, gigabyteOut),
		line("WAF", "requests", requests, firewall),
		line("CloudWatch", "GB of logs", invocations*logKB/1e6, gigabyteLog),
	}
}
